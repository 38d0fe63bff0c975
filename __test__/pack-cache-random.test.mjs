// Trees that change at random: each time the archive is that of a pack without a cache, or both are refused alike.

import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, rename, rm, rmdir, stat, symlink } from 'node:fs/promises'
import { utimes, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { PACKERS, lasting } from './support/caches.mjs'
import { sha256Base64, structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, installed, noise, prose, treeAt, unixOnly, write } from './support/trees.mjs'

const ROUNDS = 40
const MEGABYTE = 1 << 20

/** Numbers that are the same for the same seed. https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
function random(seed) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (count) => next() % count
  return { below, one: (list) => list[below(list.length)] }
}

const TREE = {
  'package.json': '{"dependencies":{"a":"1"}}',
  '.lambdaignore': '*.md\n',
  'index.js': 'exports.handler = 1\n',
  'large.txt': prose(4 * MEGABYTE + 500_000),
  ...Object.fromEntries(Array.from({ length: 24 }, (_, n) => [`src/${n % 4}/${n}.js`, prose(n * 150, `${n}`)])),
  ...installed('node_modules/a', { dependencies: { b: '1' } }),
  ...installed('node_modules/b'),
  ...installed('node_modules/@s/c'),
  ...installed('node_modules/d'),
}

/** All that is in the tree, by what it is. */
async function contents(root) {
  const found = { files: [], folders: [root], links: [] }
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    if (entry.isSymbolicLink()) found.links.push(path)
    else (entry.isDirectory() ? found.folders : found.files).push(path)
  }
  for (const list of Object.values(found)) list.sort()
  return found
}

/** What can happen to a tree. Each gets the dice, the tree's contents, and what was in files before. */
const DEEDS = {
  edit: async ({ one, below }, { files }) => writeFile(one(files), prose(below(20_000), `${below(1e9)}`)),
  async editUnseen({ one, below }, { files }) {
    const path = one(files)
    const { size, atime, mtime } = await stat(path)
    await writeFile(path, prose(size, `${below(1e9)}`))
    await utimes(path, atime, mtime)
  },
  async editOneByte({ one, below }, { files }) {
    const path = one(files)
    const bytes = await readFile(path)
    if (bytes.length > 0) bytes[below(bytes.length)] ^= 1 << below(8)
    await writeFile(path, bytes)
  },
  async revert({ one }, { files }, earlier) {
    if (earlier.length > 0) await writeFile(one(files), one(earlier))
  },
  grow: async ({ one, below }, { files }) => writeFile(one(files), prose(MEGABYTE * (3 + below(3)) + below(99))),
  noise: async ({ one, below }, { files }) => writeFile(one(files), noise(below(30_000), `${below(1e9)}`)),
  empty: async ({ one }, { files }) => writeFile(one(files), ''),
  add: async ({ one, below }, { folders }) => writeFile(join(one(folders), `new-${below(30)}.js`), prose(below(5000))),
  addSecret: async ({ one }, { folders }) => writeFile(join(one(folders), one(['.env', 'id_rsa', 'a.md'])), 'x'),
  async copy({ one, below }, { files, folders }) {
    await writeFile(join(one(folders), `copy-${below(9)}`), await readFile(one(files)))
  },
  remove: async ({ one }, { files }) => rm(one(files)),
  async rename({ one, below }, { files, folders }) {
    await rename(one(files), join(one(folders), `renamed-${below(30)}.js`)).catch(() => {})
  },
  async renameFolder({ one, below }, { folders }) {
    const [, ...others] = folders
    if (others.length > 0) await rename(one(others), join(one(folders), `moved-${below(9)}`)).catch(() => {})
  },
  newFolder: async ({ one, below }, { folders }) => mkdir(join(one(folders), `folder-${below(9)}`)).catch(() => {}),
  async removeFolder({ one, below }, { folders }) {
    const [, ...others] = folders
    if (others.length === 0) return
    if (below(4) === 0) await rm(one(others), { recursive: true })
    else for (const path of others.reverse()) await rmdir(path).catch(() => {})
  },
  touch: async ({ one }, { files }) => utimes(one(files), new Date(), new Date()),
  async touchAll(dice, { files }) {
    for (const path of files) await utimes(path, 1_600_000_000, 1_600_000_000)
  },
  depend: async ({ below }, { folders: [root] }) => {
    const names = ['a', 'b', '@s/c', 'd', 'missing'].filter((name, n) => below(n === 4 ? 12 : 2) === 0)
    const dependencies = Object.fromEntries(names.map((name) => [name, '1']))
    await writeFile(join(root, 'package.json'), JSON.stringify({ dependencies }))
  },
  ignore: async ({ one }, { folders: [root] }) => {
    const patterns = ['', '*.md\n', 'src/1\n', '*.js\n!index.js\n', '/large.txt\n', 'node_modules\n', '!.env\n']
    await writeFile(join(root, '.lambdaignore'), one(patterns))
  },
  ...(!unixOnly && {
    chmod: async ({ one }, { files }) => chmod(one(files), one([0o644, 0o755, 0o600, 0o700])),
    async link({ one, below }, { files, folders, links }) {
      const from = one(folders)
      const target = relative(from, one([...files, ...folders, ...links])) || '.'
      await symlink(target, join(from, `link-${below(9)}`)).catch(() => {})
    },
    async linkInPlace({ one }, { files }) {
      const path = one(files)
      const target = relative(dirname(path), one(files))
      await rm(path)
      await symlink(target, path)
    },
    unlink: async ({ one }, { links }) => links.length > 0 && rm(one(links)),
  }),
}

