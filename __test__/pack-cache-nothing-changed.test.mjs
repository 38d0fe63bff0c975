// A second pack of a tree in which nothing has changed leaves the archive alone, and whoever has harmed the archive
// gets the right one again, without a file being compressed.

import assert from 'node:assert/strict'
import { appendFile, chmod, copyFile, link, open, readFile, rename, rm, stat, truncate, utimes } from 'node:fs/promises'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { FUNCTION, LARGE, LINKED, PACKERS, identity, lasting, packRight } from './support/caches.mjs'
import { structure, treeOf } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, treeAt, unixOnly } from './support/trees.mjs'

const TREES = {
  'a function with packages': FUNCTION,
  'a function with a large file': { ...FUNCTION, ...LARGE },
  ...(!unixOnly && { 'a tree of links as pnpm makes it': LINKED }),
  'files without packages': { 'index.js': 'x', 'lib/a.js': 'a', 'b.md': 'b' },
}

/** A tree with options that pack it into a folder of its own, by a cache of its own. */
async function start(t, tree = FUNCTION, options = {}) {
  const root = await treeAt(t, tree)
  const to = await folder(t)
  return { root, out: join(to, 'function.zip'), cache: join(to, 'cache'), ...options }
}

for (const [name, tree] of Object.entries(TREES)) {
  for (const [when, packer] of Object.entries(PACKERS)) {
    for (const mode of ['production', 'all']) {
      test(`${name}, mode '${mode}', packed again ${when}: the archive is left alone`, async (t) => {
        const options = await start(t, tree, { mode })
        const first = await packRight(t, options, packer)
        assert.equal(first.reused, false)
        assert.deepEqual(await structure(options.out), [])
        const before = await identity(options.out)
        for (let n = 0; n < 3; n++) {
          const again = await packer(options)
          assert.deepEqual([again.reused, again.compressedCount], [true, 0])
          assert.deepEqual(lasting(again), lasting(first))
          assert.equal(again.path, first.path)
          assert.deepEqual(await identity(options.out), before)
        }
      })
    }
  }
}

test('what was packed at once is known later, and the other way round', async (t) => {
  const options = await start(t)
  const first = await pack(options)
  const before = await identity(options.out)
  for (const packer of [...Object.values(PACKERS), pack]) {
    assert.deepEqual(lasting(await packer(options)), lasting(first))
    assert.deepEqual(await identity(options.out), before)
  }
})

test('the archive may lie in its own root, and is told the same each time', async (t) => {
  const root = await treeAt(t, FUNCTION)
  const options = { root, cache: join(await folder(t), 'cache') }
  for (const out of [join(root, 'function.zip'), join(root, 'lib', 'made.zip')]) {
    const first = await pack({ ...options, out })
    const before = await identity(out)
    for (const packer of Object.values(PACKERS)) {
      const again = await packer({ ...options, out })
      assert.deepEqual(lasting(again), lasting(first))
      assert.deepEqual([again.reused, again.compressedCount], [true, 0])
      assert.deepEqual(await identity(out), before)
    }
    const excluded = first.excluded.filter(({ reason }) => reason === 'archive').map(({ path }) => join(root, path))
    assert.deepEqual(excluded, [out])
    await rm(out)
  }
})

/** The byte in the middle is another one; the times are as they were. */
async function editInPlace(path) {
  const { size, atime, mtime } = await stat(path)
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, size >> 1)
  byte[0] ^= 1
  await file.write(byte, 0, 1, size >> 1)
  await file.close()
  await utimes(path, atime, mtime)
}

/** What can become of an archive. What is as good as it was may be left alone, the others must be made anew. */
const HARMS = {
  'was touched': { isGood: true, harm: (out) => utimes(out, new Date(), new Date()) },
  'has other rights': { isGood: true, harm: (out) => chmod(out, 0o600) },
  'was copied and put back': {
    isGood: true,
    async harm(out) {
      await copyFile(out, `${out}.copy`)
      await rename(`${out}.copy`, out)
    },
  },
  'has another name as well': { isGood: true, harm: (out) => link(out, `${out}.link`) },
  'was replaced by an older archive': { harm: (out, older) => rename(older, out) },
  'was written over by an older archive': { harm: (out, older) => copyFile(older, out) },
  'was replaced by an archive without entries': { harm: (out) => writeFile(out, EMPTY_ARCHIVE) },
  'was truncated': { harm: async (out) => truncate(out, (await stat(out)).size >> 1) },
  'was emptied': { harm: (out) => truncate(out, 0) },
  'got something at its end': { harm: (out) => appendFile(out, 'more') },
  'was edited in place, with its size and times kept': { harm: editInPlace },
  'was removed': { harm: (out) => rm(out) },
}

