// Whatever the disk answers, the outcome is a typed error and the old archive, or the right new one.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { find, run } from './support/command.mjs'
import { noDiskFaults, packApart, packWithFault } from './support/disk.mjs'
import { sha256Base64 } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, noise, prose, runModule, treeAt, unixOnly } from './support/trees.mjs'

const skip = noDiskFaults
const onlyLinux = process.platform !== 'linux' && 'this system has no namespaces'
const MEGABYTE = 1 << 20
const FAST = { level: 1, cache: false }
const TEMPORARY = 'lambda-pack-tmp'

/** A file in pieces, whose header is written last and which is read back, and a buffer before and after. */
const TREE = {
  'a.bin': noise(300_000, 'a'),
  'large.txt': prose(5 * MEGABYTE),
  'z.bin': noise(300_000, 'z'),
}

async function place(t) {
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  return { to, out: join(to, 'function.zip'), fresh: join(to, 'new.zip') }
}

async function harmless(to) {
  assert.deepEqual(await listing(to), ['function.zip'])
  assert.deepEqual(await readFile(join(to, 'function.zip')), EMPTY_ARCHIVE)
}

function isRefused({ error, result }, code, path, words) {
  assert.ok(error, `packed ${JSON.stringify(result)}`)
  assert.deepEqual([error.isOurs, error.code, error.path], [true, code, path], error.message)
  assert.ok(error.hint)
  assert.match(error.message, words)
  assert.match(error.cause, words)
}

for (const [error, words] of [['ENOSPC', /No space left on device/], ['EIO', /Input\/output error/]]) {
  test(`${error} at any write is told, and harms nothing`, { skip }, async (t) => {
    const root = await treeAt(t, TREE)
    const { to, out, fresh } = await place(t)
    let writes = 0
    for (; writes < 100; writes++) {
      // Every second time there is no archive yet.
      const path = writes % 2 ? fresh : out
      const fault = { call: 'write', path: TEMPORARY, does: 'fail', error, skip: writes }
      const told = await packWithFault(t, { root, out: path, ...FAST }, fault)
      if (told.times === 0) {
        assert.ok(told.result, told.error?.message)
        assert.equal(await sha256Base64(path), told.result.codeSha256)
        break
      }
      isRefused(told, 'WRITE_FAILED', path, words)
      await harmless(to)
    }
    // The header's room, five pieces, the header, and what is before and after them.
    assert.ok(writes > 8 && writes < 100, `${writes} writes`)
  })
}

test('short and interrupted writes and reads give the same archive', { skip }, async (t) => {
  const root = await treeAt(t, TREE)
  const { to, out } = await place(t)
  const right = await pack({ root, out: join(await folder(t), 'function.zip'), ...FAST })
  for (const fault of [
    { call: 'write', path: TEMPORARY, does: 'short' },
    { call: 'write', path: TEMPORARY, does: 'fail', error: 'EINTR', skip: 2, times: 3 },
    { call: 'read', path: TEMPORARY, does: 'short' },
    { call: 'read', path: TEMPORARY, does: 'fail', error: 'EINTR', skip: 1, times: 2 },
    { call: 'read', path: root, does: 'short' },
    { call: 'read', path: root, does: 'fail', error: 'EINTR', times: 5 },
    { call: 'fdatasync', path: TEMPORARY, does: 'fail', error: 'EINTR', times: 2 },
  ]) {
    const { result, error, times } = await packWithFault(t, { root, out, ...FAST }, fault)
    assert.ok(times > 0, `${fault.call} was not met`)
    assert.ok(result, `${fault.call} ${fault.does}: ${error?.message}`)
    assert.equal(result.codeSha256, right.codeSha256)
    assert.equal(await sha256Base64(out), right.codeSha256)
    assert.deepEqual(await listing(to), ['function.zip'])
  }
})

/** What can fail once all is written, and before. */
const FAILURES = {
  'a failed flush': { call: 'fdatasync', path: TEMPORARY, error: 'EIO' },
  'a flush for which there is no room': { call: 'fdatasync', path: TEMPORARY, error: 'ENOSPC' },
  'a failed rename': { call: 'rename', error: 'EIO' },
  'a rename that is not allowed': { call: 'rename', error: 'EACCES' },
  'a temporary file that cannot be made': { call: 'open', path: TEMPORARY, error: 'EROFS' },
  'a failed read of what was written': { call: 'read', path: TEMPORARY, error: 'EIO' },
  'a failed look at the temporary file': { call: 'stat', path: TEMPORARY, error: 'EIO' },
}

const WORDS = {
  EIO: /Input\/output error/,
  ENOSPC: /No space left/,
  EACCES: /Permission denied/,
  EROFS: /Read-only file system/,
}

for (const [name, fault] of Object.entries(FAILURES)) {
  test(`${name} is told, and harms nothing`, { skip }, async (t) => {
    const root = await treeAt(t, TREE)
    const { to, out, fresh } = await place(t)
    for (const path of [out, fresh]) {
      const told = await packWithFault(t, { root, out: path, ...FAST }, { does: 'fail', ...fault })
      assert.ok(told.times > 0 || fault.call === 'rename', 'met')
      isRefused(told, 'WRITE_FAILED', path, WORDS[fault.error])
      await harmless(to)
    }
  })
}

