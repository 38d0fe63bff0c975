import assert from 'node:assert/strict'
import { symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { folder, namesIn, refusal, treeAt, unixOnly } from './support/trees.mjs'

const unix = { skip: unixOnly }

async function failure(t, root, options) {
  const { code, path, target } = await refusal(t, root, options)
  return { code, path, target }
}

async function packed(t, root, options) {
  const out = join(await folder(t), 'function.zip')
  await pack({ root, out, ...options })
  return await namesIn(out)
}

test('a link that leaves the root is refused, with both ends', unix, async (t) => {
  const above = await treeAt(t, { 'outside/file.txt': '', 'root/index.js': '', 'root-not/file.txt': '' })
  const root = join(above, 'root')
  const path = join(root, 'link')
  for (const [text, target] of [
    ['../outside/file.txt', join(above, 'outside', 'file.txt')],
    [join(above, 'outside'), join(above, 'outside')],
    ['..', above],
    ['../root-not/file.txt', join(above, 'root-not', 'file.txt')],
  ]) {
    await symlink(text, path)
    assert.deepEqual(await failure(t, root), { code: 'LINK_LEAVES_ROOT', path, target })
    await unlink(path)
  }
})

test('a link that leaves by way of another link is refused', unix, async (t) => {
  const above = await treeAt(t, {
    'outside/file.txt': '',
    'root/a/way': { link: '../../outside' },
    'root/b': { link: 'a/way/file.txt' },
  })
  const root = join(above, 'root')
  const target = join(above, 'outside', 'file.txt')
  const expected = { code: 'LINK_LEAVES_ROOT', path: join(root, 'b'), target }
  assert.deepEqual(await failure(t, root, { ignore: ['way'] }), expected)
})

test('a leaving link that is left out or not chosen is no concern', unix, async (t) => {
  const root = await treeAt(t, {
    'index.js': '',
    link: { link: '/etc/hosts' },
    dangling: { link: 'nowhere' },
  })
  assert.deepEqual(await packed(t, root, { ignore: ['link', 'dangling'] }), ['index.js'])
  assert.deepEqual(await packed(t, root, { include: ['index.js'] }), ['index.js'])
})

test('a dangling link is refused with its text, whatever becomes of links', unix, async (t) => {
  for (const text of ['nowhere', 'index.js/x', '../../nowhere', '/nowhere/at/all']) {
    const root = await treeAt(t, { 'index.js': '', 'a/link': { link: text } })
    for (const symlinks of ['keep', 'external', 'dereference']) {
      const expected = { code: 'LINK_DANGLING', path: join(root, 'a', 'link'), target: text }
      assert.deepEqual(await failure(t, root, { symlinks }), expected, `${text}, ${symlinks}`)
    }
  }
})

test('links that lead back to themselves are refused, whatever becomes of links', unix, async (t) => {
  const self = await treeAt(t, { 'index.js': '', self: { link: 'self' } })
  const circle = await treeAt(t, { 'index.js': '', a: { link: 'b' }, b: { link: 'a' } })
  const through = await treeAt(t, { 'index.js': '', 'd/a': { link: '../d/a/x' } })
  for (const symlinks of ['keep', 'external', 'dereference']) {
    const loop = (path, target) => ({ code: 'LINK_LOOP', path, target })
    assert.deepEqual(await failure(t, self, { symlinks }), loop(join(self, 'self'), 'self'))
    const { code, path } = await failure(t, circle, { symlinks })
    assert.equal(code, 'LINK_LOOP')
    assert.ok([join(circle, 'a'), join(circle, 'b')].includes(path), path)
    assert.deepEqual(await failure(t, through, { symlinks }), loop(join(through, 'd', 'a'), '../d/a/x'))
  }
})

test('a link to a folder that it is in ends under dereference', unix, async (t) => {
  for (const text of ['.', '..', '../..', '../../a']) {
    const root = await treeAt(t, { 'index.js': '', 'a/b/x': '', 'a/b/link': { link: text } })
    const { code, path } = await failure(t, root, { symlinks: 'dereference' })
    assert.deepEqual([code, path], ['LINK_LOOP', join(root, 'a', 'b', 'link')], text)
    assert.deepEqual(await packed(t, root), ['a/b/link', 'a/b/x', 'index.js'], text)
  }
})

test('two folders that lead to each other end under dereference', unix, async (t) => {
  const root = await treeAt(t, {
    'a/to-b': { link: '../b' },
    'b/to-a': { link: '../a' },
    'a/x': '',
    'b/y': '',
  })
  assert.equal((await failure(t, root, { symlinks: 'dereference' })).code, 'LINK_LOOP')
  assert.deepEqual(await packed(t, root), ['a/to-b', 'a/x', 'b/to-a', 'b/y'])
})

test('a loop outside of the root ends as well', unix, async (t) => {
  const above = await treeAt(t, {
    'outside/a/back': { link: '..' },
    'outside/a/to-root': { link: '../../root' },
    'root/index.js': '',
    'root/link': { link: '../outside/a' },
  })
  for (const symlinks of ['external', 'dereference']) {
    assert.equal((await failure(t, join(above, 'root'), { symlinks })).code, 'LINK_LOOP')
  }
})

test('the same folder by two links is there twice under dereference, and no loop', unix, async (t) => {
  const root = await treeAt(t, { 'a/x': '', 'b/first': { link: '../a' }, 'b/second': { link: '../a' } })
  assert.deepEqual(await packed(t, root, { symlinks: 'dereference' }), ['a/x', 'b/first/x', 'b/second/x'])
})

test('what a link leads to is refused like anything else', unix, async (t) => {
  const root = await treeAt(t, { 'index.js': '', null: { link: '/dev/null' } })
  const { code, path } = await failure(t, root, { symlinks: 'external' })
  assert.deepEqual([code, path], ['SPECIAL_FILE', join(root, 'null')])
})
