// A whole folder to one archive, by everybody, with nothing known of it before.

import { warmUp } from './corpora.mjs'
import { race } from './race.mjs'

/** A row for each tool. */
export async function cold(corpus, { tools, rounds, slowRounds, log }) {
  warmUp(corpus.path)
  // Slow tools take most of the time, and differ least from one run to the next.
  const slow = corpus.name === 'XL' ? 1 : Math.min(rounds, slowRounds)
  const contestants = tools
    .filter(({ only, missing }) => !missing && (!only || only.includes(corpus.name)))
    .map((tool) => ({ ...tool.contest(corpus), rounds: tool.slow ? slow : rounds }))
  return race({ corpus: corpus.name, scenario: 'cold', contestants, rounds, log })
}
