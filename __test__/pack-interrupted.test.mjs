import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { run } from './support/command.mjs'
import { sha256Base64, structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, namesIn, noise } from './support/trees.mjs'
import { prose, runModule, treeAt, unixOnly } from './support/trees.mjs'

const MEGABYTE = 1 << 20
const TEMPORARY = /^\.function\.zip\..+\.lambda-pack-tmp$/

const large = (t) => treeAt(t, {
  ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`${n}.bin`, noise(MEGABYTE, `${n}`)])),
  'slow.txt': prose(12 * MEGABYTE),
})

test('a killed run leaves the old archive whole, and the next one sweeps', { skip: unixOnly }, async (t) => {
  const root = await large(t)
  const to = await treeAt(t, {
    'function.zip': EMPTY_ARCHIVE,
    '.other.zip.x.lambda-pack-tmp': 'of another archive',
  })
  const out = join(to, 'function.zip')
  const source = `
    const onProgress = ({ phase }) => phase === 'compress' && process.kill(process.pid, 'SIGKILL')
    await pack({ ...input, onProgress })`
  const { signal } = await runModule(source, { root, out, threads: 1, level: 12, cache: false })
  assert.equal(signal, 'SIGKILL')
  assert.deepEqual(await readFile(out), EMPTY_ARCHIVE)
  const left = await listing(to)
  assert.equal(left.filter((name) => TEMPORARY.test(name)).length, 1, left.join())
  const { codeSha256 } = await pack({ root, out })
  assert.deepEqual(await listing(to), ['.other.zip.x.lambda-pack-tmp', 'function.zip'])
  assert.equal(await sha256Base64(out), codeSha256)
})

test('two runs at once into one archive both succeed', async (t) => {
  const root = await treeAt(t, { 'index.js': 'text', 'slow.txt': prose(8 * MEGABYTE) })
  const to = await folder(t)
  const out = join(to, 'function.zip')
  const results = await Promise.all(Array.from({ length: 4 }, () => pack({ root, out, level: 9, cache: false })))
  assert.equal(new Set(results.map(({ codeSha256 }) => codeSha256)).size, 1)
  assert.equal(await sha256Base64(out), results[0].codeSha256)
  assert.deepEqual(await structure(out), [])
  assert.deepEqual(await listing(to), ['function.zip'])
})

test('two processes at once into one archive both succeed', async (t) => {
  const roots = [
    await treeAt(t, { 'a.txt': prose(6 * MEGABYTE) }),
    await treeAt(t, { 'b.txt': prose(6 * MEGABYTE) }),
  ]
  const to = await folder(t)
  const out = join(to, 'function.zip')
  const source = 'console.log((await pack(input)).codeSha256)'
  const runs = await Promise.all(roots.map((root) => runModule(source, { root, out, level: 9, cache: false })))
  assert.deepEqual(runs.map(({ code, stderr }) => [code, stderr]), [[0, ''], [0, '']])
  const winner = await sha256Base64(out)
  assert.ok(runs.some(({ stdout }) => stdout.trim() === winner), winner)
  assert.deepEqual(await structure(out), [])
  assert.deepEqual(await listing(to), ['function.zip'])
})

test('an archive that lies in its own root, packed by two at once, is whole', async (t) => {
  const root = await treeAt(t, { 'index.js': 'text', 'slow.txt': prose(6 * MEGABYTE) })
  const out = join(root, 'function.zip')
  const results = await Promise.all([pack({ root, out }), pack({ root, out })])
  for (const { fileCount } of results) assert.equal(fileCount, 2)
  assert.deepEqual(await namesIn(out), ['index.js', 'slow.txt'])
  assert.deepEqual(await structure(out), [])
  assert.deepEqual(await listing(root), ['function.zip', 'index.js', 'slow.txt'])
})

test('a full disk is told, and nothing is left on it', { skip: process.platform !== 'linux' }, async (t) => {
  const disk = await folder(t)
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
  if (mounted.code !== 0) return t.skip('this user may mount nothing')
  try {
    const out = join(disk, 'function.zip')
    await writeFile(out, EMPTY_ARCHIVE)
    for (const tree of [
      { 'one-piece.bin': noise(3 * MEGABYTE) },
      { 'pieces.bin': noise(6 * MEGABYTE) },
      Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`${n}`, noise(10_000, `${n}`)])),
    ]) {
      const root = await treeAt(t, tree)
      for (const path of [out, join(disk, 'new.zip')]) {
        const error = await pack({ root, out: path }).then(() => assert.fail('packed'), (reason) => reason)
        assert.deepEqual([error.code, error.path], ['WRITE_FAILED', path])
        assert.match(error.message, /No space left on device$/)
        assert.match(error.hint, /free space/)
        assert.match(error.cause.message, /No space left/)
      }
      assert.deepEqual(await listing(disk), ['function.zip'])
      assert.deepEqual(await readFile(out), EMPTY_ARCHIVE)
    }
  } finally {
    assert.equal((await run('umount', [disk])).code, 0)
  }
})
