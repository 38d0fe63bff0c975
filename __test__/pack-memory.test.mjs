import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { folder, runModule, write } from './support/trees.mjs'

const MEGABYTE = 1 << 20
const MOST = 200

/** 120 MB of text in one file, 100 MB in twenty, half of them text, and 20 MB in two thousand. */
async function largeTree(t) {
  const root = await folder(t)
  const file = await open(join(root, 'large.txt'), 'w')
  for (let n = 0; n < 120; n++) await file.write(randomBytes(MEGABYTE / 2).toString('hex'))
  await file.close()
  for (let n = 0; n < 20; n++) {
    const content = n % 2 ? randomBytes(5 * MEGABYTE) : randomBytes(2.5 * MEGABYTE).toString('hex')
    await write(root, { [`${n}.bin`]: content })
  }
  for (let n = 0; n < 2000; n++) await write(root, { [`small/${n}.js`]: randomBytes(5000).toString('hex') })
  return root
}

test('240 MB are packed in less than 200 MB of memory, however many threads there are', async (t) => {
  const root = await largeTree(t)
  const out = join(await folder(t), 'function.zip')
  const source = `
    const { unzippedSize, compressedCount } = await pack(input)
    console.log(JSON.stringify({ unzippedSize, compressedCount, peak: process.resourceUsage().maxRSS / 1024 }))`
  // Level 1 makes the threads fast, so that they wait for the one that writes. Large machines have 64.
  const cache = join(await folder(t), 'cache')
  // The second time all of it comes from the cache, as there is no archive.
  for (const isKnown of [false, true]) {
    const { stdout, stderr } = await runModule(source, { root, out, cache, level: 1, threads: 64 })
    assert.equal(stderr, '')
    const { unzippedSize, compressedCount, peak } = JSON.parse(stdout)
    assert.ok(unzippedSize > 235 * MEGABYTE)
    assert.equal(compressedCount === 0, isKnown)
    assert.ok(peak < MOST, `${Math.round(peak)} MB`)
    await rm(out)
  }
})
