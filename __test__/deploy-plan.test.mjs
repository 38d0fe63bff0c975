import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { deploy, deployments, functionFolder, rejection, outdated as outdatedBy } from './support/deployments.mjs'

const { plan } = createRequire(import.meta.url)('../index.js')
const here = deployments()

const told = (name) => here.aws('lambda', 'get-function-configuration', '--function-name', name)

const outdated = (...which) => outdatedBy(here, ...which)

test('a plan tells all that would be done, and does nothing', async () => {
  const root = await functionFolder(here.folder, 'new', 1)
  const options = here.options({
    functionName: 'new', root, timeout: 9, tags: { team: 'api' }, reservedConcurrentExecutions: 1, alias: 'live',
  })
  const planned = await plan(options)
  assert.deepEqual([planned.functionName, planned.created, planned.upload], ['new', true, 'direct'])
  assert.deepEqual(planned.operations, ['CreateFunction', 'PutFunctionConcurrency', 'PublishVersion', 'CreateAlias'])
  assert.equal(planned.revisionId, undefined)
  assert.deepEqual(here.front.mutating(), [])
  const done = await deploy({ ...options, plan: planned })
  assert.deepEqual(done.operations, planned.operations)
  assert.deepEqual(here.front.changed(), planned.operations)
  // The numbers of a version are not known before.
  const known = ({ changes }) => changes.filter(({ field }) => !['version', 'alias'].includes(field))
  assert.deepEqual(known(done), known(planned))
  assert.equal(done.codeSha256, planned.codeSha256)
})

test('a dry run tells the same', async () => {
  const options = await outdated('dry', { alias: 'live' })
  const planned = await plan({ ...options, timeout: 9, tags: { n: '1' } })
  const { changes, operations, upload, codeSha256, created } = await deploy({
    ...options, timeout: 9, tags: { n: '1' }, dryRun: true,
  })
  assert.deepEqual({ changes, operations, upload, codeSha256, created }, {
    changes: planned.changes, operations: planned.operations, upload: planned.upload,
    codeSha256: planned.codeSha256, created: planned.created,
  })
  assert.deepEqual(planned.operations, [
    'UpdateFunctionConfiguration', 'UpdateFunctionCode', 'TagResource', 'PublishVersion', 'UpdateAlias',
  ])
  assert.deepEqual(here.front.mutating(), [])
})

test('tags alone make no version', async () => {
  const root = await functionFolder(here.folder, 'tags', 1)
  const options = here.options({ functionName: 'tags', root, alias: 'live' })
  await deploy(options)
  assert.deepEqual((await plan({ ...options, tags: { n: '1' } })).operations, ['TagResource'])
  assert.deepEqual((await plan(options)).operations, [])
})

test('a plan that was kept as JSON is done', async () => {
  const options = await outdated('kept')
  const planned = JSON.parse(JSON.stringify(await plan({ ...options, timeout: 9 })))
  await deploy({ ...options, timeout: 9, plan: planned })
  assert.deepEqual(here.front.changed(), ['UpdateFunctionConfiguration', 'UpdateFunctionCode'])
  const { CodeSha256: sha256, Timeout: timeout } = await told('kept')
  assert.deepEqual([sha256, timeout], [planned.codeSha256, 9])
  // It is done once: the function is another one now.
  const again = await rejection(deploy({ ...options, timeout: 9, plan: planned }))
  assert.equal(again.code, 'PRECONDITION_FAILED')
})

test('a plan is refused when somebody else has changed the function', async () => {
  const options = await outdated('moved')
  const planned = await plan(options)
  await here.aws('lambda', 'update-function-configuration', '--function-name', 'moved', '--timeout', '77')
  here.front.reset()
  const error = await rejection(deploy({ ...options, plan: planned }))
  assert.deepEqual([error.code, error.changed], ['PRECONDITION_FAILED', ['revisionId']])
  assert.deepEqual(here.front.mutating(), [])
})

