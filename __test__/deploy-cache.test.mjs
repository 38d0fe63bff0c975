// deploy() packs by the same cache as pack(), with an archive that is kept and with one that is not.

import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { identity } from './support/caches.mjs'
import { deploy, deployments, functionFolder, pack } from './support/deployments.mjs'
import { noise, prose, write } from './support/trees.mjs'

const here = deployments()

/** A function whose archive has some size. */
async function start(name) {
  const root = await functionFolder(here.folder, name, name)
  const files = Array.from({ length: 20 }, (_, n) => [`lib/${n}.js`, prose(8000, `${name} ${n}`)])
  await write(root, { ...Object.fromEntries(files), 'noise.bin': noise(20_000, name) })
  const cache = join(here.folder, `${name}-cache`)
  return { root, cache, options: here.options({ functionName: name, root, cache }) }
}

/** The bytes of all that the cache has of contents, by file. What is compressed adds to it. */
async function volumes(cache) {
  const found = {}
  for (const name of (await readdir(cache, { recursive: true })).filter((name) => name.endsWith('.volume'))) {
    found[name] = (await stat(join(cache, name))).size
  }
  return found
}

const coldSha = async (root) => {
  const { codeSha256, excluded, ...rest } = await pack({ root, out: join(here.folder, 'cold.zip'), cache: false })
  return { codeSha256, size: rest.size, unzippedSize: rest.unzippedSize, fileCount: rest.fileCount, excluded }
}

/** What a deployment has packed is what a pack without a cache makes. */
async function isRight(result, root) {
  const { durationMs, ...packed } = result.packed
  assert.ok(durationMs >= 0)
  assert.deepEqual({ codeSha256: result.codeSha256, ...packed }, await coldSha(root))
}

test('without out, what was compressed before is known', async () => {
  const { root, cache, options } = await start('no-out')
  const created = await deploy(options)
  await isRight(created, root)
  const first = await volumes(cache)
  assert.equal(Object.keys(first).length, 1)

  const unchanged = await deploy(options)
  await isRight(unchanged, root)
  assert.deepEqual([unchanged.upload, unchanged.changes], ['none', []])
  assert.deepEqual(await volumes(cache), first, 'nothing was compressed')

  await writeFile(join(root, 'lib', '7.js'), prose(8000, 'edited'))
  const changed = await deploy(options)
  await isRight(changed, root)
  assert.deepEqual([changed.upload, changed.changes.map(({ field }) => field)], ['direct', ['codeSha256']])
  const added = Object.entries(await volumes(cache)).filter(([name]) => !(name in first))
  assert.equal(added.length, 1)
  assert.ok(added[0][1] < 8000, 'one file was compressed')
  assert.deepEqual(await here.leftOver(), [])
})

test('what pack() has compressed, deploy() knows, and the other way round', async () => {
  const { root, cache, options } = await start('both-ways')
  await pack({ root, cache, out: join(here.folder, 'both-ways.zip') })
  const before = await volumes(cache)
  await isRight(await deploy(options), root)
  assert.deepEqual(await volumes(cache), before)
  await writeFile(join(root, 'lib', '3.js'), prose(8000, 'edited'))
  await deploy(options)
  const { compressedCount } = await pack({ root, cache, out: join(here.folder, 'both-ways.zip') })
  assert.equal(compressedCount, 0)
})

test('with out the archive is left alone while nothing has changed', async () => {
  const { root, options } = await start('with-out')
  const out = join(here.folder, 'with-out.zip')
  const created = await deploy({ ...options, out })
  await isRight(created, root)
  const before = await identity(out)
  for (const dryRun of [true, false]) {
    const again = await deploy({ ...options, out, dryRun })
    await isRight(again, root)
    assert.deepEqual([again.package, again.upload], [out, 'none'])
    assert.deepEqual(await identity(out), before)
  }
})

test('cache: false remembers nothing', async () => {
  const { root, cache, options } = await start('without')
  const result = await deploy({ ...options, cache: false })
  await isRight(result, root)
  await assert.rejects(readdir(cache), { code: 'ENOENT' })
})

test('a cache that cannot be used is a note in the result', async () => {
  const { root, cache, options } = await start('unusable')
  await writeFile(cache, 'a file')
  const result = await deploy(options)
  await isRight(result, root)
  assert.deepEqual(result.warnings.map(({ code, severity, path }) => [code, severity, path]), [
    ['CACHE_UNUSABLE', 'note', join(cache, 'lambda-pack-native')],
  ])
})
