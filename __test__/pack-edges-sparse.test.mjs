// What is too large is refused by its size alone: nothing of it is read, and memory does not grow with it.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { LambdaPackError, pack } from '../index.js'
import { run } from './support/command.mjs'
import { folder, listing, namesIn, refusal, runModule, treeAt } from './support/trees.mjs'

const GIBIBYTE = 2 ** 30
const LIMIT = 262_144_000
/** Bytes; Node.js itself reads some. */
const MOST_READ = 32 << 20

const linux = { skip: process.platform !== 'linux' && 'this system does not tell what a process reads' }

/** A file without content; answers whether the disk takes it. */
async function sparse(path, size) {
  const file = await open(path, 'w')
  try {
    await file.truncate(size)
    return true
  } catch (error) {
    if (error.code === 'EFBIG' || error.code === 'EINVAL' || error.code === 'ENOSPC') return false
    throw error
  } finally {
    await file.close()
  }
}

/** Packs in a process of its own; answers what it told, and what that took. */
async function measured(options) {
  const source = `
    import { readFileSync } from 'node:fs'
    const read = () => Number(/rchar: (\\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))[1])
    const before = read()
    const told = await pack(input).then(() => ({ code: 'packed' }), ({ code }) => ({ code }))
    const memory = process.resourceUsage().maxRSS * 1024
    console.log(JSON.stringify({ ...told, read: read() - before, memory }))`
  // What reads all of it is ended before it has filled the memory.
  const { code, signal, stdout, stderr } = await runModule(source, options, { timeout: 10_000 })
  assert.deepEqual([code, signal, stderr], [0, null, ''])
  return JSON.parse(stdout)
}

for (const [name, sizes] of Object.entries({
  'a byte more than 4 GiB': [4 * GIBIBYTE + 1],
  '4 GiB and a byte less than that, where 32 bits end': [4 * GIBIBYTE, 4 * GIBIBYTE - 1],
  'what is small again in 32 bits': [4 * GIBIBYTE + 10],
  '5 GiB': [5 * GIBIBYTE],
  'a terabyte': [2 ** 40],
})) {
  test(`${name} is over the limit, and not read`, linux, async (t) => {
    const root = await treeAt(t, { 'index.js': 'x' })
    for (const [n, size] of sizes.entries()) {
      if (!(await sparse(join(root, `huge${n}.bin`), size))) return t.skip('this disk takes no such file')
    }
    const size = sizes.reduce((sum, size) => sum + size, 1)
    const error = await refusal(t, root)
    assert.deepEqual([error.code, error.size, error.limit], ['UNZIPPED_TOO_LARGE', size, LIMIT])
    assert.match(error.hint, new RegExp(`huge0\\.bin \\(${sizes[0]} bytes\\)`))
    const told = await measured({ root, out: join(await folder(t), 'function.zip') })
    assert.equal(told.code, 'UNZIPPED_TOO_LARGE')
    assert.ok(told.read < MOST_READ, `${told.read} bytes were read`)
  })
}

test('a huge file that stays out is no concern', linux, async (t) => {
  const root = await treeAt(t, { 'index.js': 'x' })
  assert.ok(await sparse(join(root, 'huge.bin'), 5 * GIBIBYTE))
  const out = join(await folder(t), 'function.zip')
  for (const options of [{ ignore: ['huge.bin'] }, { include: ['index.js'] }]) {
    const { unzippedSize } = await pack({ root, out, ...options })
    assert.equal(unzippedSize, 1)
    assert.deepEqual(await namesIn(out), ['index.js'])
    const told = await measured({ root, out, ...options })
    assert.equal(told.code, 'packed')
    assert.ok(told.read < MOST_READ, `${told.read} bytes were read`)
  }
})

for (const name of ['server.key', 'ca.pem', 'package.json', 'node_modules/a/package.json', '.lambdaignore']) {
  test(`a huge ${name} is not read into memory`, linux, async (t) => {
    const root = await treeAt(t, {
      'index.js': 'x',
      ...(name.startsWith('node_modules/') && { 'package.json': '{"dependencies":{"a":"1"}}' }),
    })
    await mkdir(join(root, name, '..'), { recursive: true })
    assert.ok(await sparse(join(root, name), GIBIBYTE))
    const to = await folder(t)
    const told = await measured({ root, out: join(to, 'function.zip') })
    assert.match(told.code, /^[A-Z_]+$/)
    assert.notEqual(told.code, 'INTERNAL')
    assert.ok(told.read < MOST_READ, `${told.read} bytes were read`)
    assert.ok(told.memory < 256 << 20, `${told.memory} bytes of memory`)
    assert.deepEqual(await listing(to), [])
  })
}

test('sizes whose sum is beyond 64 bits are over the limit', linux, async (t) => {
  // Most disks take no such files; this one takes all that the system can count.
  const root = await mkdtemp('/dev/shm/pack-').catch(() => null)
  if (root === null) return t.skip('there is no /dev/shm')
  t.after(() => rm(root, { recursive: true, force: true }))
  if ((await statfs(root)).type !== 0x01021994) return t.skip('/dev/shm is no tmpfs')
  const most = 2n ** 63n - 1n
  // Truncated by a program, as a number of JavaScript does not hold it.
  for (const name of ['a.bin', 'b.bin']) {
    const { code } = await run('truncate', ['-s', `${most}`, join(root, name)])
    if (code !== 0) return t.skip('this disk takes no such file')
  }
  // With three bytes more, 64 bits hold a sum of one.
  assert.ok(await sparse(join(root, 'c.bin'), 3))
  const to = await folder(t)
  for (const options of [{}, { ignore: ['b.bin'] }]) {
    const call = pack({ root, out: join(to, 'function.zip'), ...options })
    const error = await call.then(() => null, (reason) => reason)
    assert.ok(error instanceof LambdaPackError, error?.stack)
    assert.deepEqual([error.code, error.limit], ['UNZIPPED_TOO_LARGE', LIMIT], error.message)
    assert.ok(error.size > LIMIT)
    assert.deepEqual(await listing(to), [])
  }
})
