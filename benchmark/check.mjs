// Whether an archive holds what its folder does.

import { join } from 'node:path'

import { run } from '../scripts/run.mjs'
import { here } from './folders.mjs'

/** Answers `{ problems, entries, links, modes }`. What is below the paths of `mayMiss` may be missing. */
export async function check(archive, folder, mayMiss) {
  const args = [join(here, 'check.py'), archive, folder, JSON.stringify(mayMiss)]
  return JSON.parse(await run('python3', args, { capture: 'stdout' }))
}
