// Whatever becomes of the cache's files: the right bytes, no error, and no word of it.

import assert from 'node:assert/strict'
import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, stat, symlink, truncate } from 'node:fs/promises'
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { FUNCTION, LARGE, PACKERS, lasting, packRight } from './support/caches.mjs'
import { structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, fifo, folder, noise, prose, treeAt, unixOnly } from './support/trees.mjs'

const TAG = 'CACHEDIR.TAG'

/** A tree that was packed twice with a change in between, so that its cache has two volumes. */
async function start(t, packer, tree = FUNCTION) {
  const root = await treeAt(t, tree)
  const to = await folder(t)
  const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache') }
  await packer(options)
  await writeFile(join(root, 'lib', '3.js'), prose(9000, 'edited'))
  const { codeSha256 } = await packer(options)
  return { options, codeSha256 }
}

/** All files of a cache but the tag, which is for backups and the like. */
async function filesOf(cache) {
  const entries = await readdir(cache, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name !== TAG)
  return files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort()
}

async function flip(path, where) {
  const bytes = await readFile(path)
  bytes[Math.min(bytes.length - 1, Math.floor(bytes.length * where))] ^= 0x10
  await writeFile(path, bytes)
}

const size = async (path) => (await stat(path)).size

const DAMAGES = {
  'cut in half': async (path) => truncate(path, (await size(path)) >> 1),
  'cut by one byte': async (path) => truncate(path, Math.max(0, (await size(path)) - 1)),
  emptied: (path) => truncate(path, 0),
  'one byte longer': async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(1)])),
  'different in a bit at its beginning': (path) => flip(path, 0),
  'different in a bit after its beginning': (path) => flip(path, 0.02),
  'different in a bit in its middle': (path) => flip(path, 0.5),
  'different in a bit near its end': (path) => flip(path, 0.98),
  'different in a bit at its end': (path) => flip(path, 1),
  'all zeros': async (path) => writeFile(path, Buffer.alloc(await size(path))),
  'all ones': async (path) => writeFile(path, Buffer.alloc(await size(path), 0xff)),
  noise: async (path) => writeFile(path, noise(await size(path), 'damage')),
  'an archive': (path) => writeFile(path, EMPTY_ARCHIVE),
  removed: (path) => rm(path),
  'a folder': async (path) => {
    await rm(path)
    await mkdir(join(path, 'deep'), { recursive: true })
  },
  'of another time': (path) => utimes(path, 1, 1),
  'of a time to come': (path) => utimes(path, 4_000_000_000, 4_000_000_000),
  ...(!unixOnly && {
    'a FIFO': async (path) => {
      await rm(path)
      await fifo(path)
    },
    'a link to nothing': async (path) => {
      await rm(path)
      await symlink('nothing', path)
    },
    'a link to itself': async (path) => {
      await rm(path)
      await symlink(path, path)
    },
    'a link to something endless': async (path) => {
      await rm(path)
      await symlink('/dev/zero', path)
    },
    unreadable: (path) => chmod(path, 0),
    'read-only': (path) => chmod(path, 0o444),
  }),
}

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`each of the cache's files, ${name}: the right archive, and no word of it`, { timeout: 60_000 }, async (t) => {
    for (const packer of Object.values(PACKERS)) {
      const { options, codeSha256 } = await start(t, packer)
      const count = (await filesOf(options.cache)).length
      assert.ok(count >= 3, `${count} files`)
      const whole = `${options.cache}-whole`
      await cp(options.cache, whole, { recursive: true, preserveTimestamps: true })
      const archive = `${options.out}-whole`
      await copyFile(options.out, archive)
      for (let n = 0; n < count; n++) {
        // With the archive beside it, and without, when all has to come from the cache.
        for (const isThere of [true, false]) {
          await rm(options.cache, { recursive: true })
          await cp(whole, options.cache, { recursive: true, preserveTimestamps: true })
          await copyFile(archive, options.out)
          await damage((await filesOf(options.cache))[n])
          if (!isThere) await rm(options.out)
          const result = await packer(options)
          assert.deepEqual([result.codeSha256, result.warnings], [codeSha256, []], `file ${n}`)
          assert.ok((await readFile(archive)).equals(await readFile(options.out)), `file ${n}`)
          // What it has made instead is whole.
          const again = await packer(options)
          assert.deepEqual(lasting(again), lasting(result))
          assert.equal(again.compressedCount, 0, `file ${n}`)
        }
      }
      assert.deepEqual(await structure(options.out), [])
    }
  })
}

