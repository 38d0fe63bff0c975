import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploy, deployments, functionFolder, rejection, outdated as outdatedBy } from './support/deployments.mjs'

const here = deployments()

const outdated = (...which) => outdatedBy(here, ...which)

test('a role that cannot be assumed yet is waited for', async () => {
  const root = await functionFolder(here.folder, 'role', 1)
  here.front.rolePropagates = 2
  const messages = []
  const result = await deploy(here.options({
    functionName: 'role', root, onProgress: ({ message }) => message && messages.push(message),
  }))
  assert.equal(result.created, true)
  assert.deepEqual(here.front.changed(), ['CreateFunction'])
  assert.equal(here.front.mutating().length, 3)
  assert.ok(messages.some((message) => /role/.test(message)), messages.join('; '))
})

test('a change that takes several looks is waited for', async () => {
  const options = await outdated('slow')
  here.front.settle = 4
  const { codeSha256 } = await deploy(options)
  const { Configuration: told } = await here.aws('lambda', 'get-function', '--function-name', 'slow')
  assert.equal(told.CodeSha256, codeSha256)
  assert.deepEqual(here.front.mutating(), ['UpdateFunctionCode'])
})

test('409 while another change is in progress is waited out', async () => {
  const options = await outdated('busy')
  const message = 'The operation cannot be performed at this time. An update is in progress for resource: busy'
  here.front.fault({
    operation: 'UpdateFunctionCode', times: 2, do: { status: 409, code: 'ResourceConflictException', message },
  })
  const result = await deploy(options)
  assert.equal(result.upload, 'direct')
  assert.deepEqual(here.front.changed(), ['UpdateFunctionCode'])
})

test("an update that fails ends with AWS's reason", async () => {
  const options = await outdated('failing')
  here.front.failNext('failing', { reason: 'The key is disabled.', reasonCode: 'DisabledKMSKey' })
  const error = await rejection(deploy(options))
  assert.equal(error.code, 'UPDATE_FAILED')
  assert.equal(error.reason, 'The key is disabled.')
  assert.equal(error.reasonCode, 'DisabledKMSKey')
  assert.equal(error.functionName, 'failing')
  assert.deepEqual(await here.leftOver(), [])
})

test("a creation that fails ends with AWS's reason", async () => {
  const root = await functionFolder(here.folder, 'stillborn', 1)
  const fail = async () => here.front.failNext('stillborn', { reason: 'No subnet.', reasonCode: 'InvalidSubnet' })
  await fail()
  // It is made once again, and fails again.
  here.front.fault({ operation: 'DeleteFunction', do: { meanwhile: fail } })
  const error = await rejection(deploy(here.options({ functionName: 'stillborn', root })))
  assert.equal(error.code, 'FUNCTION_FAILED')
  assert.equal(error.reason, 'No subnet.')
  assert.deepEqual(here.front.changed(), ['CreateFunction', 'DeleteFunction', 'CreateFunction'])
})

test('a creation of this run that fails is made again', async () => {
  const root = await functionFolder(here.folder, 'reborn', 1)
  here.front.failNext('reborn')
  const { created, codeSha256 } = await deploy(here.options({ functionName: 'reborn', root }))
  assert.equal(created, true)
  assert.deepEqual(here.front.changed(), ['CreateFunction', 'DeleteFunction', 'CreateFunction'])
  const { Configuration: told } = await here.aws('lambda', 'get-function', '--function-name', 'reborn')
  assert.equal(told.CodeSha256, codeSha256)
})

