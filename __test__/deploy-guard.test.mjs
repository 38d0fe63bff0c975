import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploy, deployments, functionFolder, rejection, outdated as outdatedBy } from './support/deployments.mjs'

const here = deployments()

const outdated = (...which) => outdatedBy(here, ...which)

const told = (name) => here.aws('lambda', 'get-function-configuration', '--function-name', name)

/** Somebody else sets the time-out just before `operation` arrives. */
function meanwhile(operation, name, ...changes) {
  const change = ['lambda', 'update-function-configuration', '--function-name', name, ...changes]
  return here.front.fault({ operation, do: { meanwhile: () => here.aws(...change) } })
}

test('code is not sent over what somebody else changed meanwhile, and what that is, is told', async () => {
  const options = await outdated('code')
  const before = await told('code')
  meanwhile('UpdateFunctionCode', 'code', '--timeout', '77', '--description', 'theirs')
  const error = await rejection(deploy(options))
  assert.equal(error.code, 'PRECONDITION_FAILED')
  assert.equal(error.functionName, 'code')
  assert.deepEqual(error.changed, ['description', 'timeout'])
  assert.match(error.message, /: description, timeout$/)
  assert.match(error.hint, /force/)
  assert.deepEqual(here.front.changed(), [])
  const now = await told('code')
  assert.equal(now.CodeSha256, before.CodeSha256)
  assert.equal(now.Timeout, 77)
})

test('nor is the configuration', async () => {
  const options = await outdated('configuration', { environment: { FIRST: '1' } })
  const script = meanwhile('UpdateFunctionConfiguration', 'configuration', '--environment', 'Variables={FIRST=2}')
  const root = await functionFolder(here.folder, 'configuration', 'old')
  const error = await rejection(deploy({ ...options, root, timeout: 9 }))
  assert.equal(script.fired, 1)
  assert.equal(error.code, 'PRECONDITION_FAILED')
  assert.deepEqual(error.changed, ['environment.FIRST'])
  const now = await told('configuration')
  assert.equal(now.Timeout, 3)
  assert.deepEqual(now.Environment.Variables, { FIRST: '2' })
})

test('force goes over it', async () => {
  const options = await outdated('forced')
  meanwhile('UpdateFunctionCode', 'forced', '--timeout', '77')
  const { codeSha256 } = await deploy({ ...options, force: true })
  const now = await told('forced')
  assert.equal(now.CodeSha256, codeSha256)
  // What was not declared is not managed, by force either.
  assert.equal(now.Timeout, 77)
})

test('the run after one that was refused takes what is there and goes on', async () => {
  const options = await outdated('again')
  meanwhile('UpdateFunctionCode', 'again', '--timeout', '77')
  await rejection(deploy(options))
  const { codeSha256 } = await deploy(options)
  const now = await told('again')
  assert.deepEqual([now.CodeSha256, now.Timeout], [codeSha256, 77])
})

for (const fault of ['resetAfter', 'loseResponse']) {
  test(`an update of the code whose answer is lost (${fault}) is known to be ours`, async () => {
    const options = await outdated(`code-${fault}`)
    const script = here.front.fault({ operation: 'UpdateFunctionCode', do: fault })
    const { codeSha256, changes } = await deploy(options)
    assert.equal(script.fired, 1)
    assert.deepEqual(changes.map(({ field }) => field), ['codeSha256'])
    assert.deepEqual(here.front.changed(), ['UpdateFunctionCode'])
    assert.equal((await told(options.functionName)).CodeSha256, codeSha256)
  })

  test(`an update of the configuration whose answer is lost (${fault}) is known to be ours`, async () => {
    const name = `configuration-${fault}`
    const root = await functionFolder(here.folder, name, 1)
    const options = here.options({ functionName: name, root })
    await deploy({ ...options, environment: { KEPT: '1' } })
    here.front.reset()
    here.front.fault({ operation: 'UpdateFunctionConfiguration', do: fault })
    await deploy({ ...options, timeout: 9, environment: { NEW: '2' } })
    assert.deepEqual(here.front.changed(), ['UpdateFunctionConfiguration'])
    const now = await told(name)
    assert.deepEqual([now.Timeout, now.Environment.Variables], [9, { KEPT: '1', NEW: '2' }])
  })

  test(`a version whose answer is lost (${fault}) is made once, and the alias points at it`, async () => {
    const options = await outdated(`version-${fault}`)
    here.front.fault({ operation: 'PublishVersion', do: fault })
    const { version, alias } = await deploy({ ...options, alias: 'live' })
    const { Versions: versions } = await here.aws(
      'lambda', 'list-versions-by-function', '--function-name', options.functionName
    )
    assert.deepEqual(versions.map(({ Version }) => Version), ['$LATEST', version])
    assert.equal(alias, 'live')
  })

  for (const [operation, exists] of [['CreateAlias', false], ['UpdateAlias', true]]) {
    test(`an alias whose ${operation} has its answer lost (${fault}) is where it should be`, async () => {
      const name = `${operation}-${fault}`
      const options = await outdated(name, exists ? { alias: 'live' } : {})
      const script = here.front.fault({ operation, do: fault })
      const { version } = await deploy({ ...options, alias: 'live' })
      assert.equal(script.fired, 1)
      const now = await here.aws('lambda', 'get-alias', '--function-name', name, '--name', 'live')
      assert.equal(now.FunctionVersion, version)
    })
  }
}

test('a revision that AWS itself has changed holds up no version', async () => {
  const options = await outdated('woken')
  const message = 'The RevisionId provided does not match the latest RevisionId for the Lambda function or alias.'
  const script = here.front.fault({
    operation: 'PublishVersion', do: { status: 412, code: 'PreconditionFailedException', message },
  })
  assert.equal((await deploy({ ...options, publish: true })).version, '1')
  assert.equal(script.fired, 1)
})

