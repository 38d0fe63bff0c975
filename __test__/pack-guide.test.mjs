import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { pythonTest, sha256Base64, treeOf, unzipTo } from './support/readers.mjs'
import { folder, installed, listing, namesIn, noise, runModule, treeAt, unixOnly } from './support/trees.mjs'

const FUNCTION = {
  'package.json': '{"name":"guide","dependencies":{"a":"1"},"devDependencies":{"dev":"1"}}',
  'index.js': 'exports.handler = async () => require("a")\n',
  'bin/run.sh': { content: '#!/bin/sh\necho run\n', mode: 0o755 },
  'bin/by-owner-alone': { content: '#!/bin/sh\n', mode: 0o700 },
  'bin/by-group-alone': { content: 'not a program', mode: 0o654 },
  'resources/data.bin': noise(50_000),
  'resources/empty.txt': '',
  'resources/only-for-owner.txt': { content: 'text', mode: 0o600 },
  'resources/für Ⅷ 日本 🚀/naïve file.txt': 'unicode',
  'empty/deep/': '',
  ...installed('node_modules/a', { main: './index.js' }),
  ...installed('node_modules/dev'),
  'node_modules/.bin/dev': { content: '#!/usr/bin/env node\n', mode: 0o775 },
}

/** A tree in the form that an archive of it has: names, contents, and the two modes of files. */
function normal(tree) {
  return tree.map(({ name, type, mode, sha256, target }) => {
    if (type !== 'file') return { name, type, target }
    return { name, type, mode: mode & 0o100 ? 0o755 : 0o644, sha256 }
  })
}

/** Folders have modes of their own only where an archive names them. */
function unpacked(tree) {
  return tree.map(({ mode, ...rest }) =>
    rest.type === 'file' ? { ...rest, mode } : { target: undefined, ...rest },
  )
}

test("include: ['index.js'] packs what `zip function.zip index.js` does", async (t) => {
  const root = await treeAt(t, FUNCTION)
  const out = join(await folder(t), 'function.zip')
  const result = await pack({ root, out, include: ['index.js'] })
  const { entries } = await pythonTest(out)
  assert.deepEqual(entries.map(({ name, mode }) => [name, mode]), [['index.js', 0o100644]])
  assert.equal(result.fileCount, 1)
  assert.equal(result.unzippedSize, FUNCTION['index.js'].length)
})

test("mode: 'all' packs what `zip -r function.zip .` does", { skip: unixOnly }, async (t) => {
  const root = await treeAt(t, FUNCTION)
  // Before there is a cache in it.
  const before = await treeOf(root)
  const to = await folder(t)
  const out = join(to, 'function.zip')
  await pack({ root, out, mode: 'all' })
  await unzipTo(out, join(to, 'unzipped'))
  assert.deepEqual(unpacked(await treeOf(join(to, 'unzipped'))), normal(before))
  const { entries } = await pythonTest(out)
  const folders = entries.filter(({ name }) => name.endsWith('/'))
  assert.deepEqual(folders.map(({ name, mode }) => [name, mode]), [['empty/deep/', 0o040755]])
})

test('the default mode leaves out what only devDependencies need', async (t) => {
  const root = await treeAt(t, FUNCTION)
  const out = join(await folder(t), 'function.zip')
  await pack({ root, out })
  const names = await namesIn(out)
  assert.deepEqual(names.filter((name) => name.includes('node_modules')), [
    'node_modules/a/index.js',
    'node_modules/a/package.json',
  ])
})

test('the result is true', async (t) => {
  const root = await treeAt(t, FUNCTION)
  const out = join(await folder(t), 'made', 'on demand', 'function.zip')
  const result = await pack({ root, out, mode: 'all' })
  const { entries } = await pythonTest(out)
  const files = entries.filter(({ name }) => !name.endsWith('/'))
  const { durationMs, ...rest } = result
  assert.deepEqual(rest, {
    path: out,
    codeSha256: await sha256Base64(out),
    size: (await stat(out)).size,
    unzippedSize: files.reduce((sum, { size }) => sum + size, 0),
    fileCount: files.length,
    // One is empty.
    compressedCount: files.length - 1,
    reused: false,
    excluded: [],
    warnings: [],
  })
  assert.equal(files.length, Object.keys(FUNCTION).length - 1)
  assert.ok(durationMs > 0)
  assert.deepEqual(await listing(join(out, '..')), ['function.zip'])
})

test('without options the working directory is packed into its function.zip', async (t) => {
  const cwd = await treeAt(t, FUNCTION)
  const source = 'console.log(JSON.stringify([await pack(), await pack({}), await pack(undefined)]))'
  const { stdout, stderr } = await runModule(source, null, { cwd })
  assert.equal(stderr, '')
  const results = JSON.parse(stdout)
  assert.deepEqual(results.map(({ path }) => path), Array(3).fill(join(cwd, 'function.zip')))
  assert.equal(new Set(results.map(({ codeSha256 }) => codeSha256)).size, 1)
})

test('relative paths start at the working directory', async (t) => {
  const cwd = await treeAt(t, { 'app/index.js': 'exports.handler = 1' })
  const source = "console.log((await pack({ root: './app', out: 'dist/../made.zip' })).path)"
  const { stdout } = await runModule(source, null, { cwd })
  assert.equal((await stat(stdout.trim())).ino, (await stat(join(cwd, 'made.zip'))).ino)
})

test('prefix puts everything below a folder, links and empty folders too', async (t) => {
  const root = await treeAt(t, {
    'a/b.js': 'b',
    'empty/': '',
    ...(!unixOnly && { link: { link: 'a/b.js' } }),
  })
  const to = await folder(t)
  for (const prefix of ['nodejs', 'opt/nodejs/']) {
    const out = join(to, 'function.zip')
    await pack({ root, out, prefix })
    const plain = prefix.replace(/\/$/, '')
    const names = await namesIn(out)
    const expected = ['a/b.js', 'empty/', ...(unixOnly ? [] : ['link'])]
    assert.deepEqual(names, expected.map((name) => `${plain}/${name}`))
  }
  for (const prefix of ['/abs', '..', 'a/../b', 'a//b', 'a\\b', '.', '/', 'C:']) {
    await assert.rejects(pack({ root, out: join(to, 'x.zip'), prefix }), {
      code: 'INVALID_OPTION',
      option: 'prefix',
    })
  }
})

test('executable makes files executable whatever the disk says', async (t) => {
  const plain = { content: '#!/bin/sh\n', mode: 0o644 }
  const root = await treeAt(t, {
    bootstrap: plain,
    'bin/a': plain,
    'bin/deep/b': plain,
    'lib/a': 'x',
    'lib/c.sh': 'x',
  })
  const out = join(await folder(t), 'function.zip')
  await pack({ root, out, executable: ['bootstrap', 'bin/', '**/*.sh', 'matches-nothing'] })
  const { entries } = await pythonTest(out)
  assert.deepEqual(entries.map(({ name, mode }) => [name, (mode & 0o777).toString(8)]), [
    ['bin/a', '755'],
    ['bin/deep/b', '755'],
    ['bootstrap', '755'],
    ['lib/a', '644'],
    ['lib/c.sh', '755'],
  ])
})
