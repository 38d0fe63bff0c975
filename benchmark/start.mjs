// What it costs to start: one file, against a Node.js that does nothing.

import { race } from './race.mjs'

/** Rows of `node -e 0` and of ours, in turn. */
export async function start(corpus, { tools, rounds, log }) {
  const ours = tools.filter(({ id }) => ['ours', 'ours-no-cache'].includes(id)).map((tool) => tool.contest(corpus))
  if (ours.length === 0) return []
  const nothing = { id: 'node', name: 'node -e 0', command: [process.execPath, '-e', '0'], cwd: corpus.path }
  // Differences of milliseconds need more runs, and these are short.
  const options = { corpus: corpus.name, scenario: 'start', contestants: [nothing, ...ours], rounds: rounds * 4, log }
  return race(options)
}
