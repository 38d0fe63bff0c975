// Any number of processes share a cache, and any of them may be killed at any time.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { pack } from '../index.js'
import { FUNCTION, LARGE, packRight } from './support/caches.mjs'
import { noDiskFaults, packWithFault } from './support/disk.mjs'
import { sha256Base64, structure } from './support/readers.mjs'
import { folder, prose, runModule, treeAt, unixOnly } from './support/trees.mjs'

const ADDON = fileURLToPath(new URL('../index.js', import.meta.url))

/** A tree that has much in common with the others, and something of its own. */
const treeOf = (name) => ({ ...FUNCTION, 'own.js': `${name}`, 'lib/own.txt': prose(200_000, `${name}`) })

async function shaOf(t, options) {
  return (await pack({ ...options, cache: false, out: join(await folder(t), 'cold.zip') })).codeSha256
}

/** Packs to one archive after the other, and tells the hashes. */
const SOURCE = `
  const hashes = []
  for (const out of input.outs) hashes.push((await pack({ ...input.options, out })).codeSha256)
  console.log(JSON.stringify(hashes))`

test('processes at once, with trees of their own and one cache', { timeout: 120_000 }, async (t) => {
  const to = await folder(t)
  const cache = join(to, 'cache')
  const jobs = []
  for (let n = 0; n < 5; n++) {
    const root = await treeAt(t, treeOf(n))
    const outs = [0, 1, 2].map((time) => join(to, `${n}-${time % 2}.zip`))
    jobs.push({ options: { root, cache }, outs, codeSha256: await shaOf(t, { root }) })
  }
  const runs = await Promise.all(jobs.map(({ options, outs }) => runModule(SOURCE, { options, outs })))
  for (const [n, { code, stdout, stderr }] of runs.entries()) {
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(JSON.parse(stdout), Array(3).fill(jobs[n].codeSha256))
    for (const out of jobs[n].outs) assert.equal(await sha256Base64(out), jobs[n].codeSha256)
    assert.deepEqual(await structure(jobs[n].outs[0]), [])
    const { compressedCount, reused } = await pack({ ...jobs[n].options, out: jobs[n].outs[0] })
    assert.deepEqual([reused, compressedCount], [true, 0])
  }
})

test('processes at once, with one tree, one archive and one cache', { timeout: 120_000 }, async (t) => {
  const to = await folder(t)
  const root = await treeAt(t, { ...treeOf('one'), ...LARGE })
  const options = { root, cache: join(to, 'cache') }
  const codeSha256 = await shaOf(t, { root })
  const outs = Array(3).fill(join(to, 'function.zip'))
  const runs = await Promise.all(Array.from({ length: 5 }, () => runModule(SOURCE, { options, outs })))
  for (const { code, stdout, stderr } of runs) {
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(JSON.parse(stdout), Array(3).fill(codeSha256))
  }
  assert.equal(await sha256Base64(outs[0]), codeSha256)
  assert.deepEqual(await structure(outs[0]), [])
  assert.equal((await packRight(t, { ...options, out: outs[0] })).compressedCount, 0)
})

test('calls at once in one process, with one cache', async (t) => {
  const to = await folder(t)
  const cache = join(to, 'cache')
  const roots = await Promise.all([0, 1, 2].map((n) => treeAt(t, treeOf(n))))
  const shas = await Promise.all(roots.map((root) => shaOf(t, { root })))
  for (let round = 0; round < 3; round++) {
    const calls = [...roots, ...roots].map((root, n) => pack({ root, cache, out: join(to, `${n % 4}-${n % 3}.zip`) }))
    const results = await Promise.all(calls)
    assert.deepEqual(results.map(({ codeSha256 }) => codeSha256), [...shas, ...shas])
  }
})

test('a tree that changes while others pack the same by one cache is refused, or right at the end', async (t) => {
  const to = await folder(t)
  const root = await treeAt(t, treeOf('changing'))
  const options = { root, cache: join(to, 'cache') }
  const source = `
    const codes = []
    for (let n = 0; n < 12; n++) {
      codes.push(await pack({ ...input.options, out: input.out }).then(() => 'packed', ({ code }) => code))
    }
    console.log(JSON.stringify(codes))`
  const outs = [0, 1, 2].map((n) => join(to, `${n}.zip`))
  let over = false
  const runs = Promise.all(outs.map((out) => runModule(source, { options, out }))).finally(() => (over = true))
  for (let n = 0; !over; n++) {
    await writeFile(join(root, 'lib', `${n % 9}.js`), prose(300 + (n % 7) * 500, `${n}`))
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const { code, stdout, stderr } of await runs) {
    assert.deepEqual([code, stderr], [0, ''])
    assert.ok(JSON.parse(stdout).every((told) => ['packed', 'FILE_CHANGED'].includes(told)), stdout)
  }
  for (const out of outs) await packRight(t, { ...options, out })
})