test('all of the files at once, in each way', { timeout: 60_000 }, async (t) => {
  for (const damage of Object.values(DAMAGES)) {
    const { options } = await start(t, pack)
    for (const path of await filesOf(options.cache)) await damage(path)
    await rm(options.out)
    await packRight(t, options)
    assert.equal((await packRight(t, options)).compressedCount, 0)
  }
})

test('pieces of a large file that are damaged are made again', { timeout: 60_000 }, async (t) => {
  const { options, codeSha256 } = await start(t, pack, { ...FUNCTION, ...LARGE })
  for (const where of [0.1, 0.3, 0.5, 0.7, 0.9]) {
    for (const path of await filesOf(options.cache)) await flip(path, where)
    await rm(options.out)
    assert.equal((await packRight(t, options)).codeSha256, codeSha256)
  }
})

test('whatever becomes of the tag', async (t) => {
  const { options, codeSha256 } = await start(t, pack)
  const [own] = await readdir(options.cache)
  const tag = join(options.cache, own, TAG)
  const text = await readFile(tag, 'utf8')
  assert.match(text, /^Signature: 8a477f597d28d172789f06886806bc55\n/)
  for (const damage of Object.values(DAMAGES)) {
    await rm(tag, { recursive: true, force: true })
    await writeFile(tag, text)
    await damage(tag)
    await rm(options.out)
    assert.equal((await packRight(t, options, packQuietly)).codeSha256, codeSha256)
  }
})

/** A tag that cannot be made may be a note, as nobody can tell why it cannot. */
async function packQuietly(options) {
  const { warnings, ...result } = await pack(options)
  return { ...result, warnings: warnings.filter(({ code }) => code !== 'CACHE_UNUSABLE') }
}

test('bytes all over a small cache', { timeout: 60_000 }, async (t) => {
  const root = await treeAt(t, { 'a.js': 'const a = 1\n'.repeat(9), 'b.js': 'const b = 2\n'.repeat(9) })
  const to = await folder(t)
  const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache') }
  const { codeSha256 } = await pack(options)
  const { length } = await filesOf(options.cache)
  for (let n = 0; n < length; n++) {
    const path = (await filesOf(options.cache))[n]
    const whole = await readFile(path)
    for (let at = n % 3; at < whole.length; at += 3) {
      const bytes = Buffer.from(whole)
      bytes[at] ^= 1 << (at % 8)
      await writeFile(path, bytes)
      if (at % 2) await rm(options.out, { force: true })
      assert.equal((await pack(options)).codeSha256, codeSha256, `${path}, ${at}`)
      await writeFile(path, whole)
    }
    // The volumes that were added meanwhile would hide what is damaged.
    await rm(options.cache, { recursive: true })
    assert.equal((await pack(options)).codeSha256, codeSha256)
  }
})

