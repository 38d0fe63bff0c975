import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { run } from './support/command.mjs'
import { unzipTo } from './support/readers.mjs'
import { folder, installed, namesIn, treeAt, unixOnly, write } from './support/trees.mjs'

async function packed(t, root, options) {
  const out = join(await folder(t), 'function.zip')
  const result = await pack({ root, out, ...options })
  const names = await namesIn(out)
  return { ...result, out, names, inModules: names.filter((name) => name.includes('node_modules')) }
}

/** What `index.js` of the archive exports when nothing else is near it. */
async function loaded(t, out) {
  const clean = join(await folder(t), 'task')
  await unzipTo(out, clean)
  const print =
    "console.log(JSON.stringify(require('node:module').createRequire(process.cwd() + '/x')('./index.js')))"
  const { stdout, stderr } = await run(process.execPath, ['-e', print], { cwd: clean })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

const STORE = 'node_modules/.pnpm'
const PNPM = {
  'package.json': '{"dependencies":{"a":"1","@s/p":"1"},"devDependencies":{"dev":"1"}}',
  'index.js': "module.exports = [require('a'), require('@s/p')]\n",
  ...installed(`${STORE}/a@1.0.0/node_modules/a`, { dependencies: { b: '1' } }),
  [`${STORE}/a@1.0.0/node_modules/a/index.js`]: "module.exports = ['a', require('b')]\n",
  ...installed(`${STORE}/b@1.0.0/node_modules/b`, { dependencies: { a: '1' } }),
  ...installed(`${STORE}/@s+p@1.0.0_b@1.0.0/node_modules/@s/p`, { peerDependencies: { b: '1' } }),
  ...installed(`${STORE}/dev@1.0.0/node_modules/dev`, { dependencies: { 'of-dev': '1' } }),
  ...installed(`${STORE}/of-dev@1.0.0/node_modules/of-dev`),
  [`${STORE}/a@1.0.0/node_modules/b`]: { link: '../../b@1.0.0/node_modules/b' },
  [`${STORE}/b@1.0.0/node_modules/a`]: { link: '../../a@1.0.0/node_modules/a' },
  [`${STORE}/@s+p@1.0.0_b@1.0.0/node_modules/b`]: { link: '../../b@1.0.0/node_modules/b' },
  [`${STORE}/dev@1.0.0/node_modules/of-dev`]: { link: '../../of-dev@1.0.0/node_modules/of-dev' },
  [`${STORE}/node_modules/b`]: { link: '../b@1.0.0/node_modules/b' },
  [`${STORE}/node_modules/of-dev`]: { link: '../of-dev@1.0.0/node_modules/of-dev' },
  [`${STORE}/lock.yaml`]: '',
  'node_modules/.modules.yaml': '',
  'node_modules/a': { link: '.pnpm/a@1.0.0/node_modules/a' },
  'node_modules/@s/p': { link: '../.pnpm/@s+p@1.0.0_b@1.0.0/node_modules/@s/p' },
  'node_modules/dev': { link: '.pnpm/dev@1.0.0/node_modules/dev' },
}

test(
  "pnpm's store goes in as it is, without what production does not need",
  { skip: unixOnly },
  async (t) => {
    const { inModules, excluded, warnings, out } = await packed(t, await treeAt(t, PNPM))
    const expected = Object.keys(PNPM).filter((name) => name.includes('/') && !/dev|yaml/.test(name))
    assert.deepEqual(inModules, expected.sort())
    assert.deepEqual(warnings, [])
    assert.deepEqual(
      excluded.map(({ path, reason }) => [path, reason]),
      [
        ['node_modules/.modules.yaml', 'production'],
        [`${STORE}/dev@1.0.0`, 'production'],
        [`${STORE}/lock.yaml`, 'production'],
        [`${STORE}/node_modules/of-dev`, 'link'],
        [`${STORE}/of-dev@1.0.0`, 'production'],
        ['node_modules/dev', 'production'],
      ],
    )
    assert.deepEqual(await loaded(t, out), [
      ['a', `${STORE}/b@1.0.0/node_modules/b`],
      `${STORE}/@s+p@1.0.0_b@1.0.0/node_modules/@s/p`,
    ])
  },
)

const WORKSPACES = {
  'package.json': '{"workspaces":["packages/*"],"dependencies":{"lib":"1"},"devDependencies":{"tool":"1"}}',
  'index.js': "module.exports = require('lib')\n",
  ...installed('packages/lib', { dependencies: { b: '1' }, devDependencies: { dev: '1' } }),
  'packages/lib/index.js': "module.exports = ['lib', require('b')]\n",
  ...installed('packages/tool', { dependencies: { 'of-tool': '1' } }),
  'node_modules/lib': { link: '../packages/lib' },
  'node_modules/tool': { link: '../packages/tool' },
  ...installed('node_modules/b'),
  ...installed('node_modules/dev'),
}

test('workspaces inside the root stay links, and their packages go in', { skip: unixOnly }, async (t) => {
  const root = await treeAt(t, { ...WORKSPACES, ...installed('node_modules/of-tool') })
  const { inModules, warnings, excluded, out } = await packed(t, root)
  assert.deepEqual(inModules, [
    'node_modules/b/index.js',
    'node_modules/b/package.json',
    'node_modules/lib',
    // A workspace of the project's own, in whose folder it is packed.
    'node_modules/of-tool/index.js',
    'node_modules/of-tool/package.json',
  ])
  assert.deepEqual(warnings, [])
  assert.deepEqual(excluded.map(({ path }) => path), ['node_modules/dev', 'node_modules/tool'])
  assert.deepEqual(await loaded(t, out), ['lib', 'node_modules/b'])
})

test(
  'what a workspace of the root misses is refused, and of another one a warning',
  { skip: unixOnly },
  async (t) => {
    const { warnings } = await packed(t, await treeAt(t, WORKSPACES))
    assert.deepEqual(
      warnings.map(({ code, path }) => [code, path]),
      [['DEPENDENCY_NOT_INSTALLED', 'packages/tool']],
    )
    const rest = Object.entries(WORKSPACES).filter(([name]) => !name.startsWith('node_modules/b/'))
    const expected = { code: 'DEPENDENCY_NOT_INSTALLED', chain: ['.', 'lib', 'b'] }
    await assert.rejects(packed(t, await treeAt(t, Object.fromEntries(rest))), expected)
  },
)

const MONOREPO = {
  ...installed('lib', { dependencies: { b: '1' } }),
  'lib/index.js': "module.exports = ['lib', require('b')]\n",
  'fn/package.json': '{"dependencies":{"lib":"1","b":"1"},"devDependencies":{"tool":"1"}}',
  'fn/index.js': "module.exports = require('lib')\n",
  ...installed('fn/node_modules/b'),
  'fn/node_modules/lib': { link: '../../lib' },
}

test(
  'a package outside of the root is refused, and goes in its place when asked for',
  { skip: unixOnly },
  async (t) => {
    const root = join(await treeAt(t, MONOREPO), 'fn')
    const path = join(root, 'node_modules', 'lib')
    await assert.rejects(packed(t, root), { code: 'LINK_LEAVES_ROOT', path, target: join(root, '..', 'lib') })
    for (const symlinks of ['external', 'dereference']) {
      const { inModules, out } = await packed(t, root, { symlinks })
      assert.deepEqual(inModules, [
        'node_modules/b/index.js',
        'node_modules/b/package.json',
        'node_modules/lib/index.js',
        'node_modules/lib/package.json',
      ])
      assert.deepEqual(await loaded(t, out), ['lib', 'fn/node_modules/b'])
    }
  },
)

test('links of dev packages that lead out, or to nothing, are no concern', { skip: unixOnly }, async (t) => {
  const root = join(await treeAt(t, MONOREPO), 'fn')
  await write(root, {
    'node_modules/tool': { link: '../../tool' },
    'node_modules/.tool-was-here': '',
    'node_modules/@s/tool': { link: '../../../lib' },
  })
  const { inModules, excluded } = await packed(t, root, { symlinks: 'external' })
  assert.ok(!inModules.some((name) => /node_modules\/(@s\/)?tool/.test(name)), inModules.join())
  assert.deepEqual(excluded.map(({ path }) => path), ['node_modules/@s/tool', 'node_modules/tool'])
})
