import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { LambdaPackError, pack } from '../index.js'
import { EMPTY_ARCHIVE, fifo, folder, listing, slowTree, treeAt, unixOnly, write } from './support/trees.mjs'

const TEXT = 'exports.handler = async () => {}\n'

/** What can become of a file between the look at it and its turn, which comes after other work. */
const CHANGES = {
  grows: (path) => appendFileSync(path, 'more'),
  'is written anew with as many bytes': (path) => writeFileSync(path, TEXT.toUpperCase()),
  'is removed': (path) => rmSync(path),
  'is replaced by another one': (path, other) => renameSync(other, path),
  ...(!unixOnly && { 'is replaced by a FIFO': (path, other, pipe) => renameSync(pipe, path) }),
}

for (const [name, change] of Object.entries(CHANGES)) {
  test(`a file that ${name} while it waits to be read is refused`, { timeout: 60_000 }, async (t) => {
    const root = await write(await slowTree(t, 6), { 'z.js': TEXT })
    const path = join(root, 'z.js')
    const aside = await treeAt(t, { 'other.js': TEXT })
    if (!unixOnly) await fifo(join(aside, 'fifo'))
    const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
    const out = join(to, 'function.zip')
    let changed = false
    const onProgress = ({ phase }) => {
      if (changed || phase !== 'compress') return
      changed = true
      change(path, join(aside, 'other.js'), join(aside, 'fifo'))
    }
    const error = await pack({ root, out, level: 12, threads: 1, cache: false, onProgress }).then(
      () => assert.fail('packed'),
      (reason) => reason,
    )
    assert.ok(error instanceof LambdaPackError, error.stack)
    assert.deepEqual([error.code, error.path], ['FILE_CHANGED', path])
    assert.ok(error.hint)
    assert.deepEqual(await listing(to), ['function.zip'])
    assert.deepEqual(readFileSync(out), EMPTY_ARCHIVE)
  })
}

test('a large file that grows while its pieces are read is refused', async (t) => {
  const root = await slowTree(t)
  const to = await folder(t)
  let changed = false
  const onProgress = ({ phase, bytes }) => {
    if (changed || phase !== 'compress' || bytes === 0) return
    changed = true
    appendFileSync(join(root, 'slow.txt'), 'more')
  }
  const call = pack({ root, out: join(to, 'function.zip'), level: 12, threads: 1, cache: false, onProgress })
  await assert.rejects(call, { code: 'FILE_CHANGED', path: join(root, 'slow.txt') })
  assert.ok(changed)
  assert.deepEqual(await listing(to), [])
})
