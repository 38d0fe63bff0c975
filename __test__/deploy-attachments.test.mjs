import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { REGION } from './support/credentials.mjs'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'

const { plan } = createRequire(import.meta.url)('../index.js')
const here = deployments()
const LAMBDA = `arn:aws:lambda:${REGION}:000000000000`
const SIGNING = `${LAMBDA}:code-signing-config:csc-1`
const INSTANCES = 'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig'
const QUEUE = `arn:aws:sqs:${REGION}:000000000000:failed`

const lambda = (...args) => here.aws('lambda', ...args)

async function given(name, changes = {}) {
  const root = await functionFolder(here.folder, name, 1)
  return here.options({ functionName: name, root, ...changes })
}

/** The AWS CLI by way of the front, which does what the backend does not. */
const throughFront = () => ['--endpoint-url', here.front.url]

/** The statements of a function's policy, as the AWS CLI tells them. */
async function statements(name, ...qualifier) {
  const told = await lambda('get-policy', '--function-name', name, ...qualifier).catch(() => undefined)
  return told ? JSON.parse(told.Policy).Statement : []
}

test('code signing changes before the code, and goes with null', async () => {
  const options = await given('signed')
  await deploy(options)
  await functionFolder(here.folder, 'signed', 'another code')
  here.front.reset()
  const changed = await deploy({ ...options, codeSigningConfigArn: SIGNING })
  assert.deepEqual(changed.operations, ['PutFunctionCodeSigningConfig', 'UpdateFunctionCode'])
  assert.deepEqual(here.front.changed(), changed.operations)
  const told = () => lambda('get-function-code-signing-config', '--function-name', 'signed')
  assert.equal((await told()).CodeSigningConfigArn, SIGNING)
  const cleared = await deploy({ ...options, codeSigningConfigArn: null })
  assert.deepEqual(cleared.operations, ['DeleteFunctionCodeSigningConfig'])
  assert.equal((await told()).CodeSigningConfigArn, '')
  assert.deepEqual((await deploy({ ...options, codeSigningConfigArn: null })).operations, [])
})

test('loops and runtimes are managed, and null sets what a new function has', async () => {
  const options = await given('managed')
  const declared = { recursiveLoop: 'Allow', runtimeManagementConfig: { updateRuntimeOn: 'FunctionUpdate' } }
  const { operations } = await deploy({ ...options, ...declared })
  assert.deepEqual(operations, ['CreateFunction', 'PutFunctionRecursionConfig', 'PutRuntimeManagementConfig'])
  const loop = async () => (await lambda('get-function-recursion-config', '--function-name', 'managed')).RecursiveLoop
  assert.equal(await loop(), 'Allow')
  here.front.reset()
  assert.deepEqual((await deploy({ ...options, ...declared })).changes, [])
  assert.deepEqual(here.front.mutating(), [])
  const { changes } = await deploy({ ...options, recursiveLoop: null, runtimeManagementConfig: null })
  assert.deepEqual(changes, [
    { field: 'recursiveLoop', before: 'Allow', after: 'Terminate' },
    { field: 'runtimeManagementConfig.updateRuntimeOn', before: 'FunctionUpdate', after: 'Auto' },
  ])
  assert.equal(await loop(), 'Terminate')
})

test('permissions are named by their content, added and removed, and those of others stay', async () => {
  const options = await given('allowed')
  const bucket = (name) => ({
    action: 'lambda:InvokeFunction', principal: 's3.amazonaws.com',
    sourceArn: `arn:aws:s3:::${name}`, sourceAccount: '123456789012',
  })
  await deploy({ ...options, permissions: [bucket('a'), bucket('b')] })
  await lambda('add-permission', '--function-name', 'allowed', '--statement-id', 'mine', '--principal',
    'sns.amazonaws.com', '--action', 'lambda:InvokeFunction')
  const before = await statements('allowed')
  assert.equal(before.length, 3)
  here.front.reset()
  assert.deepEqual((await deploy({ ...options, permissions: [bucket('b'), bucket('a')] })).changes, [])
  assert.deepEqual(here.front.mutating(), [])
  const { operations, changes } = await deploy({ ...options, permissions: [bucket('b'), bucket('c')] })
  assert.deepEqual(operations, ['AddPermission', 'RemovePermission'])
  const told = (source) => `lambda:InvokeFunction for s3.amazonaws.com (arn:aws:s3:::${source}, 123456789012), `
  const named = (all, source) => told(source)
    + all.find(({ Condition }) => Condition?.ArnLike['AWS:SourceArn'] === `arn:aws:s3:::${source}`).Sid
  assert.deepEqual(changes, [
    { field: 'permissions', after: named(await statements('allowed'), 'c') },
    { field: 'permissions', before: named(before, 'a') },
  ])
  const sources = (all) => all.map(({ Sid, Condition }) => Condition?.ArnLike['AWS:SourceArn'] ?? Sid).sort()
  assert.deepEqual(sources(await statements('allowed')), ['arn:aws:s3:::b', 'arn:aws:s3:::c', 'mine'])
  await deploy({ ...options, permissions: null })
  assert.deepEqual(sources(await statements('allowed')), ['mine'])
})

