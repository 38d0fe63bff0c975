// How long an abort takes, and that it leaves nothing. index-signal.test.mjs has what a call rejects with.

import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { open, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { noDiskFaults, withFault } from './support/disk.mjs'
import { sha256Base64 } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, listingAfterAbort, noise, prose } from './support/trees.mjs'
import { runModule, treeAt, unixOnly, write } from './support/trees.mjs'

const MEGABYTE = 1 << 20
/** Milliseconds from `abort()` until the promise is settled. */
const LONGEST = 100
/** A busy machine can take longer; then the same moment is tried again. */
const ATTEMPTS = 3

/** Parts of the time that the call takes alone, and of its bytes; all of these are there while it flushes. */
const MOMENTS = [
  ...[0.05, 0.3, 0.5, 0.7, 0.9].map((time) => ({ time })),
  ...[0, 0.5, 0.999, 1].map((bytes) => ({ bytes })),
]

/** What takes long in different ways: files, reading, compressing, reading back. */
const TREES = {
  '30,000 files': {
    options: { level: 1, symlinks: 'dereference' },
    async make(root) {
      await write(root, Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`0/${n}`, `${n}`])))
      for (let n = 1; n < 30; n++) await symlink(join(root, '0'), join(root, `${n}`), 'junction')
    },
  },
  'files that are compressed whole, at the highest level': {
    options: { level: 12 },
    make: (root) => write(root, Object.fromEntries(
      Array.from({ length: 3 }, (_, n) => [`${n}.txt`, prose(4 * MEGABYTE, `${n}`)]),
    )),
  },
  'files that are compressed whole, and are long repetitions': {
    options: { level: 12 },
    make: (root) => write(root, Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`${n}.txt`, Buffer.alloc(4 * MEGABYTE, `again ${n} and `)]),
    )),
  },
  'a large file in pieces, at the highest level': {
    options: { level: 12 },
    make: (root) => write(root, { 'large.txt': prose(10 * MEGABYTE) }),
  },
  'a large file that is stored, and read back for the hash': {
    options: { level: 1 },
    async make(root) {
      const file = await open(join(root, 'large.bin'), 'w')
      for (let n = 0; n < 8; n++) await file.write(noise(20 * MEGABYTE, `${n}`))
      await file.close()
    },
  },
}

async function older(t) {
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  return { to, out: join(to, 'function.zip') }
}

/** How many bytes of the archive are written; -1 before there is a file. */
function written(to) {
  for (const name of readdirSync(to)) {
    if (name.endsWith('.lambda-pack-tmp')) return statSync(join(to, name), { throwIfNoEntry: false })?.size ?? -1
  }
  return -1
}

/** Aborts at a moment; answers how long the call then took to settle, or null when it was done before. */
async function abortAt(isTime, options, { to, out }) {
  const controller = new AbortController()
  const { signal } = controller
  const started = performance.now()
  let aborted = null
  const looking = setInterval(() => {
    if (aborted !== null || !isTime(performance.now() - started, () => written(to))) return
    aborted = performance.now()
    controller.abort()
  }, 1)
  const reason = await pack({ ...options, cache: false, out, signal }).then(() => null, (reason) => reason)
  const settled = performance.now()
  clearInterval(looking)
  assert.deepEqual(await listingAfterAbort(to), ['function.zip'])
  assert.equal((await readFile(out)).equals(EMPTY_ARCHIVE), reason !== null)
  if (reason === null) await writeFile(out, EMPTY_ARCHIVE)
  else assert.equal(reason, signal.reason)
  return aborted === null ? null : settled - aborted
}

