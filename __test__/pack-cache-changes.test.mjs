// After one change of a tree the archive is the one that a pack without a cache makes, and no more is compressed than
// what is new.

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { appendFile, chmod, cp, open, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { FUNCTION, LARGE, LINKED, PACKERS, identity, lasting, packRight } from './support/caches.mjs'
import { structure, treeOf, unzipTo } from './support/readers.mjs'
import { folder, installed, namesIn, noise, prose, treeAt, unixOnly, write } from './support/trees.mjs'

const KEY = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey

const TREE = {
  ...FUNCTION,
  '.lambdaignore': '*.md\n',
  'README.md': 'left out',
  'key.pem': KEY,
  'lib/deep/alone.js': 'the only file of its folder',
  'tools/run.sh': '#!/bin/sh\necho tools\n',
  ...(!unixOnly && { 'tools/link': { link: 'run.sh' } }),
}

const at = (root, name) => join(root, ...name.split('/'))
const edit = (name, content) => (root) => writeFile(at(root, name), content)
const move = (from, to) => (root) => rename(at(root, from), at(root, to))
const remove = (name) => (root) => rm(at(root, name), { recursive: true })
const dependencies = (names) => edit('package.json', JSON.stringify({
  dependencies: Object.fromEntries(names.map((name) => [name, '1'])),
}))

/** As many bytes, and the times of before. Only the time of the last change of its state tells. */
async function editUnseen(root) {
  const path = at(root, 'lib/5.js')
  const { size, atime, mtime } = await stat(path)
  await writeFile(path, prose(size, 'unseen'))
  await utimes(path, atime, mtime)
}

async function editPiece(root) {
  const file = await open(at(root, 'assets/large.txt'), 'r+')
  await file.write('another text', (2 << 20) + 100)
  await file.close()
}

async function linkTo(root, name, target) {
  await rm(at(root, name), { recursive: true, force: true })
  await symlink(target, at(root, name))
}

/**
 * The changes, each with how many files have to be compressed: those of which the content was not met before.
 * `same` is for changes that leave the archive as it was; `tree` is more of the tree.
 */
const CHANGES = {
  'a file is edited': { change: edit('lib/3.js', 'new'), compressed: 1 },
  'a file is edited, with its size and times kept': { change: editUnseen, compressed: 1 },
  'a file is edited to what another one is': { change: edit('lib/3.js', TREE['lib/4.js']), compressed: 0 },
  'a file is edited and grows into pieces': { change: edit('lib/3.js', prose(4_500_000, 'grows')), compressed: 1 },
  'the first file of the archive is edited': { change: edit('node_modules/a/index.js', 'new'), compressed: 1 },
  'the last file of the archive is edited': { change: edit('tools/run.sh', 'new'), compressed: 1 },
  'a file is appended to': { change: (root) => appendFile(at(root, 'lib/3.js'), 'more'), compressed: 1 },
  'a file is emptied': { change: (root) => truncate(at(root, 'lib/3.js')), compressed: 0 },
  'an empty file is filled': { change: edit('lib/empty.js', 'filled'), compressed: 1 },
  'what does not shrink is edited': { change: edit('assets/noise.bin', noise(50_000, 'other')), compressed: 1 },
  'a large file is edited within': { tree: LARGE, change: editPiece, compressed: 1 },
  'a large file is appended to': {
    tree: LARGE,
    change: (root) => appendFile(at(root, 'assets/large.txt'), 'more'),
    compressed: 1,
  },
  'a large file is cut to a small one': {
    tree: LARGE,
    change: (root) => truncate(at(root, 'assets/large.txt'), 1000),
    compressed: 1,
  },
  'a file is added': { change: edit('lib/new.js', 'new'), compressed: 1 },
  'a file is added in front of all': { change: edit('0.js', 'new'), compressed: 1 },
  'a copy of a file is added': { change: edit('lib/copy.js', TREE['lib/7.js']), compressed: 0 },
  'a folder is copied': {
    change: (root) => cp(at(root, 'lib'), at(root, 'lib2'), { recursive: true }),
    compressed: 0,
  },
  'a file is added that differs by case': { change: edit('LIB/3.js', 'upper'), compressed: 1, folder: 'LIB' },
  'a file is removed': { change: remove('lib/3.js'), compressed: 0 },
  'the only file of a folder is removed': { change: remove('lib/deep/alone.js'), compressed: 0 },
  'a folder is removed': { change: remove('assets'), compressed: 0 },
  'an empty folder is removed': { change: remove('empty'), compressed: 0 },
  'an empty folder is added': { change: (root) => write(root, { 'void/': '' }), compressed: 0 },
  'an empty folder gets a file': { change: edit('empty/file.js', 'new'), compressed: 1 },
  'a file is renamed': { change: move('lib/3.js', 'lib/renamed.js'), compressed: 0 },
  'a folder is renamed': { change: move('lib', 'source'), compressed: 0, breaks: 'current' },
  'two files change places': {
    async change(root) {
      await move('lib/3.js', 'lib/aside')(root)
      await move('lib/4.js', 'lib/3.js')(root)
      await move('lib/aside', 'lib/4.js')(root)
    },
    compressed: 0,
  },
  'a file becomes a folder': {
    async change(root) {
      await remove('lib/3.js')(root)
      await write(root, { 'lib/3.js/index.js': 'new' })
    },
    compressed: 1,
  },
  'a folder becomes a file': {
    async change(root) {
      await remove('empty')(root)
      await write(root, { empty: 'new' })
    },
    compressed: 1,
  },
  'a certificate becomes a private key': { change: edit('certificate.pem', KEY), compressed: 0 },
  'a private key becomes a certificate': { change: edit('key.pem', 'another certificate'), compressed: 1 },
  '.lambdaignore leaves out more': { change: edit('.lambdaignore', '*.md\nlib/1*.js\n'), compressed: 0 },
  '.lambdaignore leaves out less': { change: edit('.lambdaignore', ''), compressed: 1 },
  '.lambdaignore is removed': { change: remove('.lambdaignore'), compressed: 1 },
  '.lambdaignore brings a secret back': { change: edit('.lambdaignore', '*.md\n!.env\n'), compressed: 1 },
  'package.json is edited': {
    change: edit('package.json', TREE['package.json'].replace('{', '{"name":"edited",')),
    compressed: 1,
  },
  // Each package has two files, and package.json is new as well.
  'package.json needs a package more': { change: dependencies(['a', 'dev']), compressed: 3 },
  'package.json needs a package less': { change: dependencies([]), compressed: 1 },
  'package.json is removed': { change: remove('package.json'), compressed: 3, all: true },
  'a package needs another one no more': {
    change: edit('node_modules/a/package.json', '{"name":"a"}'),
    compressed: 1,
  },
  'a package is installed and needed': {
    async change(root) {
      await write(root, installed('node_modules/a/node_modules/c'))
      await edit('node_modules/a/package.json', '{"name":"a","dependencies":{"b":"1","c":"1"}}')(root)
    },
    compressed: 3,
  },
  'a package gets a version of its own of another one': {
    change: (root) => write(root, { 'node_modules/a/node_modules/b/package.json': '{"name":"b","version":"2"}' }),
    compressed: 1,
  },
  'a package that production does not need is edited': {
    change: edit('node_modules/dev/index.js', 'edited'),
    compressed: 0,
    same: true,
  },
  'a package that production does not need is removed': {
    change: remove('node_modules/dev'),
    compressed: 0,
    same: true,
    breaks: 'node_modules/.bin/dev',
  },
  'a package that nobody needs is installed': {
    change: (root) => write(root, installed('node_modules/extra')),
    compressed: 0,
    same: true,
  },
  "an installer's own file is edited": {
    change: edit('node_modules/.package-lock.json', '{"edited":true}'),
    compressed: 0,
    same: true,
  },
  'a file that is left out is edited': { change: edit('README.md', 'edited'), compressed: 0, same: true },
  'a secret is edited': { change: edit('.env', 'SECRET=2'), compressed: 0, same: true },
  'all is written anew as it was': {
    change: async (root) => {
      for (const name of ['index.js', 'lib/3.js', 'assets/noise.bin', 'package.json', '.lambdaignore']) {
        await writeFile(at(root, name), await readFile(at(root, name)))
      }
    },
    compressed: 0,
    same: true,
  },
  ...(!unixOnly && {
    'a file is made executable': { change: (root) => chmod(at(root, 'lib/3.js'), 0o755), compressed: 0 },
    'a file is executable no more': { change: (root) => chmod(at(root, 'bin/run.sh'), 0o644), compressed: 0 },
    'a file gets rights that make no difference': {
      change: (root) => chmod(at(root, 'lib/3.js'), 0o604),
      compressed: 0,
      same: true,
    },
    'a file becomes a link': { change: (root) => linkTo(root, 'lib/3.js', '4.js'), compressed: 0 },
    'a link becomes a file': {
      async change(root) {
        await remove('tools/link')(root)
        await edit('tools/link', 'new')(root)
      },
      compressed: 1,
    },
    'a folder becomes a link': { change: (root) => linkTo(root, 'empty', 'lib'), compressed: 0 },
    'a link leads elsewhere': { change: (root) => linkTo(root, 'tools/link', '../index.js'), compressed: 0 },
    'a link leads to what is left out': {
      change: (root) => linkTo(root, 'tools/link', '../README.md'),
      compressed: 0,
    },
    'what a link leads to is edited': { change: edit('tools/run.sh', 'edited'), compressed: 1 },
  }),
}

/** The tree after the change, without what would be an error in it. */
async function apply(root, { change, breaks, folder }) {
  if (folder) await write(root, { [`${folder}/`]: '' })
  await change(root)
  if (breaks && !unixOnly) await rm(at(root, breaks))
}

for (const [name, what] of Object.entries(CHANGES)) {
  test(`${name}: the right archive, and ${what.compressed} compressed`, async (t) => {
    for (const [when, packer] of Object.entries(PACKERS)) {
      const root = await treeAt(t, { ...TREE, ...what.tree })
      const to = await folder(t)
      const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache') }
      const first = await packer(options)
      const before = await identity(options.out)
      await apply(root, what)
      const result = await packRight(t, options, packer)
      assert.equal(result.compressedCount, what.compressed, when)
      assert.equal(result.reused, what.same ?? false, when)
      if (what.same) assert.deepEqual(await identity(options.out), before)
      else assert.notEqual(JSON.stringify(result), JSON.stringify(first))
      // And what comes after it is known as well.
      const again = await packer(options)
      assert.deepEqual(lasting(again), lasting(result))
      assert.deepEqual([again.reused, again.compressedCount], [true, 0], when)
    }
  })
}

test('a change that is taken back gives the archive of before, and nothing is compressed', async (t) => {
  const tree = { ...TREE, ...LARGE }
  const root = await treeAt(t, tree)
  const to = await folder(t)
  const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache') }
  const first = await pack(options)
  const whole = await readFile(options.out)
  for (const [name, change] of [['lib/3.js', edit('lib/3.js', 'new')], ['assets/large.txt', editPiece]]) {
    await change(root)
    assert.notEqual((await packRight(t, options)).codeSha256, first.codeSha256)
    await writeFile(at(root, name), tree[name])
    const back = await packRight(t, options)
    assert.deepEqual([back.codeSha256, back.compressedCount], [first.codeSha256, 0])
    assert.ok(whole.equals(await readFile(options.out)))
  }
})

test('links of a pnpm tree that change are noticed', { skip: unixOnly }, async (t) => {
  for (const [when, packer] of Object.entries(PACKERS)) {
    const root = await treeAt(t, LINKED)
    const to = await folder(t)
    const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache') }
    await packer(options)
    await write(root, installed('node_modules/.pnpm/b@2.0.0/node_modules/b', { version: '2.0.0' }))
    await linkTo(root, 'node_modules/.pnpm/a@1.0.0/node_modules/b', '../../b@2.0.0/node_modules/b')
    const { compressedCount } = await packRight(t, options, packer)
    assert.equal(compressedCount, 2, when)
    const names = await namesIn(options.out)
    assert.ok(names.includes('node_modules/.pnpm/b@2.0.0/node_modules/b/index.js'))
    assert.ok(!names.includes('node_modules/.pnpm/b@1.0.0/node_modules/b/index.js'))
  }
})

test('what links bring in from outside of the root is looked at each time', { skip: unixOnly }, async (t) => {
  for (const symlinks of ['external', 'dereference']) {
    for (const [when, packer] of Object.entries(PACKERS)) {
      const outside = await treeAt(t, { 'shared/a.js': 'a', 'shared/deep/b.js': 'b', 'one.js': 'one' })
      const root = await treeAt(t, {
        'index.js': 'x',
        shared: { link: join(outside, 'shared') },
        'one.js': { link: join(outside, 'one.js') },
        twice: { link: 'index.js' },
      })
      const to = await folder(t)
      const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache'), symlinks }
      await packRight(t, options, packer)
      for (const [change, compressed] of [
        [() => edit('shared/deep/b.js', 'B')(outside), 1],
        [() => edit('one.js', 'ONE')(outside), 1],
        [() => edit('shared/new.js', 'new')(outside), 1],
        [() => remove('shared/deep')(outside), 0],
        [() => edit('index.js', 'y')(root), 1],
        [() => chmod(join(outside, 'one.js'), 0o755), 0],
      ]) {
        await change()
        const result = await packRight(t, options, packer)
        assert.deepEqual([result.reused, result.compressedCount], [false, compressed], `${symlinks} ${when}`)
        assert.equal((await packer(options)).reused, true)
      }
      assert.equal(await readlink(join(root, 'twice')), 'index.js')
    }
  }
})

/** Options that change the package, and how many files each has to compress after a pack without them. */
const OPTIONS = {
  ignore: [{ ignore: ['lib'] }, 0],
  include: [{ include: ['lib', 'index.js'] }, 0],
  mode: [{ mode: 'all' }, 3],
  prefix: [{ prefix: 'nodejs' }, 0],
  executable: [{ executable: ['lib'] }, 0],
  symlinks: [{ symlinks: 'dereference' }, 0],
  threads: [{ threads: 1 }, 0],
}

for (const [name, [more, compressed]] of Object.entries(OPTIONS)) {
  test(`another ${name} is another package, of what is known`, { skip: name === 'symlinks' && unixOnly }, async (t) => {
    for (const packer of Object.values(PACKERS)) {
      const root = await treeAt(t, TREE)
      const to = await folder(t)
      const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache') }
      const first = await packer(options)
      const other = await packRight(t, { ...options, ...more }, packer)
      assert.equal(other.compressedCount, compressed)
      assert.equal(other.reused, name === 'threads')
      const back = await packRight(t, options, packer)
      assert.deepEqual([back.codeSha256, back.compressedCount], [first.codeSha256, 0])
    }
  })
}

test('each level has bytes of its own, and is remembered by itself', async (t) => {
  const root = await treeAt(t, { ...TREE, ...LARGE })
  const to = await folder(t)
  const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache') }
  const levels = [undefined, 'fast', 'max', 1, 9, 12]
  const shas = new Map()
  for (const level of levels) {
    const { codeSha256, compressedCount, fileCount } = await packRight(t, { ...options, level })
    shas.set(level, codeSha256)
    assert.ok(compressedCount > fileCount / 2, `${level}: ${compressedCount} of ${fileCount}`)
  }
  for (const level of [...levels].reverse()) {
    const { codeSha256, compressedCount } = await packRight(t, { ...options, level })
    assert.deepEqual([codeSha256, compressedCount], [shas.get(level), 0], `${level}`)
  }
})

test('what is unpacked is what the files hold, after each of many changes', async (t) => {
  const root = await treeAt(t, { ...TREE, ...LARGE })
  const to = await folder(t)
  const options = { root, out: join(to, 'function.zip'), cache: join(to, 'cache') }
  await pack(options)
  for (let n = 0; n < 8; n++) {
    await edit(`lib/${2 * n}.js`, prose(400 + n * 3000, `edited ${n}`))(root)
    if (n === 3) await editPiece(root)
    const { compressedCount } = await pack(options)
    assert.equal(compressedCount, n === 3 ? 2 : 1)
  }
  assert.deepEqual(await structure(options.out), [])
  await unzipTo(options.out, join(to, 'unzipped'))
  const contents = (tree) => new Map(tree.map(({ name, sha256, target }) => [name, sha256 ?? target]))
  const before = contents(await treeOf(root))
  for (const [name, content] of contents(await treeOf(join(to, 'unzipped')))) {
    assert.equal(content, before.get(name), name)
  }
})