test('a public URL is of the alias, answers to everybody, and is closed and taken away', async () => {
  const options = await given('reached', { alias: 'live' })
  const cors = { allowOrigins: ['https://b.example', 'https://a.example'], maxAge: 60 }
  const made = await deploy({ ...options, functionUrl: { authType: 'NONE', cors } })
  assert.deepEqual(made.operations, [
    'CreateFunction', 'PublishVersion', 'CreateAlias', 'AddPermission', 'AddPermission', 'CreateFunctionUrlConfig',
  ])
  const url = () => lambda('get-function-url-config', '--function-name', 'reached', '--qualifier', 'live')
  const told = await url()
  assert.equal(made.functionUrl, told.FunctionUrl)
  assert.deepEqual([told.AuthType, told.InvokeMode], ['NONE', 'BUFFERED'])
  assert.deepEqual([...told.Cors.AllowOrigins].sort(), ['https://a.example', 'https://b.example'])
  const allowed = await statements('reached', '--qualifier', 'live')
  assert.deepEqual(allowed.map(({ Action, Principal }) => [Action, Principal]), [
    ['lambda:InvokeFunctionUrl', '*'], ['lambda:InvokeFunction', '*'],
  ])
  assert.deepEqual(allowed.map(({ Condition }) => Condition), [
    { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } }, { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  ])

  here.front.reset()
  const again = await deploy({ ...options, functionUrl: { authType: 'NONE', cors } })
  assert.deepEqual([again.changes, again.functionUrl], [[], made.functionUrl])
  assert.deepEqual(here.front.mutating(), [])
  const closed = await deploy({ ...options, functionUrl: { authType: 'AWS_IAM', cors: {} } })
  assert.deepEqual(closed.operations, ['UpdateFunctionUrlConfig', 'RemovePermission', 'RemovePermission'])
  assert.equal(closed.functionUrl, made.functionUrl)
  assert.deepEqual(await statements('reached', '--qualifier', 'live'), [])
  assert.deepEqual((await deploy({ ...options, functionUrl: { authType: 'AWS_IAM', cors: {} } })).changes, [])
  const gone = await deploy({ ...options, functionUrl: null })
  assert.deepEqual([gone.operations, gone.functionUrl], [['DeleteFunctionUrlConfig'], undefined])
  await assert.rejects(url())
})

test('a URL of the function itself, for one account alone', async () => {
  const options = await given('own', { functionUrl: {
    authType: 'AWS_IAM', invokeMode: 'RESPONSE_STREAM', permissions: [{ principal: '123456789012' }],
  } })
  const { functionUrl } = await deploy(options)
  const told = await lambda('get-function-url-config', '--function-name', 'own')
  assert.deepEqual([told.FunctionUrl, told.InvokeMode], [functionUrl, 'RESPONSE_STREAM'])
  assert.deepEqual((await statements('own')).map(({ Principal }) => Principal.AWS), ['123456789012', '123456789012'])
})

