import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { awsCli } from './support/aws.mjs'
import { run } from './support/command.mjs'
import { REGION } from './support/credentials.mjs'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'
import { pythonEnv } from './support/python.mjs'

const { remove } = createRequire(import.meta.url)('../index.js')
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const AT_TERMINAL = fileURLToPath(new URL('./support/at_terminal.py', import.meta.url))
const here = deployments()

const removing = (functionName, changes = {}) => {
  const { role, ...options } = here.options({ functionName })
  return { ...options, ...changes }
}

/** A function as it is when it was deployed with those options. */
async function given(functionName, changes = {}) {
  const root = await functionFolder(here.folder, functionName, 1)
  const options = here.options({ functionName, root, ...changes })
  await deploy(options)
  here.front.calls.length = 0
  return options
}

const lambda = (...args) => here.aws('lambda', ...args)

async function exists(functionName) {
  try {
    await lambda('get-function', '--function-name', functionName)
    return true
  } catch (error) {
    assert.equal(error.code, 'ResourceNotFoundException')
    return false
  }
}

/** Has a queue call a function, and answers the mapping's id. */
async function mapped(queue, functionName) {
  // The AWS CLI would ask AWS itself: for SQS it does not heed AWS_ENDPOINT_URL.
  await here.aws('sqs', 'create-queue', '--queue-name', queue, '--endpoint-url', here.backend.url)
  const source = `arn:aws:sqs:${REGION}:000000000000:${queue}`
  return (await lambda('create-event-source-mapping', '--function-name', functionName, '--event-source-arn', source)).UUID
}

async function mappings() {
  const { EventSourceMappings } = await lambda('list-event-source-mappings')
  return EventSourceMappings.map(({ UUID }) => UUID).sort()
}

async function logGroups() {
  const groups = await here.aws('logs', 'describe-log-groups')
  return groups.logGroups.map(({ logGroupName }) => logGroupName)
}

const ran = (functionName) => lambda('invoke', '--function-name', functionName, join(here.folder, 'answer'))

test('a function goes with all that is its own, and nothing else does', async () => {
  const options = await given('whole', { alias: 'live' })
  await functionFolder(here.folder, 'whole', 'second')
  await deploy({ ...options, alias: 'canary' })
  await given('whole-2')
  await lambda('create-function-url-config', '--function-name', 'whole', '--auth-type', 'AWS_IAM', '--qualifier', 'live')
  const { FunctionUrl } = await lambda('get-function-url-config', '--function-name', 'whole', '--qualifier', 'live')
  const own = [await mapped('a', 'whole'), await mapped('b', 'whole:live')]
  const other = await mapped('c', 'whole-2')
  await ran('whole')
  here.front.calls.length = 0

  const dry = await remove(removing('whole', { dryRun: true }))
  assert.deepEqual(here.front.mutating(), [])
  assert.equal(await exists('whole'), true)

  const { durationMs, ...result } = await remove(removing('whole'))
  assert.deepEqual(here.front.changed(), ['DeleteEventSourceMapping', 'DeleteEventSourceMapping', 'DeleteFunction'])
  assert.equal(await exists('whole'), false)
  assert.equal(await exists('whole-2'), true)
  assert.deepEqual(await mappings(), [other])
  assert.ok((await logGroups()).includes('/aws/lambda/whole'), 'the log stays unless it is asked for')

  const { durationMs: _, ...told } = dry
  assert.deepEqual(told, { ...result, dryRun: true })
  const { eventSourceMappings, ...rest } = result
  assert.deepEqual(eventSourceMappings.map(({ uuid }) => uuid).sort(), own.sort())
  assert.deepEqual(eventSourceMappings.map(({ eventSourceArn }) => eventSourceArn.split(':').at(-1)).sort(), ['a', 'b'])
  assert.deepEqual(rest, {
    functionName: 'whole', removed: true, versions: ['2', '1'], aliases: ['canary', 'live'], functionUrls: [FunctionUrl],
    operations: ['DeleteEventSourceMapping', 'DeleteEventSourceMapping', 'DeleteFunction'], dryRun: false,
  })
})

test('what is not there is no failure, and nothing is done', async () => {
  const { removed, operations } = await remove(removing('nobody', { logs: true }))
  assert.deepEqual([removed, operations], [false, []])
  assert.deepEqual(here.front.mutating(), [])
})