/** Volumes that another cache has made are put beside those of ours. */
async function withVolumesOfAnother(t, { sameSecret }) {
  const { options, codeSha256 } = await start(t, pack)
  const other = join(await folder(t), 'cache')
  const secret = (await filesOf(options.cache)).find((path) => path.endsWith('secret'))
  assert.ok(secret)
  if (sameSecret) await cp(secret, secret.replace(options.cache, other))
  const shared = { 'index.js': 'other', 'shared.txt': prose(30_000, 'shared') }
  await pack({ root: await treeAt(t, shared), out: join(other, '..', 'other.zip'), cache: other })
  for (const path of await filesOf(other)) {
    if (path.endsWith('.volume')) await copyFile(path, path.replace(other, options.cache).replace('.vol', '-copy.vol'))
  }
  await rm(options.out)
  const again = await packRight(t, options)
  assert.deepEqual([again.codeSha256, again.compressedCount], [codeSha256, 0])
  await writeFile(join(options.root, 'lib', 'shared.txt'), shared['shared.txt'])
  return (await packRight(t, options)).compressedCount
}

test('volumes of other trees do no harm, and what they have is not compressed again', async (t) => {
  assert.equal(await withVolumesOfAnother(t, { sameSecret: true }), 0)
})

test('volumes of a cache with another secret do no harm, and are not used', async (t) => {
  assert.equal(await withVolumesOfAnother(t, { sameSecret: false }), 1)
})

test('a volume under the name of another one, and many volumes of the same, do no harm', async (t) => {
  const { options, codeSha256 } = await start(t, pack)
  const [one, two] = (await filesOf(options.cache)).filter((path) => path.endsWith('.volume'))
  await copyFile(one, two)
  for (let n = 0; n < 80; n++) await copyFile(one, one.replace('.volume', `-${n}.volume`))
  await rm(options.out)
  assert.equal((await packRight(t, options)).codeSha256, codeSha256)
  await writeFile(join(options.root, 'lib', '4.js'), 'new')
  assert.equal((await packRight(t, options)).compressedCount, 1)
})

test('what the cache knows of one tree, under the name of what it knows of another, does no harm', async (t) => {
  const to = await folder(t)
  const cache = join(to, 'cache')
  const options = []
  for (const tree of [{ 'index.js': 'one' }, { 'index.js': 'two', 'more.js': 'more' }]) {
    options.push({ root: await treeAt(t, tree), out: join(to, `${options.length}.zip`), cache })
    await pack(options.at(-1))
  }
  const [one, other] = (await filesOf(cache)).filter((path) => path.endsWith('.manifest'))
  const text = await readFile(one)
  await copyFile(other, one)
  await writeFile(other, text)
  for (const own of options) await packRight(t, own)
})

test('foreign files and folders in the cache stay, and do no harm', async (t) => {
  const { options, codeSha256 } = await start(t, pack)
  const [own] = await readdir(options.cache)
  const foreign = ['mine.txt', join(own, 'mine.volume.txt'), join('v0', 'a')].map((name) => join(options.cache, name))
  await mkdir(join(options.cache, 'v0'))
  for (const path of foreign) await writeFile(path, 'mine')
  await writeFile(join(options.cache, own, 'not-one.volume'), 'no volume')
  await writeFile(join(options.cache, own, 'x.lambda-pack-tmp'), 'half')
  await rm(options.out)
  assert.equal((await packRight(t, options)).codeSha256, codeSha256)
  for (const path of foreign) assert.equal(await readFile(path, 'utf8'), 'mine')
})

test('a cache that was removed, or emptied, is made again', async (t) => {
  const { options, codeSha256 } = await start(t, pack)
  for (const empty of [false, true]) {
    await rm(options.cache, { recursive: true })
    if (empty) await mkdir(options.cache)
    const again = await packRight(t, options)
    assert.equal(again.codeSha256, codeSha256)
    assert.ok(again.compressedCount > 20)
    assert.equal((await packRight(t, options)).reused, true)
  }
})

test('a cache that is copied to another place is a cache there', async (t) => {
  const { options, codeSha256 } = await start(t, pack)
  const cache = `${options.cache}-copied`
  await cp(options.cache, cache, { recursive: true })
  const other = { ...options, cache, out: join(await folder(t), 'function.zip') }
  const { codeSha256: sha, compressedCount } = await packRight(t, other)
  assert.deepEqual([sha, compressedCount], [codeSha256, 0])
})
