import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { folder, installed, namesIn, refusal, treeAt, write } from './support/trees.mjs'

async function packed(t, root, options) {
  const out = join(await folder(t), 'function.zip')
  const result = await pack({ root, out, ...options })
  return { ...result, names: await namesIn(out) }
}

const MISSING = {
  'package.json': '{"name":"app","dependencies":{"a":"1"},"devDependencies":{"dev":"1"}}',
  'index.js': '',
  ...installed('node_modules/a', { dependencies: { '@s/b': '1' } }),
  ...installed('node_modules/@s/b', { dependencies: { gone: '1' } }),
}

test('a missing dependency is refused with the way to it', async (t) => {
  const error = await refusal(t, await treeAt(t, MISSING))
  assert.equal(error.code, 'DEPENDENCY_NOT_INSTALLED')
  assert.deepEqual(error.chain, ['.', 'a', '@s/b', 'gone'])
  assert.match(error.message, /\. > a > @s\/b > gone/)
  assert.match(error.hint, /npm ci/)
})

test('nothing installed at all is refused too', async (t) => {
  const error = await refusal(
    t,
    await treeAt(t, { 'package.json': '{"dependencies":{"a":"1"}}', 'index.js': '' }),
  )
  assert.deepEqual([error.code, error.chain], ['DEPENDENCY_NOT_INSTALLED', ['.', 'a']])
})

test('one that is installed above the root is named by the hint', async (t) => {
  const above = await treeAt(t, installed('node_modules/gone'))
  const root = await write(join(above, 'functions', 'one'), MISSING)
  const error = await refusal(t, root)
  assert.equal(error.code, 'DEPENDENCY_NOT_INSTALLED')
  assert.ok(error.hint.includes(join(above, 'node_modules', 'gone')), error.hint)
})

test("mode: 'all', a choice of files, and optional dependencies need no installation", async (t) => {
  const root = await treeAt(t, MISSING)
  assert.ok((await packed(t, root, { mode: 'all' })).names.includes('node_modules/@s/b/index.js'))
  assert.deepEqual((await packed(t, root, { include: ['index.js'] })).names, ['index.js'])
  assert.equal((await refusal(t, root, { include: ['node_modules/a'] })).code, 'DEPENDENCY_NOT_INSTALLED')
  await write(root, installed('node_modules/@s/b', { optionalDependencies: { gone: '1' } }))
  assert.deepEqual((await packed(t, root)).warnings, [])
  await write(
    root,
    installed('node_modules/@s/b', { dependencies: { gone: '1' }, optionalDependencies: { gone: '1' } }),
  )
  assert.deepEqual((await packed(t, root)).warnings, [])
})

test('what a project inside misses is a warning', async (t) => {
  const root = await treeAt(t, {
    'package.json': '{}',
    'index.js': '',
    'examples/one/package.json': '{"dependencies":{"gone":"1"}}',
  })
  const { warnings, names } = await packed(t, root)
  assert.equal(warnings.length, 1)
  const [{ message, ...rest }] = warnings
  assert.deepEqual(rest, { code: 'DEPENDENCY_NOT_INSTALLED', severity: 'warning', path: 'examples/one' })
  assert.match(message, /examples\/one > gone/)
  assert.deepEqual(names, ['examples/one/package.json', 'index.js', 'package.json'])
})

test('a corrupt package.json is refused with its path, where it matters', async (t) => {
  for (const [at, text] of [
    ['package.json', '{"dependencies": {'],
    ['package.json', '[]'],
    ['package.json', ''],
    ['package.json', '"text"'],
    ['node_modules/a/package.json', '{,}'],
    ['node_modules/@s/b/package.json', 'null'],
  ]) {
    const root = await treeAt(t, { ...MISSING, [at]: text })
    const error = await refusal(t, root)
    assert.deepEqual([error.code, error.path], ['INVALID_PACKAGE_JSON', join(root, at)], `${at}: ${text}`)
    assert.ok(error.hint)
    assert.ok((await packed(t, root, { mode: 'all' })).names.includes(at))
  }
})

test('a corrupt package.json of a package that stays out is never read', async (t) => {
  const root = await treeAt(t, {
    'package.json': '{"devDependencies":{"dev":"1"}}',
    'node_modules/dev/package.json': 'not JSON',
  })
  assert.deepEqual((await packed(t, root)).names, ['package.json'])
})
