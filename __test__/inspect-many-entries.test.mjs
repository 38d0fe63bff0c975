// inspect() with as many entries as an archive of one package never has: what it tells must not hold up JavaScript.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { inspect } from '../index.js'
import { neverLate } from './support/event-loop.mjs'
import { folder } from './support/trees.mjs'

/** Milliseconds from `abort()` until the promise is settled. */
const LONGEST_ABORT = 100
const ATTEMPTS = 3

/** A sound archive of empty files that are called by their numbers. */
function archive(count) {
  const files = []
  const directory = []
  let at = 0
  for (let n = 0; n < count; n++) {
    const name = Buffer.from(`${n}`)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(33, 12)
    local.writeUInt16LE(name.length, 26)
    const record = Buffer.alloc(46)
    record.writeUInt32LE(0x02014b50, 0)
    // Made by Unix.
    record.writeUInt16LE(0x0314, 4)
    record.writeUInt16LE(20, 6)
    record.writeUInt16LE(33, 14)
    record.writeUInt16LE(name.length, 28)
    record.writeUInt32LE(0o100644 * 65_536, 38)
    record.writeUInt32LE(at, 42)
    files.push(local, name)
    directory.push(record, name)
    at += local.length + name.length
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0)
  const wide = Buffer.alloc(56)
  wide.writeUInt32LE(0x06064b50, 0)
  wide.writeUInt32LE(44, 4)
  wide.writeUInt32LE(0x002d_002d, 12)
  wide.writeUInt32LE(count, 24)
  wide.writeUInt32LE(count, 32)
  wide.writeUInt32LE(size, 40)
  wide.writeUInt32LE(at, 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeUInt32LE(at + size, 8)
  locator.writeUInt32LE(1, 16)
  const end = Buffer.alloc(22, 0xff)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(0, 4)
  end.writeUInt16LE(0, 20)
  return Buffer.concat([...files, ...directory, wide, locator, end])
}

async function archiveAt(t, count) {
  const path = join(await folder(t), 'many.zip')
  await writeFile(path, archive(count))
  return path
}

test('each of 66,000 entries is told, in its order, and no turn of the event loop is late', async (t) => {
  const path = await archiveAt(t, 66_000)
  const work = `
    const { problems, entries } = await inspect(input)
    return { problems, names: entries.map(({ name }) => Number(name)) }`
  await neverLate(t, work, { package: path }, ({ problems, names }) => {
    assert.deepEqual(problems, [])
    assert.equal(names.length, 66_000)
    assert.ok(names.every((name, n) => name === n))
  })
})

test(`an abort settles in less than ${LONGEST_ABORT} ms, also while the result is read`, async (t) => {
  const path = await archiveAt(t, 250_000)
  const before = performance.now()
  assert.equal((await inspect({ package: path })).entries.length, 250_000)
  const whole = performance.now() - before
  const told = []
  for (const part of [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.94, 0.97]) {
    let best = Infinity
    for (let attempt = 0; attempt < ATTEMPTS && best >= LONGEST_ABORT; attempt++) {
      const controller = new AbortController()
      const { signal } = controller
      let aborted = Infinity
      const abort = () => {
        aborted = performance.now()
        controller.abort()
      }
      const timer = setTimeout(abort, whole * part)
      const reason = await inspect({ package: path, signal }).then(() => null, (reason) => reason)
      clearTimeout(timer)
      if (reason !== null) assert.equal(reason, signal.reason)
      // Negative where it was done before.
      best = Math.min(best, performance.now() - aborted)
    }
    told.push(`${part * 100} %: ${best === -Infinity ? 'done' : `${best.toFixed()} ms`}`)
    assert.ok(best < LONGEST_ABORT, told.join(', '))
  }
  t.diagnostic(told.join(', '))
})
