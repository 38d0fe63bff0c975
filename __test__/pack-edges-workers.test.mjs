// index-workers.test.mjs has that threads get their own results. Here they work at once, and are ended.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { pack } from '../index.js'
import { structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, noise, prose, runModule, slowTree, treeAt } from './support/trees.mjs'

const ADDON = fileURLToPath(new URL('../index.js', import.meta.url))
const MEGABYTE = 1 << 20

/** Worker threads for the modules below: `start(text, workerData)`, where `text` finds `pack` and `port`. */
const WORKERS = `
  import { once } from 'node:events'
  import { readdirSync, readFileSync } from 'node:fs'
  import { Worker } from 'node:worker_threads'
  const before = \`
    const { parentPort: port, workerData } = require('node:worker_threads')
    const { pack } = require(${JSON.stringify(ADDON)})
  \`
  const start = (text, workerData) => new Worker(before + text, { eval: true, execArgv: [], workerData })
`

test('four threads at once, several times each, make the same bytes as one alone', async (t) => {
  const to = await folder(t)
  const jobs = []
  for (let n = 0; n < 4; n++) {
    const root = await treeAt(t, {
      'index.js': `${n}`,
      'large.txt': prose((5 + n) * MEGABYTE, `${n}`),
      'b.bin': noise(MEGABYTE, `${n}`),
      ...Object.fromEntries(Array.from({ length: 200 }, (_, file) => [`${file % 7}/${file}.js`, prose(file)])),
    })
    const { codeSha256 } = await pack({ root, out: join(to, 'alone.zip'), cache: false })
    jobs.push({ options: { root, out: join(to, `${n}.zip`), cache: false }, codeSha256 })
  }
  const source = `${WORKERS}
    const text = \`
      async function main() {
        const hashes = []
        for (let n = 0; n < 3; n++) hashes.push((await pack(workerData)).codeSha256)
        port.postMessage(hashes)
      }
      main()
    \`
    const told = input.map(async (options) => {
      const worker = start(text, options)
      const [[hashes], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
      return { hashes, code }
    })
    console.log(JSON.stringify(await Promise.all(told)))`
  const { code, signal, stdout, stderr } = await runModule(source, jobs.map(({ options }) => options))
  assert.deepEqual([code, signal, stderr], [0, null, ''])
  for (const [n, told] of JSON.parse(stdout).entries()) {
    assert.deepEqual(told, { hashes: Array(3).fill(jobs[n].codeSha256), code: 0 })
    assert.deepEqual(await structure(jobs[n].options.out), [])
  }
  assert.deepEqual(await listing(to), ['0.zip', '1.zip', '2.zip', '3.zip', 'alone.zip'])
})

/** When a thread is ended: what it says first. */
const MOMENTS = {
  'as soon as it has called': `
    pack(workerData)
    port.postMessage('now')`,
  'at the first report': `pack({ ...workerData, onProgress: () => port.postMessage('now') })`,
  'while it compresses': `
    pack({ ...workerData, onProgress: ({ phase }) => phase === 'compress' && port.postMessage('now') })`,
  'when half is done': `
    const isHalf = ({ bytes, totalBytes }) => totalBytes > 0 && bytes * 2 > totalBytes
    pack({ ...workerData, onProgress: (event) => isHalf(event) && port.postMessage('now') })`,
  'with four calls under way': `
    for (const n of [1, 2, 3]) pack({ ...workerData, prefix: 'p' + n })
    pack({ ...workerData, onProgress: ({ phase }) => phase === 'compress' && port.postMessage('now') })`,
  'when it ends itself': `
    pack({ ...workerData, onProgress: ({ bytes }) => bytes > 0 && process.exit() })
    port.postMessage('soon')`,
}

for (const [name, text] of Object.entries(MOMENTS)) {
  test(`a thread that is ended ${name} replaces no archive and leaves no file`, async (t) => {
    const root = await slowTree(t, 3)
    const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
    const options = { root, out: join(to, 'function.zip'), level: 12, threads: 1, cache: false }
    const other = await treeAt(t, { 'index.js': 'x', 'a.txt': prose(9 * MEGABYTE) })
    const elsewhere = await folder(t)
    // The process lives on for longer than the call would take, so that what goes on in it comes to its end.
    const source = `${WORKERS}
      const { text, options, other } = input
      const exits = []
      for (let n = 0; n < 3; n++) {
        const worker = start(text, options)
        const exit = once(worker, 'exit')
        await once(worker, 'message')
        if (!text.includes('process.exit')) await worker.terminate()
        exits.push((await exit)[0])
      }
      const { codeSha256, durationMs } = await pack({ ...options, out: other.out })
      await pack({ ...other, out: other.out })
      const files = () => readdirSync(input.to)
      const until = performance.now() + 3 * durationMs
      while (files().length > 1 && performance.now() < until) await new Promise((resolve) => setImmediate(resolve))
      console.log(JSON.stringify({ exits, codeSha256, files: files() }))`
    const input = { text, options, to, other: { root: other, out: join(elsewhere, 'function.zip') } }
    const { code, signal, stdout, stderr } = await runModule(source, input)
    assert.deepEqual([code, signal, stderr], [0, null, ''], 'the process goes on')
    const { exits, codeSha256, files } = JSON.parse(stdout)
    assert.deepEqual(exits, Array(3).fill(text.includes('process.exit') ? 0 : 1))
    assert.deepEqual(files, ['function.zip'])
    assert.deepEqual(await listing(to), ['function.zip'])
    const bytes = await readFile(options.out)
    assert.ok(bytes.equals(EMPTY_ARCHIVE), `${bytes.length} bytes of a call whose thread was ended`)
    const next = await pack(options)
    assert.equal(next.codeSha256, codeSha256)
    assert.deepEqual(await structure(options.out), [])
  })
}

test('threads that are ended and threads that go on do not meet', async (t) => {
  const root = await slowTree(t, 4)
  const to = await folder(t)
  const alone = await pack({ root, out: join(to, 'alone.zip'), level: 9, cache: false })
  const source = `${WORKERS}
    const ended = \`pack({ ...workerData, onProgress: ({ bytes }) => bytes > 0 && port.postMessage('now') })\`
    const going = \`pack(workerData).then(({ codeSha256 }) => port.postMessage(codeSha256))\`
    const hashes = await Promise.all([0, 1, 2, 3].map(async (n) => {
      const worker = start(n % 2 ? going : ended, { ...input.options, out: input.to + '/' + n + '.zip' })
      const [message] = await once(worker, 'message')
      await worker.terminate()
      return message
    }))
    hashes.push((await pack({ ...input.options, out: input.to + '/main.zip' })).codeSha256)
    console.log(JSON.stringify(hashes))`
  const input = { options: { root, level: 9, cache: false }, to }
  const { code, signal, stdout, stderr } = await runModule(source, input)
  assert.deepEqual([code, signal, stderr], [0, null, ''])
  const { codeSha256 } = alone
  assert.deepEqual(JSON.parse(stdout), ['now', codeSha256, 'now', codeSha256, codeSha256])
  assert.deepEqual(await listing(to), ['1.zip', '3.zip', 'alone.zip', 'main.zip'])
})
