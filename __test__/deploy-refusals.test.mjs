import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { deploy, deployments, functionFolder, LambdaPackError, pack, rejection } from './support/deployments.mjs'
import { listingAfterAbort } from './support/trees.mjs'

const here = deployments()

/** What a refused deployment must leave: nothing changed, no file. */
async function refused(options, code) {
  const error = await rejection(deploy(options))
  assert.ok(error instanceof LambdaPackError, `${error.stack}`)
  assert.equal(error.code, code, error.message)
  assert.deepEqual(here.front.changed(), [])
  assert.deepEqual(await here.leftOver(), [])
  return error
}

/** Runs `work` with other environment variables. */
async function withEnvironment(changes, work) {
  const saved = { ...process.env }
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  try {
    return await work()
  } finally {
    for (const name of Object.keys(changes)) delete process.env[name]
    Object.assign(process.env, saved)
  }
}

test('a new function without a role', async () => {
  const root = await functionFolder(here.folder, 'no-role', 1)
  const error = await refused(here.options({ functionName: 'no-role', root, role: undefined }), 'ROLE_REQUIRED')
  assert.equal(error.functionName, 'no-role')
  assert.match(error.hint, /role/)
})

test('no credentials: told in seconds, with what to set', async () => {
  const root = await functionFolder(here.folder, 'no-credentials', 1)
  const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
  const error = await withEnvironment(none, () =>
    refused(here.options({ functionName: 'no-credentials', root }), 'CREDENTIALS_MISSING')
  )
  assert.match(error.hint, /AWS_ACCESS_KEY_ID/)
  assert.deepEqual(here.front.calls, [])
})

test('a named profile comes before keys of the environment', async () => {
  const root = await functionFolder(here.folder, 'profile', 1)
  const config = join(here.folder, 'config')
  await writeFile(config, '[profile other]\nregion = us-east-1\n')
  const error = await withEnvironment({ AWS_CONFIG_FILE: config }, () =>
    refused(here.options({ functionName: 'profile', root, profile: 'other' }), 'CREDENTIALS_MISSING')
  )
  assert.ok(error.hint)
})

test('a profile that is not there, or whose program fails, is told with its reason', async () => {
  const root = await functionFolder(here.folder, 'profiles', 1)
  const config = join(here.folder, 'config-of-failures')
  await writeFile(config, '[profile failing]\ncredential_process = false\n')
  await withEnvironment({ AWS_CONFIG_FILE: config }, async () => {
    const failing = await refused(here.options({ functionName: 'f', root, profile: 'failing' }), 'CREDENTIALS_MISSING')
    assert.match(failing.message, /could not be loaded/)
    assert.ok(failing.cause instanceof Error)
    const missing = await refused(here.options({ functionName: 'f', root, profile: 'nobody' }), 'CREDENTIALS_MISSING')
    assert.notEqual(missing.message, failing.message)
  })
})

test('what a program for credentials has written on its stderr is not told', async () => {
  const root = await functionFolder(here.folder, 'stderr', 1)
  const config = join(here.folder, 'config-of-stderr')
  const script = join(here.folder, 'stderr.js')
  await writeFile(script, "console.log('S3CRET-out'); console.error('S3CRET-err, and expired'); process.exit(3)\n")
  await writeFile(config, `[profile telling]\ncredential_process = "${process.execPath}" "${script}"\n`)
  await withEnvironment({ AWS_CONFIG_FILE: config }, async () => {
    const error = await refused(here.options({ functionName: 'f', root, profile: 'telling' }), 'CREDENTIALS_EXPIRED')
    assert.doesNotMatch(inspect(error, { depth: Infinity, showHidden: true }), /S3CRET/)
    assert.match(error.message, /exit(ed with code exit)? (status|code): 3/)
  })
  const endpoint = 'http://user:S3CRET@127.0.0.1:1/ x'
  const error = await refused(here.options({ functionName: 'f', root, endpoint }), 'INVALID_OPTION')
  assert.equal(error.option, 'endpoint')
  assert.doesNotMatch(inspect(error, { depth: Infinity, showHidden: true }), /S3CRET/)
})

test('no Region', async () => {
  const root = await functionFolder(here.folder, 'no-region', 1)
  const error = await refused(here.options({ functionName: 'no-region', root, region: undefined }), 'REGION_MISSING')
  assert.match(error.hint, /AWS_REGION/)
})

test('an endpoint where nobody answers', async () => {
  const root = await functionFolder(here.folder, 'endpoint', 1)
  const options = here.options({ functionName: 'endpoint', root, endpoint: 'http://127.0.0.1:1' })
  const error = await refused(options, 'CONNECTION_FAILED')
  assert.equal(error.operation, 'GetFunction')
})

