import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'

const { versions, rollback, prune } = createRequire(import.meta.url)('../index.js')
const here = deployments()

/** A function with that many versions, and the alias `live` at the last one. */
async function released(name, count) {
  for (let answer = 1; answer <= count; answer++) {
    const root = await functionFolder(here.folder, name, answer)
    await deploy(here.options({ functionName: name, root, alias: 'live' }))
  }
  here.front.reset()
  const { role, ...options } = here.options({ functionName: name })
  return options
}

async function pointsAt(name, alias) {
  const { FunctionVersion } = await here.aws('lambda', 'get-alias', '--function-name', name, '--name', alias)
  return FunctionVersion
}

async function published(name) {
  const { Versions } = await here.aws('lambda', 'list-versions-by-function', '--function-name', name)
  return Versions.map(({ Version }) => Version).filter((version) => version !== '$LATEST')
}

test('versions are told with the aliases that use them', async () => {
  const options = await released('told', 3)
  await here.aws(
    'lambda', 'create-alias', '--function-name', 'told', '--name', 'canary', '--function-version', '3',
    '--routing-config', '{"AdditionalVersionWeights":{"1":0.1}}'
  )
  const result = await versions(options)
  assert.deepEqual(result.versions.map(({ version, aliases }) => [version, [...aliases].sort()]), [
    ['3', ['canary', 'live']], ['2', []], ['1', ['canary']],
  ])
  assert.match(result.versions[0].codeSha256, /=$/)
  assert.deepEqual(here.front.mutating(), [])
})

test('a function that is not there is told, and one without versions has none', async () => {
  const { role, ...options } = here.options({ functionName: 'nobody' })
  const calls = [() => versions(options), () => prune({ ...options, keep: 1 }), () => rollback({ ...options, alias: 'live' })]
  for (const ask of calls) {
    const error = await rejection(ask())
    assert.deepEqual([error.code, error.message], ['FUNCTION_NOT_FOUND', 'There is no function nobody'])
  }
  const root = await functionFolder(here.folder, 'unpublished', 1)
  await deploy(here.options({ functionName: 'unpublished', root }))
  assert.deepEqual((await versions({ ...options, functionName: 'unpublished' })).versions, [])
})

test('an alias goes back to the version before, or to the one that is named', async () => {
  const options = await released('back', 3)
  const { before, after } = await rollback({ ...options, alias: 'live' })
  assert.deepEqual([before, after], ['3', '2'])
  assert.equal(await pointsAt('back', 'live'), '2')
  await rollback({ ...options, alias: 'live', to: '3' })
  assert.equal(await pointsAt('back', 'live'), '3')
  here.front.reset()
  await rollback({ ...options, alias: 'live', to: '3' })
  assert.deepEqual(here.front.mutating(), [])
})

test('where there is nothing to go back to, nothing is changed', async () => {
  const options = await released('first', 1)
  const error = await rejection(rollback({ ...options, alias: 'live' }))
  assert.deepEqual([error.code, error.version], ['VERSION_NOT_FOUND', 'before 1'])
  const missing = await rejection(rollback({ ...options, alias: 'live', to: '9' }))
  assert.deepEqual([missing.code, missing.version], ['VERSION_NOT_FOUND', '9'])
  const unnamed = await rejection(rollback({ ...options, alias: 'dead' }))
  assert.deepEqual([unnamed.code, unnamed.alias], ['ALIAS_NOT_FOUND', 'dead'])
  assert.equal((await rejection(rollback({ ...options, alias: '12' }))).code, 'INVALID_OPTION')
  assert.deepEqual(here.front.mutating(), [])
})

test('an alias that somebody else moves meanwhile is left alone', async () => {
  const options = await released('raced', 3)
  const move = ['lambda', 'update-alias', '--function-name', 'raced', '--name', 'live', '--function-version', '1']
  here.front.fault({ operation: 'UpdateAlias', do: { meanwhile: () => here.aws(...move) } })
  const error = await rejection(rollback({ ...options, alias: 'live' }))
  assert.equal(error.code, 'PRECONDITION_FAILED')
  assert.equal(await pointsAt('raced', 'live'), '1')
})

test('old versions go, and what an alias or a weight uses stays', async () => {
  const options = await released('pruned', 5)
  await here.aws(
    'lambda', 'create-alias', '--function-name', 'pruned', '--name', 'canary', '--function-version', '5',
    '--routing-config', '{"AdditionalVersionWeights":{"2":0.1}}'
  )
  const dry = await prune({ ...options, keep: 1, dryRun: true })
  assert.deepEqual(dry.removed.map(({ version }) => version), ['4', '3', '1'])
  assert.deepEqual(here.front.mutating(), [])
  const { removed, kept } = await prune({ ...options, keep: 1 })
  assert.deepEqual(removed.map(({ version }) => version), ['4', '3', '1'])
  assert.deepEqual(kept.map(({ version }) => version), ['5', '2'])
  assert.deepEqual(await published('pruned'), ['2', '5'])
  here.front.reset()
  assert.deepEqual((await prune({ ...options, keep: 0 })).removed, [])
  assert.deepEqual(here.front.mutating(), [])
})

