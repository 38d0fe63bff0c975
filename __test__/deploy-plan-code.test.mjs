import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { deploy, deployments, functionFolder, pack, rejection } from './support/deployments.mjs'
import { run } from './support/command.mjs'
import { pythonEnv } from './support/python.mjs'
import { noise, runModule, unixOnly, write } from './support/trees.mjs'

const { plan, init } = createRequire(import.meta.url)('../index.js')
const here = deployments()
const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url))

/** Deploys a tree, and then makes another one of it in the same folder. */
async function changed(name, before, after, options = {}) {
  const root = await write(join(here.folder, name), before)
  const all = here.options({ functionName: name, root, ...options })
  await deploy(all)
  for (const path of Object.keys(before)) if (!(path in after)) await rm(join(root, path))
  await write(root, after)
  here.front.reset()
  return all
}

/** The requests for the deployed archive, and how many bytes came. */
const fetched = () => here.front.calls.filter(({ operation }) => operation === 'GetObject')
const bytesFetched = () => fetched().reduce((sum, { answerBytes }) => sum + answerBytes, 0)

const INDEX = { 'index.js': 'exports.handler = async () => 1\n' }

test('a plan tells the files that are added, removed and changed, with their sizes', async () => {
  const options = await changed(
    'files',
    { ...INDEX, 'lib/a.js': '1', 'lib/gone.js': '12345', 'lib/same.js': 'same' },
    { ...INDEX, 'lib/a.js': '2', 'index.js': 'exports.handler = async () => 1234\n', 'z.txt': '', 'lib/same.js': 'same' },
  )
  const planned = await plan(options)
  assert.deepEqual(planned.code, {
    added: [{ path: 'z.txt', sizeAfter: 0 }],
    removed: [{ path: 'lib/gone.js', sizeBefore: 5 }],
    changed: [{ path: 'index.js', sizeBefore: 32, sizeAfter: 35 }, { path: 'lib/a.js', sizeBefore: 1, sizeAfter: 1 }],
    unchangedCount: 1,
  })
  assert.deepEqual(planned.warnings, [])
  const dry = await deploy({ ...options, dryRun: true })
  assert.deepEqual(dry.code, planned.code)
  assert.deepEqual(here.front.mutating(), [])
  assert.equal((await deploy({ ...options, plan: JSON.parse(JSON.stringify(planned)) })).code, undefined)
  assert.deepEqual(here.front.changed(), ['UpdateFunctionCode'])
  assert.equal((await plan(options)).code, undefined, 'nothing differs any more')
})

test('of a new function all files are added, and nothing is asked for', async () => {
  const root = await write(join(here.folder, 'fresh'), { ...INDEX, 'b.js': '1' })
  const { code } = await plan(here.options({ functionName: 'fresh', root }))
  assert.deepEqual(code, {
    added: [{ path: 'b.js', sizeAfter: 1 }, { path: 'index.js', sizeAfter: 32 }], removed: [], changed: [], unchangedCount: 0,
  })
  assert.deepEqual(fetched(), [])
})

test('modes and links count, and the mode of what another tool packed where it is known', { skip: unixOnly }, async () => {
  const options = await changed(
    'modes',
    { ...INDEX, 'run.sh': { content: '#!/bin/sh\n', mode: 0o644 }, 'l': { link: 'index.js' } },
    { ...INDEX, 'run.sh': { content: '#!/bin/sh\n', mode: 0o755 } },
  )
  const { code } = await plan(options)
  assert.deepEqual(code.changed, [
    { path: 'run.sh', sizeBefore: 10, sizeAfter: 10, modeBefore: 0o644, modeAfter: 0o755 },
  ])
  assert.deepEqual(code.removed, [{ path: 'l', sizeBefore: 'index.js'.length }])
})

test('the archive is not downloaded: its end is enough', async () => {
  const options = await changed(
    'large',
    { ...INDEX, 'noise.bin': noise(8 << 20) },
    { 'index.js': 'exports.handler = async () => 2\n', 'noise.bin': noise(8 << 20) },
  )
  const { code } = await plan(options)
  assert.deepEqual(code.changed.map(({ path }) => path), ['index.js'])
  assert.equal(code.unchangedCount, 1)
  assert.equal(fetched().length, 1)
  // The end record with the longest comment that there can be.
  assert.equal(bytesFetched(), 22 + 65_535)
  here.front.reset()
  await deploy(options)
  assert.deepEqual(fetched(), [], 'a deployment asks for nothing of it')
})

