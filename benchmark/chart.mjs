// The figures as bars: SVG by hand, for a light and a dark page, with nothing behind them.

import { middle, seconds, times, titleOf } from './report.mjs'

const THEMES = {
  light: { text: '#1f2328', quiet: '#59636e', ours: '#0969da', peer: '#afb8c1', zip: '#818b98' },
  dark: { text: '#f0f6fc', quiet: '#9198a1', ours: '#4493f8', peer: '#57606a', zip: '#7d8590' },
}

const LEGEND = 'Whole process, median; less is better. In grey: how many times as fast as zip -qr.'
const WIDTH = 840
const LEFT = 250
const RIGHT = 120
const TOP = 62
const HEADING = 30
const ROW = 26
const BAR = 17

/** The chart of the corpus in the theme's colours; undefined when nothing was measured. */
export function chart({ corpora, rows }, theme) {
  const corpus = corpora.find(({ name }) => name === 'L') ?? corpora.at(-1)
  const groups = groupsOf(rows.filter((row) => row.corpus === corpus?.name && row.samples.length > 0 && !row.failed))
  const bars = groups.flatMap((group) => group.bars)
  if (bars.length === 0) return undefined
  const colours = THEMES[theme]
  const longest = Math.max(...bars.map(({ value }) => value))
  const scale = (value) => Math.max(1.5, (value / longest) * (WIDTH - LEFT - RIGHT))
  const title = `One folder to one ZIP archive: ${titleOf(corpus)}`
  const words = bars.map(({ name, value, ratio }) => `${name}: ${seconds(value)}${ratio && ` (${ratio})`}`)
  const lines = []
  let y = TOP
  for (const { heading, bars } of groups) {
    y += HEADING
    lines.push(`  <text x="${LEFT}" y="${y - 11}" fill="${colours.quiet}">${escape(heading)}</text>`)
    for (const bar of bars) {
      lines.push(drawn(bar, { y, width: scale(bar.value), colours }))
      y += ROW
    }
  }
  const height = y + 6
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"
  role="img" aria-labelledby="title description" font-size="13"
  font-family="-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif">
  <title id="title">${escape(title)}</title>
  <desc id="description">${escape(words.join('; '))}</desc>
  <text x="12" y="24" fill="${colours.text}" font-size="16" font-weight="600">${escape(title)}</text>
  <text x="12" y="45" fill="${colours.quiet}">${escape(LEGEND)}</text>
${lines.join('\n')}
</svg>
`
}

function drawn({ name, value, ratio, kind }, { y, width, colours }) {
  const weight = kind === 'ours' ? ' font-weight="600"' : ''
  const text = `y="${y + BAR / 2 + 4.5}" fill="${colours.text}"${weight}`
  const grey = ratio && `<tspan dx="6" fill="${colours.quiet}" font-weight="400">${ratio}</tspan>`
  return [
    `  <text x="${LEFT - 10}" text-anchor="end" ${text}>${escape(name)}</text>`,
    `  <rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2" fill="${colours[kind]}"/>`,
    `  <text x="${(LEFT + width + 8).toFixed(1)}" ${text}>${seconds(value)}${grey}</text>`,
  ].join('\n')
}

/** What is packed for the first time, and what was packed before; the fastest first. */
function groupsOf(rows) {
  const cold = rows.filter(({ id, scenario }) => scenario === 'cold' && (!id.startsWith('ours') || id in OURS))
  const zip = cold.find(({ id }) => id === 'zip')
  const again = rows.filter(({ id, scenario }) => AGAIN[id]?.[scenario])
  const bar = (row, name, ratio = '') => {
    const kind = row.id.startsWith('ours') ? 'ours' : row.id === 'zip' ? 'zip' : 'peer'
    return { name, kind, ratio, value: middle(row, 'wall') }
  }
  const byZip = (row) => (zip && zip !== row ? times(middle(zip, 'wall') / middle(row, 'wall')) : '')
  const groups = [
    { heading: 'Nothing known', bars: cold.map((row) => bar(row, OURS[row.id] ?? row.name, byZip(row))) },
    { heading: 'Packed before', bars: again.map((row) => bar(row, AGAIN[row.id][row.scenario])) },
  ]
  for (const { bars } of groups) bars.sort((a, b) => a.value - b.value)
  return groups.filter(({ bars }) => bars.length > 0)
}

const OURS = { ours: 'ours (lambda-pack-native)', 'ours-fast': "ours, level: 'fast'" }
const AGAIN = {
  ours: {
    known: 'ours, all times new',
    unchanged: 'ours, nothing changed',
    'changed-own': 'ours, one file changed',
  },
  zip: { unchanged: 'zip -FS, nothing changed', 'changed-own': 'zip -FS, one file changed' },
}

function escape(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
