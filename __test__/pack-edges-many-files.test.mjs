// pack-readers.test.mjs has that readers accept many entries. Here are real files, and the numbers at the limit.

import assert from 'node:assert/strict'
import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { javaTest, pythonTest, sevenZipTest, structure, unzipTest } from './support/readers.mjs'
import { folder, inOrder, namesIn, write } from './support/trees.mjs'

const READERS = { 'Info-ZIP': unzipTest, Python: pythonTest, '7-Zip': sevenZipTest }
const FILES = 66_000
const CONTENTS = 6600
const LIMIT = 65_535

const contentOf = (n) => `module.exports = ${n % CONTENTS}\n`

const END64_LOCATOR = 0x07064b50

async function accepted(t, out, count, readers = READERS) {
  for (const [reader, read] of Object.entries(readers)) {
    await t.test(reader, async (t) => {
      const verdict = await read(out)
      if (verdict === null) return t.skip('this machine has no such reader')
      assert.ok(verdict.ok, verdict.output)
      if (verdict.entries) assert.equal(verdict.entries.length, count)
    })
  }
}

test('66,000 files on the disk, in order, and the same by one thread', { timeout: 120_000 }, async (t) => {
  const root = await folder(t)
  const names = []
  for (let n = 0; n < FILES; n++) {
    const place = `packages/p${n % 600}`
    if (n < 600) mkdirSync(join(root, place), { recursive: true })
    const name = `${place}/${n}.js`
    // Other names of the same files, most of them, as these are made and removed in less time.
    if (n < CONTENTS) writeFileSync(join(root, name), contentOf(n))
    else linkSync(join(root, names[n % CONTENTS]), join(root, name))
    names.push(name)
  }
  const out = join(await folder(t), 'function.zip')
  const { fileCount, codeSha256, unzippedSize } = await pack({ root, out, cache: false })
  assert.equal(fileCount, FILES)
  assert.equal(unzippedSize, names.reduce((sum, name, n) => sum + contentOf(n).length, 0))
  assert.deepEqual(await namesIn(out), inOrder(names))
  // The checksums of all contents too.
  assert.deepEqual(await structure(out), [])
  const other = join(await folder(t), 'function.zip')
  const again = await pack({ root, out: other, threads: 1, cache: false })
  assert.equal(again.codeSha256, codeSha256)
  // The structure was read by Python, of which the other test has its own reader.
  const { Python, ...quick } = READERS
  await accepted(t, out, FILES, quick)
})

test('the end record is the larger one from 65,535 entries on', { timeout: 120_000 }, async (t) => {
  // A folder by many ways, so that few files are many entries.
  const root = await folder(t)
  const inFolder = 1285
  await write(root, Object.fromEntries(Array.from({ length: inFolder }, (_, n) => [`0/${n}`, ''])))
  for (let n = 1; n < 51; n++) await symlink(join(root, '0'), join(root, `${n}`), 'junction')
  assert.equal(inFolder * 51, LIMIT)
  const options = { root, symlinks: 'dereference', level: 1, cache: false }
  for (const [count, how] of [
    [LIMIT - 1, { ignore: ['/0/0'] }],
    [LIMIT, {}],
    [LIMIT + 1, {}],
  ]) {
    if (count > LIMIT) await write(root, { 'one-more': '' })
    const out = join(await folder(t), 'function.zip')
    const { fileCount } = await pack({ ...options, ...how, out })
    assert.equal(fileCount, count)
    const bytes = await readFile(out)
    const end = bytes.length - 22
    const isLarge = bytes.readUInt32LE(end - 20) === END64_LOCATOR
    assert.equal(isLarge, count >= LIMIT, `${count}`)
    assert.equal(bytes.readUInt16LE(end + 10), Math.min(count, 0xffff))
    if (isLarge) assert.equal(Number(bytes.readBigUInt64LE(end - 20 - 56 + 32)), count)
    assert.deepEqual(await structure(out), [])
    // Java takes seconds; where the form changes it has to agree.
    const { Python, ...quick } = READERS
    const readers = count === LIMIT ? { ...READERS, Java: javaTest } : quick
    await t.test(`${count} entries`, (t) => accepted(t, out, count, readers))
  }
})