test('events, whose parts that are not named stay', async () => {
  const options = await given('events')
  const config = () => lambda('get-function-event-invoke-config', '--function-name', 'events')
  await deploy({ ...options, eventInvokeConfig: {
    maximumRetryAttempts: 0, destinationConfig: { onFailure: { destination: QUEUE } },
  } })
  const told = await config()
  assert.deepEqual([told.MaximumRetryAttempts, told.DestinationConfig.OnFailure.Destination], [0, QUEUE])
  const { changes } = await deploy({ ...options, eventInvokeConfig: { maximumEventAgeInSeconds: 60 } })
  assert.equal(changes.length, 1)
  assert.equal(changes[0].after, '60')
  const merged = await config()
  assert.deepEqual([merged.MaximumRetryAttempts, merged.MaximumEventAgeInSeconds], [0, 60])
  assert.equal(merged.DestinationConfig.OnFailure.Destination, QUEUE)
  const { operations } = await deploy({ ...options, eventInvokeConfig: null })
  assert.deepEqual(operations, ['DeleteFunctionEventInvokeConfig'])
  await assert.rejects(config())
  const nobody = await deploy({ ...options, eventInvokeConfig: { destinationConfig: {} } })
  assert.deepEqual([nobody.operations, nobody.changes], [[], []], 'nobody is told as it is')
})

test('provisioned concurrency is waited for, and goes with null', async () => {
  const options = await given('ready', { alias: 'live' })
  here.front.settle = 2
  const { operations, changes } = await deploy({ ...options, provisionedConcurrentExecutions: 3 })
  assert.equal(operations.at(-1), 'PutProvisionedConcurrencyConfig')
  const change = changes.find(({ field }) => field === 'provisionedConcurrentExecutions')
  assert.deepEqual(change, { field: 'provisionedConcurrentExecutions', after: '3' })
  const looks = here.front.calls.filter(({ operation }) => operation === 'GetProvisionedConcurrencyConfig')
  assert.equal(looks.length, 3, 'two looks find it in progress')
  const told = () => lambda('get-provisioned-concurrency-config', '--function-name', 'ready', '--qualifier', 'live')
  assert.equal((await told()).RequestedProvisionedConcurrentExecutions, 3)
  here.front.reset()
  assert.deepEqual((await deploy({ ...options, provisionedConcurrentExecutions: 3 })).changes, [])
  await deploy({ ...options, provisionedConcurrentExecutions: null })
  await assert.rejects(told())
})

test('provisioned concurrency that failed is told as such, and asked for again', async () => {
  const options = await given('unready', { alias: 'live', provisionedConcurrentExecutions: 3 })
  here.front.failProvisioning('unready')
  const failed = await rejection(deploy(options))
  const told = [failed.code, failed.functionName, failed.alias, failed.reason]
  assert.deepEqual(told, ['PROVISIONED_CONCURRENCY_FAILED', 'unready', 'live', 'FUNCTION_ERROR_INIT_FAILURE'])
  assert.match(failed.hint, /alias has its version/)
  assert.equal((await rejection(deploy(options))).code, 'PROVISIONED_CONCURRENCY_FAILED', 'no rerun takes it for done')
  here.front.failProvisioning('unready', false)
  const { operations, changes } = await deploy(options)
  assert.deepEqual(operations, ['PutProvisionedConcurrencyConfig'])
  const before = '3 (FAILED: FUNCTION_ERROR_INIT_FAILURE)'
  assert.deepEqual(changes, [{ field: 'provisionedConcurrentExecutions', before, after: '3' }])
  assert.deepEqual((await deploy(options)).changes, [])
})

const provisionedLooks = () => here.front.calls.filter(({ operation }) => operation === 'GetProvisionedConcurrencyConfig')

test('provisioned concurrency that an earlier run left in progress is waited for', async () => {
  const options = await given('waited', { alias: 'live' })
  await deploy(options)
  here.front.settle = 3
  await lambda('put-provisioned-concurrency-config', '--function-name', 'waited', '--qualifier', 'live',
    '--provisioned-concurrent-executions', '2', ...throughFront())
  const again = { ...options, provisionedConcurrentExecutions: 2 }
  assert.deepEqual((await plan(again)).operations, [])
  assert.equal(provisionedLooks().length, 1, 'a plan does not wait')
  const { operations, changes } = await deploy(again)
  assert.deepEqual([operations, changes], [[], []])
  assert.equal(provisionedLooks().length, 1 + 3, 'the third look of all finds it in progress for the last time')
})

