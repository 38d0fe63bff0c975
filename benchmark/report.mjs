// Results as tables: Markdown that is aligned, so that it reads in a terminal too.

import { median } from './race.mjs'

const SCENARIOS = {
  known: 'content known, all times new',
  unchanged: 'nothing changed',
  'changed-own': 'one file of the project changed',
  'changed-package': 'one file in node_modules changed',
}

/** Everything, for the terminal. */
export function full({ corpora, rows, tools }) {
  const parts = corpora.map((corpus) => {
    const lines = [
      [titleOf(corpus), rows.filter(({ scenario }) => scenario === 'cold'), [...PLAIN, ...SIZES, 'note']],
      ['Start', rows.filter(({ scenario }) => scenario === 'start'), ['level', 'wall', 'CPU', 'RSS', 'require()']],
      ...Object.entries(SCENARIOS).map(([scenario, title]) => [
        title[0].toUpperCase() + title.slice(1),
        rows.filter((row) => row.scenario === scenario),
        [...PLAIN, 'call', 'note'],
      ]),
    ]
    return lines
      .map(([title, those, columns]) => [title, those.filter((row) => row.corpus === corpus.name), columns])
      .filter(([, those]) => those.length > 0)
      .map(([title, those, columns]) => `### ${corpus.name}: ${title}\n\n${detailed(those, columns)}`)
  })
  const missing = tools.filter((tool) => tool.missing).map((tool) => `${tool.name}: not installed (${tool.missing})`)
  return [...parts.flat(), missing.join('\n')].filter(Boolean).join('\n\n')
}

/** What is for the README: one corpus with all figures, the others with the time alone, and what is packed again. */
export function brief({ machine, addon, tools, corpora, rows, rounds, date }) {
  const main = corpora.find(({ name }) => name === 'L') ?? corpora.at(-1)
  const cold = rows.filter(({ scenario }) => scenario === 'cold')
  const others = corpora.filter(({ name }) => name !== main.name && name !== 'S')
  const again = rows.filter(({ scenario }) => scenario in SCENARIOS)
  const parts = [
    `Measured on ${date.slice(0, 10)}: ${machineLine(machine)}. Medians of ${rounds} rounds, of fewer for slow tools.`,
    `**${main.name}, ${titleOf(main)}**`,
    detailed(cold.filter(({ corpus }) => corpus === main.name), [...PLAIN, ...SIZES]),
  ]
  if (others.length > 0) parts.push('**Other folders**, whole process:', across(cold, others))
  if (again.length > 0) parts.push('**Packed before**, whole process and the call alone:', packedBefore(again))
  parts.push(`Versions: ${versions({ tools, addon })}.`)
  return parts.join('\n\n') + '\n'
}

/** Targets beside what was reached. */
export function targetTable(targets) {
  const lines = targets.map(({ text, wanted, got, reached }) => [
    text,
    wanted,
    got === undefined ? '' : got.toFixed(2),
    got === undefined ? 'not measured' : reached ? 'reached' : 'not reached',
  ])
  return table(['target', 'wanted', 'got', ''], lines)
}

export function machineLine({ processor, cores, memory, system, fileSystem, node, python }) {
  const gigabytes = Math.round(memory / 2 ** 30)
  return `${processor}, ${cores} cores, ${gigabytes} GiB, ${system}, ${fileSystem}, Node.js ${node}, Python ${python}`
}

export function versions({ tools, addon }) {
  const build = addon ? [`addon ${megabytes(addon.size)}${addon.daily ? ', a build for daily work' : ''}`] : []
  const known = tools.filter(({ version, id }) => version && !id.startsWith('ours-'))
  // 7z and fflate are there twice.
  const names = known.map(({ name, version }) => `${name.replace(/ -.*| zip(Sync)?$/, '')} ${version}`)
  return [...new Set([...names, ...build])].join(', ')
}

const PLAIN = ['level', 'wall', '× zip', 'CPU', 'RSS']
const SIZES = ['size']

