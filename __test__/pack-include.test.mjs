import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { folder, installed, namesIn, treeAt } from './support/trees.mjs'

const TREE = {
  'index.js': '',
  'README.md': '',
  'src/a.js': '',
  'src/a.ts': '',
  'src/deep/b.js': '',
  'src/empty/': '',
  'other/index.js': '',
  '[id].js': '',
  'node_modules/x/index.js': '',
}

async function packed(t, tree, options) {
  const root = await treeAt(t, tree)
  const out = join(await folder(t), 'function.zip')
  await pack({ root, out, ...options })
  return await namesIn(out)
}

const CASES = {
  'a file of the root alone': [['index.js'], ['index.js']],
  'a name with ./ in front': [['./index.js'], ['index.js']],
  'a name with / in front': [['/index.js'], ['index.js']],
  'a folder with all that is in it': [['src'], ['src/a.js', 'src/a.ts', 'src/deep/b.js', 'src/empty/']],
  'a folder with a slash at its end': [['src/deep/'], ['src/deep/b.js']],
  'a star that ends at a slash': [['src/*.js'], ['src/a.js']],
  'two stars that do not': [['src/**/*.js'], ['src/a.js', 'src/deep/b.js']],
  'a name at every depth': [['**/index.js'], ['node_modules/x/index.js', 'index.js', 'other/index.js']],
  'one of several characters': [['src/a.[jt]s'], ['src/a.js', 'src/a.ts']],
  'an escaped bracket': [['\\[id\\].js'], ['[id].js']],
  'several patterns': [
    ['README.md', 'src/a.js'],
    ['README.md', 'src/a.js'],
  ],
  'overlapping patterns': [
    ['src', 'src/a.js', '**/a.js'],
    ['src/a.js', 'src/a.ts', 'src/deep/b.js', 'src/empty/'],
  ],
}

for (const [name, [include, expected]] of Object.entries(CASES)) {
  test(`include takes ${name}`, async (t) => {
    assert.deepEqual(await packed(t, TREE, { include }), expected)
  })
}

test("include: ['.'] and no include at all are everything", async (t) => {
  const everything = await packed(t, TREE, {})
  assert.equal(everything.length, Object.keys(TREE).length)
  for (const include of [['.'], ['./'], [], ['**']]) {
    assert.deepEqual(await packed(t, TREE, { include }), everything, `${include}`)
  }
})

test('what no include pattern names is not listed among what stays out', async (t) => {
  const root = await treeAt(t, {
    'index.js': '',
    'package.json': '{"devDependencies":{"dev":"1"}}',
    '.env': '',
    '.git/config': '',
    'test/a.js': '',
    ...installed('node_modules/dev'),
  })
  const out = join(await folder(t), 'function.zip')
  const { excluded } = await pack({ root, out, include: ['index.js'], ignore: ['test/'] })
  assert.deepEqual(excluded, [])
})

test('ignore has the last word over include', async (t) => {
  const names = await packed(t, TREE, { include: ['src'], ignore: ['*.ts', 'empty'] })
  assert.deepEqual(names, ['src/a.js', 'src/deep/b.js'])
})

test('include reaches into node_modules, of which production takes its part', async (t) => {
  const tree = {
    'package.json': '{"dependencies":{"a":"1"},"devDependencies":{"dev":"1"}}',
    'index.js': '',
    ...installed('node_modules/a', { dependencies: { b: '1' } }),
    ...installed('node_modules/b'),
    ...installed('node_modules/dev'),
  }
  const names = await packed(t, tree, { include: ['index.js', 'node_modules'] })
  assert.deepEqual(names, [
    'node_modules/a/index.js',
    'node_modules/a/package.json',
    'node_modules/b/index.js',
    'node_modules/b/package.json',
    'index.js',
  ])
})
