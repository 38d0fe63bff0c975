import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './support/command.mjs'
import { REGION } from './support/credentials.mjs'
import { deploy, deployments, functionFolder, pack, rejection } from './support/deployments.mjs'

const here = deployments()
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))

const told = (name) => here.aws('lambda', 'get-function', '--function-name', name)

/** A definition as lambroll writes it. */
function definition(name) {
  return {
    FunctionName: name,
    Description: 'by a definition',
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: here.backend.role,
    Architectures: ['arm64'],
    MemorySize: 256,
    Timeout: 9,
    Environment: { Variables: { LOG_LEVEL: 'debug', Stage: 'test' } },
    Tags: { Team: 'api' },
    VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'], VpcId: 'vpc-1' },
    KMSKeyArn: `arn:aws:kms:${REGION}:000000000000:key/1`,
    TracingConfig: { Mode: 'Active' },
    EphemeralStorage: { Size: 1024 },
    LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'WARN', LogGroup: '/mine' },
    DeadLetterConfig: { TargetArn: `arn:aws:sqs:${REGION}:000000000000:failed` },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    PackageType: 'Zip',
    Layers: [],
  }
}

function assertAsDefined({ Configuration: is, Tags: tags }) {
  assert.deepEqual([is.Description, is.Runtime, is.MemorySize, is.Timeout], ['by a definition', 'nodejs22.x', 256, 9])
  assert.deepEqual(is.Architectures, ['arm64'])
  assert.deepEqual(is.Environment.Variables, { LOG_LEVEL: 'debug', Stage: 'test' })
  assert.deepEqual([is.KMSKeyArn, is.TracingConfig.Mode, is.EphemeralStorage.Size], [
    definition('x').KMSKeyArn, 'Active', 1024,
  ])
  assert.deepEqual([is.VpcConfig.SubnetIds, is.LoggingConfig.LogGroup], [['subnet-1'], '/mine'])
  assert.deepEqual(tags, { Team: 'api' })
}

