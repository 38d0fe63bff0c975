import assert from 'node:assert/strict'
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { packApart } from './support/disk.mjs'
import { pythonTest, structure, treeOf, unzipTo } from './support/readers.mjs'
import { folder, treeAt, unixOnly } from './support/trees.mjs'

const unix = { skip: unixOnly }

/** Packs and unpacks; answers what is there: a link's text after `->`, else the name. */
async function unpacked(t, root, options) {
  const to = await folder(t)
  const out = join(to, 'function.zip')
  const result = await pack({ root, out, ...options })
  assert.deepEqual(await structure(out), [])
  await unzipTo(out, join(to, 'unzipped'))
  const tree = await treeOf(join(to, 'unzipped'))
  for (const { name, type } of tree) {
    // Whatever is in an archive leads somewhere, and not out of it.
    const real = type === 'link' && (await realpath(join(to, 'unzipped', name)))
    assert.ok(
      type !== 'link' || `${real}/`.startsWith(`${join(to, 'unzipped')}/`),
      `${name} leads to ${real}`,
    )
  }
  const shown = tree.filter(({ type }) => type !== 'dir')
  return { ...result, out, tree: shown.map(({ name, target }) => (target ? `${name} -> ${target}` : name)) }
}

test('links inside the root stay links, to the letter', unix, async (t) => {
  const root = await treeAt(t, {
    'a/file.txt': 'text',
    'to-file': { link: 'a/file.txt' },
    'to-folder': { link: 'a' },
    'to-folder-with-slash': { link: './a/' },
    'b/up': { link: '../a/file.txt' },
    'b/round': { link: '../b/./../a' },
    'to-link': { link: 'to-file' },
    'through-link': { link: 'to-folder/file.txt' },
    'to-root': { link: '.' },
    'a/to-own-folder': { link: '.' },
    'b/to-root': { link: '..' },
    'ünï': { link: 'a' },
  })
  const { tree, fileCount, unzippedSize, out } = await unpacked(t, root)
  assert.deepEqual(tree, [
    'a/file.txt',
    'a/to-own-folder -> .',
    'b/round -> ../b/./../a',
    'b/to-root -> ..',
    'b/up -> ../a/file.txt',
    'through-link -> to-folder/file.txt',
    'to-file -> a/file.txt',
    'to-folder -> a',
    'to-folder-with-slash -> ./a/',
    'to-link -> to-file',
    'to-root -> .',
    'ünï -> a',
  ])
  const { entries } = await pythonTest(out)
  assert.equal(fileCount, entries.length)
  assert.equal(unzippedSize, entries.reduce((sum, { size }) => sum + size, 0))
  assert.ok(entries.every(({ name, mode }) => mode === (name === 'a/file.txt' ? 0o100644 : 0o120777)))
})

test('absolute links and those by way of outside become relative', unix, async (t) => {
  const above = await treeAt(t, { 'root/a/file.txt': '', 'root/b/c/': '', 'way': { link: 'root' } })
  const root = join(above, 'root')
  await symlink(join(root, 'a', 'file.txt'), join(root, 'b', 'c', 'absolute'))
  await symlink(join(root, 'a'), join(root, 'a', 'self'))
  await symlink(root, join(root, 'b', 'root'))
  await symlink('../../../root/a/file.txt', join(root, 'b', 'c', 'by-name-of-root'))
  await symlink('../way/a', join(root, 'by-way'))
  await symlink(join(above, 'way', 'a'), join(root, 'by-absolute-way'))
  const { tree } = await unpacked(t, root)
  assert.deepEqual(tree, [
    'a/file.txt',
    'a/self -> .',
    'b/c/absolute -> ../../a/file.txt',
    'b/c/by-name-of-root -> ../../a/file.txt',
    'b/root -> ..',
    'by-absolute-way -> a',
    'by-way -> a',
  ])
  const again = await unpacked(t, join(above, 'way'))
  assert.deepEqual(again.tree, tree)
})

test('a link to something that stays out is left out with a warning', unix, async (t) => {
  const root = await treeAt(t, {
    'index.js': '',
    '.env': '',
    'notes/a.md': '',
    'to-secret': { link: '.env' },
    'to-notes': { link: 'notes' },
    'to-note': { link: 'to-notes/a.md' },
    'to-index': { link: 'index.js' },
  })
  const { tree, warnings, excluded } = await unpacked(t, root, { ignore: ['notes/'] })
  assert.deepEqual(tree, ['index.js', 'to-index -> index.js'])
  assert.deepEqual(warnings.map(({ code, severity, path }) => [code, severity, path]).sort(), [
    ['LINK_LEFT_OUT', 'warning', 'to-note'],
    ['LINK_LEFT_OUT', 'warning', 'to-notes'],
    ['LINK_LEFT_OUT', 'warning', 'to-secret'],
  ])
  const links = excluded.filter(({ reason }) => reason === 'link')
  assert.deepEqual(links.map(({ path, rule }) => [path, rule]), [
    ['to-note', 'leads to notes/a.md, which is left out'],
    ['to-notes', 'leads to notes, which is left out'],
    ['to-secret', 'leads to .env, which is left out'],
  ])
})