test('an alias that somebody else moves meanwhile is not moved', async () => {
  const options = await outdated('moved', { alias: 'live' })
  const move = ['lambda', 'update-alias', '--function-name', 'moved', '--name', 'live', '--description', 'theirs']
  here.front.fault({ operation: 'UpdateAlias', do: { meanwhile: () => here.aws(...move) } })
  const error = await rejection(deploy({ ...options, alias: 'live' }))
  assert.equal(error.code, 'PRECONDITION_FAILED')
  assert.deepEqual(error.changed, ['alias live'])
  const now = await here.aws('lambda', 'get-alias', '--function-name', 'moved', '--name', 'live')
  assert.equal(now.FunctionVersion, '1')
  // The version that was published before is found again, and not made twice.
  const again = await deploy({ ...options, alias: 'live' })
  assert.equal(again.version, '2')
})

test('an alias that somebody else moves during a deployment stays where they put it', async () => {
  const root = await functionFolder(here.folder, 'operated', 1)
  const options = here.options({ functionName: 'operated', root, alias: 'live' })
  await deploy(options)
  await functionFolder(here.folder, 'operated', 2)
  await deploy(options)
  await functionFolder(here.folder, 'operated', 3)
  const at = ['--function-name', 'operated', '--name', 'live', '--function-version', '1']
  const meanwhile = () => here.aws('lambda', 'update-alias', ...at)
  here.front.fault({ operation: 'UpdateFunctionCode', do: { meanwhile } })
  const error = await rejection(deploy(options))
  assert.deepEqual([error.code, error.changed], ['PRECONDITION_FAILED', ['alias live']])
  assert.deepEqual(error.done, ['UpdateFunctionCode', 'PublishVersion'])
  const { FunctionVersion: version } = await here.aws('lambda', 'get-alias', ...at.slice(0, 4))
  assert.equal(version, '1')
})

test('a call that AWS has taken is told as done, also when its end is not waited for', async () => {
  const root = await functionFolder(here.folder, 'taken', 1)
  const options = here.options({ functionName: 'taken', root })
  await deploy(options)
  await functionFolder(here.folder, 'taken', 2)
  here.front.settle = 1000
  const late = await rejection(deploy({ ...options, timeouts: { total: 1 }, publish: true }))
  assert.deepEqual([late.code, late.done, late.notDone], ['WAIT_TIMEOUT', ['UpdateFunctionCode'], ['PublishVersion']])
})

test('an error that ends a call tells what was done and what was not', async () => {
  const root = await functionFolder(here.folder, 'ended', 1)
  const options = here.options({ functionName: 'ended', root, alias: 'live' })
  here.front.settle = 1000
  const controller = new AbortController()
  const onProgress = ({ phase, message }) => {
    if (phase === 'wait' && /new function/.test(message)) controller.abort(new Error('enough'))
  }
  const error = await rejection(deploy({ ...options, signal: controller.signal, onProgress }))
  assert.deepEqual([error.code, error.cause.message], ['ABORTED', 'enough'])
  assert.deepEqual([error.done, error.notDone], [['CreateFunction'], ['PublishVersion', 'CreateAlias']])
})

test('force goes over an alias that somebody else makes or shares meanwhile', async () => {
  const root = await functionFolder(here.folder, 'forced-alias', 1)
  const options = here.options({ functionName: 'forced-alias', root })
  await deploy({ ...options, publish: true })
  const at = ['--function-name', 'forced-alias', '--name', 'live']
  await functionFolder(here.folder, 'forced-alias', 2)
  const make = () => here.aws('lambda', 'create-alias', ...at, '--function-version', '1')
  here.front.fault({ operation: 'CreateAlias', do: { meanwhile: make } })
  await deploy({ ...options, alias: 'live', force: true })
  assert.equal((await here.aws('lambda', 'get-alias', ...at)).FunctionVersion, '2')

  await functionFolder(here.folder, 'forced-alias', 3)
  const share = () => here.aws('lambda', 'update-alias', ...at, '--routing-config', 'AdditionalVersionWeights={1=0.5}')
  here.front.fault({ operation: 'UpdateAlias', do: { meanwhile: share } })
  await deploy({ ...options, alias: 'live', force: true })
  const { FunctionVersion: version, RoutingConfig: routing } = await here.aws('lambda', 'get-alias', ...at)
  assert.deepEqual([version, routing?.AdditionalVersionWeights ?? {}], ['3', {}])
})

test('what proved not to be needed is not told as not done', async () => {
  const root = await functionFolder(here.folder, 'spared', 1)
  const options = here.options({ functionName: 'spared', root, alias: 'live' })
  await deploy(options)
  here.front.fault({ operation: 'AddPermission', do: { status: 403, code: 'AccessDeniedException', message: 'no' } })
  const permissions = [{ action: 'lambda:InvokeFunction', principal: 's3.amazonaws.com' }]
  const error = await rejection(deploy({ ...options, tags: { n: '1' }, permissions }))
  assert.deepEqual([error.code, error.done, error.notDone], ['ACCESS_DENIED', ['TagResource'], ['AddPermission']])
})

test('a lost answer to a creation is recognised also where tags are not told', async () => {
  const root = await functionFolder(here.folder, 'untold', 1)
  here.front.hideTags = true
  const script = here.front.fault({ operation: 'CreateFunction', do: 'loseResponse' })
  const made = await deploy(here.options({ functionName: 'untold', root, tags: { n: '1' } }))
  assert.deepEqual([made.created, script.fired], [true, 1])
})
