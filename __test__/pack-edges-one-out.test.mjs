import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import { lstat, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { LambdaPackError, pack } from '../index.js'
import { structure } from './support/readers.mjs'
import { EMPTY_ARCHIVE, folder, listing, noise, prose } from './support/trees.mjs'
import { runModule, slowTree, treeAt, unixOnly } from './support/trees.mjs'

const MEGABYTE = 1 << 20
const PROCESSES = 4
const CALLS = 3

/** Trees of different sizes, so that runs overtake each other. */
function roots(t) {
  return Promise.all(Array.from({ length: PROCESSES }, (_, n) => treeAt(t, {
    'index.js': `${n}`,
    'large.txt': prose((n + 1) * 1.5 * MEGABYTE, `${n}`),
    'small.bin': noise(400_000, `${n}`),
  })))
}

/** With a tree of some megabytes there is time to do something meanwhile. */
const SLOW = { level: 12, threads: 1, cache: false }

const sha = (bytes) => createHash('sha256').update(bytes).digest('base64')

/** What each run would make alone, by its hash. */
async function alone(t, runs) {
  const to = await folder(t)
  const hashes = []
  for (const options of runs) hashes.push((await pack({ ...options, out: join(to, 'function.zip') })).codeSha256)
  assert.equal(new Set(hashes).size, runs.length)
  return hashes
}

/** Twelve runs of four processes, and somebody who looks at their one archive all the time. */
async function watched(t, options) {
  const prefixes = Array.from({ length: CALLS }, (_, n) => `p${n}`)
  const runs = (await roots(t)).map((root) => prefixes.map((prefix) => ({ root, prefix, ...options })))
  const expected = await alone(t, runs.flat())
  const to = await folder(t)
  const out = join(to, 'function.zip')
  const source = `
    const calls = input.map((options) => pack(options).then(({ codeSha256 }) => codeSha256))
    console.log(JSON.stringify(await Promise.all(calls)))`
  let running = PROCESSES
  const all = runs.map(async (calls) => {
    const told = await runModule(source, calls.map((options) => ({ ...options, out })))
    running--
    return told
  })
  const seen = new Map()
  while (running > 0) {
    const bytes = await readFile(out).catch((error) => error.code === 'ENOENT' ? null : Promise.reject(error))
    if (bytes !== null) seen.set(sha(bytes), (seen.get(sha(bytes)) ?? 0) + 1)
    else assert.equal(seen.size, 0, 'an archive that was there is gone')
    await new Promise((resolve) => setImmediate(resolve))
  }
  const ended = await Promise.all(all)
  assert.deepEqual(ended.map(({ code, stderr }) => [code, stderr]), Array(PROCESSES).fill([0, '']))
  const made = ended.flatMap(({ stdout }) => JSON.parse(stdout))
  assert.deepEqual(made, expected, 'each run tells of its own archive')
  for (const hash of seen.keys()) assert.ok(expected.includes(hash), 'an archive of nobody was there')
  assert.ok(seen.size > 1, `${seen.size} archives were seen`)
  assert.ok(expected.includes(sha(await readFile(out))))
  assert.deepEqual(await structure(out), [])
  assert.deepEqual(await listing(to), ['function.zip'])
}

test('whoever looks while twelve runs replace one archive sees a whole one', (t) => watched(t, { cache: false }))

test('the same when they remember what the others have made', (t) => watched(t, {}))

test('a run that fails or is aborted beside others takes nothing of theirs away', async (t) => {
  const [root, other] = await roots(t)
  const runs = [{ root, cache: false }, { root: other, cache: false }]
  const expected = await alone(t, runs)
  const slow = await slowTree(t, 8)
  const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  const out = join(to, 'function.zip')
  const controller = new AbortController()
  const { signal } = controller
  const onProgress = ({ phase }) => {
    if (phase === 'compress') throw new Error('mine')
  }
  const aborted = assert.rejects(pack({ root: slow, out, ...SLOW, signal }), { name: 'AbortError' })
  const failed = assert.rejects(pack({ root: slow, out, ...SLOW, onProgress }), { message: 'mine' })
  const made = await Promise.all(runs.map((options) => pack({ ...options, out })))
  controller.abort()
  await Promise.all([aborted, failed])
  assert.deepEqual(made.map(({ codeSha256 }) => codeSha256), expected)
  assert.ok(expected.includes(sha(await readFile(out))))
  assert.deepEqual(await listing(to), ['function.zip'])
})

/** What can be put at `out` while the archive is made. Each is somebody else's, and stays. */
const OTHERS = {
  'a file that is no archive': ['OUT_NOT_AN_ARCHIVE', (out) => writeFile(out, 'of somebody else')],
  'a folder': ['OUT_NOT_A_FILE', (out) => mkdir(out)],
}

for (const [name, [code, put]] of Object.entries(OTHERS)) {
  test(`${name} that comes to \`out\` meanwhile is left alone`, async (t) => {
    const root = await slowTree(t, 4)
    const to = await folder(t)
    const out = join(to, 'function.zip')
    let done
    const onProgress = ({ phase }) => {
      if (phase === 'compress') done ??= put(out)
    }
    const call = pack({ root, out, ...SLOW, onProgress })
    const error = await call.then(() => assert.fail('packed'), (reason) => reason)
    await done
    assert.ok(error instanceof LambdaPackError, error.stack)
    assert.deepEqual([error.code, error.path], [code, out])
    assert.deepEqual(await listing(to), ['function.zip'])
    const stats = await lstat(out)
    assert.equal(stats.isFile() ? await readFile(out, 'utf8') : 'of somebody else', 'of somebody else')
  })
}

test('a folder of the archive that is removed or moved meanwhile is an error', { skip: unixOnly }, async (t) => {
  const root = await slowTree(t, 4)
  for (const change of [
    (to) => rmSync(to, { recursive: true }),
    (to, aside) => renameSync(to, join(aside, 'moved')),
  ]) {
    const to = join(await folder(t), 'to')
    const aside = await folder(t)
    const out = join(to, 'function.zip')
    let changed = false
    const onProgress = ({ phase }) => {
      if (changed || phase !== 'compress') return
      changed = true
      change(to, aside)
    }
    await mkdir(to)
    const call = pack({ root, out, ...SLOW, onProgress })
    const error = await call.then(() => assert.fail('packed'), (reason) => reason)
    assert.ok(error instanceof LambdaPackError, error.stack)
    assert.deepEqual([error.code, error.path], ['WRITE_FAILED', out])
    await assert.rejects(stat(to), { code: 'ENOENT' })
    const found = await listing(aside)
    // The way to the temporary file is gone: nobody knows where it is now, and no archive comes of it.
    if (found.length > 0) assert.ok(!(await listing(join(aside, 'moved'))).includes('function.zip'))
  }
})

test('an archive that is removed or replaced meanwhile makes no difference', async (t) => {
  const root = await slowTree(t, 4)
  const right = await pack({ root, out: join(await folder(t), 'function.zip'), level: 12, cache: false })
  for (const change of [
    (out) => rmSync(out),
    (out, other) => renameSync(other, out),
  ]) {
    const to = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
    const other = join(await treeAt(t, { 'other.zip': Buffer.from('PK\x03\x04 of another run') }), 'other.zip')
    const out = join(to, 'function.zip')
    let changed = false
    const onProgress = ({ phase }) => {
      if (changed || phase !== 'compress') return
      changed = true
      change(out, other)
    }
    const { codeSha256 } = await pack({ root, out, ...SLOW, onProgress })
    assert.ok(changed)
    assert.equal(codeSha256, right.codeSha256)
    assert.equal(sha(readFileSync(out)), right.codeSha256)
    assert.deepEqual(await listing(to), ['function.zip'])
  }
})
