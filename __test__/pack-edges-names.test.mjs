// Names that other systems cannot hold, and names that are one there.

import assert from 'node:assert/strict'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { javaTest, pythonTest, sevenZipTest, structure, treeOf, unzipTest, unzipTo } from './support/readers.mjs'
import { folder, installed, listing, namesIn, refusal } from './support/trees.mjs'
import { runModule, treeAt, unixOnly, write } from './support/trees.mjs'

const TWINS = ['NAMES_DIFFER_BY_CASE', 'NAMES_DIFFER_BY_NORMALIZATION']
const COMPOSED = '\u00e9'
const DECOMPOSED = 'e\u0301'

/** A folder in which all of these are names of their own, which depends on the disk; null where they are not. */
async function treeOfTwins(t, tree) {
  const root = await treeAt(t, tree)
  const found = await readdir(root, { recursive: true })
  const missing = Object.keys(tree).filter((name) => !found.includes(name.replace(/\/$/, '')))
  return missing.length === 0 ? root : null
}

/** The warnings of twins, as `[code, path, names]`; everything else about them is the same. */
async function twins(t, tree, options = {}) {
  const root = await treeOfTwins(t, tree)
  if (root === null) return null
  const out = join(await folder(t), 'function.zip')
  const { warnings, fileCount } = await pack({ root, out, ...options })
  assert.equal(fileCount, (await namesIn(out)).filter((name) => !name.endsWith('/')).length, 'both go in')
  const ours = warnings.filter(({ code }) => TWINS.includes(code))
  for (const { severity, message } of ours) {
    assert.equal(severity, 'warning')
    assert.match(message, /\.$/)
  }
  return ours
}

function are(warnings, expected) {
  assert.deepEqual(warnings.map(({ code, path }) => [code, path]), expected.map(([code, first]) => [code, first]))
  for (const [n, [, ...names]] of expected.entries()) {
    const { message } = warnings[n]
    for (const name of names) assert.ok(message.includes(name), `${message}\nwithout ${name}`)
  }
}

const [CASE, NORMALIZATION] = TWINS
const CASES = {
  'files that differ by case': [
    { 'index.js': '', 'Index.js': '' },
    [[CASE, 'Index.js', 'index.js']],
  ],
  'files in a folder': [
    { 'lib/deep/a.js': '', 'lib/deep/A.js': '' },
    [[CASE, 'lib/deep/A.js', 'lib/deep/a.js']],
  ],
  'files that differ by case beyond ASCII': [
    { 'Ä.js': '', 'ä.js': '', 'Ж.js': '', 'ж.js': '' },
    [[CASE, 'Ä.js', 'ä.js'], [CASE, 'Ж.js', 'ж.js']],
  ],
  'files that differ by normalisation': [
    { [`${COMPOSED}.js`]: '', [`${DECOMPOSED}.js`]: '' },
    [[NORMALIZATION, `${DECOMPOSED}.js`, `${COMPOSED}.js`]],
  ],
  'files that differ by normalisation of other scripts': [
    { '\u1112\u1161\u11ab.js': '', '\ud55c.js': '' },
    [[NORMALIZATION, '\u1112\u1161\u11ab.js', '\ud55c.js']],
  ],
  'folders, once, whatever is in them': [
    { 'Lib/a.js': '', 'Lib/c/d.js': '', 'lib/a.js': '', 'lib/b.js': '', 'lib/c/d.js': '' },
    [[CASE, 'Lib', 'lib']],
  ],
  'folders with other files in them': [
    { 'Lib/a.js': '', 'lib/b.js': '' },
    [[CASE, 'Lib', 'lib']],
  ],
  'folders that differ by normalisation': [
    { [`${COMPOSED}/a.js`]: '', [`${DECOMPOSED}/b.js`]: '' },
    [[NORMALIZATION, DECOMPOSED, COMPOSED]],
  ],
  'empty folders': [
    { 'index.js': '', 'Empty/': '', 'empty/': '' },
    [[CASE, 'Empty', 'empty']],
  ],
  'a folder and a file': [
    { 'Lib/a.js': '', lib: '' },
    [[CASE, 'Lib', 'lib']],
  ],
  'folders deep inside of packages': [
    { ...installed('node_modules/a'), 'node_modules/a/Lib/x.js': '', 'node_modules/a/lib/x.js': '' },
    [[CASE, 'node_modules/a/Lib', 'node_modules/a/lib']],
  ],
}

