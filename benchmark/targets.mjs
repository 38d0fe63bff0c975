// What the project wants to reach, beside what it reached.

import { median } from './race.mjs'

/** `{ text, wanted, got, reached }` of each target; `got` is undefined when it was not measured. */
export function targets(rows) {
  const row = (corpus, scenario, id) =>
    rows.find((row) => row.corpus === corpus && row.scenario === scenario && row.id === id && row.samples.length > 0)
  const figure = (field) => (...where) => {
    const values = row(...where)?.samples.map((sample) => sample[field]) ?? []
    return values.length > 0 ? median(values) : undefined
  }
  const [wall, cpu, call, load] = ['wall', 'cpu', 'call', 'load'].map(figure)
  const size = (...where) => row(...where)?.size
  const peak = (...where) => Math.max(...(row(...where)?.samples.map(({ rss }) => rss) ?? [NaN]))
  const cold = (corpus, id, of = wall) => of(corpus, 'cold', id)

  const faster = (corpus, peer, times, id = 'ours') =>
    atLeast(`cold ${corpus}, ${id}: times faster than ${peer}`, times, cold(corpus, peer) / cold(corpus, id))
  const smaller = (corpus, ratio, id = 'ours') =>
    atMost(`cold ${corpus}, ${id}: size by that of zip`, ratio, cold(corpus, id, size) / cold(corpus, 'zip', size))
  const byFloor = (corpus) =>
    [['floor', 'the floor'], ['floor-in-node', 'the floor in Node.js']].map(([id, what]) =>
      atMost(`nothing changed ${corpus}: the call by ${what}`, 1.15,
        call(corpus, 'unchanged', 'ours-call') / call(corpus, 'unchanged', id))
    )
  const oneFile = (corpus, milliseconds) =>
    ['own', 'package'].map((which) =>
      atMost(`one file changed ${corpus} (${which}): ms of the call`, milliseconds,
        call(corpus, `changed-${which}`, 'ours-call') * 1e3)
    )

  return [
    faster('L', 'zip', 5),
    atMost('cold L, ours: CPU by that of zip', 0.42, cold('L', 'ours', cpu) / cold('L', 'zip', cpu)),
    smaller('L', 0.97),
    faster('L', 'archiver', 12),
    faster('L', 'osls', 12),
    faster('L', 'zip-crate', 1.3),
    faster('XL', 'zip', 5),
    smaller('XL', 0.97),
    atMost('cold XL, ours: peak RSS in MB', 120, peak('XL', 'cold', 'ours') / 1e6),
    faster('B', 'zip', 8),
    smaller('B', 1),
    faster('L', 'zip', 7, 'ours-fast'),
    smaller('L', 1.05, 'ours-fast'),
    atMost('S: ms of the process above node -e 0', 15,
      (wall('S', 'start', 'ours') - wall('S', 'start', 'node')) * 1e3),
    atMost('S: ms of require()', 10, load('S', 'start', 'ours') * 1e3),
    atLeast('cold M: the call, times faster than zip', 4, cold('M', 'zip') / cold('M', 'ours', call)),
    atLeast('known L: times faster than zip', 18, wall('L', 'known', 'zip') / wall('L', 'known', 'ours')),
    ...byFloor('L'),
    ...byFloor('XL'),
    ...oneFile('L', 110),
    ...oneFile('XL', 180),
  ]
}

function atLeast(text, limit, got) {
  return target(text, `≥ ${limit}`, got, got >= limit)
}

function atMost(text, limit, got) {
  return target(text, `≤ ${limit}`, got, got <= limit)
}

/** What is not a number was not measured. */
function target(text, wanted, got, reached) {
  return Number.isFinite(got) ? { text, wanted, got, reached } : { text, wanted }
}