test('when the alias moves, the environments that AWS makes anew are waited for', async () => {
  const options = await given('moved', { alias: 'live', provisionedConcurrentExecutions: 1 })
  await deploy(options)
  await functionFolder(here.folder, 'moved', 'another code')
  here.front.reset()
  here.front.settle = 2
  const { operations } = await deploy(options)
  assert.deepEqual(operations, ['UpdateFunctionCode', 'PublishVersion', 'UpdateAlias'])
  assert.equal(provisionedLooks().length, 1 + 3, 'one before, and two that find it in progress')
  await functionFolder(here.folder, 'moved', 'code that fails')
  here.front.failProvisioning('moved')
  const error = await rejection(deploy(options))
  assert.equal(error.code, 'PROVISIONED_CONCURRENCY_FAILED')
  assert.deepEqual([error.done, error.notDone], [operations, []])
  here.front.reset()
  await functionFolder(here.folder, 'moved', 'yet another')
  await deploy({ ...options, provisionedConcurrentExecutions: undefined })
  assert.equal(provisionedLooks().length, 0, 'what is not declared is not waited for')
})

test('what is provisioned is never more than what is reserved, whichever way both go', async () => {
  const sized = (reservedConcurrentExecutions, provisionedConcurrentExecutions) => (
    { ...options, reservedConcurrentExecutions, provisionedConcurrentExecutions })
  const options = await given('sized', { alias: 'live' })
  await deploy(sized(10, 5))
  const both = ['PutFunctionConcurrency', 'PutProvisionedConcurrencyConfig']
  const lowered = await deploy(sized(2, 1))
  assert.deepEqual([lowered.operations, lowered.reservedConcurrentExecutions], [both.toReversed(), 2])
  const raised = await deploy(sized(8, 8))
  assert.deepEqual([raised.operations, raised.reservedConcurrentExecutions], [both, 8])
  const told = await lambda('get-function-concurrency', '--function-name', 'sized')
  assert.equal(told.ReservedConcurrentExecutions, 8)
})

test('the runtime of the version that is released is managed too', async () => {
  const options = await given('versioned', { alias: 'live' })
  const managed = async (...qualifier) => (await lambda('get-runtime-management-config', '--function-name', 'versioned',
    ...qualifier, ...throughFront())).UpdateRuntimeOn
  await deploy(options)
  const looked = here.front.calls.filter(({ operation }) => /RuntimeManagement/.test(operation))
  assert.deepEqual(looked, [], 'what is not declared takes no call')
  const declared = { ...options, runtimeManagementConfig: { updateRuntimeOn: 'FunctionUpdate' } }
  const put = ['PutRuntimeManagementConfig', 'PutRuntimeManagementConfig']
  const planned = await plan(declared)
  assert.deepEqual(planned.operations, put)
  const line = (field) => ({ field: `${field}.updateRuntimeOn`, before: 'Auto', after: 'FunctionUpdate' })
  assert.deepEqual(planned.changes, ['runtimeManagementConfig', 'version.runtimeManagementConfig'].map(line))
  assert.equal(await managed('--qualifier', '1'), 'Auto')
  const { operations, changes } = await deploy({ ...declared, plan: planned })
  assert.deepEqual([operations, changes], [put, planned.changes])
  assert.deepEqual([await managed(), await managed('--qualifier', '1')], ['FunctionUpdate', 'FunctionUpdate'])
  assert.deepEqual((await deploy(declared)).changes, [])
  await functionFolder(here.folder, 'versioned', 'another code')
  const next = ['UpdateFunctionCode', 'PublishVersion', 'PutRuntimeManagementConfig', 'UpdateAlias']
  here.front.fault({ operation: 'PublishVersion', do: { status: 403, code: 'AccessDeniedException' } })
  const { done, notDone } = await rejection(deploy(declared))
  assert.deepEqual([done, [...notDone].sort()], [
    ['UpdateFunctionCode'], ['PublishVersion', 'PutRuntimeManagementConfig', 'UpdateAlias'],
  ])
  await functionFolder(here.folder, 'versioned', 'yet another code')
  assert.deepEqual((await plan(declared)).operations, next)
  here.front.reset()
  assert.deepEqual((await deploy(declared)).operations, next)
  assert.deepEqual(here.front.mutating(), next)
  assert.equal(await managed('--qualifier', '2'), 'FunctionUpdate')
})

test('headers of CORS are the same in each case', async () => {
  const cors = { allowHeaders: ['X-Token', 'Content-Type'], exposeHeaders: ['ETag'], allowOrigins: ['*'] }
  const options = await given('crossed', { functionUrl: { authType: 'AWS_IAM', cors } })
  await deploy({ ...options, functionUrl: undefined })
  here.front.fault({ operation: 'CreateFunctionUrlConfig', do: 'loseResponse' })
  assert.deepEqual((await deploy(options)).operations, ['CreateFunctionUrlConfig'])
  assert.deepEqual((await deploy(options)).changes, [])
  const told = await lambda('get-function-url-config', '--function-name', 'crossed', ...throughFront())
  assert.deepEqual(told.Cors.AllowHeaders, ['content-type', 'x-token'])
  const { changes } = await deploy({ ...options, functionUrl: { authType: 'AWS_IAM', cors: { ...cors, exposeHeaders: [] } } })
  assert.deepEqual(changes, [{ field: 'functionUrl.cors.exposeHeaders', before: 'etag' }])
})

