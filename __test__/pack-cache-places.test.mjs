// Where the cache is, that it is no part of any package, and what becomes of a pack when it cannot be anywhere.

import assert from 'node:assert/strict'
import { chmod, chown, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { FUNCTION, LINKED, PACKERS, lasting, packRight } from './support/caches.mjs'
import { run } from './support/command.mjs'
import { structure, treeOf } from './support/readers.mjs'
import { folder, installed, listing, namesIn, packAsOrdinaryUser } from './support/trees.mjs'
import { runModule, treeAt, unixOnly, write } from './support/trees.mjs'

const OWN = join('node_modules', '.cache', 'lambda-pack-native')
const OTHER = 65534
const noUser = 'there is no way here to run as an ordinary user'
const onUnix = { skip: unixOnly }

const isThere = (path) => readdir(path).then(() => true, () => false)

/** The user's folder for caches, where `home` is the user's. */
function usersCache(home) {
  return { win32: home, darwin: join(home, 'Library', 'Caches') }[process.platform] ?? join(home, '.cache')
}

/** The environment of somebody whose folder is `home`, and no other. */
function environment(home, more = {}) {
  const { XDG_CACHE_HOME, ...rest } = process.env
  return { ...rest, HOME: home, USERPROFILE: home, LOCALAPPDATA: home, ...more }
}

/** Packs in a process with other variables. */
async function packIn(options, env) {
  const source = 'console.log(JSON.stringify(await pack(input)))'
  const { code, stdout, stderr } = await runModule(source, options, { env, cwd: tmpdir() })
  assert.deepEqual([code, stderr], [0, ''])
  return JSON.parse(stdout)
}

test('a root with packages has the cache beside them', async (t) => {
  const root = await treeAt(t, FUNCTION)
  const home = await folder(t)
  const out = join(await folder(t), 'function.zip')
  await packIn({ root, out }, environment(home))
  assert.ok(await isThere(join(root, OWN)))
  assert.deepEqual(await listing(home), [])
  assert.equal((await packIn({ root, out }, environment(home))).reused, true)
})

test("a root without packages has the cache in the user's folder for caches", async (t) => {
  const root = await treeAt(t, { 'index.js': 'x', 'a.js': 'a' })
  const before = await treeOf(root)
  const home = await folder(t)
  const out = join(await folder(t), 'function.zip')
  await packIn({ root, out }, environment(home))
  assert.ok(await isThere(join(usersCache(home), 'lambda-pack-native')))
  assert.equal((await packIn({ root, out }, environment(home))).reused, true)
  assert.deepEqual(await treeOf(root), before)
})

test('XDG_CACHE_HOME is heeded where it is absolute', { skip: process.platform !== 'linux' }, async (t) => {
  const root = await treeAt(t, { 'index.js': 'x' })
  const out = join(await folder(t), 'function.zip')
  for (const [xdg, isUsed] of [[await folder(t), true], ['', false], ['relative', false]]) {
    const home = await folder(t)
    await packIn({ root, out }, environment(home, { XDG_CACHE_HOME: xdg }))
    assert.equal(await isThere(join(xdg, 'lambda-pack-native')), isUsed)
    assert.equal(await isThere(join(home, '.cache', 'lambda-pack-native')), !isUsed)
  }
  assert.ok(!(await isThere(join(tmpdir(), 'relative'))))
})

test('without a place for it there is none, and nothing is told', { skip: process.platform !== 'linux' }, async (t) => {
  const root = await treeAt(t, { 'index.js': 'x' })
  const out = join(await folder(t), 'function.zip')
  const { HOME, XDG_CACHE_HOME, ...env } = process.env
  for (let n = 0; n < 2; n++) {
    const { warnings, reused, compressedCount } = await packIn({ root, out }, env)
    assert.deepEqual([warnings, reused, compressedCount], [[], false, 1])
  }
})

test('cache: false leaves nothing anywhere, and knows nothing', async (t) => {
  for (const tree of [FUNCTION, { 'index.js': 'x' }]) {
    const root = await treeAt(t, tree)
    const before = await treeOf(root)
    const home = await folder(t)
    const out = join(await folder(t), 'function.zip')
    const first = await packIn({ root, out, cache: false }, environment(home))
    const again = await packIn({ root, out, cache: false }, environment(home))
    assert.deepEqual(lasting(again), lasting(first))
    assert.deepEqual([again.reused, again.compressedCount], [false, first.compressedCount])
    assert.ok(first.compressedCount > 0)
    assert.deepEqual(await treeOf(root), before)
    assert.deepEqual(await listing(home), [])
  }
})

for (const [name, tree] of Object.entries({
  'with packages': FUNCTION,
  ...(!unixOnly && { 'with links as pnpm makes them': LINKED }),
  'without packages': { 'index.js': 'x', 'a.js': 'a' },
  'without package.json, with packages': { 'index.js': 'x', ...installed('node_modules/a') },
  'with an empty node_modules': { 'index.js': 'x', 'node_modules/': '' },
  'with an empty folder for caches': { 'index.js': 'x', ...installed('node_modules/a'), 'node_modules/.cache/': '' },
  'with the cache of another tool': { ...FUNCTION, 'node_modules/.cache/other/file': 'of another tool' },
  'with a folder inside that has packages': { ...FUNCTION, 'app/index.js': 'x', ...installed('app/node_modules/a') },
})) {
  for (const mode of ['production', 'all']) {
    test(`the package is the same with a cache and before there is one: a tree ${name}, mode '${mode}'`, async (t) => {
      for (const packer of Object.values(PACKERS)) {
        const to = await folder(t)
        const root = await treeAt(t, tree)
        const options = { root, mode, out: join(to, 'function.zip') }
        const never = await pack({ ...options, cache: false, out: join(to, 'never.zip') })
        for (let n = 0; n < 4; n++) {
          const result = await packRight(t, options, packer)
          assert.deepEqual(lasting(result), lasting(never))
          // The cache is all there is between the first one and the second.
          assert.equal(result.reused, n === 1 || n === 3, `${n}`)
          if (n === 1) await rm(options.out)
        }
        assert.deepEqual((await namesIn(options.out)).filter((path) => path.includes('lambda-pack')), [])
        assert.deepEqual(never.excluded.filter(({ path }) => path.includes('lambda-pack')), [])
        assert.deepEqual(await structure(options.out), [])
      }
    })
  }
}

test('a folder for caches is treated as if it were not there when ours is all that is in it', async (t) => {
  const root = await treeAt(t, FUNCTION)
  const to = await folder(t)
  const plain = await pack({ root, out: join(to, 'a.zip'), cache: false })
  await pack({ root, out: join(to, 'b.zip') })
  for (const mode of ['production', 'all']) {
    const { excluded } = await pack({ root, out: join(to, 'c.zip'), mode })
    assert.deepEqual(excluded.filter(({ path }) => path.includes('.cache')), [])
  }
  await write(root, { 'node_modules/.cache/other/file': 'of another tool' })
  const production = await packRight(t, { root, out: join(to, 'd.zip') })
  assert.equal(production.codeSha256, plain.codeSha256)
  assert.ok(production.excluded.some(({ path }) => path === 'node_modules/.cache'))
  await packRight(t, { root, out: join(to, 'e.zip'), mode: 'all' })
  const names = await namesIn(join(to, 'e.zip'))
  assert.deepEqual(names.filter((name) => name.includes('.cache')), ['node_modules/.cache/other/file'])
})

/** Folders inside of the root for the cache, and what is already there. */
const INSIDE = {
  'a folder of its own': 'build/cache',
  'a folder at the top': 'cache',
  'a folder with a dot': '.lambda-cache',
  'a folder among packages': 'node_modules/.mine',
  'a folder in a package': 'node_modules/a/cache',
}

for (const [name, place] of Object.entries(INSIDE)) {
  for (const mode of ['production', 'all']) {
    test(`a cache in the root is not packed and not named: ${name}, mode '${mode}'`, async (t) => {
      const root = await treeAt(t, FUNCTION)
      const to = await folder(t)
      // The folder above it is then there with and without.
      await write(root, { [`${place}/../beside.js`]: 'beside' })
      const never = await pack({ root, mode, out: join(to, 'never.zip'), cache: false })
      for (let n = 0; n < 3; n++) {
        const options = { root, mode, out: join(to, 'function.zip'), cache: join(root, place) }
        const result = await pack(options)
        assert.deepEqual(lasting(result), lasting(never), `${n}`)
        assert.equal(result.reused, n > 0)
      }
      assert.deepEqual(await namesIn(join(to, 'function.zip')), await namesIn(join(to, 'never.zip')))
    })
  }
}

/** Folders for the cache in a root whose folder `empty` has nothing in it, and whether they can be used. */
const BESIDE_NOTHING = { empty: false, 'empty/below/it': false, new: true, 'new/below/it': true }

for (const [place, isUsed] of Object.entries(BESIDE_NOTHING)) {
  test(`an empty folder is packed as such whether the cache is used or not: ${place}`, async (t) => {
    const root = await treeAt(t, { 'index.js': 'x', 'empty/': '' })
    const to = await folder(t)
    const never = await pack({ root, out: join(to, 'never.zip'), cache: false })
    assert.deepEqual(await namesIn(join(to, 'never.zip')), ['empty/', 'index.js'])
    for (const cache of [join(root, place), false, join(root, place)]) {
      const { codeSha256, warnings } = await pack({ root, out: join(to, 'function.zip'), cache })
      assert.equal(codeSha256, never.codeSha256)
      const noted = cache === false || isUsed ? [] : ['CACHE_UNUSABLE']
      assert.deepEqual(warnings.map(({ code }) => code), noted)
    }
  })
}

test('the root itself as the cache is refused, not used, or passed over: no package has a cache in it', async (t) => {
  const root = await treeAt(t, { 'index.js': 'x', 'lib/a.js': 'a' })
  const to = await folder(t)
  for (let n = 0; n < 2; n++) {
    const out = join(to, 'function.zip')
    const error = await pack({ root, out, cache: root }).then(() => null, (reason) => reason)
    if (error === null) assert.deepEqual(await namesIn(out), ['index.js', 'lib/a.js'])
    else assert.deepEqual([error.code, error.option], ['INVALID_OPTION', 'cache'])
  }
})

test('the path of a cache starts at the working directory, and may lead there by links', onUnix, async (t) => {
  const cwd = await treeAt(t, { 'app/index.js': 'x', 'app/data/a.txt': 'a' })
  await symlink('app', join(cwd, 'way'))
  const source = 'console.log(JSON.stringify([await pack(input), await pack(input)]))'
  const options = { root: 'app', out: 'function.zip', cache: 'way/./data/../cache' }
  const { stdout, stderr } = await runModule(source, options, { cwd })
  assert.equal(stderr, '')
  const [first, second] = JSON.parse(stdout)
  assert.deepEqual(await listing(join(cwd, 'app')), ['cache', 'data', 'index.js'])
  assert.deepEqual(await namesIn(join(cwd, 'function.zip')), ['data/a.txt', 'index.js'])
  assert.deepEqual(lasting(second), lasting(first))
  assert.equal(second.reused, true)
})

test('a cache that lies in another root is passed over there as well', async (t) => {
  const root = await treeAt(t, { ...FUNCTION, 'app/index.js': 'x', ...installed('app/node_modules/b') })
  const to = await folder(t)
  const before = await pack({ root, mode: 'all', out: join(to, 'a.zip'), cache: false })
  await pack({ root: join(root, 'app'), out: join(to, 'app.zip') })
  assert.ok(await isThere(join(root, 'app', OWN)))
  const after = await packRight(t, { root, mode: 'all', out: join(to, 'b.zip') })
  assert.deepEqual(lasting(after), lasting(before))
})

/** What is told of a cache that cannot be used: our folder within the one that was named. */
function unusable(warnings, named) {
  const path = join(named, 'lambda-pack-native')
  assert.deepEqual(warnings.map(({ code, severity, path }) => ({ code, severity, path })), [
    { code: 'CACHE_UNUSABLE', severity: 'note', path },
  ])
  assert.ok(warnings[0].message.includes(path), warnings[0].message)
}

test('a cache that is a file, or below one, is a note, and the pack is right', async (t) => {
  const root = await treeAt(t, FUNCTION)
  const to = await treeAt(t, { file: 'mine' })
  const never = await pack({ root, out: join(to, 'never.zip'), cache: false })
  for (const cache of [join(to, 'file'), join(to, 'file', 'cache')]) {
    for (let n = 0; n < 2; n++) {
      const { warnings, ...result } = await pack({ root, out: join(to, 'function.zip'), cache })
      unusable(warnings, cache)
      assert.deepEqual(lasting({ ...result, warnings: [] }), lasting(never))
      assert.equal(result.reused, false)
    }
  }
  assert.deepEqual(await listing(to), ['file', 'function.zip', 'never.zip'])
})

test('a cache that is a link to nothing, or to itself, is a note', onUnix, async (t) => {
  const root = await treeAt(t, { 'index.js': 'x' })
  const to = await treeAt(t, { itself: { link: 'itself' } })
  const { warnings, codeSha256 } = await pack({ root, out: join(to, 'function.zip'), cache: join(to, 'itself') })
  unusable(warnings, join(to, 'itself'))
  assert.equal((await pack({ root, out: join(to, 'function.zip'), cache: false })).codeSha256, codeSha256)
})

test("the user's folder is taken where packages cannot have the cache beside them", onUnix, async (t) => {
  const root = await treeAt(t, { ...FUNCTION, 'node_modules/.cache': 'a file' })
  const home = await folder(t)
  const out = join(await folder(t), 'function.zip')
  const { warnings } = await packIn({ root, out }, environment(home))
  assert.deepEqual(warnings, [])
  assert.ok(await isThere(join(usersCache(home), 'lambda-pack-native')))
  assert.equal((await packIn({ root, out }, environment(home))).reused, true)
})

/** A tree that everybody may read, a place that the ordinary user may write to, and one for a cache. */
async function forOrdinaryUser(t) {
  const root = await treeAt(t, FUNCTION)
  await run('chmod', ['-R', 'a+rX', root])
  const to = await folder(t)
  if (process.getuid() === 0) await chown(to, OTHER, OTHER)
  const above = await folder(t)
  await chmod(above, 0o755)
  const cache = join(above, 'cache')
  await mkdir(cache)
  return { root, out: join(to, 'function.zip'), cache }
}

test('a cache that may not be written to is a note', onUnix, async (t) => {
  const options = await forOrdinaryUser(t)
  await chmod(options.cache, 0o555)
  const told = await packAsOrdinaryUser(t, options)
  if (told === null) return t.skip(noUser)
  assert.ok(told.result, JSON.stringify(told))
  unusable(told.result.warnings, options.cache)
  const { codeSha256 } = await pack({ ...options, out: join(await folder(t), 'cold.zip'), cache: false })
  assert.equal(told.result.codeSha256, codeSha256)
})

test('a cache that may only be read is used, and left as it is', onUnix, async (t) => {
  const options = await forOrdinaryUser(t)
  await pack({ ...options, out: join(await folder(t), 'function.zip') })
  await run('chmod', ['-R', 'a+rX,a-w', options.cache])
  const before = await treeOf(options.cache)
  for (let n = 0; n < 2; n++) {
    const told = await packAsOrdinaryUser(t, options)
    if (told === null) return t.skip(noUser)
    assert.deepEqual([told.result?.compressedCount, told.result?.warnings], [0, []], JSON.stringify(told))
    await writeFile(options.out, '')
  }
  assert.deepEqual(await treeOf(options.cache), before)
})

test("a cache beside the packages that may only be read gives way to the user's", onUnix, async (t) => {
  const { root, out } = await forOrdinaryUser(t)
  await pack({ root, out: join(await folder(t), 'function.zip') })
  await run('chmod', ['-R', 'a+rX,a-w', join(root, 'node_modules')])
  const before = await treeOf(join(root, OWN))
  const home = await folder(t)
  await chmod(home, 0o777)
  for (const reused of [false, true]) {
    const told = await packAsOrdinaryUser(t, { root, out }, environment(home))
    if (told === null) return t.skip(noUser)
    assert.deepEqual([told.result?.reused, told.result?.warnings], [reused, []], JSON.stringify(told))
  }
  assert.ok(await isThere(join(usersCache(home), 'lambda-pack-native')))
  assert.deepEqual(await treeOf(join(root, OWN)), before)
})

test('a cache whose files may not be read is none, and no failure', onUnix, async (t) => {
  const options = await forOrdinaryUser(t)
  await pack({ ...options, out: join(await folder(t), 'function.zip') })
  await run('chmod', ['-R', 'a+rwX', options.cache])
  for (const { name } of await treeOf(options.cache)) {
    if (/volume|manifest/.test(name)) await chmod(join(options.cache, name), 0)
  }
  const { codeSha256 } = await pack({ ...options, out: join(await folder(t), 'cold.zip'), cache: false })
  for (const reused of [false, true]) {
    const told = await packAsOrdinaryUser(t, options)
    if (told === null) return t.skip(noUser)
    assert.deepEqual([told.result?.codeSha256, told.result?.warnings], [codeSha256, []], JSON.stringify(told))
    assert.equal(told.result.reused, reused)
  }
})

test('a root whose packages may not be written to is packed all the same', onUnix, async (t) => {
  const { cache, ...options } = await forOrdinaryUser(t)
  for (let n = 0; n < 2; n++) {
    const told = await packAsOrdinaryUser(t, options)
    if (told === null) return t.skip(noUser)
    assert.ok(told.result, JSON.stringify(told))
    assert.ok(told.result.warnings.every(({ code }) => code === 'CACHE_UNUSABLE'))
  }
  assert.ok(process.getuid() !== 0 || !(await isThere(join(options.root, OWN))))
})
