import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import {
  chmod, lchown, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, utimes, writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './support/command.mjs'
import { deploy, deployments, functionFolder, pack, rejection } from './support/deployments.mjs'
import { pythonEnv } from './support/python.mjs'
import { treeOf, unzipTo } from './support/readers.mjs'
import { initAsOrdinaryUser, noise, unixOnly, write } from './support/trees.mjs'

const { init, plan, inspect } = createRequire(import.meta.url)('../index.js')
const here = deployments()
const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url))

/** A function that is deployed, and a folder that is not there yet. */
async function deployed(name, options = {}) {
  const { root = await functionFolder(here.folder, name, name), ...rest } = options
  await deploy(here.options({ functionName: name, ...(rest.package ? {} : { root }), ...rest }))
  here.front.reset()
  const { role, ...asked } = here.options({ functionName: name, out: join(here.folder, `${name}-out`) })
  return asked
}

const definitionOf = async ({ out }) => JSON.parse(await readFile(join(out, 'function.json'), 'utf8'))
const modeOf = async (path) => (await stat(path)).mode & 0o777

/** An archive by Python: entries of a name, a mode with its type, and a content. */
async function archive(name, entries) {
  const { python } = await pythonEnv()
  const path = join(here.folder, `${name}.zip`)
  const source = `
import json, sys, warnings, zipfile
warnings.simplefilter('ignore')
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    for name, mode, content in json.loads(sys.argv[2]):
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = mode << 16
        z.writestr(info, content)
`
  const { code, stderr } = await run(python, ['-c', source, path, JSON.stringify(entries)])
  assert.equal(code, 0, stderr)
  return path
}

const FILE = 0o100644
const LINK = 0o120777

test('what looks like a template is what the function has, and makes the same function', async () => {
  const environment = { GREETING: 'Hello {{name}}', KEY_A: '{{s3cr3t-api-key}}', BRACES: '{{{ "a": {{ env `HOME` }} }}}' }
  const description = '{{ env `LOCAL_SECRET` }}'
  const asked = await deployed('braces', { environment, description })
  process.env.LOCAL_SECRET = 'local'
  const { definition } = await init(asked)
  const { Description, Environment } = await definitionOf(asked)
  assert.deepEqual([Description, Environment.Variables], [description, environment])
  const { out, functionName, ...options } = asked
  const root = join(here.folder, 'braces')
  assert.deepEqual((await plan({ ...options, root, definition, environmentMode: 'replace' })).changes, [])
})