test('a directory that is longer than the end is asked for as a whole, and nothing else', async () => {
  const many = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`lib/${'long-name-'.repeat(4)}${n}.js`, `${n}`]))
  const before = { ...INDEX, 'noise.bin': noise(2 << 20), ...many }
  const options = await changed('many', before, { ...before, 'lib/new.js': '1' })
  const { code } = await plan(options)
  assert.deepEqual(code.added, [{ path: 'lib/new.js', sizeAfter: 1 }])
  assert.deepEqual([code.changed, code.removed, code.unchangedCount], [[], [], 3002])
  assert.deepEqual(fetched().map(({ status }) => status), [206, 206])
  const directory = Object.keys(before).reduce((sum, name) => sum + 46 + name.length, 22)
  assert.equal(bytesFetched(), directory)
})

test('an archive that another tool made is compared too', async () => {
  const { python } = await pythonEnv()
  const root = await write(join(here.folder, 'python'), { ...INDEX, 'same.js': 'same' })
  const archive = join(here.folder, 'python.zip')
  const made = await run(python, ['-c', `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    for name in ['index.js', 'same.js', 'old.js']:
        z.writestr(zipfile.ZipInfo(name), {'index.js': 'other', 'same.js': 'same', 'old.js': ''}[name])
    z.comment = b'a comment'
`, archive])
  assert.equal(made.code, 0, made.stderr)
  await deploy(here.options({ functionName: 'python', package: archive }))
  const { code } = await plan(here.options({ functionName: 'python', root }))
  assert.deepEqual(code.removed.map(({ path }) => path), ['old.js'])
  const changes = code.changed.map(({ path, sizeBefore, sizeAfter }) => [path, sizeBefore, sizeAfter])
  assert.deepEqual(changes.find(([path]) => path === 'index.js'), ['index.js', 5, 32])
})

