// The other tests change a file while it waits for its turn. Here it changes between two calls to the system.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { noDiskFaults, packWithFault } from './support/disk.mjs'
import { structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, noise, prose, treeAt } from './support/trees.mjs'

const skip = noDiskFaults
const CHANGES = ['append', 'overwrite', 'truncate', 'remove', 'replace']

const SMALL = prose(9000)
const LARGE = prose(6 << 20)

/** After which call the file changes, and how many calls of the kind come before. */
const MOMENTS = {
  'after it was found': { call: 'stat' },
  'before it is opened': { call: 'open', before: true },
  'after it was opened': { call: 'open' },
  'before it is read': { call: 'read', before: true },
  'after it was read': { call: 'read' },
}

async function packWithChange(t, content, fault) {
  const root = await treeAt(t, {
    '.lambdaignore': '*.other\n',
    'index.js': 'x',
    'marked.txt': content,
    // Only for `replace`, and no part of the package.
    'marked.txt.other': noise(content.length),
  })
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  const out = join(to, 'function.zip')
  const path = join(root, 'marked.txt')
  const options = { root, out, level: 1, cache: false }
  const told = await packWithFault(t, options, { path: 'marked.txt', times: 1, ...fault })
  assert.equal(told.times, 1, 'the file changed at that moment')
  return { ...told, root, to, out, path }
}

async function refused({ error, result, to, out, path }) {
  assert.ok(error, `packed ${JSON.stringify(result)}`)
  assert.deepEqual([error.isOurs, error.code, error.path], [true, 'FILE_CHANGED', path], error.message)
  assert.ok(error.hint)
  assert.deepEqual(await listing(to), ['function.zip'])
  assert.deepEqual(await readFile(out), EMPTY_ARCHIVE)
}

for (const [moment, when] of Object.entries(MOMENTS)) {
  for (const does of CHANGES) {
    test(`a file that changes ${moment} is refused: ${does}`, { skip }, async (t) => {
      await refused(await packWithChange(t, SMALL, { ...when, does }))
    })
  }
}

for (const does of CHANGES) {
  test(`a large file that changes between two of its pieces is refused: ${does}`, { skip }, async (t) => {
    // Three samples and one piece were read.
    await refused(await packWithChange(t, LARGE, { call: 'read', skip: 3, does }))
  })
}

for (const does of ['append', 'overwrite', 'truncate', 'replace']) {
  test(`a file that changed just before it was looked at goes in as it is: ${does}`, { skip }, async (t) => {
    const { result, error, root, to, out } = await packWithChange(t, SMALL, { call: 'stat', before: true, does })
    assert.ok(result, error?.message)
    assert.deepEqual(await structure(out), [])
    const again = await pack({ root, out: join(await folder(t), 'function.zip'), level: 1, cache: false })
    assert.equal(again.codeSha256, result.codeSha256)
    assert.deepEqual(await listing(to), ['function.zip'])
  })
}

test('a file that vanishes between the list of its folder and the look at it is refused', { skip }, async (t) => {
  await refused(await packWithChange(t, SMALL, { call: 'stat', before: true, does: 'remove' }))
})

test('a folder that vanishes after it was listed is refused', { skip }, async (t) => {
  const root = await treeAt(t, { 'index.js': 'x', 'lib/marked/': '' })
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  const out = join(to, 'function.zip')
  const fault = { call: 'opendir', path: 'marked', before: true, does: 'remove' }
  const told = await packWithFault(t, { root, out }, fault)
  assert.equal(told.times, 1)
  await refused({ ...told, to, out, path: join(root, 'lib/marked') })
})

test('the archive of a package whose .lambdaignore vanishes is refused or as without it', { skip }, async (t) => {
  for (const before of [true, false]) {
    const root = await treeAt(t, { 'index.js': 'x', 'a.md': 'y', '.lambdaignore': '*.md\n' })
    const to = await folder(t)
    const out = join(to, 'function.zip')
    const fault = { call: 'open', path: '.lambdaignore', before, does: 'remove' }
    const { result, error, times } = await packWithFault(t, { root, out }, fault)
    assert.equal(times, 1)
    assert.ok(result ?? error.isOurs, error?.message)
    if (result) assert.equal(result.fileCount, before ? 2 : 1)
  }
})