test('the settings are written in the shape of CreateFunction, and nothing else is', async () => {
  const asked = await deployed('settings', {
    timeout: 9, memorySize: 256, description: 'what it does', architecture: 'arm64', tags: { team: 'api' },
    tracingConfig: { mode: 'Active' }, ephemeralStorage: { size: 1024 },
  })
  const result = await init(asked)
  const text = await readFile(result.definition, 'utf8')
  assert.equal(result.definition, join(asked.out, 'function.json'))
  assert.equal(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`)
  assert.deepEqual(JSON.parse(text), {
    FunctionName: 'settings', Description: 'what it does', Runtime: 'nodejs24.x', Role: here.backend.role,
    Handler: 'index.handler', Architectures: ['arm64'], MemorySize: 256, Timeout: 9,
    TracingConfig: { Mode: 'Active' }, EphemeralStorage: { Size: 1024 }, Tags: { team: 'api' },
  })
  assert.deepEqual(await readdir(asked.out), ['function.json'])
  assert.deepEqual([result.code, result.fileCount, result.warnings], [undefined, undefined, []])
  assert.deepEqual(here.front.mutating(), [])
  assert.deepEqual([...new Set(here.front.calls.map(({ operation }) => operation))], ['GetFunction'])
})

test('AWS takes the file as it is, and makes the same function of it', async () => {
  const asked = await deployed('same', { timeout: 9, environment: { STAGE: 'test' }, tags: { team: 'api' } })
  await init(asked)
  const definition = await definitionOf(asked)
  const request = join(here.folder, 'create.json')
  await writeFile(request, JSON.stringify({ ...definition, FunctionName: 'twin' }))
  const { path } = await pack({ root: await functionFolder(here.folder, 'same', 'same'), out: join(here.folder, 'twin.zip') })
  await here.aws('lambda', 'create-function', '--cli-input-json', `file://${request}`, '--zip-file', `fileb://${path}`)
  const told = async (name) => {
    const all = await here.aws('lambda', 'get-function', '--function-name', name)
    const { Runtime, Role, Handler, Timeout, MemorySize, Environment, CodeSha256 } = all.Configuration
    return { Runtime, Role, Handler, Timeout, MemorySize, Environment, CodeSha256, Tags: all.Tags }
  }
  assert.deepEqual(await told('twin'), await told('same'))
})

test('a file with the values of variables is readable by its user alone, and that is told', { skip: unixOnly }, async () => {
  const secret = await deployed('secret', { environment: { TOKEN: 's3cret' } })
  const { warnings, ...rest } = await init(secret)
  assert.deepEqual((await definitionOf(secret)).Environment, { Variables: { TOKEN: 's3cret' } })
  assert.equal(await modeOf(rest.definition), 0o600)
  assert.deepEqual(warnings.map(({ code, path }) => [code, path]), [['SECRETS_WRITTEN', rest.definition]])
  assert.doesNotMatch(JSON.stringify([rest, warnings]), /s3cret/)
  const plain = await deployed('plain')
  assert.equal(await modeOf((await init(plain)).definition), 0o666 & ~process.umask())
})

test('a package of that folder does not take the file in', async () => {
  const asked = await deployed('packed', { environment: { TOKEN: 's3cret' } })
  await init(asked)
  await writeFile(join(asked.out, 'index.js'), '1')
  const { path, excluded } = await pack({ root: asked.out, out: join(here.folder, 'packed.zip') })
  assert.deepEqual((await inspect({ package: path })).entries.map(({ name }) => name), ['index.js'])
  assert.deepEqual(excluded.map((one) => one.path), ['function.json'])
})

test('the code is unpacked as it was, and deploying it changes nothing', { skip: unixOnly }, async () => {
  const root = await write(join(here.folder, 'tree'), {
    'index.js': 'exports.handler = async () => require("./lib/a")\n',
    'lib/a.js': 'module.exports = 1\n',
    'lib/empty.js': '',
    'lib/link.js': { link: 'a.js' },
    'bin/run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
    'noise.bin': noise(3 << 20),
    'empty/': '',
    'é/ü.js': '1',
  })
  const asked = await deployed('tree', { root })
  const result = await init({ ...asked, code: true })
  assert.equal(result.code, join(asked.out, 'src'))
  const archive = join(here.folder, 'tree.zip')
  await pack({ root, out: archive })
  const byOther = join(here.folder, 'tree-by-other')
  await unzipTo(archive, byOther)
  const tree = async (folder) => (await treeOf(folder)).map(({ mode, ...one }) => (one.type === 'file' ? { ...one, mode } : one))
  assert.deepEqual(await tree(result.code), await tree(byOther))
  assert.equal(result.fileCount, 7)
  const { CodeSha256 } = await here.aws('lambda', 'get-function-configuration', '--function-name', 'tree')
  assert.equal(result.codeSha256, CodeSha256)
  assert.deepEqual((await plan(here.options({ functionName: 'tree', root: result.code }))).operations, [])
  assert.deepEqual((await readdir(asked.out)).sort(), ['function.json', 'src'])
  assert.deepEqual(await here.leftOver(), [])
})

test('what is there is not replaced, and is told before anything is asked', async () => {
  const asked = await deployed('there')
  await mkdir(join(asked.out, 'src'), { recursive: true })
  // A folder that is empty is as good as none.
  await init({ ...asked, code: true })
  here.front.reset()
  const error = await rejection(init(asked))
  assert.deepEqual([error.code, error.path], ['FILE_EXISTS', join(asked.out, 'function.json')])
  await rm(join(asked.out, 'function.json'))
  const code = await rejection(init({ ...asked, code: true }))
  assert.deepEqual([code.code, code.path], ['FILE_EXISTS', join(asked.out, 'src')])
  assert.deepEqual(here.front.calls, [])
  await writeFile(join(asked.out, 'src', 'mine.js'), 'mine')
  await writeFile(join(asked.out, 'function.json'), '{}')
  await init({ ...asked, code: true, force: true })
  assert.deepEqual(await readdir(join(asked.out, 'src')), ['index.js'])
  assert.equal((await definitionOf(asked)).FunctionName, 'there')
})

test('a link is not followed to somewhere else', { skip: unixOnly }, async () => {
  const asked = await deployed('linked')
  const elsewhere = await write(join(here.folder, 'elsewhere'), { 'mine.js': 'mine' })
  await mkdir(asked.out)
  await symlink(elsewhere, join(asked.out, 'src'))
  await symlink(join(elsewhere, 'mine.js'), join(asked.out, 'function.json'))
  for (const force of [false, true]) {
    assert.equal((await rejection(init({ ...asked, code: true, force }))).code, 'FILE_EXISTS')
  }
  assert.deepEqual([await readdir(elsewhere), await readFile(join(elsewhere, 'mine.js'), 'utf8')], [['mine.js'], 'mine'])
})

test('code that would leave its folder is refused, and nothing is written', async () => {
  const good = ['index.js', FILE, '1']
  const hostile = {
    up: [['../up.js', FILE, '1']],
    absolute: [['/tmp/lambda-pack-absolute.js', FILE, '1']],
    'link-up': [['up', LINK, '../..']],
    'link-absolute': [['etc', LINK, '/etc']],
    'below-link': [['a', LINK, '.'], ['a/b.js', FILE, '1']],
    twice: [['index.js', FILE, '2']],
    device: [['null', 0o020666, '']],
  }
  for (const [name, entries] of Object.entries(hostile)) {
    const package_ = await archive(name, [good, ...entries])
    const asked = await deployed(name)
    await here.aws('lambda', 'update-function-code', '--function-name', name, '--zip-file', `fileb://${package_}`)
    const error = await rejection(init({ ...asked, code: true }))
    assert.equal(error.code, 'CODE_UNAVAILABLE', name)
    assert.match(error.message, /not safe to unpack/, name)
    // Trying again, which is good for other causes of that code, would help nobody.
    assert.match(error.hint, /inspect\(\)/, name)
    assert.doesNotMatch(error.hint, /try again/, name)
    assert.equal(await readdir(asked.out).catch(() => 'none'), 'none', name)
    assert.deepEqual(await here.leftOver(), [], name)
  }
})

test('code with a colon in a name is unpacked where that is a letter like others', { skip: unixOnly }, async () => {
  const root = await write(join(here.folder, 'colon'), { 'index.js': '1', 'a:b': 'text' })
  const asked = await deployed('colon', { root })
  const { code } = await init({ ...asked, code: true })
  assert.equal(await readFile(join(code, 'a:b'), 'utf8'), 'text')
})

test('folders that were made for nothing go again', async () => {
  const package_ = await archive('nothing', [['index.js', FILE, '1'], ['../up.js', FILE, '1']])
  const asked = await deployed('nothing')
  await here.aws('lambda', 'update-function-code', '--function-name', 'nothing', '--zip-file', `fileb://${package_}`)
  await mkdir(asked.out)
  const out = join(asked.out, 'made', 'for', 'it')
  assert.equal((await rejection(init({ ...asked, out, code: true }))).code, 'CODE_UNAVAILABLE')
  assert.deepEqual(await readdir(asked.out), [])
})

test('where nothing can be written the hint is one for that', async () => {
  const asked = await deployed('unwritable')
  const file = join(here.folder, 'unwritable-file')
  await writeFile(file, 'mine')
  const error = await rejection(init({ ...asked, out: join(file, 'deeper') }))
  assert.equal(error.code, 'WRITE_FAILED')
  assert.match(error.hint, /name another place as `out`/)
  assert.equal(await readFile(file, 'utf8'), 'mine')
})

test('what killed runs have left goes when nobody can use it any more', async () => {
  const asked = await deployed('killed')
  const name = (place, is) => join(place, `${is}.lambda-pack-tmp`)
  const left = (folder) => ({ [`${folder}/src/index.js`]: 'old', [`${folder}/old/index.js`]: 'old' })
  const make = async (age) => {
    await write(asked.out, { ...left(`.init.${age}.lambda-pack-tmp`), [`.function.json.${age}.lambda-pack-tmp`]: 's3cret' })
    await writeFile(name(here.scratch, `lambda-pack-${age}`), 'an archive')
    return [
      name(asked.out, `.init.${age}`), name(asked.out, `.function.json.${age}`), name(here.scratch, `lambda-pack-${age}`),
    ]
  }
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3600 * 1000)
  for (const path of await make('old')) await utimes(path, twoDaysAgo, twoDaysAgo)
  const young = await make('young')
  await init({ ...asked, code: true })
  assert.deepEqual((await readdir(asked.out)).sort(), [
    '.function.json.young.lambda-pack-tmp', '.init.young.lambda-pack-tmp', 'function.json', 'src',
  ])
  assert.deepEqual(await here.leftOver(), ['lambda-pack-young.lambda-pack-tmp'])
  await rm(young[2])
})