for (const [name, { options, make }] of Object.entries(TREES)) {
  test(`an abort settles in less than ${LONGEST} ms: ${name}`, { timeout: 180_000 }, async (t) => {
    const root = await folder(t)
    await make(root)
    const place = await older(t)
    const { durationMs, size } = await pack({ root, ...options, cache: false, out: place.out })
    await writeFile(place.out, EMPTY_ARCHIVE)
    const told = []
    let slow = 0
    let late = 0
    for (const { time, bytes } of MOMENTS) {
      const byTime = bytes === undefined
      const isTime = (passed, count) => (byTime ? passed >= durationMs * time : count() >= size * bytes)
      let best = null
      for (let attempt = 0; attempt < ATTEMPTS && (best === null || best >= LONGEST); attempt++) {
        const took = await abortAt(isTime, { root, ...options }, place)
        if (took === null && byTime) break
        if (took !== null) best = Math.min(took, best ?? Infinity)
      }
      slow += best >= LONGEST
      // It was done before: nothing was there to abort.
      late += best === null
      const moment = byTime ? `${time * 100} % of the time` : `${bytes * 100} % of the bytes`
      told.push(`${moment}: ${best === null ? 'done' : `${best.toFixed()} ms`}`)
    }
    t.diagnostic(told.join(', '))
    assert.ok(late < MOMENTS.length / 2, `aborted too late: ${told.join(', ')}`)
    assert.equal(slow, 0, told.join(', '))
  })
}

/** Without a clock: in the same turn, in the next ones, and at what is reported. */
const WHENS = {
  'in the same turn': (abort) => void abort(),
  'in the next microtask': (abort) => void Promise.resolve().then(abort),
  'at the next tick': (abort) => void process.nextTick(abort),
  'in the next turn': (abort) => void setImmediate(abort),
  'at the first report': (abort) => () => abort(),
  'at the first bytes': (abort) => ({ bytes }) => bytes > 0 && abort(),
  'at half of the bytes': (abort) => ({ bytes, totalBytes }) => bytes > totalBytes / 2 && abort(),
}

for (const [name, when] of Object.entries(WHENS)) {
  test(`an abort ${name} leaves no file`, async (t) => {
    const tree = { 'index.js': 'x', 'large.txt': prose(8 * MEGABYTE), 'small.txt': prose(50_000) }
    const root = await treeAt(t, tree)
    const there = await older(t)
    const missing = join(await folder(t), 'made on demand', 'function.zip')
    for (const out of [there.out, missing]) {
      const controller = new AbortController()
      let onReport
      const onProgress = (event) => onReport?.(event)
      const { signal } = controller
      const call = pack({ root, out, level: 9, threads: 1, cache: false, signal, onProgress })
      onReport = when(() => controller.abort())
      await assert.rejects(call, { name: 'AbortError' })
    }
    assert.deepEqual(await listingAfterAbort(there.to), ['function.zip'])
    assert.deepEqual(await readFile(there.out), EMPTY_ARCHIVE)
    assert.deepEqual(await listingAfterAbort(join(missing, '..')).catch(() => []), [])
    const { codeSha256 } = await pack({ root, out: there.out })
    assert.equal(await sha256Base64(there.out), codeSha256)
  })
}

test('an abort while the archive is flushed leaves the old one or the new one, and no third file', {
  skip: unixOnly,
}, async (t) => {
  const root = await treeAt(t, { 'a.bin': noise(12 * MEGABYTE), 'b.txt': prose(100_000) })
  const { to, out } = await older(t)
  const whole = await readFile((await pack({ root, out: join(await folder(t), 'function.zip') })).path)
  for (let n = 0; n < 12; n++) {
    const controller = new AbortController()
    const onProgress = ({ files, totalFiles }) => {
      // The last report, after which the list, the flush and the rename are left.
      if (totalFiles > 0 && files === totalFiles) setTimeout(() => controller.abort(), n)
    }
    const { signal } = controller
    const call = pack({ root, out, cache: false, signal, onProgress })
    const reason = await call.then(() => null, (error) => error)
    assert.ok(reason === null || reason === signal.reason, reason?.stack)
    assert.deepEqual(await listingAfterAbort(to), ['function.zip'])
    assert.ok((await readFile(out)).equals(reason === null ? whole : EMPTY_ARCHIVE), 'as the promise tells')
    await writeFile(out, EMPTY_ARCHIVE)
  }
})

