import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { awsCli } from './support/aws.mjs'
import { run } from './support/command.mjs'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'

const { status } = createRequire(import.meta.url)('../index.js')
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const here = deployments()

const asking = (functionName, changes = {}) => {
  const { role, ...options } = here.options({ functionName })
  return { ...options, ...changes }
}

/** A function as it is when it was deployed with those options. */
async function given(functionName, changes = {}) {
  const root = await functionFolder(here.folder, functionName, 1)
  const options = here.options({ functionName, root, ...changes })
  await deploy(options)
  // Not reset(): the front would forget that the function is ready.
  here.front.calls.length = 0
  return options
}

const lambda = (...args) => here.aws('lambda', ...args)
const calls = () => here.front.calls.map(({ operation }) => operation).sort()

test('a function is told as the AWS CLI tells it, by four calls that change nothing', async () => {
  await given('told', { reservedConcurrentExecutions: 5 })
  const { durationMs, ...result } = await status(asking('told'))
  assert.deepEqual(calls(), ['GetFunction', 'GetFunctionUrlConfig', 'ListAliases', 'ListVersionsByFunction'])
  const { Configuration: is } = await lambda('get-function', '--function-name', 'told')
  assert.deepEqual(result, {
    functionName: 'told', exists: true, healthy: true, functionArn: is.FunctionArn, version: '$LATEST', state: 'Active',
    lastUpdateStatus: 'Successful',
    codeSha256: is.CodeSha256, codeSize: is.CodeSize, packageType: 'Zip', runtime: is.Runtime,
    lastModified: is.LastModified, revisionId: is.RevisionId, aliases: [], reservedConcurrentExecutions: 5,
  })
  assert.ok(durationMs > 0)
})

test('a function that does not exist is no failure, and takes one call', async () => {
  const { durationMs, ...result } = await status(asking('nobody'))
  assert.deepEqual(result, { functionName: 'nobody', exists: false, healthy: false })
  assert.deepEqual(calls(), ['GetFunction'])
})

test('aliases are told with their weights, and what an alias runs beside $LATEST', async () => {
  const options = await given('aliased', { alias: 'live' })
  assert.equal((await status(asking('aliased'))).latestDiffers, false)
  await functionFolder(here.folder, 'aliased', 'second')
  await deploy({ ...options, alias: 'canary' })
  await lambda(
    'update-alias', '--function-name', 'aliased', '--name', 'live',
    '--routing-config', '{"AdditionalVersionWeights":{"2":0.25}}'
  )
  const latest = await status(asking('aliased'))
  assert.deepEqual(latest.aliases, [
    { name: 'canary', version: '2', weights: {} }, { name: 'live', version: '1', weights: { 2: 0.25 } },
  ])
  assert.deepEqual([latest.newestVersion, latest.latestDiffers], ['2', false])
  here.front.calls.length = 0
  const live = await status(asking('aliased', { qualifier: 'live' }))
  assert.equal(calls().length, 5)
  assert.deepEqual([live.version, live.newestVersion, live.latestDiffers], ['1', '2', true])
  const first = await lambda('get-function', '--function-name', 'aliased', '--qualifier', '1')
  assert.equal(live.codeSha256, first.Configuration.CodeSha256)
  assert.notEqual(live.codeSha256, latest.codeSha256)
  const second = await status(asking('aliased', { qualifier: '2' }))
  assert.deepEqual([second.version, second.latestDiffers, second.functionUrl], ['2', false, undefined])
  await lambda('update-function-configuration', '--function-name', 'aliased', '--memory-size', '256')
  const changed = await status(asking('aliased', { qualifier: '2' }))
  assert.deepEqual([changed.codeSha256, changed.latestDiffers], [latest.codeSha256, true], 'settings count too')
})

test('the URL is told of what was asked for', async () => {
  await given('reachable', { alias: 'live' })
  for (const qualifier of [[], ['--qualifier', 'live']]) {
    await lambda('create-function-url-config', '--function-name', 'reachable', '--auth-type', 'AWS_IAM', ...qualifier)
  }
  const url = async (...args) => {
    return (await lambda('get-function-url-config', '--function-name', 'reachable', ...args)).FunctionUrl
  }
  assert.equal((await status(asking('reachable'))).functionUrl, await url())
  const live = await status(asking('reachable', { qualifier: 'live' }))
  assert.equal(live.functionUrl, await url('--qualifier', 'live'))
})

