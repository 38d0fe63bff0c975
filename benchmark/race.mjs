// Contestants in turn (A B C, A B C, …), so that what else the machine does hits all of them alike.

import { statSync } from 'node:fs'

import { check } from './check.mjs'
import { RunError, measure } from './measure.mjs'

/**
 * Runs each contestant up to `rounds` times, and its archive once through the checks. A contestant is
 * `{ id, name, command, cwd, ... }`; it may have
 * - `prepare()`, which runs before every run and is not measured,
 * - `archive`, the file that it makes, and `folder` and `omits`, what has to be in it and what may miss,
 * - `prints`, when it prints JSON,
 * - `rounds`, when it is to run less often than the others.
 * Answers a row for each, with all its samples.
 */
export async function race({ corpus, scenario, contestants, rounds, log }) {
  const rows = contestants.map(({ id, name, level }) => ({ corpus, scenario, id, name, level, samples: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const row = rows[index]
      if (row.failed || round >= (contestant.rounds ?? rounds)) continue
      log(`${corpus}, ${scenario}, round ${round + 1} of ${rounds}: ${contestant.name}`)
      try {
        await runOnce(contestant, row)
      } catch (error) {
        if (!(error instanceof RunError)) throw error
        row.failed = error.missing ? 'not in this build' : error.message.trim()
        row.broken = !error.missing
      }
    }
  }
  return rows
}

async function runOnce(contestant, row) {
  const { command, cwd, env, prints, archive, folder, omits = [], prepare } = contestant
  await prepare?.()
  const { said, ...sample } = await measure(command, { cwd, env, prints })
  if (prints) Object.assign(sample, figures(said))
  row.samples.push(sample)
  if (!archive) return
  row.size = statSync(archive).size
  // Reading an archive back takes longer than to make one, and a tool makes the same one in each round.
  row.check ??= await check(archive, folder, [...omits, ...(said.excluded ?? [])])
  if (row.check.problems.length > 0) throw new RunError(`Its archive is wrong: ${row.check.problems.join('; ')}`)
}

/** What ours and the floor tell of themselves, in seconds. */
function figures({ load, calls, median: milliseconds, files }) {
  if (calls) return { load, call: median(calls), calls }
  return { call: milliseconds / 1e3, files }
}

/** The middle of some numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