test('an error tells what was done before it and what was not', async () => {
  const options = await outdated('halfway')
  const denied = { status: 403, code: 'AccessDeniedException', message: 'no' }
  const script = here.front.fault({ operation: 'PublishVersion', do: denied })
  const error = await rejection(deploy({ ...options, timeout: 9, alias: 'live' }))
  assert.equal(script.fired, 1)
  assert.deepEqual([error.code, error.operation], ['ACCESS_DENIED', 'PublishVersion'])
  assert.deepEqual(error.done, ['UpdateFunctionConfiguration', 'UpdateFunctionCode'])
  assert.deepEqual(error.notDone, ['PublishVersion', 'CreateAlias'])
  // Nothing of it is done twice.
  here.front.reset()
  assert.equal((await deploy({ ...options, timeout: 9, alias: 'live' })).version, '1')
  assert.deepEqual(here.front.changed(), ['PublishVersion', 'CreateAlias'])
  here.front.fault({ operation: 'UpdateFunctionConfiguration', do: denied })
  const first = await rejection(deploy({ ...options, timeout: 10 }))
  assert.deepEqual([first.code, first.done], ['ACCESS_DENIED', undefined], 'nothing was done before the first one')
})

for (const fault of ['resetBefore', 'resetAfter', 'loseResponse']) {
  test(`a creation whose connection ends by ${fault} is made once`, async () => {
    const name = `create-${fault}`
    const root = await functionFolder(here.folder, name, 1)
    const script = here.front.fault({ operation: 'CreateFunction', do: fault })
    const result = await deploy(here.options({ functionName: name, root }))
    assert.equal(script.fired, 1)
    assert.equal(result.created, true)
    assert.deepEqual(here.front.changed(), ['CreateFunction'])
  })

  test(`an update whose connection ends by ${fault} arrives`, async () => {
    const options = await outdated(`update-${fault}`)
    here.front.fault({ operation: 'UpdateFunctionCode', do: fault })
    const { codeSha256 } = await deploy(options)
    const { Configuration: told } = await here.aws('lambda', 'get-function', '--function-name', options.functionName)
    assert.equal(told.CodeSha256, codeSha256)
  })
}

test('throttling and errors of the server are tried again', async () => {
  const options = await outdated('again')
  here.front.fault({ operation: 'GetFunction', do: { status: 429, code: 'TooManyRequestsException', message: 'slow' } })
  here.front.fault({ operation: 'UpdateFunctionCode', do: { status: 500, code: 'ServiceException', message: 'oops' } })
  assert.equal((await deploy(options)).upload, 'direct')
  assert.deepEqual(here.front.changed(), ['UpdateFunctionCode'])
})

test('a role that cannot be assumed yet is waited for when it is changed, too', async () => {
  const root = await functionFolder(here.folder, 'new-role', 1)
  const options = here.options({ functionName: 'new-role', root })
  await deploy(options)
  here.front.reset()
  const message = 'The role defined for the function cannot be assumed by Lambda.'
  const script = here.front.fault({
    operation: 'UpdateFunctionConfiguration', times: 2,
    do: { status: 400, code: 'InvalidParameterValueException', message },
  })
  await deploy({ ...options, timeout: 9 })
  assert.equal(script.fired, 2)
  assert.deepEqual(here.front.changed(), ['UpdateFunctionConfiguration'])
})

test('a variable that somebody else sets between our look and our change is not lost', async () => {
  const root = await functionFolder(here.folder, 'race', 1)
  const options = here.options({ functionName: 'race', root })
  await deploy({ ...options, environment: { FIRST: '1' } })
  await deploy({ ...options, environment: { SECOND: '2' } })
  const theirs = ['--function-name', 'race', '--environment', 'Variables={FIRST=1,SECOND=2,THIRD=3}']
  here.front.fault({
    operation: 'UpdateFunctionConfiguration',
    do: { meanwhile: () => here.aws('lambda', 'update-function-configuration', ...theirs) },
  })
  const error = await rejection(deploy({ ...options, environment: { FOURTH: '4' } }))
  assert.deepEqual([error.code, error.changed], ['PRECONDITION_FAILED', ['environment.THIRD']])
  await deploy({ ...options, environment: { FOURTH: '4' } })
  const { Environment: environment } = await here.aws(
    'lambda', 'get-function-configuration', '--function-name', 'race'
  )
  assert.deepEqual(environment.Variables, { FIRST: '1', SECOND: '2', THIRD: '3', FOURTH: '4' })
})
