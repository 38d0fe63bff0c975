import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './support/command.mjs'
import { REGION } from './support/credentials.mjs'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'

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
    [{ ...whole, Timeout: '3' }, 'INVALID_OPTION', 'timeout'],
    [{ ...whole, NoSuch: 3 }, 'UNKNOWN_OPTION', 'noSuch'],
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