for (const [name, fault] of Object.entries({
  'is flushed to a slow disk': { call: 'fdatasync', path: '.lambda-pack-tmp', before: true, does: 'pause' },
  'is written to a slow disk': { call: 'write', path: '.lambda-pack-tmp', skip: 1, before: true, does: 'pause' },
  'is about to take its place on a slow disk': {
    call: 'stat',
    path: '/function.zip',
    // It looks there in the beginning as well.
    skip: 1,
    before: true,
    does: 'pause',
  },
  'is read from a slow disk': { call: 'read', path: 'a.txt', skip: 4, before: true, does: 'pause' },
})) {
  test(`an abort while what is packed ${name} does not wait for it`, { skip: noDiskFaults }, async (t) => {
    const root = await treeAt(t, { 'a.txt': prose(6 * MEGABYTE) })
    const { to, out } = await older(t)
    const { env, met } = await withFault(t, { ...fault, times: 1 })
    const source = `
      import { readdirSync, statSync } from 'node:fs'
      const controller = new AbortController()
      let aborted
      const looking = setInterval(() => {
        if (aborted !== undefined || statSync(input.met).size === 0) return
        aborted = performance.now()
        controller.abort()
      }, 1)
      const { signal } = controller
      const told = await pack({ ...input.options, signal }).then(() => 'packed', (reason) => reason.name)
      const milliseconds = performance.now() - aborted
      clearInterval(looking)
      // What the disk has not answered yet cannot be taken back; once it does, nothing is left.
      const isLeft = (name) => name.endsWith('.lambda-pack-tmp')
      while (readdirSync(input.to).some(isLeft)) await new Promise((resolve) => setImmediate(resolve))
      console.log(JSON.stringify([told, milliseconds]))`
    const input = { options: { root, out, level: 1, cache: false }, met, to }
    const { stdout, stderr } = await runModule(source, input, { env, timeout: 15_000 })
    assert.equal(stderr, '')
    const [told, milliseconds] = JSON.parse(stdout)
    assert.equal(told, 'AbortError')
    assert.ok(milliseconds < LONGEST, `${milliseconds.toFixed()} ms`)
    assert.deepEqual(await listing(to), ['function.zip'])
    assert.deepEqual(await readFile(out), EMPTY_ARCHIVE)
  })
}

test('an abort after the archive is in its place does not wait for a slow disk of the cache', { skip: noDiskFaults }, async (t) => {
  const root = await treeAt(t, { 'a.txt': prose(100_000) })
  const { to, out } = await older(t)
  const cache = await folder(t)
  // All content is known then, and only what the pack has seen is written.
  const { codeSha256 } = await pack({ root, out, cache })
  await writeFile(out, EMPTY_ARCHIVE)
  const { env, met } = await withFault(t, { call: 'write', path: '/lambda-pack-native/v', before: true, does: 'pause', times: 1 })
  const source = `
    import { statSync } from 'node:fs'
    const controller = new AbortController()
    let aborted
    const looking = setInterval(() => {
      if (aborted !== undefined || statSync(input.met).size === 0 || statSync(input.options.out).size < 100) return
      aborted = performance.now()
      controller.abort()
    }, 1)
    const { signal } = controller
    const told = await pack({ ...input.options, signal }).then(({ codeSha256 }) => codeSha256, (reason) => reason.name)
    clearInterval(looking)
    console.log(JSON.stringify([told, performance.now() - aborted]))`
  const { stdout, stderr } = await runModule(source, { options: { root, out, cache }, met }, { env, timeout: 15_000 })
  assert.equal(stderr, '')
  const [told, milliseconds] = JSON.parse(stdout)
  // It could not be undone any more, so it is told as done.
  assert.equal(told, codeSha256)
  assert.ok(milliseconds < LONGEST, `${milliseconds.toFixed()} ms`)
  assert.deepEqual(await listing(to), ['function.zip'])
  assert.equal(await sha256Base64(out), codeSha256)
})
