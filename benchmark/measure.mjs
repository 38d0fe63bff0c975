// One run of one program: what it cost, and what it said.

import { join } from 'node:path'

import { run } from '../scripts/run.mjs'
import { here } from './folders.mjs'

/** A program that ended badly. `missing` is set when it is an option of ours that this build does not have. */
export class RunError extends Error {}

/**
 * Runs `[program, ...arguments]` in `cwd`. Answers `{ wall, cpu }` in seconds, `rss` in bytes, and `said`: what the
 * program printed, parsed when it `prints` JSON.
 */
export async function measure(command, { cwd, env, prints = false }) {
  const answer = await run('python3', [join(here, 'measure.py'), cwd, ...command], { capture: 'stdout', env })
  const { code, stdout, stderr, ...cost } = JSON.parse(answer)
  const said = prints && stdout ? JSON.parse(stdout) : stdout
  if (code === 0) return { ...cost, said }
  const { code: reason, message } = said.error ?? {}
  const words = `${command.join(' ')} ended with code ${code}: ${(stderr || stdout).slice(-500)}`
  const error = new RunError(message ?? words)
  throw Object.assign(error, { missing: ['INVALID_OPTION', 'UNKNOWN_OPTION'].includes(reason) })
}
