import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { KEY, SECRET } from './support/credentials.mjs'
import { deploy, deployments, folderOfZippedSize, functionFolder, pack, rejection } from './support/deployments.mjs'

const { invoke } = createRequire(import.meta.url)('../index.js')
const here = deployments()
const FIRST = 'AKIAFIRST'
const BUCKET = 'expired'

beforeEach(async () => {
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) process.env[name] = join(here.folder, 'none')
})

/** A profile whose program gives these keys, one after the other, and then the last one. Answers how often it ran. */
async function program(...keys) {
  const folder = join(here.folder, `program-${keys.join('-')}`)
  await mkdir(folder, { recursive: true })
  const script = join(folder, 'credentials.js')
  const runs = join(folder, 'runs')
  await writeFile(runs, '')
  await writeFile(script, `
    const { readFileSync, appendFileSync } = require('node:fs')
    const run = readFileSync(${JSON.stringify(runs)}, 'utf8').length
    appendFileSync(${JSON.stringify(runs)}, '.')
    const keys = ${JSON.stringify(keys)}
    const key = keys[Math.min(run, keys.length - 1)]
    console.log(JSON.stringify({ Version: 1, AccessKeyId: key, SecretAccessKey: '${SECRET}', SessionToken: key + run }))`)
  const config = join(folder, 'config')
  await writeFile(config, `[profile program]\nregion = us-east-1\ncredential_process = "${process.execPath}" "${script}"\n`)
  process.env.AWS_CONFIG_FILE = config
  return async () => (await readFile(runs, 'utf8')).length
}

async function options(functionName, changes = {}) {
  const root = await functionFolder(here.folder, functionName, 1)
  return here.options({ functionName, root, profile: 'program', ...changes })
}

const count = (operation) => here.front.calls.filter((call) => call.operation === operation).length

test('credentials that have expired are asked for once more', async () => {
  const runs = await program(FIRST, KEY)
  here.front.ended = [FIRST]
  assert.equal((await deploy(await options('renewed'))).created, true)
  assert.equal(await runs(), 2)
  assert.deepEqual(here.front.changed(), ['CreateFunction'])
})

test('they are read from the files anew', async () => {
  const file = join(here.folder, 'credentials')
  const keys = (key) => writeFile(file, `[renewed]\naws_access_key_id = ${key}\naws_secret_access_key = ${SECRET}\n`)
  await keys(FIRST)
  process.env.AWS_SHARED_CREDENTIALS_FILE = file
  here.front.ended = [FIRST]
  const script = here.front.fault({ operation: 'GetFunction', do: { meanwhile: () => keys(KEY) } })
  assert.equal((await deploy(await options('from-files', { profile: 'renewed' }))).created, true)
  assert.equal(script.fired, 1)
})

test('those that are refused again are told after one more attempt', async () => {
  const runs = await program(FIRST)
  here.front.ended = [FIRST]
  const error = await rejection(deploy(await options('refused')))
  assert.deepEqual([error.code, error.awsCode], ['CREDENTIALS_EXPIRED', 'ExpiredTokenException'])
  assert.equal(await runs(), 2)
  assert.equal(count('GetFunction'), 2)
})

test('keys of the environment that have expired are told', async () => {
  here.front.ended = [KEY]
  const { profile, ...from } = await options('environment')
  const error = await rejection(deploy(from))
  assert.equal(error.code, 'CREDENTIALS_EXPIRED')
  assert.equal(count('GetFunction'), 2)
})

test('what has worked for a while is renewed once more', async () => {
  const runs = await program(KEY)
  await deploy(await options('long'))
  assert.equal(await runs(), 1)
  here.front.reset()
  const expired = { status: 403, code: 'ExpiredTokenException' }
  for (const operation of ['UpdateFunctionConfiguration', 'PublishVersion']) here.front.fault({ operation, do: expired })
  assert.equal((await deploy(await options('long', { timeout: 9, alias: 'live' }))).version, '1')
  assert.equal(await runs(), 1 + 3)
})

for (const [operation, size] of [['HeadObject', 0], ['PutObject', 0], ['UploadPart', 17 << 20], ['CompleteMultipartUpload', 17 << 20]]) {
  test(`S3 is asked once more, too, when they have expired at ${operation}`, async () => {
    await here.aws('s3api', 'create-bucket', '--bucket', BUCKET).catch(() => {})
    const runs = await program(KEY)
    const name = `s3-${operation}`
    const root = size ? await folderOfZippedSize(here.folder, name, size) : await functionFolder(here.folder, name, name)
    const { path, codeSha256 } = await pack({ root, out: join(here.folder, `${name}.zip`), cache: false })
    here.front.reset()
    const script = here.front.fault({ operation, do: { status: 400, code: 'ExpiredToken' } })
    const s3 = { bucket: BUCKET, always: true }
    const result = await deploy(here.options({ functionName: name, package: path, profile: 'program', s3 }))
    assert.equal(script.fired, 1)
    assert.equal(result.codeSha256, codeSha256)
    assert.equal(await runs(), 2)
  })
}

test('S3 that refuses them again is told after one more attempt', async () => {
  await here.aws('s3api', 'create-bucket', '--bucket', BUCKET).catch(() => {})
  const runs = await program(KEY)
  here.front.fault({ operation: 'PutObject', times: 10, do: { status: 400, code: 'ExpiredToken' } })
  const error = await rejection(deploy(await options('s3-refused', { s3: { bucket: BUCKET, always: true } })))
  assert.deepEqual([error.code, error.operation], ['CREDENTIALS_EXPIRED', 'PutObject'])
  assert.equal(count('PutObject'), 2)
  assert.equal(await runs(), 2)
})

test('S3 that refuses them without words is told as well', async () => {
  await here.aws('s3api', 'create-bucket', '--bucket', BUCKET).catch(() => {})
  const runs = await program(KEY)
  here.front.fault({ operation: 'HeadObject', times: 10, do: { status: 400, code: 'ExpiredToken' } })
  const error = await rejection(deploy(await options('s3-wordless', { s3: { bucket: BUCKET, always: true } })))
  assert.deepEqual([error.code, error.operation, error.status], ['CREDENTIALS_EXPIRED', 'HeadObject', 400])
  assert.ok(error.hint)
  assert.deepEqual([count('HeadObject'), await runs()], [2, 2])
})

test('a function is called with new ones when they have expired, and once', async () => {
  const { role, root, profile, ...where } = await options('called')
  await deploy({ ...where, role, root })
  here.front.reset()
  const runs = await program(FIRST, KEY)
  here.front.ended = [FIRST]
  const call = { ...where, profile: 'program' }
  assert.equal((await invoke(call)).payload, 1)
  assert.deepEqual([count('Invoke'), await runs()], [2, 2])
  // And those that are refused again are told.
  here.front.reset()
  const again = await program(FIRST)
  here.front.ended = [FIRST]
  assert.equal((await rejection(invoke(call))).code, 'CREDENTIALS_EXPIRED')
  assert.deepEqual([count('Invoke'), await again()], [2, 2])
})