const CELLS = {
  level: ({ level }) => level ?? '',
  wall: (row) => (ofCalls(row) ? '' : seconds(middle(row, 'wall'))),
  '× zip': (row, zip) => times(zip && middle(zip, 'wall') / middle(row, ofCalls(row) ? 'call' : 'wall')),
  CPU: (row) => (ofCalls(row) ? '' : seconds(middle(row, 'cpu'))),
  RSS: (row) => megabytes(middle(row, 'rss')),
  size: ({ size }) => megabytes(size),
  call: (row) => seconds(middle(row, 'call')),
  'require()': (row) => seconds(middle(row, 'load')),
  note: ({ check }) =>
    check ? [check.links && `links ${check.links}`, `modes ${check.modes}`].filter(Boolean).join(', ') : '',
}

function detailed(rows, columns) {
  const lines = rows.map((row) => {
    if (row.failed) return [row.name, row.failed.split('\n')[0].slice(0, 60), ...columns.slice(1).map(() => '')]
    return [row.name, ...columns.map((column) => CELLS[column](row, zipOf(rows)))]
  })
  return table(['', ...columns], lines)
}

function across(rows, corpora) {
  const ids = [...new Map(rows.map(({ id, name }) => [id, name]))]
  const cell = (id, corpus) => {
    const those = rows.filter((row) => row.corpus === corpus)
    const row = those.find((row) => row.id === id)
    if (!row || row.failed) return ''
    return `${seconds(middle(row, 'wall'))} (${CELLS['× zip'](row, zipOf(those)) || '–'})`
  }
  const lines = ids.map(([id, name]) => [name, ...corpora.map((corpus) => cell(id, corpus.name))])
  const head = ['', ...corpora.map((corpus) => `${corpus.name}, ${titleOf(corpus)}`)]
  return table(head, lines.filter((line) => line.slice(1).some(Boolean)))
}

/** One row for a scenario and corpus: ours, the call alone, the floors, zip. */
function packedBefore(rows) {
  const lines = []
  for (const corpus of new Set(rows.map((row) => row.corpus))) {
    for (const [scenario, title] of Object.entries(SCENARIOS)) {
      const those = rows.filter((row) => row.corpus === corpus && row.scenario === scenario && !row.failed)
      const find = (id) => those.find((row) => row.id === id)
      if (!find('ours')) continue
      const cell = (id, field) => (find(id) ? seconds(middle(find(id), field)) : '')
      const peer = find('zip') ? `${cell('zip', 'wall')} (${find('zip').name.split(' ')[1]})` : ''
      const call = cell('ours-call', 'call') || cell('ours', 'call')
      const floors = ['floor', 'floor-in-node'].map((id) => cell(id, 'call'))
      lines.push([`${corpus}: ${title}`, cell('ours', 'wall'), call, ...floors, peer])
    }
  }
  return table(['', 'ours', 'the call', 'floor', 'floor in Node.js', 'zip'], lines)
}

/** Whether the process made many calls: only one call's time is then of interest. */
function ofCalls({ id }) {
  return ['ours-call', 'floor', 'floor-in-node'].includes(id)
}

/** What a corpus is, in words. */
export function titleOf({ what, files, bytes }) {
  return `${what} (${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}, ${megabytes(bytes)})`
}

function zipOf(rows) {
  return rows.find(({ id, samples }) => id === 'zip' && samples.length > 0)
}

/** The median of a figure; undefined when there is none. */
export function middle({ samples }, field) {
  const values = samples.map((sample) => sample[field]).filter(Number.isFinite)
  return values.length > 0 ? median(values) : undefined
}

export function seconds(value) {
  if (value === undefined) return ''
  if (value < 0.1) return `${(value * 1e3).toFixed(1)} ms`
  return value < 1 ? `${Math.round(value * 1e3)} ms` : `${value.toFixed(2)} s`
}

/** Millions of bytes, and thousands where that says more. */
function megabytes(value) {
  if (value === undefined) return ''
  if (value < 1e3) return `${value} B`
  return value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : `${(value / 1e6).toFixed(value < 1e8 ? 1 : 0)} MB`
}

export function times(ratio) {
  if (!Number.isFinite(ratio)) return ''
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}×`
}

function table(head, lines) {
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column].length), 3))
  const cell = (text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[column]))
  const padded = (line) => `| ${line.map(cell).join(' | ')} |`
  const rules = widths.map((width, column) => (column ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2)))
  return [padded(head), `|${rules.join('|')}|`, ...lines.map(padded)].join('\n')
}
