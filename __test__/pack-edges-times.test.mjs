import assert from 'node:assert/strict'
import { lstat, lutimes, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { pythonTest, sevenZipTest, structure, unzipTest } from './support/readers.mjs'
import { folder, prose, treeAt, unixOnly } from './support/trees.mjs'

const YEAR = 365.2425 * 24 * 3600

/** In seconds since 1970. ZIP knows the years 1980 to 2107, and 32 bits end in 2038 and 2106. */
const TIMES = {
  'the first second of 1970': 0,
  'one second after it': 1,
  'a second before 1980': 315532799,
  'a second after what 31 bits hold': 2 ** 31,
  'a second after what 32 bits hold': 2 ** 32,
  'the year 2108': 138 * YEAR,
  'the year 2150': Date.UTC(2150) / 1000,
  'the year 2400': 430 * YEAR,
  'the year 1901': -(2 ** 31),
  'half a second before 1970': -0.5,
}

const TREE = {
  'index.js': 'exports.handler = 1\n',
  'lib/large.txt': prose(5 << 20),
  'lib/run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
  'empty/': '',
  ...(!unixOnly && { link: { link: 'index.js' } }),
}

async function packed(t, root) {
  const out = join(await folder(t), 'function.zip')
  return { out, ...await pack({ root, out, level: 1, cache: false }) }
}

/** Sets the time of everything in the folder and of itself; answers whether the disk could hold it. */
async function setTimes(root, seconds) {
  const found = await readdir(root, { recursive: true })
  for (const name of [...found, '']) await lutimes(join(root, name), seconds, seconds)
  return (await lstat(join(root, 'index.js'))).mtimeMs === seconds * 1000
}

test('files of 1970, of 2150 and of any other year are the same bytes as those of today', async (t) => {
  const root = await treeAt(t, TREE)
  const today = await packed(t, root)
  const held = []
  for (const [name, seconds] of Object.entries(TIMES)) {
    if (await setTimes(root, seconds)) held.push(name)
    const { codeSha256, out } = await packed(t, root)
    assert.equal(codeSha256, today.codeSha256, name)
    assert.deepEqual(await structure(out), [], name)
  }
  assert.ok(held.includes('the first second of 1970') && held.includes('the year 2150'), held.join())
})

test('every entry has the first day that the format knows, whatever the disk says', async (t) => {
  const root = await treeAt(t, TREE)
  for (const seconds of [0, Date.UTC(2150) / 1000]) {
    await setTimes(root, seconds)
    const { out } = await packed(t, root)
    const { entries } = await pythonTest(out)
    assert.deepEqual(entries.map(({ dateTime }) => dateTime), entries.map(() => [1980, 1, 1, 0, 0, 0]))
    for (const read of [unzipTest, sevenZipTest]) {
      const verdict = await read(out)
      assert.ok(verdict === null || verdict.ok, verdict?.output)
    }
  }
})
