import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REGION } from './support/credentials.mjs'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'

const here = deployments()

const told = (name) => here.aws('lambda', 'get-function-configuration', '--function-name', name)

/** Every setting that has parts. */
const SETTINGS = {
  kmsKeyArn: `arn:aws:kms:${REGION}:000000000000:key/1`,
  vpcConfig: { subnetIds: ['subnet-b', 'subnet-a'], securityGroupIds: ['sg-1'] },
  deadLetterConfig: { targetArn: `arn:aws:sqs:${REGION}:000000000000:failed` },
  tracingConfig: { mode: 'Active' },
  fileSystemConfigs: [
    { arn: `arn:aws:elasticfilesystem:${REGION}:000000000000:access-point/fsap-1`, localMountPath: '/mnt/data' },
  ],
  ephemeralStorage: { size: 1024 },
  loggingConfig: { logFormat: 'JSON', applicationLogLevel: 'DEBUG', systemLogLevel: 'WARN', logGroup: '/mine' },
}

const FIELDS = [
  'kmsKeyArn', 'vpcConfig.subnetIds', 'vpcConfig.securityGroupIds', 'deadLetterConfig.targetArn', 'tracingConfig.mode',
  'fileSystemConfigs', 'ephemeralStorage.size', 'loggingConfig.logFormat',
  'loggingConfig.applicationLogLevel', 'loggingConfig.systemLogLevel', 'loggingConfig.logGroup',
]

function assertSet(configuration) {
  assert.equal(configuration.KMSKeyArn, SETTINGS.kmsKeyArn)
  assert.deepEqual([...configuration.VpcConfig.SubnetIds].sort(), ['subnet-a', 'subnet-b'])
  assert.deepEqual(configuration.VpcConfig.SecurityGroupIds, ['sg-1'])
  assert.equal(configuration.DeadLetterConfig.TargetArn, SETTINGS.deadLetterConfig.targetArn)
  assert.equal(configuration.TracingConfig.Mode, 'Active')
  assert.deepEqual(configuration.FileSystemConfigs, [
    { Arn: SETTINGS.fileSystemConfigs[0].arn, LocalMountPath: '/mnt/data' },
  ])
  assert.equal(configuration.EphemeralStorage.Size, 1024)
  assert.deepEqual(configuration.LoggingConfig, {
    LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', SystemLogLevel: 'WARN', LogGroup: '/mine',
  })
}

test('a new function gets every setting, and nothing is sent again', async () => {
  const root = await functionFolder(here.folder, 'made', 1)
  const options = here.options({ functionName: 'made', root, ...SETTINGS })
  const { changes } = await deploy(options)
  const fields = changes.map(({ field }) => field)
  assert.deepEqual(FIELDS.filter((field) => !fields.includes(field)), [])
  assertSet(await told('made'))
  here.front.reset()
  assert.deepEqual((await deploy(options)).changes, [])
  assert.deepEqual(here.front.mutating(), [])
})

test('each setting is changed in one call, told with what was before, and answered', async () => {
  const root = await functionFolder(here.folder, 'changed', 1)
  const options = here.options({ functionName: 'changed', root })
  await deploy(options)
  here.front.reset()
  const result = await deploy({ ...options, ...SETTINGS })
  assert.deepEqual(here.front.changed(), ['UpdateFunctionConfiguration'])
  assert.deepEqual(result.changes.map(({ field }) => field), FIELDS)
  const change = (field) => result.changes.find((one) => one.field === field)
  assert.deepEqual(change('tracingConfig.mode'), { field: 'tracingConfig.mode', before: 'PassThrough', after: 'Active' })
  assert.deepEqual(change('ephemeralStorage.size'), { field: 'ephemeralStorage.size', before: '512', after: '1024' })
  assert.deepEqual(change('loggingConfig.logGroup'), {
    field: 'loggingConfig.logGroup', before: '/aws/lambda/changed', after: '/mine',
  })
  assertSet(await told('changed'))
  for (const name of ['tracingConfig', 'deadLetterConfig', 'fileSystemConfigs', 'ephemeralStorage']) {
    assert.deepEqual(result[name], SETTINGS[name])
  }
  assert.deepEqual(result.vpcConfig.subnetIds, ['subnet-a', 'subnet-b'])
  assert.deepEqual(result.loggingConfig, SETTINGS.loggingConfig)
})