for (const [name, [tree, expected]] of Object.entries(CASES)) {
  test(`a warning lists both names: ${name}`, async (t) => {
    const warnings = await twins(t, tree)
    if (warnings === null) return t.skip('on this disk these names are one')
    are(warnings, expected)
    // The same in any order of the disk.
    are(await twins(t, Object.fromEntries(Object.entries(tree).reverse())), expected)
  })
}

test('three names are told in a way that names each', async (t) => {
  const names = ['README.md', 'Readme.md', 'readme.md']
  const warnings = await twins(t, Object.fromEntries(names.map((name) => [name, ''])))
  if (warnings === null) return t.skip('on this disk these names are one')
  assert.ok(warnings.length > 0)
  const all = warnings.map(({ message }) => message).join('\n')
  for (const name of names) assert.ok(all.includes(name), all)
})

test('what differs in both ways is told, and links count too', { skip: unixOnly }, async (t) => {
  const both = await twins(t, { [`${COMPOSED}.js`]: '', [`${DECOMPOSED.toUpperCase()}.js`]: '' })
  if (both === null) return t.skip('on this disk these names are one')
  assert.equal(both.length, 1)
  assert.ok(TWINS.includes(both[0].code))
  are(await twins(t, { 'a.js': '', Link: { link: 'a.js' }, link: { link: 'a.js' } }), [[CASE, 'Link', 'link']])
})

test('a prefix is in the names, and clashes with nothing', async (t) => {
  const warnings = await twins(t, { 'A.js': '', 'a.js': '' }, { prefix: 'nodejs' })
  if (warnings === null) return t.skip('on this disk these names are one')
  assert.equal(warnings.length, 1)
  assert.ok(warnings[0].message.includes('A.js') && warnings[0].message.includes('a.js'))
  assert.match(warnings[0].path, /^(nodejs\/)?A\.js$/)
})

test('no warning where the names are in different folders, differ otherwise, or one stays out', async (t) => {
  for (const [tree, options] of [
    [{ 'a/x.js': '', 'b/X.js': '', 'c/index.js': '', 'C.js': '' }, {}],
    [{ 'strasse.js': '', 'stra-se.js': '', 'a.js': '', 'á.js': '' }, {}],
    [{ 'o.js': '', 'ö.js': '', '1.js': '', '①.js': '' }, {}],
    [{ 'index.js': '', 'Index.js': '' }, { ignore: ['/Index.js'] }],
    [{ 'index.js': '', 'lib/a.js': '', 'Lib/a.js': '' }, { include: ['index.js', 'lib'] }],
  ]) {
    const warnings = await twins(t, tree, options)
    if (warnings === null) return t.skip('on this disk these names are one')
    assert.deepEqual(warnings, [], Object.keys(tree).join())
  }
})

test('twins are packed whole, and come out as they went in', { skip: unixOnly }, async (t) => {
  const tree = {
    'Index.js': 'upper',
    'index.js': 'lower',
    'Lib/a.js': '1',
    'lib/a.js': '2',
    [`${COMPOSED}.js`]: 'composed',
    [`${DECOMPOSED}.js`]: 'decomposed',
  }
  const root = await treeOfTwins(t, tree)
  if (root === null) return t.skip('on this disk these names are one')
  const to = await folder(t)
  const out = join(to, 'function.zip')
  await pack({ root, out })
  assert.deepEqual(await structure(out), [])
  for (const read of [unzipTest, pythonTest, sevenZipTest, javaTest]) {
    const verdict = await read(out)
    assert.ok(verdict === null || verdict.ok, verdict?.output)
  }
  await unzipTo(out, join(to, 'unpacked'), { tool: 'python' })
  assert.deepEqual(await treeOf(join(to, 'unpacked')), await treeOf(root))
})

const linux = { skip: process.platform !== 'linux' && 'this system has no such names' }

/** Puts the bytes in place of `?`. */
function raw(path, bytes) {
  const [head, tail] = path.split('?')
  return Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)])
}

