import assert from 'node:assert/strict'
import { lstat, mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { LambdaPackError, pack } from '../index.js'
import { structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, fifo, folder, listing, namesIn, treeAt, unixOnly } from './support/trees.mjs'

const unix = { skip: unixOnly }

async function refused(root, out, code) {
  const error = await pack({ root, out }).then(() => assert.fail('packed'), (reason) => reason)
  assert.ok(error instanceof LambdaPackError, error.stack)
  assert.deepEqual([error.code, error.path], [code, out])
  assert.ok(error.hint)
}

test('a device is never replaced', unix, async (t) => {
  const before = await lstat('/dev/null')
  await refused(await treeAt(t, { 'index.js': '' }), '/dev/null', 'OUT_NOT_A_FILE')
  const after = await lstat('/dev/null')
  assert.ok(after.isCharacterDevice())
  assert.equal(after.ino, before.ino)
  assert.ok(!(await listing('/dev')).some((name) => name.includes('lambda-pack-tmp')))
})

test('a folder, a link and a FIFO are never replaced', unix, async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const tree = {
    'archive.zip': EMPTY_ARCHIVE,
    'folder.zip/': '',
    'link.zip': { link: 'archive.zip' },
    'dangling.zip': { link: 'not yet there.zip' },
    'to-folder.zip': { link: 'folder.zip' },
  }
  const to = await treeAt(t, tree)
  await fifo(join(to, 'fifo.zip'))
  const before = await listing(to)
  for (const name of before.filter((name) => name !== 'archive.zip')) {
    await refused(root, join(to, name), 'OUT_NOT_A_FILE')
  }
  assert.deepEqual(await listing(to), before)
  assert.deepEqual(await readFile(join(to, 'archive.zip')), EMPTY_ARCHIVE)
  assert.equal(await readlink(join(to, 'link.zip')), 'archive.zip')
  assert.ok((await lstat(join(to, 'fifo.zip'))).isFIFO())
})

test('a file that is no archive is never replaced', async (t) => {
  const root = await treeAt(t, { 'index.js': 'exports.handler = 1' })
  for (const text of ['exports.handler = 1', 'PK', 'PKZIP is a program', ' PK\x03\x04']) {
    const to = await treeAt(t, { 'index.js': text })
    await refused(root, join(to, 'index.js'), 'OUT_NOT_AN_ARCHIVE')
    assert.deepEqual(await listing(to), ['index.js'])
    assert.equal(await readFile(join(to, 'index.js'), 'utf8'), text)
  }
  await refused(root, join(root, 'index.js'), 'OUT_NOT_AN_ARCHIVE')
})

test('an archive, also one of somebody else, and an empty file are replaced', async (t) => {
  const root = await treeAt(t, { 'index.js': 'new' })
  for (const before of [EMPTY_ARCHIVE, '', Buffer.from('PK\x03\x04 and anything')]) {
    const to = await treeAt(t, { 'function.zip': before })
    const { size } = await pack({ root, out: join(to, 'function.zip') })
    assert.deepEqual(await listing(to), ['function.zip'])
    assert.equal((await lstat(join(to, 'function.zip'))).size, size)
    assert.deepEqual(await structure(join(to, 'function.zip')), [])
  }
})

test('a path that goes through a file cannot be written', async (t) => {
  const root = await treeAt(t, { 'index.js': 'text' })
  await refused(root, join(root, 'index.js', 'function.zip'), 'WRITE_FAILED')
  await refused(root, join(root, 'index.js', 'deep', 'function.zip'), 'WRITE_FAILED')
  assert.deepEqual(await listing(root), ['index.js'])
  assert.equal(await readFile(join(root, 'index.js'), 'utf8'), 'text')
})

test('a path without a name of a file is refused', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  for (const out of ['', '/', '..', `${root}/..`]) {
    await assert.rejects(pack({ root, out }), { code: 'INVALID_OPTION', option: 'out' }, out)
  }
})

test('the new archive has the rights of any new file, not those of a temporary one', unix, async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const to = await folder(t)
  await writeFile(join(to, 'any'), '')
  await pack({ root, out: join(to, 'function.zip') })
  const mode = async (name) => ((await lstat(join(to, name))).mode & 0o777).toString(8)
  assert.equal(await mode('function.zip'), await mode('any'))
})

test('names of every kind work', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const to = await folder(t)
  const names = [
    'no-ending',
    '.hidden.zip',
    'two words.zip',
    'ünïcödé 🚀.zip',
    '-rf',
    `${'n'.repeat(200)}.zip`,
  ]
  for (const name of names) {
    const { path } = await pack({ root, out: join(to, name) })
    assert.equal(path, join(to, name))
  }
  assert.deepEqual(await listing(to), names.sort())
})

test('a folder for the archive is made, deep if need be', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const to = await folder(t)
  await mkdir(join(to, 'a'))
  await pack({ root, out: join(to, 'a', 'b', 'c', 'function.zip') })
  assert.deepEqual(await listing(join(to, 'a', 'b', 'c')), ['function.zip'])
})

for (const symlinks of ['keep', 'external', 'dereference']) {
  test(`a link to the archive never brings it in, nor what it was before, with ${symlinks}`, unix, async (t) => {
    const root = await treeAt(t, {
      'index.js': '',
      'dist/other.js': '',
      'latest.zip': { link: 'dist/function.zip' },
      'again.zip': { link: 'latest.zip' },
    })
    const out = join(root, 'dist', 'function.zip')
    const results = []
    for (let n = 0; n < 3; n++) results.push(await pack({ root, out, symlinks, mode: 'all', cache: false }))
    assert.equal(new Set(results.map(({ codeSha256 }) => codeSha256)).size, 1)
    assert.deepEqual(results.map(({ excluded }) => excluded), Array(3).fill(results[0].excluded))
    assert.deepEqual(await namesIn(out), ['dist/other.js', 'index.js'])
    const left = results[0].excluded.map(({ path }) => path).sort()
    assert.deepEqual(left, ['again.zip', 'dist/function.zip', 'latest.zip'])
  })
}