test('the log goes when that is asked for, also when the function has gone before', async () => {
  await given('logged')
  await given('logged-2')
  await ran('logged')
  await ran('logged-2')
  await remove(removing('logged'))
  const { removed, logGroup, operations } = await remove(removing('logged', { logs: true }))
  assert.deepEqual([removed, logGroup, operations], [false, '/aws/lambda/logged', ['DeleteLogGroup']])
  const groups = await logGroups()
  assert.ok(!groups.includes('/aws/lambda/logged') && groups.includes('/aws/lambda/logged-2'))
})

test('a log group that others may write to stays, and that is told', async () => {
  await given('sharing', { loggingConfig: { logGroup: '/shared' } })
  await ran('sharing')
  const { removed, logGroup, keptLogGroup } = await remove(removing('sharing', { logs: true }))
  assert.deepEqual([removed, logGroup, keptLogGroup], [true, undefined, '/shared'])
  assert.ok((await logGroups()).includes('/shared'))
})

test('a log group of its own that another function has written to stays, and so does what is told of it', async () => {
  await given('host')
  await ran('host')
  const group = '/aws/lambda/host'
  const stream = ['--log-group-name', group, '--log-stream-name', '2026/04/30/guest[$LATEST]a']
  await here.aws('logs', 'create-log-stream', ...stream)
  const { removed, logGroup, keptLogGroup } = await remove(removing('host', { logs: true }))
  assert.deepEqual([removed, logGroup, keptLogGroup], [true, undefined, group])
  assert.ok((await logGroups()).includes(group))
  await here.aws('logs', 'delete-log-stream', ...stream)
  const again = await remove(removing('host', { logs: true }))
  assert.deepEqual([again.logGroup, again.keptLogGroup], [group, undefined])
})

test('the log of the same name in our account is not that of a function in another account', async () => {
  await here.aws('logs', 'create-log-group', '--log-group-name', '/aws/lambda/abroad')
  const functionName = `arn:aws:lambda:${REGION}:999999999999:function:abroad`
  const { operations, keptLogGroup } = await remove(removing(functionName, { logs: true }))
  assert.deepEqual([operations, keptLogGroup], [[], '/aws/lambda/abroad'])
  assert.ok((await logGroups()).includes('/aws/lambda/abroad'))
})

test('a lost answer is no failure', async () => {
  await given('lost')
  await ran('lost')
  await mapped('lost', 'lost')
  for (const operation of ['DeleteEventSourceMapping', 'DeleteFunction', 'DeleteLogGroup']) {
    here.front.fault({ operation, do: 'loseResponse' })
  }
  const { removed, operations } = await remove(removing('lost', { logs: true }))
  assert.deepEqual([removed, operations.length], [true, 3])
  assert.equal(await exists('lost'), false)
})

test('when all answers are lost, a look tells that it has gone', async () => {
  await given('unheard')
  here.front.fault({ operation: 'DeleteFunction', do: 'loseResponse', times: 1 })
  here.front.fault({ operation: 'DeleteFunction', do: 'resetBefore', times: 9 })
  assert.equal((await remove(removing('unheard'))).removed, true)
  await given('unreached')
  here.front.reset()
  here.front.fault({ operation: 'DeleteFunction', do: 'resetBefore', times: 9 })
  assert.equal((await rejection(remove(removing('unreached')))).code, 'CONNECTION_FAILED')
  assert.equal(await exists('unreached'), true)
})

test('a change that is under way is waited for', async () => {
  await given('busy')
  const memory = ['--function-name', 'busy', '--memory-size', '256']
  await awsCli(['lambda', 'update-function-configuration', ...memory], { endpoint: here.front.url })
  const message = 'The operation cannot be performed at this time. An update is in progress for resource: busy'
  const refuse = (operation, code, status) => here.front.fault({ operation, do: { status, code, message }, times: 2 })
  const refused = [
    refuse('DeleteFunction', 'ResourceConflictException', 409),
    refuse('DeleteEventSourceMapping', 'ResourceInUseException', 400),
  ]
  const uuid = await mapped('busy', 'busy')
  const { removed } = await remove(removing('busy'))
  assert.equal(removed, true)
  assert.deepEqual(refused.map(({ fired }) => fired), [2, 2])
  assert.equal(await exists('busy'), false)
  assert.ok(!(await mappings()).includes(uuid))
})