test('a plan tells permissions apart that differ in what is not shown', async () => {
  const skill = (eventSourceToken) => ({ ...options, permissions: [
    { action: 'lambda:InvokeFunction', principal: 'alexa-appkit.amazon.com', eventSourceToken },
  ] })
  const options = await given('skilled')
  await deploy({ ...options, permissions: undefined })
  const planned = await plan(skill('amzn1.ask.skill.a'))
  assert.ok(!JSON.stringify(planned).includes('amzn1'))
  const differs = await rejection(deploy({ ...skill('amzn1.ask.skill.b'), plan: planned }))
  assert.deepEqual([differs.code, differs.changed], ['PLAN_DIFFERS', ['permissions']])
  await deploy({ ...skill('amzn1.ask.skill.a'), plan: planned })
  const closing = await plan({ ...options, permissions: [] })
  const [{ Sid }] = await statements('skilled')
  const told = `lambda:InvokeFunction for alexa-appkit.amazon.com (a token), ${Sid}`
  assert.deepEqual(closing.changes, [{ field: 'permissions', before: told }])
})

test('what is not declared is neither looked at nor changed', async () => {
  const options = await given('left')
  await deploy({ ...options, recursiveLoop: 'Allow', functionUrl: { authType: 'AWS_IAM' }, permissions: [] })
  here.front.reset()
  await deploy(options)
  assert.deepEqual([...new Set(here.front.calls.map(({ operation }) => operation))], ['GetFunction'])
})

test('a plan tells all of it, changes nothing, and is done', async () => {
  const options = await given('planned', {
    alias: 'live', recursiveLoop: 'Allow', functionUrl: { authType: 'NONE' }, provisionedConcurrentExecutions: 1,
    eventInvokeConfig: { maximumRetryAttempts: 1 },
  })
  const planned = await plan(options)
  assert.deepEqual(planned.operations, [
    'CreateFunction', 'PutFunctionRecursionConfig', 'PublishVersion', 'CreateAlias', 'AddPermission', 'AddPermission',
    'CreateFunctionUrlConfig', 'PutFunctionEventInvokeConfig', 'PutProvisionedConcurrencyConfig',
  ])
  assert.deepEqual(here.front.mutating(), [])
  const done = await deploy({ ...options, plan: JSON.parse(JSON.stringify(planned)) })
  assert.deepEqual(here.front.changed(), planned.operations)
  assert.deepEqual(done.operations, planned.operations)
})

test('lost answers are recognised, and nothing is made twice', async () => {
  const options = await given('lost', { permissions: [{ action: 'lambda:InvokeFunction', principal: '*' }] })
  await deploy({ ...options, permissions: undefined })
  for (const operation of ['AddPermission', 'CreateFunctionUrlConfig']) {
    here.front.fault({ operation, do: 'loseResponse' })
  }
  const done = await deploy({ ...options, functionUrl: { authType: 'AWS_IAM' } })
  assert.deepEqual(done.operations, ['AddPermission', 'CreateFunctionUrlConfig'])
  assert.ok(done.functionUrl)
  assert.equal((await statements('lost')).length, 1)
})

test('a URL that somebody else makes meanwhile is not overwritten, unless by force', async () => {
  const options = await given('raced', { functionUrl: { authType: 'AWS_IAM' } })
  await deploy({ ...options, functionUrl: undefined })
  const meanwhile = () => lambda('create-function-url-config', '--function-name', 'raced', '--auth-type', 'NONE')
  here.front.fault({ operation: 'CreateFunctionUrlConfig', do: { meanwhile } })
  const error = await rejection(deploy(options))
  assert.deepEqual([error.code, error.changed], ['PRECONDITION_FAILED', ['functionUrl']])
  const url = () => lambda('get-function-url-config', '--function-name', 'raced')
  assert.equal((await url()).AuthType, 'NONE')
  await deploy(options)
  assert.equal((await url()).AuthType, 'AWS_IAM')
})

