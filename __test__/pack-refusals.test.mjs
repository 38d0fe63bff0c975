import assert from 'node:assert/strict'
import { mkdir, open, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import {
  device,
  fifo,
  folder,
  listing,
  namesIn,
  refusal,
  runModule,
  treeAt,
  unixOnly,
} from './support/trees.mjs'

const unix = { skip: unixOnly }
const LIMIT = 262_144_000

async function packed(t, root, options) {
  const out = join(await folder(t), 'function.zip')
  await pack({ root, out, ...options })
  return await namesIn(out)
}

/** A FIFO that were opened would wait for ever for somebody who writes. */
const SPECIAL = {
  'a FIFO': fifo,
  'a socket': async (path, t) => {
    const server = createServer()
    await new Promise((resolve, reject) => server.once('error', reject).listen(path, resolve))
    t.after(() => server.close())
  },
  'a device': async (path, t) => (await device(path)) || t.skip('this user may make no device') || false,
}

for (const [kind, make] of Object.entries(SPECIAL)) {
  test(`${kind} is refused, and no concern where it stays out`, unix, async (t) => {
    const root = await treeAt(t, { 'index.js': '', 'lib/a.js': '' })
    const path = join(root, 'lib', 'odd')
    if ((await make(path, t)) === false) return
    for (const mode of ['production', 'all']) {
      const error = await refusal(t, root, { mode })
      assert.deepEqual([error.code, error.path], ['SPECIAL_FILE', path])
      assert.match(error.message, new RegExp(`is ${kind},`))
    }
    assert.deepEqual(await packed(t, root, { ignore: ['odd'] }), ['index.js', 'lib/a.js'])
    assert.deepEqual(await packed(t, root, { include: ['index.js', 'lib/*.js'] }), ['index.js', 'lib/a.js'])
  })
}

for (const name of [
  'server.key',
  'node_modules',
  '.lambdaignore',
  'package.json',
  'node_modules/a/package.json',
]) {
  test(`a FIFO in place of ${name} is not opened`, unix, async (t) => {
    const root = await treeAt(t, { 'package.json': '{"dependencies":{"a":"1"}}', 'lib/package.json': '{}' })
    await rm(join(root, name), { force: true })
    await mkdir(join(root, name, '..'), { recursive: true })
    await fifo(join(root, name))
    // In a process of its own, which can be ended when it waits.
    const source = "await pack(input).then(() => console.log('packed'), ({ code }) => console.log(code))"
    const input = { root, out: join(await folder(t), 'function.zip') }
    const { stdout, signal } = await runModule(source, input, { timeout: 5000 })
    assert.equal(signal, null, 'it waits for ever')
    const codes = ['SPECIAL_FILE', 'DEPENDENCY_NOT_INSTALLED', 'READ_FAILED']
    assert.ok(codes.includes(stdout.trim()), stdout)
  })
}

test('a package without any file is refused', async (t) => {
  for (const [tree, options] of [
    [{}, {}],
    [{ 'a.js': '', 'b/c.js': '' }, { ignore: ['*'] }],
    [{ '.env': '', '.git/config': '' }, {}],
    [{ 'empty/deep/': '' }, {}],
  ]) {
    const root = await treeAt(t, tree)
    const error = await refusal(t, root, options)
    assert.deepEqual([error.code, error.path], ['EMPTY_PACKAGE', root], Object.keys(tree).join())
  }
})

test('a root that is missing, or no folder, is refused as it was given', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  for (const path of [join(root, 'nowhere'), join(root, 'index.js'), './no/such/folder']) {
    const error = await refusal(t, path)
    assert.deepEqual([error.code, error.path], ['ROOT_NOT_FOUND', path])
  }
})

const linux = { skip: process.platform !== 'linux' && 'this system has no such names' }

