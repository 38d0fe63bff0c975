// A run is ended by SIGKILL between two of its calls to the system, one after the other, and at any time.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { pack } from '../index.js'
import { noDiskFaults, packWithFault } from './support/disk.mjs'
import { structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, noise, prose, treeAt, unixOnly } from './support/trees.mjs'

const ADDON = fileURLToPath(new URL('../index.js', import.meta.url))
const skip = noDiskFaults
const MEGABYTE = 1 << 20
const TEMPORARY = '.lambda-pack-tmp'

const TREE = {
  'a.bin': noise(600_000, 'a'),
  'large.txt': prose(6 * MEGABYTE),
  'z.bin': noise(600_000, 'z'),
}

/** A tree, a place with an older archive, and the bytes that the new one has. */
async function start(t, tree = TREE) {
  const options = { root: await treeAt(t, tree), level: 1, cache: false }
  const right = join(await folder(t), 'right.zip')
  await pack({ ...options, out: right })
  assert.deepEqual(await structure(right), [])
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  return { options: { ...options, out: join(to, 'function.zip') }, to, whole: await readFile(right) }
}

/** The old archive or the new one, and beside it at most one temporary file, which the next run sweeps. */
async function isWhole({ options, to, whole }) {
  const left = (await listing(to)).filter((name) => name !== 'function.zip')
  assert.ok(left.length <= 1 && left.every((name) => name.endsWith(TEMPORARY)), left.join())
  const bytes = await readFile(options.out)
  const isNew = bytes.equals(whole)
  assert.ok(isNew || bytes.equals(EMPTY_ARCHIVE), `${bytes.length} bytes of neither`)
  await pack(options)
  assert.deepEqual(await listing(to), ['function.zip'])
  assert.ok((await readFile(options.out)).equals(whole))
  await writeFile(options.out, EMPTY_ARCHIVE)
  return { isNew, left: left.length }
}

for (const [call, path, most] of [
  ['open', TEMPORARY, 1],
  ['flock', TEMPORARY, 1],
  ['write', TEMPORARY, 14],
  ['read', TEMPORARY, 3],
  ['fdatasync', TEMPORARY, 1],
]) {
  test(`a run that is killed at any ${call} of its archive leaves the old one`, { skip }, async (t) => {
    const place = await start(t)
    let times = 0
    for (let n = 0; n < most; n++) {
      const before = n % 2 === 0
      const { killed } = await packWithFault(t, place.options, { call, path, does: 'kill', before, skip: n })
      if (!killed) break
      times++
      const { isNew, left } = await isWhole(place)
      assert.equal(isNew, false, `${call} ${n}`)
      assert.equal(left, call === 'open' && before ? 0 : 1, `${call} ${n}`)
    }
    assert.ok(times >= Math.min(most, 3), `killed ${times} times`)
  })
}

test('a run that is killed right before it renames leaves the old archive', { skip }, async (t) => {
  const place = await start(t)
  // It looks at `out` in the beginning, and again at the end.
  const fault = { call: 'stat', path: '/function.zip', does: 'kill', skip: 1 }
  const { killed } = await packWithFault(t, place.options, fault)
  assert.ok(killed)
  assert.deepEqual(await isWhole(place), { isNew: false, left: 1 })
})

/** The bytes that a run has written so far. */
function progress(to) {
  for (const name of readdirSync(to)) {
    try {
      if (name.endsWith(TEMPORARY)) return statSync(join(to, name)).size
    } catch {
      // It has become the archive in between.
    }
  }
  return -1
}

test('twenty-five runs that are killed as they go leave the old archive or the new one', {
  skip: unixOnly,
  timeout: 120_000,
}, async (t) => {
  const place = await start(t, { ...TREE, 'large.bin': noise(5 * MEGABYTE, 'large') })
  const { options, to, whole } = place
  const source = `require(${JSON.stringify(ADDON)}).pack(${JSON.stringify(options)})`
  let old = 0
  let swept = 0
  for (let n = 0; n < 25; n++) {
    const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    // From the first byte to the last, and at the end at the moment when the new archive is there.
    const wanted = n < 20 ? Math.floor(whole.length * n / 19) : Infinity
    const isNew = () => statSync(options.out).size === whole.length
    const isTime = () => (wanted === Infinity ? isNew() : progress(to) >= wanted)
    while (child.exitCode === null && !isTime()) await new Promise((resolve) => setImmediate(resolve))
    child.kill('SIGKILL')
    await closed
    const { isNew: isDone, left } = await isWhole(place)
    if (!isDone) old++
    swept += left
    assert.ok(isDone || wanted < Infinity, 'the new archive was there, and stays')
  }
  assert.ok(old > 0 && swept > 0, `${old} of 25 were killed before their end`)
})

test('a run that is killed in a folder without an archive leaves none', { skip }, async (t) => {
  const { options, to } = await start(t)
  await rm(options.out)
  const fault = { call: 'write', path: TEMPORARY, does: 'kill', skip: 3 }
  const { killed } = await packWithFault(t, options, fault)
  assert.ok(killed)
  const left = await listing(to)
  assert.ok(left.length === 1 && left[0].endsWith(TEMPORARY), left.join())
  await pack(options)
  assert.deepEqual(await listing(to), ['function.zip'])
})
