import assert from 'node:assert/strict'
import { chmod, chown, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import {
  EMPTY_ARCHIVE,
  folder,
  listing,
  namesIn,
  packAsOrdinaryUser,
  treeAt,
  unixOnly,
} from './support/trees.mjs'

const unix = { skip: unixOnly }
const OTHER = 65534

/** A folder that the ordinary user may write to, with an archive in it. */
async function place(t) {
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  if (process.getuid() === 0) {
    await chown(to, OTHER, OTHER)
    await chown(join(to, 'function.zip'), OTHER, OTHER)
  }
  return to
}

/** A tree that everybody may read, in a folder that everybody may enter. */
async function readable(t, tree) {
  const root = await treeAt(t, tree)
  await chmod(root, 0o755)
  return root
}

async function refused(t, root, options) {
  const to = await place(t)
  const told = await packAsOrdinaryUser(t, { root, out: join(to, 'function.zip'), ...options })
  if (told === null) return null
  assert.ok(told.error, JSON.stringify(told))
  assert.deepEqual(await listing(to), ['function.zip'])
  assert.deepEqual(await readFile(join(to, 'function.zip')), EMPTY_ARCHIVE)
  assert.ok(told.error.hint)
  return told.error
}

const noUser = 'there is no way here to run as an ordinary user'

test('an ordinary user packs what everybody may read', unix, async (t) => {
  const root = await readable(t, { 'index.js': 'text' })
  const to = await place(t)
  const told = await packAsOrdinaryUser(t, { root, out: join(to, 'function.zip') })
  if (told === null) return t.skip(noUser)
  assert.equal(told.result?.fileCount, 1, JSON.stringify(told))
  assert.deepEqual(await namesIn(join(to, 'function.zip')), ['index.js'])
})

test('an unreadable file is refused, never skipped', unix, async (t) => {
  const root = await readable(t, { 'index.js': '', 'lib/secret.js': { content: 'x', mode: 0 } })
  const error = await refused(t, root)
  if (error === null) return t.skip(noUser)
  assert.deepEqual([error.code, error.path], ['READ_FAILED', join(root, 'lib', 'secret.js')])
  assert.match(error.message, /: Permission denied$/)
  assert.match(error.cause, /Permission denied/)
})

test('an unreadable folder is refused, never skipped', unix, async (t) => {
  for (const mode of [0o000, 0o311, 0o644]) {
    const root = await readable(t, { 'index.js': '', 'lib/a.js': 'x' })
    await chmod(join(root, 'lib'), mode)
    const error = await refused(t, root)
    if (error === null) return t.skip(noUser)
    assert.equal(error.code, 'READ_FAILED')
    assert.ok(error.path.startsWith(join(root, 'lib')), error.path)
  }
})

test('an unreadable key, pattern file, package.json or package is refused as well', unix, async (t) => {
  const manifest = '{"dependencies":{"a":"1"}}'
  const modules = { 'node_modules/a/package.json': '{}' }
  for (const name of ['a.pem', '.lambdaignore', 'package.json', 'node_modules/a/package.json']) {
    const content = name === 'package.json' ? manifest : '{}'
    const root = await readable(t, { 'package.json': manifest, ...modules, [name]: { content, mode: 0 } })
    const error = await refused(t, root)
    if (error === null) return t.skip(noUser)
    assert.deepEqual([error.code, error.path], ['READ_FAILED', join(root, name)])
  }
})

test('what is unreadable and stays out is no concern', unix, async (t) => {
  const root = await readable(t, {
    'index.js': '',
    '.env': { content: 'A=1', mode: 0 },
    'notes.md': { content: '', mode: 0 },
    'private/a.md': '',
  })
  await chmod(join(root, 'private'), 0)
  const to = await place(t)
  const options = { root, out: join(to, 'function.zip'), ignore: ['*.md', 'private'] }
  const told = await packAsOrdinaryUser(t, options)
  if (told === null) return t.skip(noUser)
  assert.equal(told.result?.fileCount, 1, JSON.stringify(told))
})

test('a root in a folder that may not be entered is refused', unix, async (t) => {
  const above = await readable(t, { 'root/index.js': '' })
  await chmod(above, 0)
  const error = await refused(t, join(above, 'root'))
  if (error === null) return t.skip(noUser)
  assert.deepEqual([error.code, error.path], ['READ_FAILED', join(above, 'root')])
})

test('a folder that may not be written to is refused, and its archive stays', unix, async (t) => {
  const root = await readable(t, { 'index.js': '' })
  const to = await readable(t, { 'function.zip': EMPTY_ARCHIVE })
  await chmod(to, 0o555)
  for (const out of [join(to, 'function.zip'), join(to, 'new.zip')]) {
    const told = await packAsOrdinaryUser(t, { root, out })
    if (told === null) return t.skip(noUser)
    assert.deepEqual([told.error?.code, told.error?.path], ['WRITE_FAILED', out], JSON.stringify(told))
    assert.ok(told.error.hint)
  }
  assert.deepEqual(await listing(to), ['function.zip'])
  assert.deepEqual(await readFile(join(to, 'function.zip')), EMPTY_ARCHIVE)
})

test('a folder that cannot be made is refused', unix, async (t) => {
  const root = await readable(t, { 'index.js': '' })
  const to = await folder(t)
  await chmod(to, 0o555)
  const told = await packAsOrdinaryUser(t, { root, out: join(to, 'deep', 'function.zip') })
  if (told === null) return t.skip(noUser)
  assert.equal(told.error?.code, 'WRITE_FAILED', JSON.stringify(told))
  assert.deepEqual(await listing(to), [])
})
