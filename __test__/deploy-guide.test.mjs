import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { invokeFunction } from './support/aws.mjs'
import { deploy, deployments, functionFolder, pack, sha256Of } from './support/deployments.mjs'
import { sha256Base64 } from './support/readers.mjs'

const here = deployments()

test('create, unchanged, one line changed: the calls, the hash and the answer of the function', async () => {
  const root = await functionFolder(here.folder, 'guide', 'one')
  const options = here.options({ functionName: 'guide', root })

  const created = await deploy(options)
  assert.equal(created.created, true)
  assert.equal(created.upload, 'direct')
  assert.deepEqual(here.front.changed(), ['CreateFunction'])
  assert.deepEqual((await invokeFunction('guide', {}, { endpoint: here.backend.url })).payload, 'one')

  here.front.reset()
  const unchanged = await deploy(options)
  assert.equal(unchanged.created, false)
  assert.equal(unchanged.upload, 'none')
  assert.deepEqual(unchanged.changes, [])
  assert.deepEqual(here.front.mutating(), [])
  assert.deepEqual(here.front.calls.map(({ operation }) => operation), ['GetFunction'])

  here.front.reset()
  await writeFile(join(root, 'index.js'), "exports.handler = async () => 'two'\n")
  const changed = await deploy(options)
  assert.equal(changed.upload, 'direct')
  assert.deepEqual(changed.changes.map(({ field }) => field), ['codeSha256'])
  assert.equal(changed.changes[0].before, created.codeSha256)
  assert.equal(changed.changes[0].after, changed.codeSha256)
  assert.deepEqual(here.front.changed(), ['UpdateFunctionCode'])
  assert.deepEqual((await invokeFunction('guide', {}, { endpoint: here.backend.url })).payload, 'two')

  const out = join(here.folder, 'guide.zip')
  await pack({ root, out })
  assert.equal(changed.codeSha256, await sha256Base64(out))
  assert.equal(changed.codeSha256, await sha256Of(out))
  const { Configuration: told } = await here.aws('lambda', 'get-function', '--function-name', 'guide')
  assert.equal(told.CodeSha256, changed.codeSha256)
  assert.deepEqual(await here.leftOver(), [])
})

test("the result has the fields of the guide's JSON, in camelCase", async () => {
  const root = await functionFolder(here.folder, 'fields', 1)
  const result = await deploy(here.options({ functionName: 'fields', root, timeout: 7, description: 'A test' }))
  const { Configuration: told } = await here.aws('lambda', 'get-function', '--function-name', 'fields')
  const expected = {
    functionName: told.FunctionName,
    functionArn: told.FunctionArn,
    runtime: told.Runtime,
    role: told.Role,
    handler: told.Handler,
    codeSize: told.CodeSize,
    description: told.Description,
    timeout: told.Timeout,
    memorySize: told.MemorySize,
    lastModified: told.LastModified,
    codeSha256: told.CodeSha256,
    version: told.Version,
    tracingConfig: { mode: told.TracingConfig.Mode },
    revisionId: told.RevisionId,
    architectures: told.Architectures,
    packageType: told.PackageType,
  }
  const fields = Object.fromEntries(Object.keys(expected).map((key) => [key, result[key]]))
  assert.deepEqual(fields, expected)
  assert.equal(result.timeout, 7)
  assert.equal(result.description, 'A test')
  assert.equal(result.runtime, 'nodejs24.x')
})

test('an archive made before is deployed as it is', async () => {
  const root = await functionFolder(here.folder, 'before', 'from a package')
  const packed = await pack({ root, out: join(here.folder, 'before.zip') })
  const result = await deploy(here.options({ functionName: 'before', package: packed.path }))
  assert.equal(result.codeSha256, packed.codeSha256)
  assert.equal(result.packed, undefined)
  assert.equal(result.package, packed.path)
  const again = await deploy(here.options({ functionName: 'before', root }))
  assert.equal(again.upload, 'none')
  assert.equal(again.codeSha256, packed.codeSha256)
  assert.equal(again.package, undefined)
})

test('with `out` the archive stays', async () => {
  const root = await functionFolder(here.folder, 'kept', 'kept')
  const out = join(here.folder, 'kept', 'dist', 'function.zip')
  const first = await deploy(here.options({ functionName: 'kept', root, out }))
  assert.equal(await sha256Of(out), first.codeSha256)
  assert.equal(first.package, out)
  const second = await deploy(here.options({ functionName: 'kept', root, out }))
  assert.equal(second.upload, 'none')
})

test('a dry run tells everything and changes nothing', async () => {
  const root = await functionFolder(here.folder, 'dry', 'dry')
  const options = here.options({ functionName: 'dry', root, memorySize: 256, environment: { TOKEN: 's3cret' } })
  const create = await deploy({ ...options, dryRun: true })
  assert.equal(create.created, true)
  assert.equal(create.dryRun, true)
  assert.equal(create.upload, 'direct')
  assert.equal(create.functionArn, undefined)
  assert.ok(create.changes.some(({ field, after }) => field === 'memorySize' && after === '256'))
  assert.ok(create.changes.some(({ field }) => field === 'environment.TOKEN'))
  assert.doesNotMatch(JSON.stringify(create), /s3cret/)
  assert.deepEqual(here.front.mutating(), [])
  const missing = here.aws('lambda', 'get-function', '--function-name', 'dry')
  await assert.rejects(missing, { code: 'ResourceNotFoundException' })

  await deploy(options)
  here.front.reset()
  const update = await deploy({ ...options, memorySize: 512, publish: true, alias: 'live', dryRun: true })
  assert.deepEqual(update.changes.map(({ field }) => field), ['memorySize', 'version', 'alias'])
  assert.deepEqual(here.front.mutating(), [])
})