test('a disk without locks is packed to all the same', { skip }, async (t) => {
  const root = await treeAt(t, TREE)
  const { to, out } = await place(t)
  const fault = { call: 'flock', path: TEMPORARY, does: 'fail', error: 'ENOLCK' }
  const { result, error, times } = await packWithFault(t, { root, out, ...FAST }, fault)
  assert.ok(times > 0)
  assert.ok(result, error?.message)
  assert.equal(await sha256Base64(out), result.codeSha256)
  assert.deepEqual(await listing(to), ['function.zip'])
})

test('a file that cannot be read to its end is told by its name', { skip }, async (t) => {
  const root = await treeAt(t, TREE)
  const { to, out } = await place(t)
  for (const [call, name, skip] of [
    ['open', 'z.bin', 0],
    ['read', 'z.bin', 0],
    ['fstat', 'z.bin', 0],
    ['stat', 'z.bin', 0],
    ['open', 'large.txt', 0],
    ['read', 'large.txt', 0],
    ['read', 'large.txt', 4],
    ['fstat', 'large.txt', 0],
  ]) {
    const told = await packWithFault(t, { root, out, ...FAST }, { call, path: name, does: 'fail', skip })
    assert.ok(told.times > 0, `${call} of ${name}`)
    isRefused(told, 'READ_FAILED', join(root, name), WORDS.EIO)
    await harmless(to)
  }
})

/** Trees that need more than a megabyte. */
const TOO_LARGE = {
  'in one piece': { 'one-piece.bin': noise(3 * MEGABYTE) },
  'in pieces': { 'pieces.bin': noise(6 * MEGABYTE) },
  'in many files': Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`${n}`, noise(10_000, `${n}`)])),
  'in names': Object.fromEntries(Array.from({ length: 6000 }, (_, n) => [`${'n'.repeat(100)}/${n}`, ''])),
}

/** How Node.js is started with `folder` on a disk of a megabyte of its own, or null. */
async function nodeOnSmallDisk(folder) {
  const unshare = await find('unshare')
  if (unshare === null) return null
  const mount = ['sh', '-c', 'mount -t tmpfs -o size=1m tmpfs "$0" && cd "$0" && exec "$@"', folder]
  // In namespaces of its own nobody needs rights, and the mount ends with the process.
  for (const namespaces of ['-Urm', '-m']) {
    const { code } = await run(unshare, [namespaces, ...mount, 'true'])
    if (code === 0) return [unshare, namespaces, ...mount, process.execPath]
  }
  return null
}

test('a full disk is told to every user, and takes what fits afterwards', { skip: onlyLinux }, async (t) => {
  const disk = await folder(t)
  const node = await nodeOnSmallDisk(disk)
  if (node === null) return t.skip('this user may mount nothing, not in a namespace of its own either')
  const source = `
    import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
    writeFileSync('function.zip', Buffer.from(input.before, 'hex'))
    const told = []
    for (const out of ['function.zip', 'new.zip']) {
      const error = await pack({ ...input.options, out }).then(() => ({}), (error) => error)
      const { code, path, message, hint } = error
      const after = readFileSync('function.zip', 'hex')
      told.push({ code, path, message, hint, listing: readdirSync('.'), after })
    }
    await pack({ root: input.small, out: 'function.zip' })
    console.log(JSON.stringify(told))`
  const small = await treeAt(t, { 'index.js': 'x' })
  for (const [name, tree] of Object.entries(TOO_LARGE)) {
    const options = { root: await treeAt(t, tree), ...FAST }
    const before = EMPTY_ARCHIVE.toString('hex')
    const { stdout, stderr } = await runModule(source, { options, small, before }, { node })
    assert.equal(stderr, '', name)
    for (const { code, path, message, hint, listing, after } of JSON.parse(stdout)) {
      assert.equal(code, 'WRITE_FAILED', name)
      assert.match(path, /^(function|new)\.zip$/)
      assert.match(message, /No space left on device$/)
      assert.match(hint, /free space/)
      assert.deepEqual([listing, after], [['function.zip'], before], name)
    }
  }
})

test('a limit on the size of files is told, and harms nothing', { skip: unixOnly }, async (t) => {
  // Half a megabyte, or one where the shell counts in KiB. Node.js ignores the signal that comes with it.
  const node = ['sh', '-c', 'ulimit -f 1024 && exec "$@"', 'sh', process.execPath]
  for (const [name, tree] of Object.entries(TOO_LARGE)) {
    const root = await treeAt(t, tree)
    const { to, out, fresh } = await place(t)
    for (const path of [out, fresh]) {
      isRefused(await packApart({ root, out: path, ...FAST }, { node }), 'WRITE_FAILED', path, /File too large/)
      assert.deepEqual(await listing(to), ['function.zip'], name)
      await harmless(to)
    }
  }
})