test('a folder that may only be read is replaced all the same', { skip: unixOnly }, async (t) => {
  const asked = await deployed('read-only')
  const out = await mkdtemp(join(tmpdir(), 'read-only-'))
  for (const path of [here.folder, here.scratch]) await chmod(path, 0o755)
  t.after(() => rm(out, { recursive: true, force: true }))
  await write(out, { 'src/locked/deeper/mine.js': 'mine', 'function.json': '{}' })
  for (const path of ['src/locked/deeper', 'src/locked']) await chmod(join(out, path), 0o555)
  const all = process.getuid() === 0 ? ['', ...(await readdir(out, { recursive: true }))] : []
  for (const path of all) await lchown(join(out, path), 65534, 65534)
  const told = await initAsOrdinaryUser(t, { ...asked, out, code: true, force: true }, { ...process.env, TMPDIR: out })
  if (told === null) return t.skip('there is no way here to run as an ordinary user')
  assert.deepEqual(told.result?.warnings, [], JSON.stringify(told))
  assert.deepEqual([(await readdir(out)).sort(), await readdir(join(out, 'src'))], [['function.json', 'src'], ['index.js']])
})

test('what cannot be removed is told', { skip: unixOnly }, async (t) => {
  if (process.getuid() !== 0) return t.skip('only root can give files to another user')
  const asked = await deployed('owned')
  const out = await mkdtemp(join(tmpdir(), 'owned-'))
  for (const path of [here.folder, here.scratch]) await chmod(path, 0o755)
  t.after(() => rm(out, { recursive: true, force: true }))
  await write(out, { 'src/theirs/mine.js': 'mine' })
  for (const path of ['', 'src']) await lchown(join(out, path), 65534, 65534)
  const told = await initAsOrdinaryUser(t, { ...asked, out, code: true, force: true }, { ...process.env, TMPDIR: out })
  if (told === null) return t.skip('there is no way here to run as an ordinary user')
  const [left = 'nothing'] = (await readdir(out)).filter((name) => name.startsWith('.init.'))
  assert.ok(told.result, JSON.stringify(told))
  assert.deepEqual(told.result.warnings.map(({ code, path }) => [code, path]), [['NOT_REMOVED', join(out, left)]])
  assert.deepEqual(await readdir(join(out, 'src')), ['index.js'])
})