test('what failed on the way is told with what was done, and the next run goes on from there', async () => {
  const options = await given('halfway', {
    alias: 'live', functionUrl: { authType: 'NONE' }, eventInvokeConfig: { maximumRetryAttempts: 1 },
  })
  here.front.fault({ operation: 'AddPermission', after: 1, do: { status: 403, code: 'AccessDeniedException' } })
  const error = await rejection(deploy(options))
  assert.equal(error.code, 'ACCESS_DENIED')
  assert.deepEqual(error.done, ['CreateFunction', 'PublishVersion', 'CreateAlias', 'AddPermission'])
  assert.deepEqual(error.notDone, ['AddPermission', 'CreateFunctionUrlConfig', 'PutFunctionEventInvokeConfig'])
  here.front.reset()
  await deploy(options)
  assert.deepEqual(here.front.changed(), error.notDone)
})

test('bad values are refused before any call', async () => {
  const options = await given('refused')
  const allowed = { action: 'lambda:InvokeFunction', principal: 's3.amazonaws.com' }
  const instances = (lambdaManagedInstancesCapacityProviderConfig) => (
    { capacityProviderConfig: { lambdaManagedInstancesCapacityProviderConfig } })
  const cases = [
    [{ provisionedConcurrentExecutions: 1 }, 'provisionedConcurrentExecutions'],
    [{ codeSigningConfigArn: 'mine' }, 'codeSigningConfigArn'],
    [{ codeSigningConfigArn: 'arn:' }, 'codeSigningConfigArn'],
    [{ runtimeManagementConfig: { updateRuntimeOn: 'Manual' } }, 'runtimeManagementConfig.runtimeVersionArn'],
    [{ runtimeManagementConfig: { updateRuntimeOn: 'Manual', runtimeVersionArn: '' } },
      'runtimeManagementConfig.runtimeVersionArn'],
    [{ permissions: [{ action: '', principal: '*' }] }, 'permissions.action'],
    [{ permissions: [{ ...allowed, sourceArn: '' }] }, 'permissions.sourceArn'],
    [{ permissions: [{ ...allowed, sourceAccount: '' }] }, 'permissions.sourceAccount'],
    [{ permissions: [{ ...allowed, principalOrgId: '' }] }, 'permissions.principalOrgId'],
    [{ permissions: [{ ...allowed, eventSourceToken: '' }] }, 'permissions.eventSourceToken'],
    [{ functionUrl: { authType: 'NONE', permissions: [{ principal: '*', sourceArn: '' }] } },
      'functionUrl.permissions.sourceArn'],
    [{ functionUrl: { authType: 'OPEN' } }, 'functionUrl.authType'],
    [{ functionUrl: { authType: 'NONE', cors: { maxAge: 1.5 } } }, 'functionUrl.cors.maxAge'],
    [{ eventInvokeConfig: { maximumRetryAttempts: 3 } }, 'eventInvokeConfig.maximumRetryAttempts'],
    [{ eventInvokeConfig: { maximumEventAgeInSeconds: 59 } }, 'eventInvokeConfig.maximumEventAgeInSeconds'],
    [{ eventInvokeConfig: {} }, 'eventInvokeConfig'],
    [{ eventInvokeConfig: { destinationConfig: { onFailure: { destination: '' } } } },
      'eventInvokeConfig.destinationConfig.onFailure.destination'],
    ...[{ capacityProviderArn: '' }, { capacityProviderArn: 'arn:' }].map((one) => (
      [instances(one), `${INSTANCES}.capacityProviderArn`])),
    ...[NaN, -1, 1.9, 9].map((memory) => [
      instances({ capacityProviderArn: `${LAMBDA}:capacity-provider:p`, executionEnvironmentMemoryGiBPerVCpu: memory }),
      `${INSTANCES}.executionEnvironmentMemoryGiBPerVCpu`,
    ]),
    ...['arn:aws:s3:eu-central-1:000000000000:function:f', 'arn::function:f', 'x:function:f'].map((functionName) => (
      [{ functionName, region: undefined }, 'functionName'])),
  ]
  for (const [changes, option] of cases) {
    const error = await rejection(deploy({ ...options, ...changes }))
    assert.deepEqual([error.code, error.option], ['INVALID_OPTION', option])
  }
  assert.deepEqual(here.front.calls, [])
})