test('a plan is refused when something else would be done', async () => {
  const options = await outdated('other')
  const planned = await plan({ ...options, timeout: 9 })
  here.front.reset()
  const refused = async (changes) => {
    const { code, changed } = await rejection(deploy({ ...options, timeout: 9, plan: planned, ...changes }))
    return [code, ...(changed ?? [])]
  }
  assert.deepEqual(await refused({ timeout: 10 }), ['PLAN_DIFFERS', 'timeout'])
  assert.deepEqual(await refused({ timeout: undefined, memorySize: 256 }), ['PLAN_DIFFERS', 'memorySize', 'timeout'])
  await writeFile(join(options.root, 'more.js'), '1')
  assert.deepEqual(await refused({}), ['PLAN_DIFFERS', 'codeSha256'])
  assert.deepEqual(here.front.mutating(), [])
})

test('a plan is refused for another alias, version, bucket or Region than its own', async () => {
  const options = await outdated('bound', { alias: 'live' })
  const { alias, ...bare } = options
  const live = await plan(options)
  assert.deepEqual([live.region, live.alias, live.bucket], ['us-east-1', 'live', undefined])
  const none = await plan(bare)
  here.front.reset()
  const refused = async (planned, given) => {
    const { code, changed } = await rejection(deploy({ ...given, plan: planned }))
    return [code, ...(changed ?? [])]
  }
  assert.deepEqual(await refused(none, options), ['PLAN_DIFFERS', 'alias', 'version'])
  assert.deepEqual(await refused(live, { ...options, alias: 'prod' }), ['PLAN_DIFFERS', 'alias'])
  assert.deepEqual(await refused(live, bare), ['PLAN_DIFFERS', 'alias', 'version'])
  assert.deepEqual(await refused(none, { ...bare, publish: true }), ['PLAN_DIFFERS', 'version'])
  assert.deepEqual(await refused(none, { ...bare, publishTo: 'LATEST_PUBLISHED' }), ['PLAN_DIFFERS', 'publishTo'])
  const s3 = { bucket: 'another', always: true, createBucket: true }
  assert.deepEqual(await refused(none, { ...bare, s3 }), ['PLAN_DIFFERS', 's3.bucket', 'upload'])
  assert.deepEqual(here.front.mutating(), [])
  const made = await plan({ ...bare, functionName: 'bound-new' })
  const elsewhere = { ...bare, functionName: 'bound-new', region: 'eu-west-1' }
  assert.deepEqual(await refused(made, elsewhere), ['PLAN_DIFFERS', 'region'])
  assert.deepEqual((await deploy({ ...options, plan: live })).operations, live.operations)
})

test('a plan is refused when the alias was moved since', async () => {
  const options = await outdated('realiased', { alias: 'live' })
  const planned = await plan(options)
  await here.aws('lambda', 'publish-version', '--function-name', 'realiased')
  const at = ['--function-name', 'realiased', '--name', 'live', '--function-version', '$LATEST']
  await here.aws('lambda', 'update-alias', ...at)
  here.front.reset()
  const error = await rejection(deploy({ ...options, plan: planned }))
  assert.match(error.code, /^(PLAN_DIFFERS|PRECONDITION_FAILED)$/)
  assert.deepEqual(here.front.mutating(), [])
})

test('what is no plan of this function is refused before anything is asked', async () => {
  const options = here.options({ functionName: 'f', root: await functionFolder(here.folder, 'f', 1) })
  const good = { functionName: 'f', region: 'us-east-1', created: true, codeSha256: 'x', changes: [], operations: [], upload: 'none' }
  const refused = async (planned) => {
    const { code, option } = await rejection(deploy({ ...options, plan: planned }))
    return `${code} ${option}`
  }
  assert.equal(await refused({ ...good, functionName: 'g' }), 'INVALID_OPTION plan')
  assert.equal(await refused({ ...good, changes: [{}] }), 'INVALID_OPTION plan.changes[0].field')
  assert.equal(await refused({ ...good, more: 1 }), 'UNKNOWN_OPTION plan.more')
  assert.equal(await refused('plan.json'), 'INVALID_OPTION plan')
  assert.deepEqual(here.front.calls, [])
})