test('a change that is under way or has failed is told with its reason', async () => {
  await given('changing')
  here.front.settle = 3
  const memory = ['--function-name', 'changing', '--memory-size', '256']
  await awsCli(['lambda', 'update-function-configuration', ...memory], { endpoint: here.front.url })
  here.front.failNext('changing', { reason: 'The KMS key is gone.', reasonCode: 'InvalidConfiguration' })
  const during = await status(asking('changing'))
  assert.deepEqual([during.exists, during.healthy, during.state, during.lastUpdateStatus], [true, false, 'Active', 'InProgress'])
  let after
  do after = await status(asking('changing'))
  while (after.lastUpdateStatus === 'InProgress')
  assert.deepEqual(
    [after.healthy, after.lastUpdateStatus, after.lastUpdateStatusReason, after.lastUpdateStatusReasonCode],
    [false, 'Failed', 'The KMS key is gone.', 'InvalidConfiguration']
  )
})

test('a runtime that is deprecated is told with its day', async () => {
  await given('old', { runtime: 'nodejs18.x' })
  const { runtime, runtimeDeprecatedSince } = await status(asking('old'))
  assert.deepEqual([runtime, runtimeDeprecatedSince], ['nodejs18.x', '2025-09-01'])
})

test('a function that is removed while it is looked at does not exist', async () => {
  await given('leaving')
  const meanwhile = () => lambda('delete-function', '--function-name', 'leaving')
  here.front.fault({ operation: 'ListAliases', do: { meanwhile } })
  const { exists, healthy } = await status(asking('leaving'))
  assert.deepEqual([exists, healthy], [false, false])
})

test('the version without a number is one, and none that is not there', async () => {
  await given('instances')
  const qualifier = '$LATEST.PUBLISHED'
  assert.equal((await rejection(status(asking('instances', { qualifier })))).code, 'VERSION_NOT_FOUND')
  await deploy(here.options({ functionName: 'instances', root: join(here.folder, 'instances'), publishTo: 'LATEST_PUBLISHED' }))
  const published = await status(asking('instances', { qualifier }))
  assert.deepEqual([published.version, published.functionUrl, published.latestDiffers], [qualifier, undefined, false])
})

test('a version or alias that is not there is a failure, and so is what cannot be one', async () => {
  await given('plain')
  const codes = []
  for (const qualifier of ['dead', '9', 'a:b']) codes.push((await rejection(status(asking('plain', { qualifier })))).code)
  assert.deepEqual(codes, ['ALIAS_NOT_FOUND', 'VERSION_NOT_FOUND', 'INVALID_OPTION'])
  assert.equal((await rejection(status(asking('plain:live')))).code, 'INVALID_OPTION')
})

test('an abort ends it', async () => {
  await given('aborted')
  const controller = new AbortController()
  const meanwhile = () => {
    controller.abort()
    return new Promise(() => {})
  }
  here.front.fault({ operation: 'ListAliases', do: { meanwhile } })
  assert.equal((await rejection(status(asking('aborted', { signal: controller.signal })))).name, 'AbortError')
})

test('the command fails when the function is not well, or not there', async () => {
  await given('shown', { alias: 'live' })
  const cli = (functionName, ...args) => {
    const { region, endpoint } = asking(functionName)
    const all = [MAIN, 'status', '--function-name', functionName, '--region', region, '--endpoint', endpoint, ...args]
    return run(process.execPath, all, { env: process.env })
  }
  const well = await cli('shown')
  assert.equal(well.code, 0, well.stdout + well.stderr)
  assert.match(well.stdout, /^shown is well\n[^]*state +Active\n[^]*\$LATEST +is the same as version 1\n[^]*aliases +live -> 1\n/)
  const nobody = await cli('nobody')
  assert.deepEqual([nobody.code, nobody.stdout], [1, 'There is no function nobody\n'])
  const json = await cli('nobody', '--json')
  assert.equal(json.code, 1)
  assert.equal(JSON.parse(json.stdout).exists, false)
  const memory = ['--function-name', 'shown', '--memory-size', '256']
  await awsCli(['lambda', 'update-function-configuration', ...memory], { endpoint: here.front.url })
  here.front.failNext('shown', { reason: 'No \u001b[2Jsubnet.' })
  await status(asking('shown'))
  const failed = await cli('shown')
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /^shown is not well\n[^]*update +Failed: No \\u001b\[2Jsubnet\. \(InternalError\)\n/)
})
