import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { find, run } from './support/command.mjs'
import { folder, namesIn, treeAt, unixOnly, write } from './support/trees.mjs'

const FILES = [
  'a.js', 'a.md', 'b.txt', 'README.md', 'UP.JS', 'foo bar.js', '[x].js', 'ünï/cödé.js', '.hidden/x', '.keep',
  'src/a.js', 'src/a.md', 'src/deep/a.js', 'src/deep/b.txt', 'src/deep/er/c.md', 'src/test/y.js',
  'docs/a.md', 'docs/keep/b.md', 'test/x.js', 'build/out.js', 'x/build', 'logs/a.log', 'logs/debug/b.log',
  'foo/bar/baz/q', 'abc/def/x', 'abc/x',
]
/** Names that Windows does not allow. */
const UNIX_FILES = ['#hash', '!bang', 'trail ', 'a*b']

const PATTERNS = [
  ['*.md'],
  ['*.md', '!README.md'],
  ['!README.md', '*.md'],
  ['a.js'],
  ['/a.js'],
  ['src'],
  ['src/'],
  ['build/'],
  ['/build'],
  ['**/test'],
  ['test/**'],
  ['src/**/a.js'],
  ['src/*'],
  ['src/*', '!src/deep'],
  ['src/**', '!src/deep/a.js'],
  ['docs/*', '!docs/keep/'],
  ['docs/', '!docs/keep/b.md'],
  ['*', '!*/', '!*.js'],
  ['/*', '!/src', '/src/*', '!/src/deep'],
  ['\\#hash'],
  ['#hash'],
  ['\\!bang'],
  ['trail '],
  ['trail\\ '],
  ['foo bar.js'],
  ['[x].js'],
  ['\\[x\\].js'],
  ['[ab].js'],
  ['[!a].js'],
  ['[^a].js'],
  ['a\\*b'],
  ['ünï/'],
  ['cödé.js'],
  ['*.JS'],
  ['**/deep/**'],
  ['abc/**/x'],
  ['abc/*/x'],
  ['/**/x.js'],
  ['logs/**/*.log'],
  ['logs/*.log'],
  ['.*'],
  ['.*', '!.keep'],
  ['src/deep/'],
  ['foo/bar'],
  ['bar/baz'],
  ['foo/**/q'],
  ['foo/*/q'],
  ['a.?s'],
  ['a.js/'],
  ['  ', ''],
  ['*.js   '],
  ['a**s'],
  ['\ta.js'],
  ['# a comment', 'a.js'],
]

async function packed(t, root, options) {
  const out = join(await folder(t), 'function.zip')
  const result = await pack({ root, out, level: 1, ...options })
  const names = await namesIn(out)
  return { ...result, names }
}

test('patterns leave out what Git leaves out by them', async (t) => {
  const git = await find('git')
  if (git === null) return t.skip('this machine has no Git')
  const files = unixOnly ? FILES : [...FILES, ...UNIX_FILES]
  const root = await treeAt(t, Object.fromEntries(files.map((name) => [name, 'x'])))
  const place = await folder(t)
  const repository = join(place, 'repository')
  assert.equal((await run(git, ['init', '--quiet', repository])).code, 0)
  const excludes = join(place, 'patterns')
  const list = ['--git-dir', join(repository, '.git'), '--work-tree', root, 'ls-files', '-o', '-z']
  for (const ignore of PATTERNS) {
    await writeFile(excludes, ignore.join('\n'))
    const { stdout, stderr } = await run(git, [...list, `--exclude-from=${excludes}`], { cwd: root })
    assert.equal(stderr, '')
    const bytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    const expected = stdout.split('\0').filter(Boolean).sort(bytes)
    assert.deepEqual((await packed(t, root, { ignore })).names, expected, JSON.stringify(ignore))
  }
})

