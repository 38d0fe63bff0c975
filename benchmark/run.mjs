// The benchmark: `npm run bench`, see README.md beside this file.

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { SetupError, root, run } from '../scripts/run.mjs'
import { main, setUp } from '../scripts/setup.mjs'
import { chart } from './chart.mjs'
import { cold } from './cold.mjs'
import { CORPORA, corpus } from './corpora.mjs'
import { folder, here } from './folders.mjs'
import { addon as findAddon, machine as findMachine } from './machine.mjs'
import { updateReadme } from './readme.mjs'
import { brief, full, machineLine, targetTable, versions } from './report.mjs'
import { start } from './start.mjs'
import { targets } from './targets.mjs'
import { tools as findTools } from './tools.mjs'
import { warm } from './warm.mjs'

const OURS = ['ours', 'ours-no-cache', 'ours-fast', 'ours-max']
const SCENARIOS = ['cold', 'start', 'known', 'unchanged', 'changed']
// Under three minutes on two cores, once everything is installed.
const QUICK = {
  corpora: ['S', 'M', 'L'],
  peers: ['ours', 'ours-no-cache', 'ours-fast', 'zip', 'archiver', 'fflate'],
  rounds: 2,
  slowRounds: 1,
}

await main(async () => {
  const options = asked()
  if (options.readme) return updateReadme()
  await setUp()
  if (options.build) await run(process.execPath, [join(root, 'scripts', 'build.mjs'), '--release'])
  const results = await benchmark(options)
  console.log(`\n${full(results)}\n\n### Targets\n\n${targetTable(results.targets)}`)
  save(results, options)
  const broken = results.rows.filter(({ broken }) => broken)
  for (const { corpus, name, failed } of broken) console.error(`\n${corpus}, ${name}: ${failed}`)
  return broken.length > 0 ? 1 : 0
})

async function benchmark({ corpora: names, peers, scenarios, rounds, slowRounds }) {
  const date = new Date().toISOString()
  const [machine, addon] = [await findMachine(), await findAddon()]
  log(machineLine(machine))
  const size = `The addon has ${(addon.size / 1e6).toFixed(1)} MB`
  log(addon.daily ? `${size}: a build for daily work, slower than a release.` : `${size}.`)
  const tools = await findTools({ ids: peers, log })
  log(versions({ tools, addon }))
  const ids = tools.filter(({ missing }) => !missing).map(({ id }) => id)
  const wanted = (scenario) => scenarios.includes(scenario)
  const corpora = []
  const rows = []
  for (const name of names) {
    const made = await corpus(name, { log })
    corpora.push(made)
    if (wanted('cold')) rows.push(...(await cold(made, { tools, rounds, slowRounds, log })))
    if (wanted('start') && name === 'S') rows.push(...(await start(made, { tools, rounds, log })))
    // Smaller folders are packed in no time whatever is known of them.
    if (['L', 'XL'].includes(name)) rows.push(...(await warm(made, { ids, rounds, wanted, log })))
  }
  rmSync(folder('out'), { recursive: true, force: true })
  return { date, machine, addon, tools, corpora, rounds, rows, targets: targets(rows) }
}

/** Only a full run's results are kept with the project. */
function save(results, { whole, json }) {
  const target = whole ? join(here, 'results') : folder('results')
  mkdirSync(target, { recursive: true })
  const { tools, addon, corpora, ...rest } = results
  const plain = {
    ...rest,
    addon: { size: addon.size, daily: addon.daily },
    versions: Object.fromEntries(tools.filter(({ version }) => version).map(({ name, version }) => [name, version])),
    corpora: corpora.map(({ path, ...corpus }) => corpus),
  }
  const text = JSON.stringify(plain, null, 1) + '\n'
  const files = { 'results.json': text, 'table.md': brief(results) }
  for (const theme of ['light', 'dark']) files[`chart-${theme}.svg`] = chart(results, theme)
  for (const [file, content] of Object.entries(files)) if (content) writeFileSync(join(target, file), content)
  if (json) writeFileSync(json, text)
  console.log(`\nResults, table and charts: ${target}`)
}

function asked() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      corpus: { type: 'string' },
      peer: { type: 'string' },
      scenario: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      build: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
    },
  })
  const list = (text) => text?.split(',').map((name) => name.trim())
  const quick = values.quick ? QUICK : {}
  const options = {
    build: values.build,
    readme: values.readme,
    json: values.json && resolve(values.json),
    corpora: list(values.corpus) ?? quick.corpora ?? Object.keys(CORPORA),
    peers: list(values.peer)?.flatMap((name) => (name === 'ours' ? OURS : [name])) ?? quick.peers,
    scenarios: list(values.scenario) ?? SCENARIOS,
    rounds: Number(values.rounds ?? quick.rounds ?? 5),
    slowRounds: quick.slowRounds ?? 3,
    whole: !values.quick && ['corpus', 'peer', 'scenario', 'rounds'].every((name) => values[name] === undefined),
  }
  expect('--corpus', options.corpora, Object.keys(CORPORA))
  expect('--scenario', options.scenarios, SCENARIOS)
  if (!(Number.isInteger(options.rounds) && options.rounds > 0)) {
    throw new SetupError(`Expected a whole number from 1 for --rounds but received ${values.rounds}.`)
  }
  const beside = options.json && dirname(options.json)
  if (beside && !existsSync(beside)) throw new SetupError(`There is no folder ${beside}.`)
  return options
}

function expect(option, given, known) {
  const other = given.find((name) => !known.includes(name))
  if (other !== undefined) throw new SetupError(`Expected ${known.join(', ')} for ${option} but received ${other}.`)
}

/** Progress goes to standard error, so that the tables can be kept alone. */
function log(text) {
  console.error(`${Math.round(performance.now() / 1e3).toString().padStart(4)} s  ${text}`)
}