test('of a setting with parts only those that are given are managed', async () => {
  const root = await functionFolder(here.folder, 'parts', 1)
  const options = here.options({ functionName: 'parts', root })
  await deploy({ ...options, ...SETTINGS })
  const { changes } = await deploy({ ...options, loggingConfig: { logGroup: '/other' }, vpcConfig: { subnetIds: ['subnet-c'] } })
  assert.deepEqual(changes.map(({ field }) => field), ['vpcConfig.subnetIds', 'loggingConfig.logGroup'])
  const { VpcConfig: vpc, LoggingConfig: logging } = await told('parts')
  assert.deepEqual([vpc.SubnetIds, vpc.SecurityGroupIds], [['subnet-c'], ['sg-1']])
  assert.equal(logging.LogFormat, 'JSON')
  assert.equal(logging.LogGroup, '/other')
})

test('null sets what a new function has', async () => {
  const root = await functionFolder(here.folder, 'cleared', 1)
  const options = here.options({ functionName: 'cleared', root })
  await deploy({
    ...options, ...SETTINGS, timeout: 9, memorySize: 512, description: 'text', environment: { NAME: 'value' },
  })
  const cleared = {
    ...Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, null])),
    timeout: null, memorySize: null, description: null, environment: null, layers: null,
  }
  const { changes } = await deploy({ ...options, ...cleared })
  const removed = changes.filter(({ after }) => after === undefined).map(({ field }) => field)
  for (const field of ['description', 'environment.NAME', 'kmsKeyArn', 'deadLetterConfig.targetArn', 'fileSystemConfigs']) {
    assert.ok(removed.includes(field), field)
  }
  const configuration = await told('cleared')
  assert.equal(configuration.Timeout, 3)
  assert.equal(configuration.MemorySize, 128)
  assert.equal(configuration.Description, '')
  assert.deepEqual(configuration.Environment?.Variables ?? {}, {})
  assert.ok(!configuration.KMSKeyArn)
  assert.ok(!configuration.DeadLetterConfig?.TargetArn)
  assert.deepEqual(configuration.FileSystemConfigs ?? [], [])
  assert.deepEqual(configuration.VpcConfig?.SubnetIds ?? [], [])
  assert.equal(configuration.TracingConfig.Mode, 'PassThrough')
  assert.equal(configuration.EphemeralStorage.Size, 512)
  assert.equal(configuration.LoggingConfig.LogFormat, 'Text')
  here.front.reset()
  assert.deepEqual((await deploy({ ...options, ...cleared })).changes, [])
  assert.deepEqual(here.front.mutating(), [])
})

test('a new function with everything cleared is made: AWS takes no empty queue from it', async () => {
  const root = await functionFolder(here.folder, 'bare', 1)
  const cleared = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, null]))
  const { changes } = await deploy(here.options({ functionName: 'bare', root, ...cleared, description: null, tags: null }))
  assert.deepEqual(changes.map(({ field }) => field), ['codeSha256', 'runtime', 'handler', 'role', 'architecture'])
  const [call] = here.front.calls.filter(({ operation }) => operation === 'CreateFunction')
  assert.deepEqual(Object.keys(call.body).sort(), ['Architectures', 'Code', 'FunctionName', 'Handler', 'Role', 'Runtime'])
})

test('an empty text clears nothing', async () => {
  const options = here.options({ functionName: 'empty' })
  const refused = async (changes) => (await rejection(deploy({ ...options, ...changes }))).option
  assert.equal(await refused({ kmsKeyArn: '' }), 'kmsKeyArn')
  assert.equal(await refused({ deadLetterConfig: { targetArn: '' } }), 'deadLetterConfig.targetArn')
  assert.equal(await refused({ environmentMode: 'replace' }), 'environmentMode')
})

