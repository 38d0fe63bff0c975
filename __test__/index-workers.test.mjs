import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { pack } from '../index.js'
import { sha256Base64, structure } from './support/readers.mjs'
import {
  EMPTY_ARCHIVE,
  folder,
  listing,
  noise,
  prose,
  runModule,
  slowTree,
  treeAt,
} from './support/trees.mjs'

const ADDON = fileURLToPath(new URL('../index.js', import.meta.url))

test('four threads of JavaScript pack at once, and each gets its own result and reports', async (t) => {
  const root = await treeAt(t, { 'index.js': 'text', 'a.txt': prose(5 << 20), 'b.bin': noise(5 << 20) })
  const to = await folder(t)
  const source = `
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    const text = \`
      const { parentPort, workerData } = require('node:worker_threads')
      const { pack } = require(${JSON.stringify(ADDON)})
      let last
      pack({ ...workerData, onProgress: (event) => (last = event) }).then(
        (result) => parentPort.postMessage({ ...result, last }))
    \`
    const workers = ['1', '2', '3', '4'].map(async (name) => {
      const out = input.to + '/' + name + '.zip'
      const workerData = { root: input.root, prefix: name, out, cache: false }
      const worker = new Worker(text, { eval: true, execArgv: [], workerData })
      const [[message], [exit]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
      return { ...message, exit }
    })
    // The main thread packs too.
    const own = await pack({ root: input.root, out: input.to + '/own.zip' })
    console.log(JSON.stringify([own, ...(await Promise.all(workers))]))`
  const { code, stdout, stderr } = await runModule(source, { root, to })
  assert.deepEqual([code, stderr], [0, ''])
  const [own, ...results] = JSON.parse(stdout)
  assert.equal(own.path, join(to, 'own.zip'))
  for (const [n, { path, codeSha256, fileCount, last, exit, unzippedSize }] of results.entries()) {
    assert.deepEqual([path, fileCount, exit], [join(to, `${n + 1}.zip`), 3, 0])
    assert.deepEqual([last.files, last.bytes], [3, unzippedSize])
    assert.equal(await sha256Base64(path), codeSha256)
    assert.deepEqual(await structure(path), [])
  }
  assert.equal(new Set(results.map(({ codeSha256 }) => codeSha256)).size, 4, 'each has a prefix of its own')
})

test('a thread that is ended midway does no harm', async (t) => {
  const root = await slowTree(t, 8)
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  const out = join(to, 'function.zip')
  const source = `
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    const text = \`
      const { parentPort, workerData } = require('node:worker_threads')
      const { pack } = require(${JSON.stringify(ADDON)})
      const onProgress = ({ phase }) => phase === 'compress' && parentPort.postMessage(phase)
      pack({ ...workerData, level: 12, threads: 1, cache: false, onProgress })
    \`
    for (let n = 0; n < 2; n++) {
      const worker = new Worker(text, { eval: true, execArgv: [], workerData: input })
      await once(worker, 'message')
      await worker.terminate()
    }
    const { codeSha256 } = await pack(input)
    console.log(codeSha256)`
  const { code, signal, stdout, stderr } = await runModule(source, { root, out })
  assert.deepEqual([code, signal, stderr], [0, null, ''])
  const { codeSha256 } = await pack({ root, out })
  assert.deepEqual([stdout.trim(), await sha256Base64(out)], [codeSha256, codeSha256])
  assert.deepEqual(await structure(out), [])
  assert.deepEqual(await listing(to), ['function.zip'])
})

test('a process that exits midway leaves the older archive or a whole new one', async (t) => {
  const root = await slowTree(t, 8)
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  const source = `
    const onProgress = ({ phase }) => phase === 'compress' && process.exit(7)
    await pack({ ...input, level: 12, threads: 1, cache: false, onProgress })`
  const { code, signal, stderr } = await runModule(source, { root, out: join(to, 'function.zip') })
  assert.deepEqual([code, signal, stderr], [7, null, ''])
  await pack({ root, out: join(to, 'function.zip') })
  assert.deepEqual(await listing(to), ['function.zip'])
})