/** What can become of the archive. */
const HARMS = [
  (out) => rm(out, { force: true }),
  (out) => writeFile(out, EMPTY_ARCHIVE),
  (out) => utimes(out, new Date(), new Date()).catch(() => {}),
]

const OPTIONS = [
  {}, {}, {}, {}, { mode: 'all' }, { prefix: 'opt/x' }, { symlinks: 'dereference' }, { ignore: ['src/2'] },
  { include: ['src', 'node_modules'] }, { executable: ['*.js'] }, { level: 1 }, { threads: 1 }, { threads: 3 },
]

/** Most trees that are refused are so for long, so what is refused is mended. */
async function mend(root, { code, path }) {
  if (code.startsWith('LINK_')) await rm(path, { force: true })
  else await write(root, { 'index.js': 'mended', 'package.json': '{}', '.lambdaignore': '', 'src/index.js': '' })
}

/** A seed for each way of looking, and one for both in turn. */
const RUNS = [
  ...Object.entries(PACKERS).map(([when, packer], n) => ({ name: when, seed: n + 1, packers: [packer] })),
  { name: 'at once and later', seed: 77, packers: Object.values(PACKERS) },
  { name: 'by other options each time', seed: 1234, packers: Object.values(PACKERS), options: OPTIONS },
]

const told = (promise) => promise.then(lasting, ({ code, message, path, stack }) => {
  assert.ok(code, stack)
  return { code, message, path }
})

for (const { name, seed, packers, options = [{}] } of RUNS) {
  test(`a tree that changes at random, packed ${name}, seed ${seed}`, { timeout: 120_000 }, async (t) => {
    const dice = random(seed)
    const root = await treeAt(t, TREE)
    const to = await folder(t)
    const out = join(to, 'warm.zip')
    const earlier = []
    const log = []
    let packed = 0
    let reused = 0
    let refused = null
    for (let round = 0; round < ROUNDS; round++) {
      if (refused && dice.below(3) > 0) await mend(root, refused)
      const before = await contents(root)
      if (before.files.length > 0) earlier.push(await readFile(dice.one(before.files)))
      for (let count = dice.below(4); count > 0; count--) {
        const deed = dice.one(Object.keys(DEEDS))
        const now = await contents(root)
        if (now.files.length < 3) break
        await DEEDS[deed](dice, now, earlier)
        log.push(deed)
      }
      if (dice.below(8) === 0) await dice.one(HARMS)(out)
      const more = dice.one(options)
      const call = packers[round % packers.length]({ root, out, cache: join(to, 'cache'), ...more })
      reused += await call.then((result) => Number(result.reused), () => 0)
      const warm = await told(call)
      const cold = await told(pack({ root, out: join(to, 'cold.zip'), cache: false, ...more }))
      const last = `seed ${seed}, round ${round}: ${JSON.stringify(more)} after ${log.slice(-6).join()}`
      assert.deepEqual(warm, cold, last)
      log.push('|')
      refused = cold.code ? cold : null
      if (refused) continue
      packed++
      assert.equal(await sha256Base64(out), cold.codeSha256, last)
    }
    t.diagnostic(`${packed} of ${ROUNDS} were packed, ${reused} archives were left alone`)
    assert.ok(packed > ROUNDS / 3, `${packed} were packed`)
    assert.deepEqual(await structure(join(to, 'cold.zip')), [])
  })
}