test('variables that AWS repeats in its refusal are told nowhere', async () => {
  const root = await functionFolder(here.folder, 'repeated', 1)
  const options = here.options({ functionName: 'repeated', root })
  await deploy(options)
  const message = 'Lambda was unable to configure your environment variables because the environment variables you have '
    + 'provided exceeded the 4KB limit. String measured: {"TOKEN":"s3cret"}'
  here.front.fault({
    operation: 'UpdateFunctionConfiguration', do: { status: 400, code: 'InvalidParameterValueException', message },
  })
  const error = await rejection(deploy({ ...options, environment: { TOKEN: 's3cret' } }))
  assert.match(error.message, /exceeded the 4KB limit\.$/)
  assert.doesNotMatch(JSON.stringify([error.message, error.stack, { ...error }]), /s3cret/)
})

test('variables that are not named go when the environment is replaced, and that is told before', async () => {
  const root = await functionFolder(here.folder, 'replaced', 1)
  const options = here.options({ functionName: 'replaced', root })
  await deploy({ ...options, environment: { FIRST: '1', SECOND: 's3cret' } })
  const replacing = { ...options, environment: { FIRST: '1', THIRD: '3' }, environmentMode: 'replace' }
  const dry = await deploy({ ...replacing, dryRun: true })
  const hidden = [{ field: 'environment.SECOND', before: '(hidden)' }, { field: 'environment.THIRD', after: '(hidden)' }]
  // What tells values apart is in dry runs and plans alone.
  const plain = (text) => text.replace(/^\(hidden, [0-9a-f]{8}\)$/, '(hidden)')
  const changes = dry.changes.map((change) => {
    return Object.fromEntries(Object.entries(change).map(([name, text]) => [name, plain(text)]))
  })
  assert.deepEqual(changes, hidden)
  assert.deepEqual((await told('replaced')).Environment.Variables, { FIRST: '1', SECOND: 's3cret' })
  assert.deepEqual((await deploy(replacing)).changes, hidden)
  assert.deepEqual((await told('replaced')).Environment.Variables, { FIRST: '1', THIRD: '3' })
})

test('snapshots, which Lambda does not have for Node.js, are left to Lambda to refuse', async () => {
  const root = await functionFolder(here.folder, 'snapshots', 1)
  const options = here.options({ functionName: 'snapshots', root })
  assert.deepEqual((await deploy({ ...options, snapStart: { applyOn: 'None' } })).snapStart, { applyOn: 'None' })
  const error = await rejection(deploy({ ...options, snapStart: { applyOn: 'PublishedVersions' } }))
  assert.equal(error.code, 'REQUEST_FAILED')
  assert.match(error.message, /SnapStart is not supported/)
})

test('what is no setting is refused by name, and so is null where there is no default', async () => {
  const options = here.options({ functionName: 'refused' })
  const refused = async (changes) => {
    const { code, option } = await rejection(deploy({ ...options, ...changes }))
    return `${code} ${option}`
  }
  assert.equal(await refused({ vpcConfig: { subnets: [] } }), 'UNKNOWN_OPTION vpcConfig.subnets')
  assert.equal(await refused({ vpcConfig: { subnetIds: 'one' } }), 'INVALID_OPTION vpcConfig.subnetIds')
  assert.equal(await refused({ fileSystemConfigs: [{ arn: 'arn:x' }] }), 'INVALID_OPTION fileSystemConfigs[0].localMountPath')
  assert.equal(await refused({ fileSystemConfigs: {} }), 'INVALID_OPTION fileSystemConfigs')
  assert.equal(await refused({ tracingConfig: { mode: 'active' } }), 'INVALID_OPTION tracingConfig.mode')
  assert.equal(await refused({ ephemeralStorage: { size: 100 } }), 'INVALID_OPTION ephemeralStorage.size')
  assert.equal(await refused({ runtime: null }), 'INVALID_OPTION runtime')
  assert.equal(await refused({ role: null }), 'INVALID_OPTION role')
  assert.deepEqual(here.front.calls, [])
})