test('code that came otherwise than AWS says is refused, and what was there stays', async () => {
  const asked = await deployed('corrupt')
  await write(asked.out, { 'src/mine.js': 'mine', 'function.json': 'mine' })
  const tree = await treeOf(asked.out)
  const faults = [
    [{ corrupt: true }, /its SHA-256 is \S+=, and AWS says \S+=/],
    [{ status: 403, code: 'AccessDenied', message: 'Request has expired' }, /AccessDenied: Request has expired/],
    ['resetBefore', /cannot be read/],
  ]
  for (const [fault, reason] of faults) {
    here.front.reset()
    here.front.fault({ operation: 'GetObject', times: 9, do: fault })
    const error = await rejection(init({ ...asked, code: true, force: true }))
    assert.equal(error.code, 'CODE_UNAVAILABLE')
    assert.match(error.message, reason)
    assert.doesNotMatch(JSON.stringify(error) + error.stack, /X-Amz|lambda-code/)
    assert.deepEqual(await treeOf(asked.out), tree)
    assert.deepEqual(await here.leftOver(), [])
  }
})

test('a download that is cut goes on from where it was', async () => {
  const root = await write(join(here.folder, 'cut'), { 'index.js': '1', 'noise.bin': noise(4 << 20) })
  const asked = await deployed('cut', { root })
  const cut = here.front.fault({ operation: 'GetObject', do: { truncate: true } })
  const result = await init({ ...asked, code: true })
  assert.equal(cut.fired, 1)
  const gets = here.front.calls.filter(({ operation }) => operation === 'GetObject')
  assert.deepEqual(gets.map(({ status }) => status), [200, 206])
  assert.ok(gets[1].answerBytes < 4 << 20, 'it began anew')
  assert.ok((await readFile(join(result.code, 'noise.bin'))).equals(noise(4 << 20)))
})

