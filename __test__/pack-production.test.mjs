import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { run } from './support/command.mjs'
import { unzipTo } from './support/readers.mjs'
import { folder, installed, namesIn, treeAt, unixOnly, write } from './support/trees.mjs'

const NPM = {
  'package.json': JSON.stringify({
    dependencies: { a: '1', '@s/b': '1', alias: 'npm:original@2', bundler: '1', both: '1' },
    devDependencies: { dev: '1', both: '1', '@s/dev': '1' },
    optionalDependencies: { optional: '1', 'not-on-this-machine': '1' },
    peerDependencies: { 'own-peer': '1', 'absent-peer': '1' },
  }),
  'index.js':
    "module.exports = ['a', '@s/b', 'alias', 'bundler', 'both', 'optional', 'own-peer'].map(require)\n",
  ...installed('node_modules/a', {
    dependencies: { shared: '1' },
    peerDependencies: { peer: '1', gone: '*' },
  }),
  ...installed('node_modules/a/node_modules/shared', { version: '1.0.0' }),
  ...installed('node_modules/shared', { version: '2.0.0' }),
  ...installed('node_modules/peer', { dependencies: { 'of-peer': '1' } }),
  ...installed('node_modules/of-peer', { dependencies: { a: '1' } }),
  ...installed('node_modules/@s/b', { dependencies: { '@s/c': '1' } }),
  ...installed('node_modules/@s/c'),
  ...installed('node_modules/@s/dev', { dependencies: { '@t/of-dev': '1' } }),
  ...installed('node_modules/@t/of-dev'),
  ...installed('node_modules/alias', { name: 'original', dependencies: { 'of-original': '1' } }),
  ...installed('node_modules/of-original'),
  ...installed('node_modules/bundler', { dependencies: { bundled: '1' }, bundleDependencies: ['bundled'] }),
  ...installed('node_modules/bundler/node_modules/bundled', { dependencies: { 'of-bundled': '1' } }),
  ...installed('node_modules/bundler/node_modules/of-bundled'),
  ...installed('node_modules/both', { devDependencies: { 'dev-of-both': '1' } }),
  ...installed('node_modules/dev-of-both'),
  ...installed('node_modules/optional', { optionalDependencies: { 'of-optional': '1', 'not-here': '1' } }),
  ...installed('node_modules/of-optional'),
  ...installed('node_modules/own-peer'),
  ...installed('node_modules/dev', { dependencies: { shared: '2', 'of-dev': '1' } }),
  ...installed('node_modules/dev/node_modules/a', { version: '0.1.0' }),
  ...installed('node_modules/of-dev'),
  ...installed('node_modules/nobody-asks-for-it'),
  'node_modules/.package-lock.json': '{}',
  'node_modules/.cache/babel/x.json': '{}',
}

const PRODUCTION = [
  '@s/b', '@s/c', 'a', 'a/node_modules/shared', 'alias', 'both', 'bundler', 'bundler/node_modules/bundled',
  'bundler/node_modules/of-bundled', 'of-optional', 'of-original', 'of-peer', 'optional', 'own-peer', 'peer',
].map((name) => `node_modules/${name}`)

/** Packs a tree; answers the packages in it too. */
async function packed(t, tree, options) {
  const root = await treeAt(t, tree)
  const out = join(await folder(t), 'function.zip')
  const result = await pack({ root, out, ...options })
  const names = await namesIn(out)
  const manifest = '/package.json'
  const manifests = names.filter((name) => name.endsWith(manifest))
  const packages = manifests.map((name) => name.slice(0, -manifest.length)).sort()
  return { ...result, root, out, names, packages }
}

test('an npm tree: all that production needs and nothing else', async (t) => {
  const { packages, excluded, warnings } = await packed(t, NPM)
  assert.deepEqual(packages, PRODUCTION)
  assert.deepEqual(warnings, [])
  const left = ['@s/dev', '@t/of-dev', 'dev', 'dev-of-both', 'nobody-asks-for-it', 'of-dev', 'shared']
  const expected = left.map((name) => [`node_modules/${name}`, 'production', 'not needed by production'])
  expected.push(['node_modules/.cache', 'production', 'installer metadata'])
  expected.push(['node_modules/.package-lock.json', 'production', 'installer metadata'])
  assert.deepEqual(excluded.map(({ path, reason, rule }) => [path, reason, rule]), expected.sort())
})

test('what was unpacked in a clean folder loads, each package in its version', async (t) => {
  const { out } = await packed(t, NPM)
  const clean = join(await folder(t), 'task')
  await unzipTo(out, clean)
  const source = `const load = require('node:module').createRequire(process.cwd() + '/index.js')
    const version = require(load.resolve('a') + '/../node_modules/shared/package.json').version
    console.log(JSON.stringify({ loaded: load('./index.js'), version }))`
  const { stdout, stderr } = await run(process.execPath, ['-e', source], { cwd: clean })
  assert.equal(stderr, '')
  const loaded = ['a', '@s/b', 'alias', 'bundler', 'both', 'optional', 'own-peer'].map(
    (name) => `node_modules/${name}`,
  )
  assert.deepEqual(JSON.parse(stdout), { loaded, version: '1.0.0' })
})

