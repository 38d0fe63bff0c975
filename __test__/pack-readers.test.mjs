import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { javaTest, pythonTest, sevenZipTest, structure, unzipTest } from './support/readers.mjs'
import { folder, inOrder, installed, namesIn, noise, prose, treeAt, unixOnly, write } from './support/trees.mjs'

const READERS = { 'Info-ZIP': unzipTest, Python: pythonTest, '7-Zip': sevenZipTest, Java: javaTest }
const MEGABYTE = 1 << 20

/** More than 65,535 entries, which only the newer form of the end record can count: a folder by 66 ways. */
async function manyFiles(root) {
  const files = Array.from({ length: 1000 }, (_, n) => [`0/${n}`, `${n}`])
  await write(root, Object.fromEntries(files))
  for (let n = 1; n < 66; n++) await symlink(join(root, '0'), join(root, `${n}`), 'junction')
}

const TREES = {
  'one file': { 'index.js': 'exports.handler = 1' },
  'a function with names of every script': {
    'package.json': '{"dependencies":{"a":"1"}}',
    'index.js': prose(1000),
    'empty.js': '',
    'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
    'data.bin': noise(100_000),
    'empty/deep/': '',
    ...installed('node_modules/a'),
    ...Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`${n % 7}/${n % 11}/file ${n}.js`, prose(n * 10)]),
    ),
    'für/naïve/ß.js': 'x',
    '日本語/ファイル.js': 'x',
    'русский/файл.js': 'x',
    'emoji/🚀🇨🇭.js': 'x',
    'composed/é.js': 'composed',
    'decomposed/e\u0301.js': 'decomposed',
    "quote's & (brackets) [x] {y} $z ~ ! @ # % ^ + = , ;.js": 'x',
    ...(!unixOnly && {
      'to-file': { link: 'bin/run' },
      'to-folder': { link: 'bin' },
      'deep/down/ünï': { link: '../../bin' },
    }),
  },
  'large files in pieces': {
    'a.txt': prose(9 * MEGABYTE),
    'b.bin': noise(6 * MEGABYTE),
    'c.txt': Buffer.alloc(20 * MEGABYTE, 'the same again '),
    'exactly-4-MB.txt': prose(4 * MEGABYTE),
    'one-byte-more.txt': prose(4 * MEGABYTE + 1),
  },
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

for (const [name, tree] of Object.entries(TREES)) {
  test(`every reader accepts ${name}`, async (t) => {
    const root = await treeAt(t, tree)
    const out = join(await folder(t), 'function.zip')
    await pack({ root, out })
    await readersAccept(t, out, inOrder(Object.keys(tree)))
  })
}

test('every reader accepts 66,000 files', async (t) => {
  const root = await folder(t)
  await manyFiles(root)
  const out = join(await folder(t), 'function.zip')
  const { fileCount } = await pack({ root, out, symlinks: 'dereference' })
  assert.equal(fileCount, 66_000)
  const names = Array.from({ length: 66_000 }, (_, n) => `${Math.floor(n / 1000)}/${n % 1000}`)
  await readersAccept(t, out, inOrder(names))
})