test('a call that is ended leaves nothing', async () => {
  const asked = await deployed('aborted')
  const hanging = here.front.fault({ operation: 'GetObject', do: 'hang' })
  const controller = new AbortController()
  const ended = rejection(init({ ...asked, code: true, signal: controller.signal }))
  while (hanging.fired === 0) await new Promise((resolve) => setImmediate(resolve))
  controller.abort(new Error('enough'))
  assert.equal((await ended).message, 'enough')
  assert.deepEqual(await readdir(asked.out).catch(() => 'none'), 'none')
})

test('what is no such function is told', async () => {
  const { role, ...options } = here.options({ functionName: 'nobody', out: join(here.folder, 'nobody') })
  assert.equal((await rejection(init(options))).code, 'FUNCTION_NOT_FOUND')
  assert.equal((await rejection(init({ ...options, functionName: 'f:1' }))).code, 'INVALID_OPTION')
  assert.equal((await rejection(init({ ...options, out: '' }))).option, 'out')
  assert.equal((await rejection(init({ functionName: 'f', root: '.' }))).code, 'UNKNOWN_OPTION')
  assert.equal((await rejection(init())).code, 'INVALID_OPTION')
  assert.deepEqual(await readdir(options.out).catch(() => 'none'), 'none')
})

test('the command line writes the same', async () => {
  const asked = await deployed('command', { environment: { TOKEN: 's3cret' } })
  const args = ['init', '--function-name', 'command', '--endpoint', asked.endpoint, '--region', asked.region]
  const cli = (...more) => run(process.execPath, [CLI, ...args, ...more], { env: process.env })
  const { code, stdout, stderr } = await cli('--out', asked.out, '--code')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /function\.json/)
  assert.match(stdout, /SECRETS_WRITTEN/)
  assert.doesNotMatch(stdout + stderr, /s3cret/)
  assert.deepEqual((await readdir(asked.out)).sort(), ['function.json', 'src'])
  const again = await cli('--out', asked.out)
  assert.equal(again.code, 1)
  assert.match(again.stderr, /FILE_EXISTS/)
  assert.match(again.stderr, /--force/)
  const json = JSON.parse((await cli('--out', join(here.folder, 'command-json'), '--json')).stdout)
  assert.equal(json.functionName, 'command')
})
