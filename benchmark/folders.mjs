// Where the benchmark is, and where it puts what it installs and makes.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { cache } from '../scripts/setup.mjs'

/** This folder. */
export const here = fileURLToPath(new URL('.', import.meta.url))

/** For all that is installed and made. */
export const home = join(cache, 'benchmark')

/** A folder of that name, which is made. */
export function folder(name) {
  const path = join(home, name)
  mkdirSync(path, { recursive: true })
  return path
}
