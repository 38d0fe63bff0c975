import assert from 'node:assert/strict'
import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { javaTest, pythonTest, sevenZipTest, structure, unzipTest } from './support/readers.mjs'
import { folder, installed, namesIn, noise, prose, treeAt, unixOnly } from './support/trees.mjs'

const READERS = { 'Info-ZIP': unzipTest, Python: pythonTest, '7-Zip': sevenZipTest, Java: javaTest }
const MEGABYTE = 1 << 20

/** More than 65,535 entries, which only the newer form of the end record can count. */
function manyFiles(root) {
  for (let n = 0; n < 66; n++) {
    mkdirSync(join(root, `${n}`))
    writeFileSync(join(root, `${n}`, '0'), `${n}`)
    // Further names of the same file, which are made in no time.
    for (let m = 1; m < 1000; m++) linkSync(join(root, `${n}`, '0'), join(root, `${n}`, `${m}`))
  }
}

const TREES = {
  'one file': { 'index.js': 'exports.handler = 1' },
  'one empty file': { 'index.js': '' },
  'a function with packages': {
    'package.json': '{"dependencies":{"a":"1"}}',
    'index.js': prose(1000),
    'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
    'data.bin': noise(100_000),
    'empty/deep/': '',
    ...installed('node_modules/a'),
  },
  'hundreds of files and folders': Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [`${n % 7}/${n % 11}/file ${n}.js`, prose(n * 10, `${n}`)]),
  ),
  'large files in pieces': {
    'a.txt': prose(9 * MEGABYTE),
    'b.bin': noise(6 * MEGABYTE),
    'c.txt': Buffer.alloc(20 * MEGABYTE, 'the same again '),
    'exactly-4-MB.txt': prose(4 * MEGABYTE),
    'one-byte-more.txt': prose(4 * MEGABYTE + 1),
  },
  'names of every script': {
    'ASCII only.js': '',
    'für/naïve/ß.js': 'x',
    '日本語/ファイル.js': 'x',
    'русский/файл.js': 'x',
    'emoji/🚀🇨🇭.js': 'x',
    'composed/é.js': 'composed',
    'decomposed/e\u0301.js': 'decomposed',
    "quote's & (brackets) [x] {y} $z ~ ! @ # % ^ + = , ;.js": 'x',
  },
}
if (!unixOnly) {
  TREES.links = {
    'a/file.txt': 'text',
    'to-file': { link: 'a/file.txt' },
    'to-folder': { link: 'a' },
    'deep/down/ünï': { link: '../../a' },
  }
}

async function readersAccept(t, out, names) {
  assert.deepEqual(await structure(out), [])
  assert.deepEqual(await namesIn(out), names)
  for (const [reader, read] of Object.entries(READERS)) {
    await t.test(reader, async (t) => {
      const verdict = await read(out)
      if (verdict === null) return t.skip('this machine has no such reader')
      assert.ok(verdict.ok, verdict.output)
      if (verdict.entries) assert.deepEqual(verdict.entries.map(({ name }) => name), names)
    })
  }
}

const byBytes = (names) => names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

for (const [name, tree] of Object.entries(TREES)) {
  test(`every reader accepts ${name}`, async (t) => {
    const root = await treeAt(t, tree)
    const out = join(await folder(t), 'function.zip')
    await pack({ root, out })
    await readersAccept(t, out, byBytes(Object.keys(tree)))
  })
}

test('every reader accepts 66,000 files', async (t) => {
  const root = await folder(t)
  manyFiles(root)
  const out = join(await folder(t), 'function.zip')
  const { fileCount } = await pack({ root, out })
  assert.equal(fileCount, 66_000)
  const names = Array.from({ length: 66_000 }, (_, n) => `${Math.floor(n / 1000)}/${n % 1000}`)
  await readersAccept(t, out, byBytes(names))
})