test('.lambdaignore of the root is read like a .gitignore file, and itself stays out', async (t) => {
  const patterns = '\ufeff# comment\r\n\r\n*.md\r\n!README.md\r\n/build/\r\n'
  const tree = Object.fromEntries(FILES.map((name) => [name, 'x']))
  const root = await treeAt(t, { ...tree, '.lambdaignore': patterns, 'src/.lambdaignore': 'a.js' })
  const { names, excluded } = await packed(t, root)
  assert.ok(names.includes('src/.lambdaignore'), 'elsewhere it is a file like any other')
  assert.ok(excluded.some(({ path, reason }) => path === '.lambdaignore' && reason === 'always'))
  const left = FILES.filter((name) => !names.includes(name)).sort()
  assert.deepEqual(left, [
    'a.md',
    'build/out.js',
    'docs/a.md',
    'docs/keep/b.md',
    'src/a.md',
    'src/deep/er/c.md',
  ])
})

test('the option comes after the file, and the last match counts', async (t) => {
  const root = await treeAt(t, {
    '.lambdaignore': '*.md\n!a.js\n',
    'a.js': '',
    'a.md': '',
    'b.md': '',
    'c.js': '',
  })
  const { names, excluded } = await packed(t, root, { ignore: ['!b.md', '*.js', '.lambdaignore'] })
  assert.deepEqual(names, ['b.md'])
  assert.deepEqual(excluded, [
    { path: '.lambdaignore', reason: 'ignore', rule: '.lambdaignore' },
    { path: 'a.js', reason: 'ignore', rule: '*.js' },
    { path: 'a.md', reason: 'ignore', rule: '*.md' },
    { path: 'c.js', reason: 'ignore', rule: '*.js' },
  ])
})

test('a folder that is left out stands for all that is in it', async (t) => {
  const root = await treeAt(t, { 'index.js': '', 'test/a.js': '', 'test/deep/b.js': '' })
  const { names, excluded } = await packed(t, root, { ignore: ['test/'] })
  assert.deepEqual(names, ['index.js'])
  assert.deepEqual(excluded, [{ path: 'test', reason: 'ignore', rule: 'test/' }])
})

test('a folder whose files are all left out is not there as an empty one', async (t) => {
  const root = await treeAt(t, { 'index.js': '', 'notes/a.md': '', 'notes/deep/b.md': '' })
  assert.deepEqual((await packed(t, root, { ignore: ['*.md'] })).names, ['index.js'])
})

const MODULES = {
  'package.json': '{"dependencies":{"@aws-sdk/client-s3":"3","@smithy/core":"3","a":"1"}}',
  'index.js': '',
  'node_modules/@aws-sdk/client-s3/package.json': '{}',
  'node_modules/@smithy/core/package.json': '{}',
  'node_modules/a/package.json': '{}',
  'node_modules/a/README.md': '',
}

for (const mode of ['production', 'all']) {
  for (const pattern of [
    'node_modules/@aws-sdk',
    'node_modules/@aws-sdk/',
    '@aws-sdk/',
    'node_modules/@aws-sdk/*',
  ]) {
    test(`with mode '${mode}' the pattern ${pattern} leaves out the packages of that scope`, async (t) => {
      const root = await treeAt(t, MODULES)
      const { names, excluded } = await packed(t, root, { mode, ignore: [pattern, '*.md'] })
      assert.deepEqual(
        names.filter((name) => name.startsWith('node_modules')),
        ['node_modules/@smithy/core/package.json', 'node_modules/a/package.json'],
      )
      assert.ok(
        excluded.some(({ path, reason }) => path.startsWith('node_modules/@aws-sdk') && reason === 'ignore'),
      )
    })
  }
}

test('a pattern of node_modules leaves out all packages', async (t) => {
  const root = await treeAt(t, MODULES)
  await write(root, { 'nested/node_modules/b/index.js': '' })
  const { names } = await packed(t, root, { ignore: ['node_modules'] })
  assert.deepEqual(names, ['index.js', 'package.json'])
})

test('! brings back a package that production does not need', async (t) => {
  const root = await treeAt(t, {
    ...MODULES,
    'node_modules/dev/package.json': '{}',
    'node_modules/other/x.js': '',
  })
  const { names } = await packed(t, root, { ignore: ['!node_modules/dev'] })
  assert.ok(names.includes('node_modules/dev/package.json'))
  assert.ok(!names.includes('node_modules/other/x.js'))
})
