import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import {
  EMPTY_ARCHIVE,
  folder,
  listing,
  listingAfterAbort,
  noise,
  prose,
  runModule,
  slowTree,
  treeAt,
  unixOnly,
} from './support/trees.mjs'

const TREES = {
  'one small file': { 'index.js': 'exports.handler = 1' },
  'one empty file': { 'index.js': '' },
  'hundreds of files': Object.fromEntries(
    Array.from({ length: 400 }, (_, n) => [`${n % 9}/${n}.js`, prose(n, `${n}`)]),
  ),
  'large files and small ones': {
    'a.txt': prose(9 << 20),
    'b.js': 'b',
    'c.bin': noise(5 << 20),
    'empty/': '',
    ...(!unixOnly && { link: { link: 'b.js' } }),
  },
}

for (const [name, tree] of Object.entries(TREES)) {
  test(`reports of ${name} count up to all files and all bytes`, async (t) => {
    const root = await treeAt(t, tree)
    const out = join(await folder(t), 'function.zip')
    const events = []
    const result = await pack({ root, out, cache: false, onProgress: (event) => events.push(event) })
    assert.equal(events[0].phase, 'select')
    const compress = events.filter(({ phase }) => phase === 'compress')
    assert.equal(compress.length, events.length - 1, 'select comes first, and once')
    for (const [n, event] of compress.entries()) {
      assert.equal(event.totalFiles, result.fileCount)
      assert.equal(event.totalBytes, result.unzippedSize)
      const before = compress[n - 1] ?? { files: 0, bytes: 0 }
      assert.ok(event.files >= before.files && event.bytes >= before.bytes, 'never fewer than before')
    }
    const { files, totalFiles, bytes, totalBytes } = compress.at(-1)
    assert.deepEqual({ files, bytes }, { files: totalFiles, bytes: totalBytes })
  })
}

test('a large file is counted while it is compressed, and not only when it is done', async (t) => {
  const root = await slowTree(t, 12)
  const out = join(await folder(t), 'function.zip')
  const counts = new Set()
  const onProgress = ({ phase, bytes, totalBytes }) => phase === 'compress' && bytes < totalBytes && counts.add(bytes)
  await pack({ root, out, level: 12, threads: 1, cache: false, onProgress })
  // None, index.js, and some of the twelve pieces: not all of them, as reports are at least 50 ms apart.
  assert.ok(counts.size > 3, [...counts].join())
})

test('nothing is reported after the result', async (t) => {
  const root = await treeAt(t, TREES['hundreds of files'])
  const out = join(await folder(t), 'function.zip')
  let over = false
  const late = []
  for (let n = 0; n < 8; n++) {
    over = false
    await pack({ root, out, cache: false, onProgress: (event) => over && late.push(event) })
    over = true
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(late, [])
})

test('what onProgress throws is what the call rejects with, and nothing is left', async (t) => {
  const root = await slowTree(t)
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  for (const phase of ['select', 'compress']) {
    for (const mine of [new RangeError('mine'), 'a string', undefined]) {
      let calls = 0
      const onProgress = (event) => {
        if (event.phase !== phase) return
        calls++
        throw mine
      }
      const options = { root, out: join(to, 'function.zip'), level: 12, threads: 1, cache: false }
      const call = pack({ ...options, onProgress })
      const outcome = await call.then(() => 'packed', (reason) => ({ reason }))
      assert.deepEqual(outcome, { reason: mine })
      assert.equal(outcome.reason, mine)
      assert.equal(calls, 1, 'it is not called again')
      assert.deepEqual(await listingAfterAbort(to), ['function.zip'])
    }
  }
})

test('the process lives on when onProgress throws, and ends by itself', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const source = `
    const onProgress = () => { throw new Error('mine') }
    const told = await pack({ ...input, onProgress }).catch((error) => error.message)
    const { fileCount } = await pack(input)
    console.log(told, fileCount)`
  const { code, stdout, stderr } = await runModule(source, {
    root,
    out: join(await folder(t), 'function.zip'),
  })
  assert.deepEqual([code, stdout, stderr], [0, 'mine 1\n', ''])
})

test('a call alone keeps the process alive until it is done, with reports and without', async (t) => {
  const root = await slowTree(t)
  const out = join(await folder(t), 'function.zip')
  for (const onProgress of ['undefined', '() => {}']) {
    const print = '({ fileCount }) => console.log(fileCount)'
    const source = `pack({ ...input, cache: false, onProgress: ${onProgress} }).then(${print})`
    const { code, stdout, stderr } = await runModule(source, { root, out })
    assert.deepEqual([code, stdout, stderr], [0, '2\n', ''])
  }
})

test('what is no function is refused', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  for (const onProgress of [{}, 'log', true, null]) {
    const call = pack({ root, out: join(root, 'function.zip'), onProgress })
    await assert.rejects(call, { code: 'INVALID_OPTION', option: 'onProgress', expected: 'a function' })
  }
  assert.deepEqual(await listing(root), ['index.js'])
})