test("mode: 'all' takes every package, and what installers keep", async (t) => {
  const { packages, names, excluded } = await packed(t, NPM, { mode: 'all' })
  const all = Object.keys(NPM)
    .filter((name) => name.endsWith('/package.json'))
    .map((name) => name.slice(0, -13))
  assert.deepEqual(packages, all.sort())
  assert.ok(
    names.includes('node_modules/.package-lock.json') && names.includes('node_modules/.cache/babel/x.json'),
  )
  assert.deepEqual(excluded, [])
})

const COMMAND = { content: '#!/usr/bin/env node\n', mode: 0o755 }
const COMMANDS = {
  ...NPM,
  'node_modules/a/cli.js': COMMAND,
  'node_modules/dev/cli.js': COMMAND,
  'node_modules/.bin/a': { link: '../a/cli.js' },
  'node_modules/.bin/dev': { link: '../dev/cli.js' },
}

test('commands stay links, and those of packages that stay out stay out', { skip: unixOnly }, async (t) => {
  const { names, excluded, warnings } = await packed(t, COMMANDS)
  assert.deepEqual(names.filter((name) => name.includes('.bin')), ['node_modules/.bin/a'])
  assert.deepEqual(warnings, [])
  const rule = 'not needed by production'
  const [link] = excluded.filter(({ path }) => path.includes('.bin'))
  assert.deepEqual(link, { path: 'node_modules/.bin/dev', reason: 'production', rule })
})

test('scripts in place of links are known by the names of the commands', async (t) => {
  const script = { content: '#!/bin/sh\n', mode: 0o755 }
  const { names } = await packed(t, {
    ...NPM,
    'node_modules/a/package.json': JSON.stringify({ name: 'a', bin: { one: 'cli.js', two: 'cli.js' } }),
    'node_modules/.bin/one': script,
    'node_modules/.bin/two.cmd': script,
    'node_modules/.bin/dev': script,
  })
  const scripts = names.filter((name) => name.includes('.bin'))
  assert.deepEqual(scripts, ['node_modules/.bin/one', 'node_modules/.bin/two.cmd'])
})

test('a linked dev package of elsewhere and its command are no concern', { skip: unixOnly }, async (t) => {
  const elsewhere = await folder(t)
  await write(elsewhere, { 'package.json': '{"name":"tool"}', 'cli.js': COMMAND })
  const { names } = await packed(t, {
    ...NPM,
    'node_modules/tool': { link: elsewhere },
    'node_modules/.bin/tool': { link: '../tool/cli.js' },
  })
  assert.deepEqual(names.filter((name) => name.includes('tool')), [])
})

test('no copy of a command is packed without its package', { skip: unixOnly }, async (t) => {
  const { names } = await packed(t, COMMANDS, { symlinks: 'dereference' })
  assert.deepEqual(names.filter((name) => name.includes('.bin')), ['node_modules/.bin/a'])
})

test('a folder without package.json is packed whole', async (t) => {
  const rest = Object.entries(NPM).filter(([name]) => name !== 'package.json')
  const { packages, excluded } = await packed(t, Object.fromEntries(rest))
  assert.ok(packages.includes('node_modules/dev') && packages.includes('node_modules/nobody-asks-for-it'))
  assert.deepEqual(excluded, [])
})

test('names that lead elsewhere and fields of strange types do no harm', async (t) => {
  const { packages } = await packed(t, {
    'package.json': '\ufeff' + JSON.stringify({
      dependencies: { a: '1', '../../etc': '1', 'a/b': '1', '': '1', '@x': '1' },
      optionalDependencies: null,
      peerDependencies: ['dev'],
      bundledDependencies: true,
    }),
    ...installed('node_modules/a'),
    ...installed('node_modules/dev'),
  })
  assert.deepEqual(packages, ['node_modules/a'])
})

test('a project inside keeps its production packages and loses its others', async (t) => {
  const { packages, warnings, excluded } = await packed(t, {
    'package.json': '{"dependencies":{"a":"1"}}',
    ...installed('node_modules/a'),
    ...installed('node_modules/from-above'),
    ...installed('node_modules/dev'),
    'functions/one/package.json': '{"dependencies":{"b":"1","from-above":"1"},"devDependencies":{"dev":"1"}}',
    ...installed('functions/one/node_modules/b', { dependencies: { c: '1' } }),
    ...installed('functions/one/node_modules/c'),
    ...installed('functions/one/node_modules/dev'),
    ...installed('plain/node_modules/d'),
  })
  assert.deepEqual(packages, [
    'functions/one',
    'functions/one/node_modules/b',
    'functions/one/node_modules/c',
    'node_modules/a',
    'node_modules/from-above',
    'plain/node_modules/d',
  ])
  assert.deepEqual(warnings, [])
  assert.deepEqual(excluded.map(({ path }) => path), ['functions/one/node_modules/dev', 'node_modules/dev'])
})

test('a package.json without an object of dependencies asks for none', async (t) => {
  const tree = { 'package.json': '{"type":"module"}', 'index.js': '', ...installed('node_modules/x') }
  const { packages } = await packed(t, tree)
  assert.deepEqual(packages, [])
})