test('what has stopped tells what was done, and removing again goes on from there', async () => {
  await given('stopped')
  await mapped('stopped', 'stopped')
  const denied = { status: 403, code: 'AccessDeniedException', message: 'You may not.' }
  here.front.fault({ operation: 'DeleteFunction', do: denied })
  const error = await rejection(remove(removing('stopped')))
  assert.equal(error.code, 'ACCESS_DENIED')
  assert.deepEqual([error.done, error.notDone], [['DeleteEventSourceMapping'], ['DeleteFunction']])
  const { removed, operations } = await remove(removing('stopped'))
  assert.deepEqual([removed, operations], [true, ['DeleteFunction']])
})

test('of several event source mappings, what was removed and what is left are counted', async () => {
  await given('counted')
  for (const queue of ['counted-1', 'counted-2']) await mapped(queue, 'counted')
  const denied = { status: 403, code: 'AccessDeniedException', message: 'You may not.' }
  here.front.fault({ operation: 'DeleteEventSourceMapping', after: 1, do: denied })
  const error = await rejection(remove(removing('counted')))
  assert.deepEqual(
    [error.code, error.done, error.notDone],
    ['ACCESS_DENIED', ['DeleteEventSourceMapping'], ['DeleteEventSourceMapping', 'DeleteFunction']]
  )
  const { EventSourceMappings: left } = await lambda('list-event-source-mappings', '--function-name', 'counted')
  assert.deepEqual([left.length, error.message.includes(left[0].UUID)], [1, true])
})

test('an abort ends it between two calls', async () => {
  await given('aborted')
  await mapped('aborted', 'aborted')
  const controller = new AbortController()
  const meanwhile = () => {
    controller.abort()
    return new Promise(() => {})
  }
  here.front.fault({ operation: 'DeleteEventSourceMapping', do: { meanwhile } })
  assert.equal((await rejection(remove(removing('aborted', { signal: controller.signal })))).name, 'AbortError')
  assert.equal(await exists('aborted'), true)
})

test('a qualifier is refused: versions are removed by prune()', async () => {
  await given('qualified', { alias: 'live' })
  for (const name of ['qualified:live', 'qualified:1']) {
    assert.equal((await rejection(remove(removing(name)))).code, 'INVALID_OPTION')
  }
  assert.deepEqual(here.front.mutating(), [])
})

const command = (functionName, ...args) => {
  const { region, endpoint } = removing(functionName)
  return [MAIN, 'remove', '--function-name', functionName, '--region', region, '--endpoint', endpoint, ...args]
}

test('the command removes nothing that is not confirmed', async () => {
  await given('shown', { alias: 'live' })
  const cli = (...args) => run(process.execPath, command('shown', ...args), { input: 'y\n' })
  const unconfirmed = await cli()
  assert.deepEqual([unconfirmed.code, unconfirmed.stdout], [2, ''])
  assert.match(unconfirmed.stderr, /not confirmed\nhint: Give --yes/)
  const dry = await cli('--dry-run')
  assert.equal(dry.code, 0)
  assert.match(dry.stdout, /^Dry run: would remove shown\n +versions +1\n +aliases +live\n/)
  assert.deepEqual(here.front.calls.filter(({ operation }) => /^Delete/.test(operation)), [])
  assert.equal(await exists('shown'), true)
  const removed = await cli('--yes')
  assert.equal(removed.code, 0, removed.stderr)
  assert.match(removed.stdout, /^Removed shown\n/)
  assert.equal(await exists('shown'), false)
  const again = await cli('--yes', '--json')
  assert.deepEqual([again.code, JSON.parse(again.stdout).removed], [0, false])
})

const skip = process.platform === 'win32' && 'no pseudo-terminals'

test('at a terminal the command asks, and only a yes is one', { skip }, async () => {
  await given('asked')
  const { python } = await pythonEnv()
  const typed = (text) => run(python, [AT_TERMINAL, text, process.execPath, ...command('asked')], { env: process.env })
  for (const [text, code] of [['n\r', 2], ['\r', 2], ['yellow\r', 2], ['\u0004', 2], ['\u0003', 130]]) {
    const refused = await typed(text)
    assert.equal(refused.code, code, JSON.stringify(text) + refused.stdout)
    assert.match(refused.stdout, /Remove asked with all its versions\? It cannot be brought back\. \[y\/N\] /)
  }
  assert.equal(await exists('asked'), true)
  const removed = await typed('y\r')
  assert.equal(removed.code, 0, removed.stdout)
  assert.match(removed.stdout, /Removed.*asked/)
  assert.equal(await exists('asked'), false)
})