test('answers of AWS about credentials and rights', async () => {
  const root = await functionFolder(here.folder, 'rights', 1)
  const cases = {
    ExpiredTokenException: 'CREDENTIALS_EXPIRED',
    UnrecognizedClientException: 'CREDENTIALS_INVALID',
    AccessDeniedException: 'ACCESS_DENIED',
  }
  for (const [awsCode, code] of Object.entries(cases)) {
    // With credentials that have expired it is asked once more.
    const times = code === 'CREDENTIALS_EXPIRED' ? 2 : 1
    const answer = { status: 403, code: awsCode, message: `${awsCode} it is` }
    here.front.fault({ operation: 'GetFunction', times, do: answer })
    const error = await refused(here.options({ functionName: 'rights', root }), code)
    assert.equal(error.awsCode, awsCode)
    assert.equal(error.status, 403)
    assert.match(error.message, new RegExp(`${awsCode} it is`))
    assert.ok(error.hint)
  }
})

test('a package that is not there, is a folder, is no archive, or is beside `root`', async () => {
  const root = await functionFolder(here.folder, 'packages', 1)
  const options = here.options({ functionName: 'packages' })
  const missing = join(here.folder, 'missing.zip')
  assert.equal((await refused({ ...options, package: missing }, 'PACKAGE_NOT_FOUND')).path, missing)
  await refused({ ...options, package: root }, 'INVALID_ARCHIVE')
  const text = join(here.folder, 'text.zip')
  await writeFile(text, 'not an archive')
  assert.equal((await refused({ ...options, package: text }, 'INVALID_ARCHIVE')).path, text)
  const { path } = await pack({ root, out: join(here.folder, 'packages.zip') })
  for (const beside of [{ root }, { ignore: [] }, { level: 3 }, { out: path }]) {
    const error = await refused({ ...options, package: path, ...beside }, 'INVALID_OPTION')
    assert.deepEqual([error.option], Object.keys(beside))
  }
})

test('values out of range, before any call', async () => {
  const root = await functionFolder(here.folder, 'ranges', 1)
  const cases = [
    { timeout: 1.9 }, { timeout: 0 }, { timeout: -1 }, { timeout: 5401 }, { memorySize: 127 }, { memorySize: 128.5 },
    { handler: 'a b' }, { description: 'd'.repeat(257) }, { layers: Array(6).fill('arn') }, { alias: '1' },
    { environment: { '1X': '' } }, { environment: { BIG: 'v'.repeat(4096) } }, { endpoint: 'localhost' },
    { functionName: 'a b' }, { functionName: 'f:live' }, { region: '' }, { region: 'a b' }, { endpoint: 'http://' },
    { environment: new Map([['A1', '1']]) }, { role: '' }, { runtime: '' }, { layers: [''] }, { profile: '' },
  ]
  for (const changes of cases) {
    const [option] = Object.keys(changes)
    const error = await refused(here.options({ functionName: 'ranges', root, ...changes }), 'INVALID_OPTION')
    assert.equal(error.option, option)
    assert.match(error.message, /^Expected .+ for `\w+` but received /)
  }
  assert.deepEqual(here.front.calls, [])
})

test('a function made from an image', async () => {
  const root = await functionFolder(here.folder, 'image', 1)
  const uri = '000000000000.dkr.ecr.us-east-1.amazonaws.com/image:latest'
  await here.aws(
    'lambda', 'create-function', '--function-name', 'image', '--role', here.backend.role, '--package-type', 'Image',
    '--code', `ImageUri=${uri}`
  )
  await refused(here.options({ functionName: 'image', root }), 'FUNCTION_IS_IMAGE')
})

test('an aborted signal, before and while the network hangs', async () => {
  const root = await functionFolder(here.folder, 'aborted', 1)
  const reason = new Error('enough')
  const options = here.options({ functionName: 'aborted', root })
  assert.equal(await rejection(deploy({ ...options, signal: AbortSignal.abort(reason) })), reason)
  assert.deepEqual(here.front.calls, [])

  for (const operation of ['GetFunction', 'CreateFunction']) {
    here.front.reset()
    const hanging = here.front.fault({ operation, do: 'hang' })
    const controller = new AbortController()
    const done = rejection(deploy({ ...options, signal: controller.signal }))
    await until(() => hanging.fired === 1)
    controller.abort(reason)
    assert.equal(await done, reason)
    assert.deepEqual(here.front.changed(), [])
    assert.deepEqual(await listingAfterAbort(here.scratch), [])
  }
})

test('a root that cannot be packed is refused before any call', async () => {
  const empty = join(here.folder, 'empty')
  await mkdir(empty)
  await refused(here.options({ functionName: 'empty', root: empty }), 'EMPTY_PACKAGE')
  assert.deepEqual(here.front.calls, [])
  assert.deepEqual(await readdir(empty), [])
})

/** Looks again at each turn of the event loop. */
async function until(condition) {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
