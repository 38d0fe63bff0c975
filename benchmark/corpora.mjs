// The folders that are packed, made by pinned installs.

import { createHash } from 'node:crypto'
import { cpSync, existsSync, lstatSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { SetupError, run } from '../scripts/run.mjs'
import { folder, here, home } from './folders.mjs'

/** Their names, and what they stand for. */
export const CORPORA = {
  S: 'one file',
  M: 'aws-xray-sdk',
  L: 'a typical service',
  XL: "near Lambda's limit",
  B: 'binary-heavy',
}

/** Makes sure of a corpus. Answers its folder and what is in it. Takes no time when it is there. */
export async function corpus(name, { log }) {
  const path = await installed(join('corpora', name), name, { log })
  const files = walk(path)
  const links = files.filter(({ link }) => link).length
  const bytes = files.reduce((sum, { size, link }) => sum + (link ? 0 : size), 0)
  return { name, what: CORPORA[name], path, files: files.length - links, links, bytes }
}

/**
 * Copies a folder of the benchmark to one of the cache, and installs there what its package-lock.json names. The stamp
 * is outside of the folder, because all that is in a corpus is packed.
 */
export async function installed(source, name, { log }) {
  const from = join(here, source)
  const path = join(home, name)
  const hash = createHash('sha256')
  for (const file of readdirSync(from).sort()) hash.update(`${file}\0`).update(readFileSync(join(from, file)))
  const stamp = join(folder('stamps'), name)
  const state = hash.digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state && existsSync(path)) return path
  log(`Installing ${name}`)
  rmSync(stamp, { force: true })
  rmSync(path, { recursive: true, force: true })
  cpSync(from, path, { recursive: true })
  if (existsSync(join(path, 'package-lock.json'))) {
    try {
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
      await run('npm', args, { cwd: path, capture: true })
    } catch (error) {
      throw new SetupError(`${name} could not be installed (is the npm registry reached?).\n${error.message}`)
    }
  }
  writeFileSync(stamp, state)
  return path
}

/** Every file and link of a folder: `{ name, size, link }`, sorted by name. */
export function walk(path, prefix = '', found = []) {
  for (const entry of readdirSync(join(path, prefix), { withFileTypes: true })) {
    const name = prefix ? `${prefix}/${entry.name}` : entry.name
    if (entry.isDirectory()) walk(path, name, found)
    else found.push({ name, size: lstatSync(join(path, name)).size, link: entry.isSymbolicLink() })
  }
  return prefix ? found : found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Reads everything once, so that all tools find it in memory. */
export function warmUp(path) {
  for (const { name, link } of walk(path)) if (!link) readFileSync(join(path, name))
}

/** A fresh copy, with the times of now, written to the disk so that nobody's run pays for that. */
export async function freshCopy(from, to) {
  rmSync(to, { recursive: true, force: true })
  await run('cp', ['-R', from, to])
  await run('sync', [])
}