async function file(name, content) {
  const path = join(here.folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  return path
}

/** Options without what a definition says. */
function bare(changes) {
  const { role, ...options } = here.options(changes)
  return options
}

test('a definition makes the function that it describes, and nothing is sent again', async () => {
  const root = await functionFolder(here.folder, 'object', 1)
  const options = bare({ root, definition: definition('object') })
  const { created, functionName } = await deploy(options)
  assert.deepEqual([created, functionName], [true, 'object'])
  assertAsDefined(await told('object'))
  here.front.reset()
  assert.deepEqual((await deploy(options)).changes, [])
  assert.deepEqual(here.front.mutating(), [])
})

test('a definition is read from its file, and options beside it come first', async () => {
  const root = await functionFolder(here.folder, 'file', 1)
  const path = await file('function.json', definition('file'))
  await deploy(bare({ root, definition: path, timeout: 20 }))
  const { Configuration: is } = await told('file')
  assert.deepEqual([is.Timeout, is.MemorySize], [20, 256])
})

test("the environment's templates of lambroll are filled in", async () => {
  const root = await functionFolder(here.folder, 'templates', 1)
  const text = JSON.stringify({ ...definition('templates'), Timeout: '@', Description: '#', Tags: { A: '{{ env `NO_SUCH` "or this" }}' } })
    .replace('"@"', '{{ env "TEST_TIMEOUT" `3` }}')
    .replace('#', '{{ must_env `TEST_DESCRIPTION` | json_escape }}')
    .replace('"or this"', '`or this`')
    .replaceAll('\\"or this\\"', '`or this`')
  process.env.TEST_TIMEOUT = '11'
  process.env.TEST_DESCRIPTION = 'with "quotes"'
  const path = await file('templates.json', text)
  await deploy(bare({ root, definition: path }))
  const { Configuration: is, Tags: tags } = await told('templates')
  assert.deepEqual([is.Timeout, is.Description, tags], [11, 'with "quotes"', { A: 'or this' }])
  delete process.env.TEST_DESCRIPTION
  const error = await rejection(deploy(bare({ root, definition: path })))
  assert.equal(error.code, 'INVALID_OPTION')
  assert.match(error.message, /TEST_DESCRIPTION/)
})

test('the command line takes it, and no function name beside it', async () => {
  const root = await functionFolder(here.folder, 'line', 1)
  const path = await file('line.json', definition('line'))
  const args = [MAIN, 'deploy', root, '--definition', path, '--endpoint', here.front.url, '--region', REGION, '--json']
  const { code, stdout, stderr } = await run(process.execPath, args)
  assert.equal(code, 0, stderr)
  assert.equal(JSON.parse(stdout).functionName, 'line')
  assertAsDefined(await told('line'))
})

test('what a definition cannot say here is told by its name', async () => {
  const root = await functionFolder(here.folder, 'wrong', 1)
  const whole = definition('wrong')
  const cases = [
    [{ ...whole, PackageType: 'Image' }, 'INVALID_OPTION', 'definition.PackageType'],
    [{ ...whole, Code: { ImageUri: 'x' } }, 'INVALID_OPTION', 'definition.Code.ImageUri'],
    [{ ...whole, ImageConfig: {} }, 'INVALID_OPTION', 'definition.ImageConfig'],
    [{ ...whole, Architectures: ['arm64', 'x86_64'] }, 'INVALID_OPTION', 'definition.Architectures'],
    [{ ...whole, memorySize: 3 }, 'INVALID_OPTION', 'definition.memorySize'],
    [{ ...whole, Timeout: '3' }, 'INVALID_OPTION', 'definition.Timeout'],
    [{ ...whole, NoSuch: 3 }, 'UNKNOWN_OPTION', 'definition.NoSuch'],
    [{ ...whole, FunctionName: undefined }, 'INVALID_OPTION', 'functionName'],
    [[], 'INVALID_OPTION', 'definition'],
    [3, 'INVALID_OPTION', 'definition'],
    [await file('broken.json', '{ "Secret": "s3cret", }'), 'INVALID_OPTION', 'definition'],
    [await file('list.json', '[]'), 'INVALID_OPTION', 'definition'],
    [await file('tf.json', '{ "Role": "{{ tfstate `x` }}" }'), 'INVALID_OPTION', 'definition'],
    [join(here.folder, 'function.jsonnet'), 'INVALID_OPTION', 'definition'],
  ]
  for (const [given, code, option] of cases) {
    const error = await rejection(deploy(bare({ root, definition: given })))
    assert.deepEqual([error.code, error.option], [code, option], JSON.stringify(given))
    assert.doesNotMatch(error.message, /s3cret/)
  }
  const missing = join(here.folder, 'missing.json')
  const error = await rejection(deploy(bare({ root, definition: missing })))
  assert.deepEqual([error.code, error.path], ['READ_FAILED', missing])
  assert.deepEqual(here.front.calls, [])
})

test('an option that is no field of a definition, or is not of its type, is told by its name there', async () => {
  const root = await functionFolder(here.folder, 'strict', 1)
  const whole = definition('strict')
  const secret = 's3cret'
  const cases = [
    // What would be an option elsewhere, and would change what is deployed, or where.
    ...['Root', 'Endpoint', 'Profile', 'Region', 'Package', 'Force', 'Out', 'DryRun', 'Alias', 'S3', 'EnvironmentMode', 'Definition', 'Signal', 'OnProgress', 'Plan', 'FunctionUrl', 'Configuration', 'constructor', 'Constructor']
      .map((name) => [{ [name]: 'x' }, `definition.${name}`, name === 'constructor' ? 'INVALID_OPTION' : 'UNKNOWN_OPTION']),
    ...[{ TOKEN: secret }, { variables: { A: secret } }, { Variables: { AA: '1' }, TOKEN: secret }, secret, `A=${secret}`, 5, [], [secret]]
      .map((Environment) => [{ Environment }, 'definition.Environment']),
    [{ Environment: { Variables: [secret] } }, 'definition.Environment.Variables'],
    [{ Environment: { Variables: { AA: 5 } } }, 'definition.Environment.Variables.AA'],
    [{ Environment: { Variables: { AA: null } } }, 'definition.Environment.Variables.AA'],
    [{ Tags: ['a'] }, 'definition.Tags'],
    [{ Tags: { Team: 5 } }, 'definition.Tags.Team'],
    ...[5, [], 'x'].map((Code) => [{ Code }, 'definition.Code']),
    [{ Code: { S3Bucket: 'b', S3Key: 5 } }, 'definition.Code.S3Key'],
    [{ Code: { S3Bucket: 5 } }, 'definition.Code.S3Bucket'],
    [{ Code: { S3Key: 'a/b' } }, 'definition.Code.S3Bucket'],
    [{ Code: { S3Bucket: 'b', S3ObjectStorageMode: 'MOVE' } }, 'definition.Code.S3ObjectStorageMode'],
    [{ Code: { SourceKMSKeyArn: 5 } }, 'definition.Code.SourceKMSKeyArn'],
    [{ Code: { ZipFile: secret } }, 'definition.Code.ZipFile'],
    [{ VpcConfig: ['subnet-1'] }, 'definition.VpcConfig'],
    [{ VpcConfig: { SubnetIds: 'subnet-1' } }, 'definition.VpcConfig.SubnetIds'],
    [{ VpcConfig: { subnetIds: ['subnet-1'] } }, 'definition.VpcConfig.subnetIds', 'UNKNOWN_OPTION'],
    [{ FileSystemConfigs: { Arn: 'a' } }, 'definition.FileSystemConfigs'],
    [{ FileSystemConfigs: [null] }, 'definition.FileSystemConfigs[0]'],
    [{ FileSystemConfigs: [{ Arn: 'a' }] }, 'definition.FileSystemConfigs[0].LocalMountPath'],
    [{ LoggingConfig: { LogFormat: 'Xml' } }, 'definition.LoggingConfig.LogFormat'],
    [{ Layers: 'arn' }, 'definition.Layers'],
    [{ Layers: [5] }, 'definition.Layers'],
    [{ Layers: [{ Arn: 5 }] }, 'definition.Layers[0].Arn'],
    [{ Architectures: ['arm65'] }, 'definition.Architectures[0]'],
    [{ EphemeralStorage: { Size: '512' } }, 'definition.EphemeralStorage.Size'],
    [{ DurableConfig: { ExecutionTimeout: '5' } }, 'definition.DurableConfig.ExecutionTimeout'],
    [{ Publish: 'yes' }, 'definition.Publish'],
    [{ ImageConfigResponse: {} }, 'definition.ImageConfigResponse'],
  ]
  for (const [changes, option, code = 'INVALID_OPTION'] of cases) {
    const error = await rejection(deploy(bare({ root, definition: { ...whole, ...changes } })))
    assert.deepEqual([error.code, error.option], [code, option], JSON.stringify(changes))
    assert.doesNotMatch(JSON.stringify(error) + error.message + error.hint, /s3cret/)
  }
  const { hint } = await rejection(deploy(bare({ root, definition: { Configuration: whole } })))
  assert.match(hint, /--query Configuration/)
  assert.deepEqual(here.front.calls, [])
})

test('what AWS tells of a function is its definition', async () => {
  const root = await functionFolder(here.folder, 'answered', 1)
  const { name, Layers, VpcConfig, ...whole } = { ...definition('answered'), name: 'answered' }
  await deploy(bare({ root, definition: whole, publish: true }))
  const answer = await here.aws('lambda', 'get-function', '--function-name', 'answered', '--query', 'Configuration')
  const told = {
    ...answer,
    // As AWS answers them; the backend leaves them out.
    VpcConfig: { SubnetIds: [], SecurityGroupIds: [], VpcId: '', Ipv6AllowedForDualStack: false },
    StateReason: '', StateReasonCode: 'Idle', LastUpdateStatusReason: '', LastUpdateStatusReasonCode: 'EniLimitExceeded',
    MasterArn: '', SigningJobArn: '', SigningProfileVersionArn: '', ConfigSha256: 'x',
    RuntimeVersionConfig: { RuntimeVersionArn: 'arn:aws:lambda:us-east-1::runtime:1' },
  }
  assert.ok(told.CodeSha256 && told.RevisionId && told.LastModified && told.Version && told.State)
  here.front.reset()
  const path = await file('answer.json', `\ufeff${JSON.stringify(told)}`)
  assert.deepEqual((await deploy(bare({ root, definition: path }))).changes, [])
  assert.deepEqual(here.front.mutating(), [])
})

test('what AWS tells of a function that has nothing of it is passed over', async () => {
  const root = await functionFolder(here.folder, 'nothing', 1)
  const { Handler, Role, Runtime } = definition('nothing')
  const unset = {
    FunctionName: 'nothing', Handler, Role, Runtime, KMSKeyArn: '', CodeSigningConfigArn: '', DeadLetterConfig: { TargetArn: '' },
    TracingConfig: {}, VpcConfig: { SubnetIds: [], SecurityGroupIds: [], VpcId: '' }, Environment: { Error: { ErrorCode: 'x' } },
    Code: { ZipFile: null, S3Bucket: null, S3Key: null, SourceKMSKeyArn: '' }, ImageConfig: null, Description: null,
    SnapStart: { ApplyOn: null }, CapacityProviderConfig: null, DurableConfig: {}, FileSystemConfigs: null,
  }
  assert.equal((await deploy(bare({ root, definition: unset }))).created, true)
  await here.aws('lambda', 'update-function-configuration', '--function-name', 'nothing', '--environment', 'Variables={AA=1}')
  here.front.reset()
  const again = { ...unset, DeadLetterConfig: {}, Environment: {}, Code: null }
  assert.deepEqual((await deploy(bare({ root, definition: again }))).changes, [])
  const replacing = await rejection(deploy(bare({ root, definition: again, environmentMode: 'replace' })))
  assert.deepEqual([replacing.code, replacing.option], ['INVALID_OPTION', 'environmentMode'])
  const { Configuration: is } = await told('nothing')
  assert.deepEqual(is.Environment.Variables, { AA: '1' })
  const none = { ...unset, Environment: { Variables: {} } }
  const { changes } = await deploy(bare({ root, definition: none, environmentMode: 'replace', dryRun: true }))
  assert.deepEqual(changes.map(({ field }) => field), ['environment.AA'])
  const bucket = { S3Bucket: 'no-key', S3Key: null }
  const { upload } = await deploy(bare({ root, definition: { ...unset, Code: bucket }, dryRun: true }))
  assert.equal(upload, 'none')
})

test('a layer is named by its ARN, or told as AWS does', async () => {
  const root = await functionFolder(here.folder, 'layered', 1)
  const { path } = await pack({ root, out: join(here.folder, 'layer.zip') })
  const { LayerVersionArn: arn } = await here.aws(
    'lambda', 'publish-layer-version', '--layer-name', 'shared', '--zip-file', `fileb://${path}`
  )
  const whole = definition('layered')
  await deploy(bare({ root, definition: { ...whole, Layers: [arn] } }))
  const { Configuration: is } = await told('layered')
  assert.deepEqual(is.Layers.map(({ Arn }) => Arn), [arn])
  here.front.reset()
  const Layers = [{ Arn: arn, CodeSize: 5, SigningJobArn: 'x', SigningProfileVersionArn: 'y' }]
  assert.deepEqual((await deploy(bare({ root, definition: { ...whole, Layers } }))).changes, [])
  assert.deepEqual(here.front.mutating(), [])
})

test('templates are those of lambroll, to the last word', async () => {
  const root = await functionFolder(here.folder, 'words', 1)
  const description = async (template) => {
    const path = await file('words.json', JSON.stringify({ ...definition('words'), Description: '@' }).replace('@', template))
    const { changes } = await deploy(bare({ root, definition: path, dryRun: true }))
    return changes.find(({ field }) => field === 'description')?.after ?? ''
  }
  Object.assign(process.env, { TEST_B: 'second', TEST_EMPTY: '' })
  delete process.env.TEST_A
  // kayac/go-config: the first that is set and not empty, else the last word, whatever it is.
  const cases = [
    ['{{ env `TEST_A` `TEST_B` `default` }}', 'second'],
    ['{{ env `TEST_A` `TEST_EMPTY` `default` }}', 'default'],
    ['{{ env `TEST_A` `TEST_B` }}', 'second'],
    ['{{ env `TEST_A` }}', 'TEST_A'],
    ['{{ env `TEST_EMPTY` }}', 'TEST_EMPTY'],
    ['{{ env `TEST_A` `` }}', ''],
    ['{{ must_env `TEST_EMPTY` }}', ''],
    ['{{ env `TEST_A` `{}}` }}', '{}}'],
    ['a {{- env `TEST_B` -}} b', 'asecondb'],
    ['{{/* a note */}}x', 'x'],
    ['{{env `TEST_B`}}{{env `TEST_B`}}', 'secondsecond'],
  ]
  for (const [template, value] of cases) assert.equal(await description(template), value, template)
  const wrong = ['{{name-s3cret}}', '{{ env }}', '{{ must_env `TEST_B` `TEST_B` }}', '{{ `s3cret` }}', '{{ s3cret', '{{ env `a` | s3cret }}']
  for (const template of wrong) {
    const error = await rejection(description(template))
    assert.deepEqual([error.code, error.option], ['INVALID_OPTION', 'definition'], template)
    assert.match(error.message, /line 1, column \d+$/)
    assert.doesNotMatch(JSON.stringify(error) + error.message, /s3cret/)
  }
  const lines = await file('lines.json', '{\n  "FunctionName": "f",\n  "Description": "{{x}}"\n}')
  assert.match((await rejection(deploy(bare({ root, definition: lines })))).message, /at line 3, column 19$/)
})

test("a definition's bucket is where the archive goes", async () => {
  await here.aws('s3api', 'create-bucket', '--bucket', 'defined', '--create-bucket-configuration',
    `LocationConstraint=${REGION}`).catch(() => here.aws('s3api', 'create-bucket', '--bucket', 'defined'))
  const root = await functionFolder(here.folder, 'bucket', 1)
  const Code = { S3Bucket: 'defined', S3Key: 'functions/bucket.zip' }
  const { upload } = await deploy(bare({ root, definition: { ...definition('bucket'), Code } }))
  assert.equal(upload, 's3')
  const { Contents: contents } = await here.aws('s3api', 'list-objects-v2', '--bucket', 'defined')
  assert.match(contents[0].Key, /^functions\/[0-9a-f]{64}\.zip$/)
})