test('a link by way of a link that stays out leads where it should, or stays out', unix, async (t) => {
  const root = await treeAt(t, {
    'a/file.txt': '',
    'by-left-out-link': { link: 'left-out' },
    'by-left-out-folder': { link: 'left-out-folder/file.txt' },
    'left-out': { link: 'a/file.txt' },
    'left-out-folder': { link: 'a' },
  })
  const { tree } = await unpacked(t, root, { ignore: ['left-out*'] })
  assert.ok(!tree.some((name) => name.startsWith('left-out')))
})

test('a link to a folder that holds nothing but links stays', unix, async (t) => {
  const root = await treeAt(t, {
    'index.js': '',
    'only-links/a': { link: '../index.js' },
    'only-links/here': { link: '.' },
    'to-only-links': { link: 'only-links' },
  })
  const { tree, warnings } = await unpacked(t, root)
  const links = ['only-links/a -> ../index.js', 'only-links/here -> .', 'to-only-links -> only-links']
  assert.deepEqual(tree, ['index.js', ...links])
  assert.deepEqual(warnings, [])
})

test('a link whose target no include pattern names is left out', unix, async (t) => {
  const root = await treeAt(t, {
    'a.txt': '',
    'b.txt': '',
    'to-a': { link: 'a.txt' },
    'to-b': { link: 'b.txt' },
  })
  const { tree, warnings } = await unpacked(t, root, { include: ['a.txt', 'to-*'] })
  assert.deepEqual(tree, ['a.txt', 'to-a -> a.txt'])
  assert.deepEqual(warnings.map(({ code, path }) => [code, path]), [['LINK_LEFT_OUT', 'to-b']])
})

const OUTSIDE = {
  'outside/lib/a.js': 'a',
  'outside/lib/deep/b.js': 'b',
  'outside/lib/inner': { link: 'deep/b.js' },
  'outside/lib/.env': 'A=1',
  'outside/run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
  'root/index.js': '',
  'root/own': { link: 'index.js' },
  'root/vendor/lib': { link: '../../outside/lib' },
  'root/run': { link: '../outside/run.sh' },
}

test("symlinks: 'external' packs what leaving links lead to in their place", unix, async (t) => {
  const { tree, excluded, out } = await unpacked(t, join(await treeAt(t, OUTSIDE), 'root'), {
    symlinks: 'external',
  })
  assert.deepEqual(tree, [
    'index.js',
    'own -> index.js',
    'run',
    'vendor/lib/a.js',
    'vendor/lib/deep/b.js',
    'vendor/lib/inner -> deep/b.js',
  ])
  assert.deepEqual(excluded, [{ path: 'vendor/lib/.env', reason: 'always', rule: '.env*' }])
  const { entries } = await pythonTest(out)
  assert.equal(entries.find(({ name }) => name === 'run').mode, 0o100755)
})

test("symlinks: 'dereference' does so with every link", unix, async (t) => {
  const root = join(await treeAt(t, OUTSIDE), 'root')
  const { tree, fileCount } = await unpacked(t, root, { symlinks: 'dereference' })
  const expected = ['index.js', 'own', 'run', 'vendor/lib/a.js', 'vendor/lib/deep/b.js', 'vendor/lib/inner']
  assert.deepEqual(tree, expected)
  assert.equal(fileCount, expected.length)
})

test('patterns see what a followed link leads to under the name of the link', unix, async (t) => {
  const root = join(await treeAt(t, OUTSIDE), 'root')
  const followed = { symlinks: 'external' }
  const without = await unpacked(t, root, { ...followed, ignore: ['vendor/lib/', '!vendor/lib/.env'] })
  assert.deepEqual(without.tree, ['index.js', 'own -> index.js', 'run'])
  const partly = await unpacked(t, root, {
    ...followed,
    ignore: ['vendor/lib/deep', '!vendor/lib/.env', 'inner'],
  })
  assert.deepEqual(partly.tree, ['index.js', 'own -> index.js', 'run', 'vendor/lib/.env', 'vendor/lib/a.js'])
  const chosen = await unpacked(t, root, { ...followed, include: ['vendor/lib/deep', 'vendor/**/a.js'] })
  assert.deepEqual(chosen.tree, ['vendor/lib/a.js', 'vendor/lib/deep/b.js'])
})

test('links that lead to links are followed however many there are, with few open files', unix, async (t) => {
  // More than there would be room for as calls within each other, and than may be open at once.
  const count = 900
  const home = await folder(t)
  for (let n = 0; n < count; n++) {
    await mkdir(join(home, `e${n}`))
    await writeFile(join(home, `e${n}`, 'f'), '')
    if (n > 0) await symlink(`../e${n}`, join(home, `e${n - 1}`, 'l'))
  }
  const root = await treeAt(t, { 'index.js': 'x' })
  await symlink(join(home, 'e0'), join(root, 'l'))
  const options = { root, out: join(await folder(t), 'function.zip'), symlinks: 'external', cache: false }
  const node = ['sh', '-c', 'ulimit -n 128 && exec "$@"', 'sh', process.execPath]
  const { result, error } = await packApart(options, { node })
  assert.equal(result?.fileCount, count + 1, error?.message)
})
