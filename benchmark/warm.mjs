// A folder that was packed before: copied anew, unchanged, or with one file changed.

import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { run } from '../scripts/run.mjs'
import { freshCopy, walk, warmUp } from './corpora.mjs'
import { folder, here, home } from './folders.mjs'
import { RunError, measure } from './measure.mjs'
import { race } from './race.mjs'
import { oursCache, oursCommand, rustPeers } from './tools.mjs'

const CALLS = 10
const out = folder('out')
const archive = join(out, 'ours-warm.zip')
const ofZip = join(out, 'zip-warm.zip')
const filled = join(home, 'ours-cache-filled')

/** Rows of all scenarios that are `wanted`. `ids` are the tools that take part. */
export async function warm(corpus, { ids, rounds, wanted, log }) {
  const scene = { corpus, copy: join(folder('copies'), corpus.name), rounds, log, has: (id) => ids.includes(id) }
  if (!scene.has('ours')) return []
  const rows = []
  try {
    if (wanted('known')) rows.push(...(await known(scene)))
    if (wanted('unchanged') || wanted('changed')) await settle(scene)
    if (wanted('unchanged')) rows.push(...(await unchanged(scene)))
    if (wanted('changed')) rows.push(...(await changed(scene)))
  } catch (error) {
    if (!(error instanceof RunError && error.missing)) throw error
    // Nothing can be warm in a build that keeps no cache.
    const row = { corpus: corpus.name, id: 'ours', name: 'ours', samples: [], failed: 'not in this build' }
    rows.push({ ...row, scenario: 'known' })
  } finally {
    for (const made of [scene.copy, filled]) rmSync(made, { recursive: true, force: true })
  }
  return rows
}

/** All content is known, no time is: a clone or a fresh install on a machine that packed the same before. */
async function known({ corpus, copy, rounds, log, has }) {
  log(`${corpus.name}, known: filling the cache`)
  for (const made of [archive, oursCache, filled]) rmSync(made, { recursive: true, force: true })
  await measure(pack(corpus.path), { cwd: corpus.path, prints: true })
  await run('cp', ['-Rp', oursCache, filled])
  const ours = {
    ...contestant('ours', 'ours, content known', pack(copy), copy),
    async prepare() {
      for (const made of [archive, oursCache]) rmSync(made, { recursive: true, force: true })
      // What one run learns of the copy is taken away from the next.
      await run('cp', ['-Rp', filled, oursCache])
      await freshCopy(corpus.path, copy)
      warmUp(copy)
    },
  }
  const contestants = [ours]
  if (has('zip')) contestants.push(zip(['-qr'], { copy, prepare: () => rmSync(ofZip, { force: true }) }))
  return race({ corpus: corpus.name, scenario: 'known', contestants, rounds, log })
}

/** A copy whose files are older than what is kept of them, as they are for users. */
async function settle({ corpus, copy, log, has }) {
  log(`${corpus.name}: a fresh copy, packed once`)
  for (const made of [archive, ofZip, oursCache]) rmSync(made, { recursive: true, force: true })
  await freshCopy(corpus.path, copy)
  warmUp(copy)
  await setTimeout(2500)
  await measure(pack(copy), { cwd: copy, prints: true })
  if (has('zip')) await measure(['zip', '-qr', ofZip, '.'], { cwd: copy })
  await run('sync', [])
}

/** Nothing changed, against the floor: to look at every file and sort, and nothing else. */
async function unchanged({ corpus, copy, rounds, log, has }) {
  const call = pack(copy, { warmUp: 1, repeat: CALLS })
  const contestants = [
    ...(await floors(copy, log)),
    calls('ours, nothing changed', call, copy),
    contestant('ours', 'ours, nothing changed', pack(copy), copy),
    ...(has('zip') ? [zip(['-qrFS'], { copy })] : []),
  ]
  return race({ corpus: corpus.name, scenario: 'unchanged', contestants, rounds, log })
}

/** One file changed: the project's own at the root, and one in the middle of node_modules. */
async function changed({ corpus, copy, rounds, log, has }) {
  const rows = []
  for (const [scenario, what, name] of [
    ['changed-own', 'own file', 'index.js'],
    ['changed-package', "a package's file", middleOfModules(copy)],
  ]) {
    const touch = join(copy, name)
    const prepare = () => appendFileSync(touch, '\n')
    const call = pack(copy, { touch, warmUp: 1, repeat: CALLS })
    const contestants = [
      calls(`ours, ${what} changed`, call, copy),
      { ...contestant('ours', `ours, ${what} changed`, pack(copy), copy), prepare },
      ...(has('zip') ? [zip(['-qrFS'], { copy, prepare })] : []),
    ]
    rows.push(...(await race({ corpus: corpus.name, scenario, contestants, rounds, log })))
  }
  return rows
}

function pack(root, job = {}) {
  return oursCommand({ options: { root, out: archive, mode: 'all', cache: oursCache }, ...job })
}

function contestant(id, name, command, copy) {
  return { id, name, level: 'default', command, cwd: copy, folder: copy, archive, prints: true }
}

/** Calls in one process, whose archive is looked at when the whole process has made it. */
function calls(name, command, copy) {
  return { id: 'ours-call', name: `${name} (the call)`, level: 'default', command, cwd: copy, prints: true }
}

function zip(flags, { copy, prepare }) {
  const command = ['zip', ...flags, ofZip, '.']
  return { id: 'zip', name: `zip ${flags}`, level: '6', command, cwd: copy, folder: copy, archive: ofZip, prepare }
}

/** The floor as a program of its own, and in a process of Node.js as ours is. */
async function floors(copy, log) {
  try {
    const { program, library } = await rustPeers({ log })
    const inNode = [process.execPath, join(here, 'floor.cjs'), library]
    return [
      ['floor', 'floor: walk, lstat, sort', [program, 'floor']],
      ['floor-in-node', 'floor in Node.js', inNode],
    ].map(([id, name, command]) => ({ id, name, command: [...command, copy, String(CALLS)], cwd: copy, prints: true }))
  } catch (error) {
    log(`No floor: ${error.message}`)
    return []
  }
}

function middleOfModules(copy) {
  const scripts = walk(copy).filter(({ name, link }) => !link && /^node_modules\/.*\.js$/.test(name))
  return scripts[scripts.length >> 1].name
}
