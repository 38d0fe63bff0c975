import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { LambdaPackError, pack } from '../index.js'
import { structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, listingAfterAbort, slowTree, treeAt } from './support/trees.mjs'

/** What the call rejects with, whatever it is. */
const reasonOf = (promise) => promise.then(() => assert.fail('it came to an end'), (reason) => reason)

/** How a pack takes so long that there is time to do something midway. */
const SLOW = { level: 12, threads: 1, cache: false }

const listeners = (signal) => getEventListeners(signal, 'abort').length

test('a signal that is aborted already rejects with its reason, and nothing is written', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const to = await folder(t)
  const signal = AbortSignal.abort()
  let reports = 0
  const options = { root, out: join(to, 'deep', 'function.zip'), signal, onProgress: () => reports++ }
  const reason = await reasonOf(pack(options))
  assert.equal(reason, signal.reason)
  assert.equal(reason.name, 'AbortError')
  assert.deepEqual(await listing(to), [])
  assert.equal(reports, 0)
  assert.equal(listeners(signal), 0)
})

test('an abort midway rejects with the reason, and the older archive stays', async (t) => {
  const root = await slowTree(t)
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  const out = join(to, 'function.zip')
  for (const phase of ['select', 'compress']) {
    const controller = new AbortController()
    const { signal } = controller
    const phases = new Set()
    const onProgress = (event) => {
      phases.add(event.phase)
      assert.equal(listeners(signal), signal.aborted ? 0 : 1)
      if (event.phase === phase) controller.abort()
    }
    const reason = await reasonOf(pack({ root, out, ...SLOW, signal, onProgress }))
    assert.equal(reason, signal.reason)
    assert.ok(phases.has(phase))
    assert.equal(listeners(signal), 0)
    assert.deepEqual(await listingAfterAbort(to), ['function.zip'])
    assert.deepEqual(await readFile(out), EMPTY_ARCHIVE)
  }
})

test('whatever the reason is, it is what the call rejects with', async (t) => {
  const root = await slowTree(t)
  const out = join(await folder(t), 'function.zip')
  for (const reason of [new TypeError('mine'), 'a string', 42, { an: 'object' }, false, null]) {
    const controller = new AbortController()
    const onProgress = ({ phase }) => phase === 'compress' && controller.abort(reason)
    const { signal } = controller
    assert.equal(await reasonOf(pack({ root, out, ...SLOW, signal, onProgress })), reason)
    assert.equal(await reasonOf(pack({ root, out, signal })), reason)
  }
})

test('an abort from outside of any report works too', async (t) => {
  const root = await slowTree(t)
  const to = await folder(t)
  const controller = new AbortController()
  const running = pack({
    root,
    out: join(to, 'function.zip'),
    ...SLOW,
    signal: controller.signal,
  })
  setImmediate(() => controller.abort())
  assert.equal(await reasonOf(running), controller.signal.reason)
  assert.deepEqual(await listingAfterAbort(to), [])
})

test('a time-out works', async (t) => {
  const root = await slowTree(t)
  const to = await folder(t)
  const signal = AbortSignal.timeout(1)
  const reason = await reasonOf(pack({ root, out: join(to, 'function.zip'), ...SLOW, signal }))
  assert.equal(reason, signal.reason)
  assert.equal(reason.name, 'TimeoutError')
  assert.deepEqual(await listingAfterAbort(to), [])
})

test('nothing listens any more after success or failure, and a later abort changes nothing', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const out = join(await folder(t), 'function.zip')
  const controller = new AbortController()
  const { signal } = controller
  await pack({ root, out, signal })
  assert.equal(listeners(signal), 0)
  await assert.rejects(pack({ root: join(root, 'nowhere'), out, signal }), LambdaPackError)
  assert.equal(listeners(signal), 0)
  await assert.rejects(pack({ root, out, signal, level: 99 }), LambdaPackError)
  assert.equal(listeners(signal), 0)
  controller.abort()
  assert.deepEqual(await structure(out), [])
})

test('one signal serves many calls, and the listeners of its owner are left alone', async (t) => {
  const root = await slowTree(t)
  const to = await folder(t)
  const controller = new AbortController()
  const { signal } = controller
  let heard = 0
  const onabort = () => heard++
  signal.onabort = onabort
  signal.addEventListener('abort', onabort)
  const own = listeners(signal)
  const slow = { root, ...SLOW, signal }
  const running = [1, 2, 3].map((n) => reasonOf(pack({ ...slow, out: join(to, `${n}.zip`) })))
  assert.equal(listeners(signal), own + 3)
  controller.abort()
  for (const reason of await Promise.all(running)) assert.equal(reason, signal.reason)
  assert.equal(listeners(signal), own)
  assert.equal(signal.onabort, onabort)
  assert.equal(heard, 2)
  assert.deepEqual(await listingAfterAbort(to), [])
})

test('what is no signal is refused', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const to = await folder(t)
  for (const signal of [
    {},
    new AbortController(),
    true,
    'abort',
    null,
    new EventTarget(),
    { aborted: false },
  ]) {
    const call = pack({ root, out: join(to, 'function.zip'), signal })
    await assert.rejects(call, { code: 'INVALID_OPTION', option: 'signal', expected: 'an AbortSignal' })
  }
  assert.deepEqual(await listing(to), [])
})