test('a version that AWS does not let go stays, is told, and holds up no other', async () => {
  const options = await released('replicated', 4)
  const message = 'Lambda was unable to delete arn:aws:lambda:us-east-1:1:function:replicated:1 because it is a replicated function.'
  here.front.fault({
    operation: 'DeleteFunction', do: { status: 400, code: 'InvalidParameterValueException', message },
  })
  const { removed, kept, refused } = await prune({ ...options, keep: 1 })
  assert.deepEqual([removed, kept].map((all) => all.map(({ version }) => version)), [['3', '2'], ['4']])
  assert.deepEqual(refused.map(({ version }) => version), ['1'])
  assert.match(refused[0].reason, /replicated function/)
  assert.deepEqual(await published('replicated'), ['1', '4'])
})

test('an alias that is on its way to another version goes back to its own', async () => {
  const options = await released('canary', 3)
  await here.aws(
    'lambda', 'update-alias', '--function-name', 'canary', '--name', 'live', '--function-version', '2',
    '--routing-config', '{"AdditionalVersionWeights":{"3":0.1}}'
  )
  const { before, after } = await rollback({ ...options, alias: 'live' })
  assert.deepEqual([before, after], ['2', '2'])
  const now = await here.aws('lambda', 'get-alias', '--function-name', 'canary', '--name', 'live')
  assert.equal(now.FunctionVersion, '2')
  assert.deepEqual(now.RoutingConfig?.AdditionalVersionWeights ?? {}, {})
})

test('a version that may not be removed is told beside those that went', async () => {
  const options = await released('halfway', 4)
  here.front.fault({
    operation: 'DeleteFunction', after: 1, times: 9, do: { status: 403, code: 'AccessDeniedException', message: 'no' },
  })
  const { removed, kept, refused } = await prune({ ...options, keep: 1 })
  assert.deepEqual([removed, kept, refused].map((all) => all.map(({ version }) => version)), [['1'], ['4'], ['3', '2']])
  assert.match(refused[0].reason, /DeleteFunction of halfway failed: no/)
  assert.deepEqual(await published('halfway'), ['2', '3', '4'])
  here.front.reset()
  assert.deepEqual((await prune({ ...options, keep: 1 })).refused, [])
  assert.deepEqual(await published('halfway'), ['4'])
})

const FOR_EVER = 1e6

test('a removal that ends on the way tells what was removed, and another run goes on', async () => {
  const options = await released('ended', 4)
  here.front.fault({ operation: 'DeleteFunction', after: 1, times: FOR_EVER, do: 'hang' })
  const late = await rejection(prune({ ...options, keep: 1, timeouts: { total: 1 } }))
  assert.deepEqual([late.code, late.functionName, late.removed], ['WAIT_TIMEOUT', 'ended', ['1']])
  assert.match(late.message, /; removed before that: version 1$/)
  assert.deepEqual(await published('ended'), ['2', '3', '4'])

  here.front.reset()
  const expired = { status: 403, code: 'ExpiredTokenException', message: 'expired' }
  here.front.fault({ operation: 'DeleteFunction', after: 1, times: FOR_EVER, do: expired })
  const error = await rejection(prune({ ...options, keep: 1 }))
  assert.deepEqual([error.code, error.operation, error.removed], ['CREDENTIALS_EXPIRED', 'DeleteFunction', ['2']])

  here.front.reset()
  await prune({ ...options, keep: 1 })
  assert.deepEqual(await published('ended'), ['4'])
})

test('an abort of a removal has its reason as its cause, and tells what was removed', async () => {
  const options = await released('aborted', 3)
  const controller = new AbortController()
  const messages = []
  const onProgress = ({ message }) => message && messages.push(message)
  const reason = new Error('enough')
  const meanwhile = () => {
    controller.abort(reason)
    return new Promise(() => {})
  }
  here.front.fault({ operation: 'DeleteFunction', after: 1, do: { meanwhile } })
  const error = await rejection(prune({ ...options, keep: 1, signal: controller.signal, onProgress }))
  assert.deepEqual([error.code, error.removed], ['ABORTED', ['1']])
  assert.equal(error.cause, reason)
  assert.ok(messages.some((message) => /removed before that: version 1$/.test(message)), messages.join('\n'))
  assert.deepEqual(await published('aborted'), ['2', '3'])
})

test('while another change of the alias is under way a rollback waits', async () => {
  const options = await released('busy', 2)
  const message = 'The operation cannot be performed at this time. An update is in progress.'
  const conflict = { status: 409, code: 'ResourceConflictException', message }
  const script = here.front.fault({ operation: 'UpdateAlias', times: 2, do: conflict })
  const { before, after } = await rollback({ ...options, alias: 'live' })
  assert.deepEqual([before, after, script.fired], ['2', '1', 2])
  assert.equal(await pointsAt('busy', 'live'), '1')
  // And no longer when somebody else has moved it.
  const move = ['lambda', 'update-alias', '--function-name', 'busy', '--name', 'live', '--function-version', '$LATEST']
  here.front.fault({ operation: 'UpdateAlias', do: conflict })
  here.front.fault({ operation: 'GetAlias', after: 1, do: { meanwhile: () => here.aws(...move) } })
  const error = await rejection(rollback({ ...options, alias: 'live', to: '2' }))
  assert.deepEqual([error.code, error.changed], ['PRECONDITION_FAILED', ['alias live']])
  assert.equal(await pointsAt('busy', 'live'), '$LATEST')
})