test('names that are not UTF-8 are refused, and told with their bytes', linux, async (t) => {
  const bytes = Buffer.from([0x62, 0xff, 0x64])
  for (const make of [
    (path) => writeFile(path, ''),
    (path) => mkdir(path),
    (path) => symlink('index.js', path),
  ]) {
    const root = await treeAt(t, { 'index.js': '' })
    await make(Buffer.concat([Buffer.from(`${root}/`), bytes]))
    const error = await refusal(t, root)
    assert.deepEqual([error.code, error.path], ['FILE_NAME_INVALID', 'b\\xffd'])
    assert.deepEqual(await packed(t, root, { ignore: ['b*d'] }), ['index.js'])
    assert.deepEqual(await packed(t, root, { include: ['index.js'] }), ['index.js'])
  }
})

test('a backslash in a name is refused', unix, async (t) => {
  const root = await treeAt(t, { 'index.js': '', 'lib/a\\b.js': '' })
  const error = await refusal(t, root)
  assert.deepEqual([error.code, error.path], ['FILE_NAME_INVALID', 'lib/a\\b.js'])
})

test('an include pattern that matches nothing is refused by name', async (t) => {
  const root = await treeAt(t, { 'index.js': '', '.env': '', 'notes/a.md': '' })
  for (const include of [['index.js', 'gone.js'], ['gone.js'], ['gone/**'], ['Index.js']]) {
    const error = await refusal(t, root, { include })
    assert.deepEqual([error.code, error.pattern], ['INCLUDE_MATCHES_NOTHING', include.at(-1)])
  }
  const error = await refusal(t, root, { include: ['index.js', '.env'] })
  assert.deepEqual([error.code, error.pattern], ['INCLUDE_MATCHES_NOTHING', '.env'])
  assert.match(error.hint, /ignore: \['!\.env'\]/)
  assert.deepEqual(await packed(t, root, { include: ['.env'], ignore: ['!.env'] }), ['.env'])
})

test('a pattern that cannot be understood is refused, with the place it stands in', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  for (const [options, pattern, origin] of [
    [{ ignore: ['ok', '[z-a]'] }, '[z-a]', 'ignore'],
    [{ include: ['[z-a]'] }, '[z-a]', 'include'],
    [{ include: ['../other'] }, '../other', 'include'],
    [{ include: ['!index.js'] }, '!index.js', 'include'],
    [{ include: [''] }, '', 'include'],
    [{ include: ['/'] }, '/', 'include'],
    [{ executable: ['../x'] }, '../x', 'executable'],
  ]) {
    const error = await refusal(t, root, options)
    assert.equal(error.code, 'INVALID_PATTERN', origin)
    assert.ok(error.pattern.includes(pattern) && error.message.includes(` in ${origin} `), error.message)
  }
  await writeFile(join(root, '.lambdaignore'), '# fine\n*.md\n[z-a]\n')
  const error = await refusal(t, root)
  assert.deepEqual([error.code, error.pattern], ['INVALID_PATTERN', '[z-a]'])
  assert.match(error.message, / in \.lambdaignore /)
})

test('more unzipped bytes than Lambda takes are refused before anything is written', async (t) => {
  const root = await treeAt(t, { 'index.js': '1', 'node_modules/@s/huge/a.bin': '', 'data/b.bin': '' })
  for (const [name, size] of [['node_modules/@s/huge/a.bin', LIMIT - 1000], ['data/b.bin', 1000]]) {
    const file = await open(join(root, name), 'w')
    await file.truncate(size)
    await file.close()
  }
  const error = await refusal(t, root)
  assert.deepEqual([error.code, error.size, error.limit], ['UNZIPPED_TOO_LARGE', LIMIT + 1, LIMIT])
  assert.match(
    error.hint,
    /node_modules\/@s\/huge \(262143000 bytes\), data \(1000 bytes\), index\.js \(1 bytes\)/,
  )
  const to = await folder(t)
  await assert.rejects(pack({ root, out: join(to, 'deep', 'function.zip') }), { code: 'UNZIPPED_TOO_LARGE' })
  assert.deepEqual(await listing(to), [])
  await writeFile(join(root, 'index.js'), '')
  const out = join(to, 'function.zip')
  assert.equal((await pack({ root, out, level: 1 })).unzippedSize, LIMIT)
})
