// What every script needs first: a Node.js that is new enough, and the packages of package-lock.json.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { SetupError, root, run } from './run.mjs'

/** The folder for what the scripts install and make. */
export const cache = join(root, '.cache')

/** Makes sure of Node.js and of node_modules. Takes no time when they are there. */
export async function setUp() {
  const [major] = process.versions.node.split('.')
  if (Number(major) < 20) throw new SetupError(`Node.js 20 or newer is needed; this is ${process.version}. https://nodejs.org`)
  await installed(root)
}

/** Installs what the folder's package-lock.json names, unless it is what was installed last. */
export async function installed(folder, args = []) {
  const lock = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json'))).digest('hex')
  const stamp = join(folder, 'node_modules', '.installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  try {
    await run('npm', ['ci', '--no-audit', '--no-fund', ...args], { cwd: folder, capture: true })
  } catch (error) {
    throw new SetupError(`The packages could not be installed (is the npm registry reached?).\n${error.message}`)
  }
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  writeFileSync(stamp, lock)
}

/** Runs a script's main function, and ends with a message for people where that is what failed. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0
  } catch (error) {
    console.error(error instanceof SetupError || !error.stack ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}
