import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { folder, namesIn, treeAt, unixOnly, write } from './support/trees.mjs'

const KEY = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n'
const SECRETS = {
  'index.js': '1',
  '.env': 'TOKEN=1',
  '.aws/credentials': 'x',
  'k.pem': KEY,
  settings: { link: '.env' },
  creds: { link: '.aws/credentials' },
  awsdir: { link: '.aws' },
  mykey: { link: 'k.pem' },
}

async function packed(t, tree, options) {
  const root = await treeAt(t, tree)
  const out = join(await folder(t), 'function.zip')
  const result = await pack({ root, out, ...options })
  return { ...result, names: await namesIn(out) }
}

for (const symlinks of ['keep', 'external', 'dereference']) {
  test(`a secret stays out under the name of a link, with ${symlinks}`, { skip: unixOnly }, async (t) => {
    const { names, excluded } = await packed(t, SECRETS, { symlinks })
    assert.deepEqual(names, ['index.js'])
    const paths = excluded.map(({ path }) => path)
    assert.deepEqual(paths, ['.aws', '.env', 'awsdir', 'creds', 'k.pem', 'mykey', 'settings'])
  })
}

test('a secret from outside stays out, and other files from there go in', { skip: unixOnly }, async (t) => {
  const outside = await folder(t)
  await write(outside, { '.npmrc': '//registry/:_authToken=x', 'data.json': '{}' })
  const tree = {
    'index.js': '1',
    rc: { link: join(outside, '.npmrc') },
    'data.json': { link: join(outside, 'data.json') },
  }
  const { names, excluded } = await packed(t, tree, { symlinks: 'external' })
  assert.deepEqual(names, ['data.json', 'index.js'])
  assert.deepEqual(excluded, [{ path: 'rc', reason: 'always', rule: '.npmrc' }])
})

test('one that is named goes in', { skip: unixOnly }, async (t) => {
  const byTarget = await packed(t, SECRETS, { symlinks: 'dereference', ignore: ['!.env'] })
  assert.deepEqual(byTarget.names, ['.env', 'index.js', 'settings'])
  const byLink = await packed(t, SECRETS, { symlinks: 'dereference', ignore: ['!mykey'] })
  assert.deepEqual(byLink.names, ['index.js', 'mykey'])
})

test("the archive's own folder makes no difference to the archive", async (t) => {
  const root = await treeAt(t, { 'index.js': '1', 'dist/': null })
  const out = join(root, 'dist', 'f.zip')
  const first = await pack({ root, out })
  const second = await pack({ root, out })
  assert.equal(first.codeSha256, second.codeSha256)
  assert.deepEqual(await namesIn(out), ['index.js'])
})

test('a package of a workspace is asked for, though its package.json does not go in', async (t) => {
  const { names } = await packed(t, {
    'package.json': '{"workspaces":["packages/*"]}',
    'packages/a/package.json': '{"dependencies":{"x":"1"}}',
    'packages/a/src/index.js': '1',
    'node_modules/x/package.json': '{}',
    'node_modules/dev/package.json': '{}',
  }, { include: ['packages/a/src', 'node_modules'] })
  assert.deepEqual(names, ['node_modules/x/package.json', 'packages/a/src/index.js'])
})
