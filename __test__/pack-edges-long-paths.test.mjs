import assert from 'node:assert/strict'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { LambdaPackError, pack } from '../index.js'
import { run } from './support/command.mjs'
import { findPython } from './support/python.mjs'
import { javaTest, pythonTest, sevenZipTest, structure, treeOf, unzipTest, unzipTo } from './support/readers.mjs'
import { folder, listing, namesIn, refusal, treeAt, unixOnly, write } from './support/trees.mjs'

const READERS = { 'Info-ZIP': unzipTest, Python: pythonTest, '7-Zip': sevenZipTest, Java: javaTest }
const unix = { skip: unixOnly }

/** A path of so many bytes, of parts that are as long as they can be. */
function longPath(length, letter = 'n') {
  const bytes = Buffer.byteLength(letter)
  const part = letter.repeat(Math.floor(240 / bytes))
  let path = part
  while (Buffer.byteLength(path) + 1 + 250 < length) path += `/${part}`
  return `${path}/${'e'.repeat(length - Buffer.byteLength(path) - 1)}`
}

for (const [name, letter] of [['ASCII', 'n'], ['letters of two bytes', 'ü'], ['letters of four bytes', '🚀']]) {
  test(`paths of 3,600 bytes, of ${name}`, unix, async (t) => {
    const root = await treeAt(t, { 'index.js': 'x' })
    const path = longPath(3600, letter)
    assert.equal(Buffer.byteLength(path), 3600)
    const beside = `${path.slice(0, path.lastIndexOf('/'))}/large`
    await write(root, { [path]: 'deep', [beside]: Buffer.alloc(5 << 20, 'large ') })
    const to = await folder(t)
    const out = join(to, 'function.zip')
    const { fileCount, excluded } = await pack({ root, out })
    assert.deepEqual([fileCount, excluded], [3, []])
    assert.ok((await namesIn(out)).includes(path))
    assert.deepEqual(await structure(out), [])
    for (const [reader, read] of Object.entries(READERS)) {
      await t.test(reader, async (t) => {
        const verdict = await read(out)
        if (verdict === null) return t.skip('this machine has no such reader')
        assert.ok(verdict.ok, verdict.output)
        if (verdict.entries) assert.ok(verdict.entries.some((entry) => entry.name === path))
      })
    }
    await unzipTo(out, join(to, 'u'), { tool: 'python' })
    assert.deepEqual(await treeOf(join(to, 'u')), await treeOf(root))
  })
}

test('a path of 3,600 characters, ignored, excluded, executable and linked to', unix, async (t) => {
  const path = longPath(3600)
  const root = await treeAt(t, { 'index.js': 'x', [path]: 'deep', link: { link: path } })
  const out = join(await folder(t), 'function.zip')
  await pack({ root, out, executable: [path] })
  const { entries } = await pythonTest(out)
  assert.deepEqual(entries.map(({ name, mode }) => [name, mode]), [
    ['index.js', 0o100644],
    ['link', 0o120777],
    [path, 0o100755],
  ])
  const { excluded } = await pack({ root, out, ignore: [`/${path}`] })
  assert.deepEqual(excluded.map((one) => one.path).sort(), ['link', path].sort())
  await pack({ root, out, include: [path] })
  assert.deepEqual(await namesIn(out), [path])
})

test('a prefix that makes a path longer than the system takes, and than the archive takes', unix, async (t) => {
  const root = await treeAt(t, { 'index.js': 'x', [longPath(3600)]: 'deep' })
  const to = await folder(t)
  const out = join(to, 'function.zip')
  const prefix = longPath(3600)
  await pack({ root, out, prefix })
  assert.deepEqual(await structure(out), [])
  assert.deepEqual((await namesIn(out)).map((name) => name.length), [3609, 7201])
  assert.ok((await pythonTest(out)).ok)
  const before = await readFile(out)
  // Names have 65,535 bytes at most.
  const error = await pack({ root, out, prefix: longPath(65_000) }).then(() => null, (reason) => reason)
  assert.ok(error instanceof LambdaPackError, error?.stack ?? 'packed')
  assert.notEqual(error.code, 'INTERNAL')
  assert.match(error.message, /65,?535/)
  assert.deepEqual(await listing(to), ['function.zip'])
  assert.ok((await readFile(out)).equals(before))
})

test('a tree that is deeper than any path of the system is refused by name, and ignored', unix, async (t) => {
  let root
  // Before the folder itself is removed, as this is too deep for Node.js.
  t.after(() => run('rm', ['-rf', root]))
  root = await treeAt(t, { 'index.js': 'x' })
  // One step after the other, as no path leads there.
  const deeper = `import os, sys
os.chdir(sys.argv[1])
for _ in range(30):
    os.mkdir('d' * 200)
    os.chdir('d' * 200)
open('deep', 'w').close()`
  const { code, stderr } = await run(await findPython(), ['-c', deeper, root])
  assert.equal(code, 0, stderr)
  const error = await refusal(t, root)
  assert.equal(error.code, 'READ_FAILED')
  assert.match(error.message, /File name too long/)
  assert.ok(error.path.startsWith(`${root}/ddd`))
  const out = join(await folder(t), 'function.zip')
  await pack({ root, out, ignore: ['d*'] })
  assert.deepEqual(await namesIn(out), ['index.js'])
})

test('an archive at a path that is too long is refused, and nothing is left', unix, async (t) => {
  const root = await treeAt(t, { 'index.js': 'x' })
  const to = await folder(t)
  for (const name of ['n'.repeat(255), 'n'.repeat(256), join('a', longPath(4100))]) {
    const out = join(to, name)
    const error = await pack({ root, out }).then(() => null, (reason) => reason)
    if (error === null) {
      assert.deepEqual(await listing(to), [name])
      continue
    }
    assert.ok(error instanceof LambdaPackError, error.stack)
    assert.equal(error.code, 'WRITE_FAILED')
    assert.match(error.message, /File name too long/)
    const left = (await listing(to)).filter((one) => one !== 'a')
    assert.ok(left.length === 0 || left[0].length === 255, left.join())
  }
})

test('a root at the end of a long path', unix, async (t) => {
  const root = join(await folder(t), longPath(3600))
  await mkdir(root, { recursive: true })
  const file = await open(join(root, 'index.js'), 'w')
  await file.close()
  const { path, fileCount } = await pack({ root, out: join(root, 'function.zip') })
  assert.deepEqual([path, fileCount], [join(root, 'function.zip'), 1])
  assert.deepEqual(await listing(root), ['function.zip', 'index.js'])
  assert.deepEqual(await structure(path), [])
})
