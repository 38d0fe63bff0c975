import assert from 'node:assert/strict'
import { chmod, chown, lutimes, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { pack } from '../index.js'
import { pythonTest, structure } from './support/readers.mjs'
import { folder, noise, prose, runModule, treeAt, unixOnly, write } from './support/trees.mjs'

const TREES = fileURLToPath(new URL('support/trees.mjs', import.meta.url))
const LEVELS = [1, 6, 12]
/** Some of them twice, because which thread does what differs from run to run. */
const THREADS = { 1: [1, 7], 6: [1, 2, 7, 2], 12: [1, 2] }

const FUNCTION = {
  'index.js': 'exports.handler = async () => 1\n',
  'run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
  'lib/ä.js': 'ä',
  'lib/a.js': 'a',
  'lib/Z.js': 'Z',
  'lib/a/b.js': 'b',
  'empty/': '',
  ...(!unixOnly && { current: { link: 'lib/a' } }),
}

async function shaOf(t, root, options = {}) {
  const out = join(await folder(t), 'function.zip')
  return (await pack({ root, out, cache: false, ...options })).codeSha256
}

test(
  'two copies with other times, modes, owner, order and place are one archive',
  { skip: unixOnly },
  async (t) => {
    const first = await treeAt(t, FUNCTION)
    const second = join(await folder(t), 'deep', 'down', 'another name')
    await write(second, Object.fromEntries(Object.entries(FUNCTION).reverse()))
    for (const entry of await readdir(second, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name)
      await lutimes(path, 1_000_000_000, 1_000_000_000)
      if (process.getuid() === 0 && !entry.isSymbolicLink()) await chown(path, 1234, 5678)
      if (entry.isDirectory()) await chmod(path, 0o700)
      if (entry.isFile()) await chmod(path, entry.name === 'run.sh' ? 0o711 : 0o600)
    }
    assert.equal(await shaOf(t, second), await shaOf(t, first))
  },
)

test('umask, time zone, language and working directory do not matter', { skip: unixOnly }, async (t) => {
  const source = `
    import { write } from '${TREES}'
    process.umask(input.umask)
    await write('tree', ${JSON.stringify(FUNCTION)})
    console.log((await pack({ root: 'tree', out: 'function.zip', cache: false })).codeSha256)`
  const shas = new Set()
  for (const [umask, TZ, LC_ALL] of [
    [0o022, 'UTC', 'C'],
    [0o077, 'Asia/Kathmandu', 'de_DE.UTF-8'],
    [0o000, 'America/St_Johns', 'tr_TR.UTF-8'],
  ]) {
    const cwd = await folder(t)
    const { stdout, stderr } = await runModule(
      source,
      { umask },
      { cwd, env: { ...process.env, TZ, LC_ALL } },
    )
    assert.equal(stderr, '')
    shas.add(stdout)
  }
  assert.equal(shas.size, 1, [...shas].join(''))
})

test('other content, names and modes are other bytes', { skip: unixOnly }, async (t) => {
  const trees = [
    FUNCTION,
    { ...FUNCTION, 'index.js': 'exports.handler = async () => 2\n' },
    { ...FUNCTION, 'lib/a.mjs': 'a' },
    { ...FUNCTION, 'run.sh': { content: '#!/bin/sh\n', mode: 0o644 } },
    { ...FUNCTION, 'empty/deep/': '' },
    { ...FUNCTION, current: { link: 'lib' } },
  ]
  const shas = []
  for (const tree of trees) shas.push(await shaOf(t, await treeAt(t, tree)))
  assert.equal(new Set(shas).size, trees.length)
})

const MEGABYTE = 1 << 20
const LARGE = {
  'a text of 9 MB in pieces, 6 MB that do not shrink, and a file of both': {
    'a.txt': prose(9 * MEGABYTE),
    'b.bin': noise(6 * MEGABYTE),
    'c.mixed': Buffer.concat([prose(2 * MEGABYTE, 'c'), noise(2 * MEGABYTE, 'd'), prose(MEGABYTE, 'e')]),
    'd.js': 'after',
  },
  'hundreds of tiny files': Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [`${n % 10}/${n}.js`, `module.exports = ${n}\n`.repeat(n % 30)]),
  ),
}

for (const [name, tree] of Object.entries(LARGE)) {
  test(`${name}: valid at every level, and the same bytes by any number of threads`, async (t) => {
    const root = await treeAt(t, tree)
    const out = join(await folder(t), 'function.zip')
    for (const level of LEVELS) {
      const shas = new Map()
      for (const threads of THREADS[level]) {
        const { codeSha256 } = await pack({ root, out, level, threads, cache: false })
        shas.set(codeSha256, [...(shas.get(codeSha256) ?? []), threads])
      }
      assert.deepEqual(await structure(out), [], `level ${level}`)
      assert.equal(shas.size, 1, `level ${level}: ${JSON.stringify([...shas.values()])}`)
    }
  })
}

test('files that end near the end of a piece come out as they went in', async (t) => {
  const tree = {}
  for (const [name, content] of Object.entries({
    mixed: Buffer.concat([prose(3.5 * MEGABYTE, 'a'), noise(MEGABYTE, 'b'), prose(MEGABYTE, 'c')]),
    words: Buffer.alloc(6 * MEGABYTE, 'one and the same sentence, again and again. '),
  })) {
    for (const size of [4 * MEGABYTE + 1, 5 * MEGABYTE - 1, 5 * MEGABYTE, 5 * MEGABYTE + 1]) {
      tree[`${name}-${size}`] = content.subarray(0, size)
    }
  }
  const root = await treeAt(t, tree)
  const out = join(await folder(t), 'function.zip')
  for (const level of [1, 9]) {
    const { unzippedSize } = await pack({ root, out, level, cache: false })
    assert.equal(unzippedSize, Object.values(tree).reduce((sum, { length }) => sum + length, 0))
    // Inflates all of it, and compares the checksums, which are of the files as they were read.
    assert.deepEqual(await structure(out), [], `level ${level}`)
  }
})

test('what shrinks is deflated and what does not is stored', async (t) => {
  const root = await treeAt(t, {
    'large-noise.bin': noise(6 * MEGABYTE),
    'large-text.txt': prose(6 * MEGABYTE),
    'small-noise.bin': noise(5000),
    'small-text.txt': prose(5000),
  })
  const out = join(await folder(t), 'function.zip')
  await pack({ root, out, cache: false })
  const { entries } = await pythonTest(out)
  assert.deepEqual(entries.map(({ name, compressType }) => [name, compressType]), [
    ['large-noise.bin', 0],
    ['large-text.txt', 8],
    ['small-noise.bin', 0],
    ['small-text.txt', 8],
  ])
  for (const { name, size, compressedSize } of entries) {
    assert.ok(name.includes('noise') ? compressedSize === size : compressedSize < size * 0.6, name)
  }
})

test('a higher level is no larger', async (t) => {
  const root = await treeAt(t, { 'a.txt': prose(300_000), 'b.js': 'const a = 1\n'.repeat(10_000) })
  const out = join(await folder(t), 'function.zip')
  const sizes = []
  for (const level of LEVELS) sizes.push((await pack({ root, out, level, cache: false })).size)
  assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a))
  assert.ok(sizes[0] > sizes[2])
})