for (const [name, { harm, isGood = false }] of Object.entries(HARMS)) {
  for (const [when, packer] of Object.entries(PACKERS)) {
    test(`an archive that ${name} is right again after a pack ${when}, and nothing is compressed`, async (t) => {
      const options = await start(t)
      const older = join(await folder(t), 'older.zip')
      await pack({ ...options, out: older, mode: 'all' })
      // Twice, as an archive that was just written is looked at with more care.
      for (let n = 0; n < 2; n++) await packer(options)
      const whole = await readFile(options.out)
      await harm(options.out, older)
      const again = await packRight(t, options, packer)
      assert.equal(again.compressedCount, 0)
      if (!isGood) assert.equal(again.reused, false)
      assert.ok(whole.equals(await readFile(options.out)))
      assert.deepEqual(await structure(options.out), [])
      const before = await identity(options.out)
      assert.equal((await packer(options)).reused, true)
      assert.deepEqual(await identity(options.out), before)
    })
  }
}

test('an archive that is edited right after its pack, again and again, is noticed each time', async (t) => {
  const options = await start(t, { 'index.js': 'x', 'a.bin': Buffer.alloc(3000, 'abc') })
  const { codeSha256 } = await pack(options)
  const whole = await readFile(options.out)
  for (let n = 0; n < 60; n++) {
    await editInPlace(options.out)
    const again = await pack(options)
    assert.deepEqual([again.codeSha256, again.reused, again.compressedCount], [codeSha256, false, 0])
    assert.ok(whole.equals(await readFile(options.out)), `${n}`)
  }
})

test('a temporary file of another archive that comes and goes makes no difference', async (t) => {
  const options = await start(t, { 'index.js': 'x' })
  const other = join(options.root, '.other.zip.x.lambda-pack-tmp')
  const without = await packRight(t, options)
  await writeFile(other, 'half')
  assert.deepEqual(lasting(await packRight(t, options)), lasting(without))
  await rm(other)
  assert.deepEqual(lasting(await packRight(t, options)), lasting(without))
})

test('nothing but the archive and the cache is written', async (t) => {
  const options = await start(t)
  await pack(options)
  await pack(options)
  assert.deepEqual(await listing(join(options.out, '..')), ['cache', 'function.zip'])
  assert.ok(!(await listing(join(options.root, 'node_modules'))).includes('.cache'))
})

test('the archive has the time at which its pack began, and keeps it', async (t) => {
  const options = await start(t, { 'index.js': 'x'.repeat(100_000) })
  const before = Date.now()
  await pack(options)
  const { mtimeMs } = await stat(options.out)
  assert.ok(mtimeMs >= before - 1 && mtimeMs <= Date.now(), `${before} ${mtimeMs}`)
  await pack(options)
  assert.equal((await stat(options.out)).mtimeMs, mtimeMs)
})

test('what is used without a change is marked as used once a day, so that it is not swept', async (t) => {
  const options = await start(t)
  await pack(options)
  const files = (await treeOf(options.cache)).map(({ name }) => name).filter((name) => /[.](volume|manifest)$/.test(name))
  assert.equal(files.length, 2)
  // Twice, as a tree that is young is looked into once more, and that is another way.
  for (const when of ['once', 'twice']) {
    const then = new Date(Date.now() - 30 * 3600e3)
    for (const name of files) await utimes(join(options.cache, name), then, then)
    assert.equal((await pack(options)).reused, true)
    for (const name of files) {
      const { mtimeMs } = await stat(join(options.cache, name))
      assert.ok(mtimeMs > then.getTime() + 3600e3, `${name} ${when}`)
    }
  }
})
