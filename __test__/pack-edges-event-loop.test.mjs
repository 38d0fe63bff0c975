// JavaScript goes on while a folder is packed: no turn of the event loop is late by more than 20 ms.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { neverLate } from './support/event-loop.mjs'
import { folder, noise, treeAt, write } from './support/trees.mjs'

const MEGABYTE = 1 << 20
const WORK = `
  const { report, ...options } = input
  let reports = 0
  if (report) options.onProgress = () => reports++
  const { fileCount, unzippedSize, excluded } = await pack(options)
  return { reports, fileCount, unzippedSize, excluded: excluded.length }`

let large
let many

before(async () => {
  large = await mkdtemp(join(tmpdir(), 'pack-'))
  for (let n = 0; n < 6; n++) {
    await writeFile(join(large, `${n}.txt`), randomBytes(6 * MEGABYTE).toString('hex'))
    await writeFile(join(large, `${n}.bin`), noise(3 * MEGABYTE, `${n}`))
  }
  const small = Array.from({ length: 2000 }, (_, n) => [`small/${n}.js`, noise(3000, `${n}`)])
  await write(large, Object.fromEntries(small))
  many = await mkdtemp(join(tmpdir(), 'pack-'))
  await write(many, Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`0/${n}.js`, `${n}`])))
  for (let n = 1; n < 40; n++) await symlink(join(many, '0'), join(many, `${n}`), 'junction')
})

after(async () => {
  for (const path of [large, many]) await rm(path, { recursive: true, force: true })
})

async function packNeverLate(t, options, looksRight) {
  const out = join(await folder(t), 'function.zip')
  await neverLate(t, WORK, { ...options, cache: false, out }, looksRight)
}

test('100 MB of large and small files', (t) => packNeverLate(t, { root: large }, (told, turns) => {
  assert.ok(told.unzippedSize > 95 * MEGABYTE && turns > 100, JSON.stringify({ told, turns }))
}))

test('the same with reports, at a high level', (t) => {
  return packNeverLate(t, { root: large, report: true, level: 9 }, (told, turns) => {
    assert.ok(told.reports > 10 && turns > 100, JSON.stringify({ told, turns }))
  })
})

test('40,000 files that go in', (t) => {
  return packNeverLate(t, { root: many, symlinks: 'dereference', level: 1, report: true }, (told) => {
    assert.equal(told.fileCount, 40_000)
  })
})

test('40,000 files that stay out, and are named', (t) => {
  const options = { root: many, symlinks: 'dereference', ignore: ['*.js', '!/0/0.js'] }
  return packNeverLate(t, options, (told) => {
    assert.deepEqual([told.fileCount, told.excluded], [1, 39_999])
  })
})

test('a failure before anything is written', async (t) => {
  const root = await treeAt(t, { 'index.js': 'x' })
  const work = `
    const codes = []
    for (let n = 0; n < 50; n++) await pack(input).catch(({ code }) => codes.push(code))
    return codes`
  await neverLate(t, work, { root, include: ['gone.js'] }, (codes) => {
    assert.deepEqual(codes, Array(50).fill('INCLUDE_MATCHES_NOTHING'))
  })
})