test('a location that is refused is a warning, which says why and not where', async () => {
  const options = await changed('denied', INDEX, { 'index.js': '2' })
  const refusals = [
    [{ status: 403, code: 'AccessDenied', message: 'Request has expired' }, /HTTP status 403 \(AccessDenied: Request has expired\)/, 1],
    [{ status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' }, /HTTP status 503 \(SlowDown/, 3],
    ['resetBefore', /cannot be read/, 3],
    [{ truncate: true }, /ended too early/, 3],
  ]
  for (const [fault, reason, tries] of refusals) {
    here.front.reset()
    here.front.fault({ operation: 'GetObject', times: 9, do: fault })
    const planned = await plan(options)
    assert.equal(planned.code, undefined)
    assert.deepEqual(planned.operations, ['UpdateFunctionCode'])
    assert.deepEqual(planned.warnings.map(({ code }) => code), ['CODE_NOT_COMPARED'])
    assert.match(planned.warnings[0].message, reason)
    assert.doesNotMatch(JSON.stringify(planned), /X-Amz|lambda-code/)
    assert.equal(fetched().length, tries)
    const dry = await deploy({ ...options, dryRun: true })
    assert.deepEqual([dry.code, dry.warnings.map(({ code }) => code)], [undefined, ['CODE_NOT_COMPARED']])
  }
  here.front.reset()
  await deploy({ ...options, plan: await plan(options) })
})

test('what fails once is tried again', async () => {
  const options = await changed('again', INDEX, { 'index.js': '2' })
  here.front.fault({ operation: 'GetObject', do: 'resetAfter' })
  here.front.fault({ operation: 'GetObject', do: { status: 500, code: 'InternalError' } })
  const { code, warnings } = await plan(options)
  assert.deepEqual([code.changed.length, warnings, fetched().length], [1, [], 3])
})

test('an archive that is none is told, and harms nothing', async () => {
  const options = await changed('damaged', INDEX, { 'index.js': '2' })
  const { path } = await pack({ root: options.root, out: join(here.folder, 'damaged.zip') })
  const bytes = await readFile(path)
  // The end record counts other entries than there are. The AWS CLI refuses what is less of an archive.
  bytes.writeUInt16LE(7, bytes.length - 14)
  bytes.writeUInt16LE(7, bytes.length - 12)
  await writeFile(path, bytes)
  await here.aws('lambda', 'update-function-code', '--function-name', 'damaged', '--zip-file', `fileb://${path}`)
  const { code, warnings } = await plan(options)
  assert.equal(code, undefined)
  assert.match(warnings[0].message, /lists 1 entries and counts 7/)
})

test('a server that gives no parts is not read to its end', async () => {
  const options = await changed('whole', { ...INDEX, 'noise.bin': noise(1 << 20) }, { 'index.js': '2' })
  const { Code: { Location } } = await here.aws('lambda', 'get-function', '--function-name', 'whole')
  const archive = Buffer.from(await (await fetch(Location)).arrayBuffer())
  assert.equal(
    createHash('sha256').update(archive).digest('base64'),
    (await here.aws('lambda', 'get-function-configuration', '--function-name', 'whole')).CodeSha256,
  )
  let asked = 0
  // It says that all of it comes, and sends no more than a little.
  const server = createServer((request, response) => {
    asked += 1
    response.writeHead(200, { 'content-length': archive.length }).write(archive.subarray(0, 1000))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  here.front.movedCode = `http://127.0.0.1:${server.address().port}`
  try {
    const { code, warnings } = await plan(options)
    assert.equal(code, undefined)
    assert.match(warnings[0].message, /does not give parts/)
    assert.equal(asked, 1)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('a call that is ended while it waits for the location ends', async () => {
  const options = await changed('aborted', INDEX, { 'index.js': '2' })
  const hanging = here.front.fault({ operation: 'GetObject', do: 'hang' })
  const controller = new AbortController()
  const ended = rejection(plan({ ...options, signal: controller.signal }))
  while (hanging.fired === 0) await new Promise((resolve) => setImmediate(resolve))
  controller.abort(new Error('enough'))
  assert.equal((await ended).message, 'enough')
})

test('whoever answers in the place of S3 cannot get the address into a message', async () => {
  const options = await changed('repeated', INDEX, { 'index.js': '2' })
  const { role, root, ...asked } = options
  const seen = []
  const server = createServer((request, response) => {
    seen.push(request.url)
    const said = `${request.url.replaceAll('&', '&amp;')} of ${new URL(request.url, 'http://x').pathname} is forbidden`
    const code = seen.length % 2 === 0 ? request.url : 'Forbidden.By.Proxy'
    response.writeHead(403).end(`<Error><Code>${code}</Code><Message>${said}</Message></Error>`)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  here.front.movedCode = `http://127.0.0.1:${server.address().port}`
  try {
    const first = JSON.stringify((await plan(options)).warnings)
    assert.match(first, /HTTP status 403 \(Forbidden\.By\.Proxy: \(hidden\) of \(hidden\) is forbidden\)/)
    const second = JSON.stringify((await plan(options)).warnings)
    assert.match(second, /HTTP status 403\./)
    const third = await rejection(init({ ...asked, out: join(here.folder, 'repeated-out'), code: true }))
    assert.equal(third.code, 'CODE_UNAVAILABLE')
    const told = first + second + third.stack + JSON.stringify(third)
    for (const url of seen) {
      const { pathname, search } = new URL(url, 'http://x')
      for (const part of [pathname, search, ...pathname.split('/')].filter(({ length }) => length > 8)) {
        assert.ok(!told.includes(part), part)
      }
    }
  } finally {
    server.close()
  }
})

test('when the time of the call is over while the files are compared, the call has ended', async () => {
  const options = await changed('late', INDEX, { 'index.js': '2' })
  here.front.fault({ operation: 'GetObject', times: 99, do: 'hang' })
  for (const call of [plan, (all) => deploy({ ...all, dryRun: true })]) {
    const error = await rejection(call({ ...options, timeouts: { total: 1 } }))
    assert.deepEqual([error.code, error.functionName, error.seconds], ['WAIT_TIMEOUT', 'late', 1])
  }
})

test('an attempt to read the location has the time that was asked for', async () => {
  const options = await changed('slow', INDEX, { 'index.js': '2' })
  const { role, root, ...asked } = options
  // Less than the time of an attempt that nobody asked for.
  const timeouts = { attempt: 1, total: 12 }
  here.front.fault({ operation: 'GetObject', do: 'hang' })
  const { code, warnings } = await plan({ ...options, timeouts })
  assert.deepEqual([code.changed.length, warnings, fetched().length], [1, [], 2])
  here.front.reset()
  here.front.fault({ operation: 'GetObject', times: 99, do: 'hang' })
  const told = await plan({ ...options, timeouts })
  assert.match(told.warnings[0].message, /timed out|no answer within/)
  assert.equal(fetched().length, 3)
  here.front.reset()
  here.front.fault({ operation: 'GetObject', do: 'hang' })
  await init({ ...asked, timeouts, out: join(here.folder, 'slow-out'), code: true })
  assert.equal(fetched().length, 2)
})

test('a plan of before, without files and with hidden values, is done', async () => {
  const root = await functionFolder(here.folder, 'old', 1)
  const options = here.options({ functionName: 'old', root, environment: { AA: '1' } })
  const { code, warnings, changes, ...rest } = await plan(options)
  const hidden = changes.map((change) => (change.field === 'environment.AA' ? { ...change, after: '(hidden)' } : change))
  assert.notDeepEqual(hidden, changes)
  await deploy({ ...options, plan: { ...rest, changes: hidden } })
  assert.deepEqual(here.front.changed(), ['CreateFunction'])
})

test('a plan that is kept in the folder it packs is refused with a hint at it', async () => {
  const options = await changed('kept-inside', INDEX, { ...INDEX, 'more.js': '1' })
  const kept = await plan(options)
  await write(options.root, { 'plan.json': JSON.stringify(kept) })
  const error = await rejection(deploy({ ...options, plan: kept }))
  assert.deepEqual([error.code, error.changed], ['PLAN_DIFFERS', ['codeSha256']])
  assert.match(error.hint, /the plan itself, is packed too/)
  await deploy({ ...options, plan: kept, ignore: ['plan.json'] })
})

test('on the command line a plan shows its files, is kept in a file, and done', async () => {
  const options = await changed('command', INDEX, { ...INDEX, 'more.js': '1' })
  const shared = ['--function-name', 'command', '--endpoint', options.endpoint, '--region', options.region]
  const cli = (command, ...more) => run(process.execPath, [CLI, command, options.root, ...shared, ...more], { env: process.env })
  const shown = await cli('plan')
  assert.match(shown.stdout, /files +1 added, 1 the same\n +\+ more\.js \(1 byte\)\n/)
  assert.match((await cli('deploy', '--dry-run')).stdout, /1 added, 1 the same/)
  const kept = join(here.folder, 'plan.json')
  await writeFile(kept, (await cli('plan', '--json')).stdout)
  const done = await cli('deploy', '--plan', kept)
  assert.equal(done.code, 0, done.stderr)
  assert.deepEqual(here.front.changed(), ['UpdateFunctionCode'])
})

test('what a plan only tells is not looked at when it is done', async () => {
  const options = here.options({ functionName: 'f', root: await functionFolder(here.folder, 'f', 1) })
  const good = { functionName: 'f', region: 'us-east-1', created: true, codeSha256: 'x', changes: [], operations: [], upload: 'none' }
  const refused = async (told) => {
    const { code, option } = await rejection(deploy({ ...options, plan: { ...good, ...told } }))
    return `${code} ${option}`
  }
  // There can be a hundred thousand files.
  const file = { get path() { throw new Error('looked at') } }
  const code = { added: [file], removed: [], changed: [], unchangedCount: 0 }
  assert.equal(await refused({ code, warnings: [file] }), 'PLAN_DIFFERS undefined')
  assert.equal(await refused({ code, changes: 'x' }), 'INVALID_OPTION plan.changes')
  assert.equal(await refused({ code, codes: [] }), 'UNKNOWN_OPTION plan.codes')
})

test('the location is read by way of the proxy that the SDK takes', async () => {
  const options = await changed('proxied', INDEX, { 'index.js': '2' })
  const seen = []
  const proxy = createServer((request, response) => {
    seen.push(request.url)
    const { method, headers } = request
    const onward = httpRequest(request.url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const source = `
    import { createRequire } from 'node:module'
    const { plan } = createRequire(import.meta.url)(input.entry)
    console.log(JSON.stringify(await plan(input.options)))`
  const entry = createRequire(import.meta.url).resolve('../index.js')
  const env = { ...process.env, HTTP_PROXY: `http://127.0.0.1:${proxy.address().port}`, NO_PROXY: '', no_proxy: '' }
  try {
    const { stdout, stderr } = await runModule(source, { entry, options }, { env, cwd: here.folder })
    assert.equal(JSON.parse(stdout || stderr).code.changed.length, 1)
    assert.ok(seen.some((url) => url.startsWith(`${here.front.url}/_ministack/lambda-code/`)), seen.join('\n'))
  } finally {
    proxy.close()
  }
})
