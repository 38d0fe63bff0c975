// Changes that come right after a pack, within one tick of the disk's clock, with sizes and even times kept: nothing but
// the content of a file tells them.

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, openSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { closeSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { folder, installed, namesIn, prose, treeAt, unixOnly } from './support/trees.mjs'

const ROUNDS = 60
const KEY = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey
const NO_KEY = KEY.replaceAll('PRIVATE KEY', 'CERTIFICATE')

/** As many bytes, in the same file, with the times of before. */
function rewrite(path, content) {
  const { atime, mtime } = statSync(path)
  const file = openSync(path, 'r+')
  writeSync(file, content)
  closeSync(file)
  utimesSync(path, atime, mtime)
}

const TREE = {
  'package.json': '{"dependencies":{"a":"1"}}',
  '.lambdaignore': '*.md\n',
  'index.js': 'exports.handler = 1\n',
  'lib/a.js': prose(3000),
  'lib/b.js': prose(3000, 'b'),
  'lib/c.md': 'left out',
  'lib/d.ts': 'not left out',
  'maybe.pem': NO_KEY.padEnd(KEY.length + 10),
  'large.txt': prose((4 << 20) + 100),
  ...installed('node_modules/a'),
  ...installed('node_modules/b'),
  ...(!unixOnly && { link: { link: 'lib/a.js' } }),
}

/** Two states, each with what makes the other one of it. Both are of the same size. */
const STATES = {
  'a small file': (root) => [0, 1].map((n) => () => rewrite(join(root, 'lib/a.js'), prose(3000, `${n}`))),
  'a file that changes in one byte': (root) => {
    return ['1', '2'].map((text) => () => rewrite(join(root, 'index.js'), `exports.handler = ${text}`))
  },
  'a large file, in its last piece': (root) => ['one', 'two'].map((text) => () => {
    const path = join(root, 'large.txt')
    const { atime, mtime, size } = statSync(path)
    const file = openSync(path, 'r+')
    writeSync(file, text, size - 10)
    closeSync(file)
    utimesSync(path, atime, mtime)
  }),
  '.lambdaignore': (root) => ['*.md\n', '*.ts\n'].map((text) => () => rewrite(join(root, '.lambdaignore'), text)),
  'package.json of the root': (root) => ['a', 'b'].map((name) => () => {
    rewrite(join(root, 'package.json'), TREE['package.json'].replace('"a"', `"${name}"`))
  }),
  'a certificate that becomes a key': (root) => [NO_KEY, KEY].map((text) => () => {
    rewrite(join(root, 'maybe.pem'), text.padEnd(KEY.length + 10))
  }),
  ...(!unixOnly && {
    "a file's rights": (root) => [0o644, 0o755].map((mode) => () => chmodSync(join(root, 'lib/b.js'), mode)),
    'a link': (root) => ['lib/a.js', 'lib/b.js'].map((target) => () => {
      rmSync(join(root, 'link'))
      symlinkSync(target, join(root, 'link'))
    }),
  }),
  'two files that change places': (root) => [['a', 'b'], ['b', 'a']].map(([one, other]) => () => {
    rewrite(join(root, 'lib/a.js'), prose(3000, one))
    rewrite(join(root, 'lib/b.js'), prose(3000, other))
  }),
  'a file that comes and goes': (root) => [
    () => writeFileSync(join(root, 'lib/new.js'), 'new'),
    () => rmSync(join(root, 'lib/new.js')),
  ],
}

for (const [name, states] of Object.entries(STATES)) {
  test(`an edit right after the pack is noticed each time: ${name}`, async (t) => {
    const root = await treeAt(t, TREE)
    const to = await folder(t)
    const cold = { root, out: join(to, 'cold.zip'), cache: false }
    const warm = { root, out: join(to, 'warm.zip'), cache: join(to, 'cache') }
    const changes = states(root)
    const expected = []
    for (const change of changes) {
      change()
      expected.push((await pack(cold)).codeSha256)
    }
    assert.equal(new Set(expected).size, 2)
    const rounds = name.includes('large') ? ROUNDS / 3 : ROUNDS
    for (let n = 0; n < rounds; n++) {
      changes[n % 2]()
      const { codeSha256, compressedCount } = await pack(warm)
      assert.equal(codeSha256, expected[n % 2], `round ${n}`)
      if (n > 1) assert.equal(compressedCount, 0, `round ${n}`)
      // Sometimes it is looked at twice, so that the next edit is not the first thing after a written archive.
      if (n % 5 === 0) assert.equal((await pack(warm)).codeSha256, expected[n % 2], `round ${n}, again`)
    }
    await pack(cold)
    assert.ok(readFileSync(warm.out).equals(readFileSync(cold.out)))
    assert.deepEqual(await namesIn(warm.out), await namesIn(cold.out))
  })
}

test('an edit while the package is packed is refused, or comes with the next pack', async (t) => {
  const root = await treeAt(t, { ...TREE, 'slow.txt': prose(3 << 20, 'slow') })
  const to = await folder(t)
  const warm = { root, out: join(to, 'warm.zip'), cache: join(to, 'cache'), threads: 1 }
  for (let n = 0; n < 12; n++) {
    let events = 0
    const onProgress = () => {
      if (events++ === n % 3) rewrite(join(root, 'lib/a.js'), prose(3000, `edit ${n}`))
    }
    const outcome = await pack({ ...warm, level: 1 + (n % 9), onProgress }).catch((error) => error)
    assert.ok(outcome.codeSha256 || outcome.code === 'FILE_CHANGED', outcome.stack)
    const next = await pack({ ...warm, level: 1 + (n % 9) })
    const right = await pack({ ...warm, level: 1 + (n % 9), out: join(to, 'cold.zip'), cache: false })
    assert.equal(next.codeSha256, right.codeSha256, `round ${n}`)
  }
})