test('processes that are killed leave a cache that others can use', { skip: unixOnly, timeout: 120_000 }, async (t) => {
  const to = await folder(t)
  const root = await treeAt(t, { ...treeOf('killed'), ...LARGE })
  const options = { root, cache: join(to, 'cache'), out: join(to, 'function.zip') }
  const source = `
    const { pack } = require(${JSON.stringify(ADDON)})
    const options = JSON.parse(process.argv[1])
    const onProgress = ({ phase, files }) => process.stdout.write(phase + files + '\\n')
    pack({ ...options, onProgress }).then(() => process.stdout.write('done\\n'))`
  let killed = 0
  for (let n = 0; n < 16; n++) {
    // Each has something to add, and is killed a little later than the one before.
    await writeFile(join(root, 'lib', 'own.txt'), prose(400_000, `killed ${n}`))
    const other = runModule(SOURCE, { options, outs: [join(to, 'other.zip')] })
    const args = ['-e', source, JSON.stringify(options)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    let lines = 0
    child.stdout.setEncoding('utf8').on('data', (text) => {
      lines += text.split('\n').length - 1
      if (lines > n / 3) child.kill('SIGKILL')
    })
    const [, signal] = await closed
    killed += signal === 'SIGKILL'
    const { code, stderr } = await other
    assert.deepEqual([code, stderr], [0, ''])
    await packRight(t, options)
  }
  assert.ok(killed > 4, `${killed} were killed`)
  assert.deepEqual(await structure(options.out), [])
})

for (const call of ['open', 'write', 'read', 'stat']) {
  test(`a process that is killed at a ${call} of its cache harms nobody`, { skip: noDiskFaults }, async (t) => {
    const to = await folder(t)
    const root = await treeAt(t, treeOf('fault'))
    const options = { root, cache: join(to, 'cache'), out: join(to, 'function.zip') }
    let killed = 0
    for (let n = 0; n < 8; n++) {
      await writeFile(join(root, 'own.js'), `module.exports = ${n}`)
      const before = n % 2 === 0
      const told = await packWithFault(t, options, { call, path: '/cache/', does: 'kill', before, skip: n >> 1 })
      killed += told.killed
      if (n % 3 === 2) await rm(options.out, { force: true })
      await packRight(t, options)
    }
    assert.ok(killed > 0, 'it was killed at least once')
  })
}

test('a disk that fails under the cache is no failure of the pack', { skip: noDiskFaults }, async (t) => {
  for (const fault of [
    { call: 'open', path: '/cache/', error: 'EIO' },
    { call: 'open', path: '/cache/', error: 'EACCES' },
    { call: 'open', path: '.volume', error: 'EMFILE' },
    { call: 'read', path: '/cache/', error: 'EIO' },
    { call: 'write', path: '/cache/', error: 'ENOSPC' },
    { call: 'write', path: '/cache/', error: 'ENOSPC', skip: 1 },
    { call: 'write', path: '/cache/', error: 'EIO', skip: 2 },
    { call: 'opendir', path: '/cache/', error: 'EIO' },
    { call: 'fstat', path: '/cache/', error: 'EIO' },
    { call: 'stat', path: '/cache/', error: 'EIO' },
    { call: 'read', path: '/cache/', does: 'short' },
    { call: 'write', path: '/cache/', does: 'short' },
  ]) {
    const to = await folder(t)
    const root = await treeAt(t, treeOf('failing'))
    const options = { root, cache: join(to, 'cache'), out: join(to, 'function.zip') }
    await pack(options)
    for (const edit of [false, true]) {
      if (edit) await writeFile(join(root, 'own.js'), 'edited')
      else await rm(options.out)
      const { result, error } = await packWithFault(t, options, { does: 'fail', ...fault })
      const what = `${fault.call} ${fault.error}`
      assert.ok(result, `${what}: ${error?.message}`)
      assert.equal(result.codeSha256, await shaOf(t, { root }), what)
      assert.equal(await sha256Base64(options.out), result.codeSha256, what)
      assert.ok(result.warnings.every(({ code }) => code === 'CACHE_UNUSABLE'), what)
      await packRight(t, options)
    }
  }
})