/** What is not UTF-8 in different ways, and how it is told. */
const BYTES = {
  'a byte of Latin-1': [[0xe4], '\\xe4'],
  'a character that is cut off': [[0xe2, 0x82], '\\xe2\\x82'],
  'a surrogate': [[0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
  'more bytes than needed': [[0xc0, 0xaf], '\\xc0\\xaf'],
  'what is beyond Unicode': [[0xf4, 0x90, 0x80, 0x80], '\\xf4\\x90\\x80\\x80'],
}

for (const [name, [bytes, escaped]] of Object.entries(BYTES)) {
  test(`a name with ${name} is refused with its bytes`, linux, async (t) => {
    const root = await treeAt(t, { 'index.js': '', 'lib/': '' })
    await writeFile(raw(join(root, 'lib/a?b.js'), bytes), 'x')
    const error = await refusal(t, root)
    assert.deepEqual([error.code, error.path], ['FILE_NAME_INVALID', `lib/a${escaped}b.js`])
    assert.ok(error.message.includes(`lib/a${escaped}b.js`), error.message)
    assert.match(error.message, /UTF-8/)
    assert.equal(JSON.parse(JSON.stringify({ path: error.path })).path, error.path)
    assert.ok(!error.message.includes('\ufffd'), 'the bytes, and no sign for that they are unknown')
  })
}

test('a folder whose name is not UTF-8 is refused, and left out by a pattern', linux, async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const odd = raw(join(root, 'x?y'), [0xff])
  await mkdir(odd)
  await writeFile(Buffer.concat([odd, Buffer.from('/a.js')]), '')
  const error = await refusal(t, root)
  assert.deepEqual([error.code, error.path], ['FILE_NAME_INVALID', 'x\\xffy/a.js'])
  const out = join(await folder(t), 'function.zip')
  const { excluded } = await pack({ root, out, ignore: ['x*'] })
  assert.deepEqual(await namesIn(out), ['index.js'])
  assert.equal(excluded.length, 1)
})

test('a link with a target that is not UTF-8 is refused', linux, async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const target = raw('a?b', [0xe9])
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), target]), '')
  await symlink(target, join(root, 'link'))
  const error = await refusal(t, root, { ignore: ['a*b'] })
  assert.equal(error.code, 'FILE_NAME_INVALID')
  assert.ok(error.path.includes('\\xe9'), error.path)
})

test('a working directory whose path is not UTF-8 can be packed', linux, async (t) => {
  const place = await folder(t)
  const odd = raw(join(place, 'w?d'), [0xe9])
  await mkdir(odd)
  await writeFile(Buffer.concat([odd, Buffer.from('/index.js')]), 'x')
  await symlink(odd, join(place, 'way'))
  const source = 'console.log(JSON.stringify(await pack({ ignore: ["*.zip"] })))'
  const { stdout, stderr } = await runModule(source, null, { cwd: join(place, 'way') })
  assert.equal(stderr, '')
  assert.deepEqual([JSON.parse(stdout).fileCount], [1])
  assert.deepEqual(await listing(join(place, 'way')), ['function.zip', 'index.js'])
  assert.deepEqual(await structure(join(place, 'way', 'function.zip')), [])
})

test('control characters and what Windows has no names for come out as they went in, or are refused', {
  skip: unixOnly,
}, async (t) => {
  for (const name of ['a\nb.js', 'a\tb.js', 'a\u007fb.js', '\u001b[31mred.js']) {
    const root = await treeAt(t, { 'index.js': '', [name]: 'x' })
    const out = join(await folder(t), 'function.zip')
    const outcome = await pack({ root, out }).then(() => null, (error) => error)
    if (outcome !== null) {
      assert.equal(outcome.code, 'FILE_NAME_INVALID')
      continue
    }
    const { ok, entries } = await pythonTest(out)
    assert.ok(ok)
    assert.ok(entries.some((entry) => entry.name === name), JSON.stringify(name))
  }
  const odd = ['aux.js', 'con', 'a:b', 'a?b', 'a*b', 'trailing.', 'trailing ', ' leading', 'a"b', 'a|b', 'a<b>']
  const root = await write(await folder(t), Object.fromEntries(odd.map((name) => [name, name])))
  const to = await folder(t)
  const out = join(to, 'function.zip')
  await pack({ root, out })
  await unzipTo(out, join(to, 'unpacked'), { tool: 'python' })
  assert.deepEqual(await treeOf(join(to, 'unpacked')), await treeOf(root))
})
