// Everything that has to hold, from a bare clone: `npm test`, or a part of it: `lint`, `rust`, `js`.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { build } from './build.mjs'
import { checkMsrv } from './msrv.mjs'
import { SetupError, root, run } from './run.mjs'
import { main, setUp } from './setup.mjs'

const CLIPPY = ['clippy', '--all-targets', '--quiet']
const DENY_WARNINGS = ['--', '-D', 'warnings']
const GENERATED = ['index.d.ts', 'binding.js', 'js/options.json']

await main(async () => {
  const parts = { lint, rust, js }
  const names = process.argv.slice(2)
  const unknown = names.filter((name) => !Object.hasOwn(parts, name))
  if (unknown.length > 0) throw new SetupError(`There is no part ${unknown.join(', ')}; the parts are lint, rust and js.`)
  await setUp()
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const broken = []
  for (const name of names.length > 0 ? names : Object.keys(parts)) {
    try {
      await parts[name](counts)
    } catch (error) {
      // The other parts are worth knowing too.
      console.error(`\n${error.message}`)
      broken.push(name)
    }
  }
  if (broken.length > 0) console.error(`\nFailed: ${broken.join(', ')}`)
  // A part can fail without a failed test: a warning, a file that is not as it is generated.
  if (broken.length > 0 && counts.failed === 0) counts.failed = broken.length
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return broken.length > 0 ? 1 : 0
})

async function lint() {
  title('Format')
  await run('cargo', ['fmt', '--check'])
  title('Rust lints, with the binding and without')
  await run('cargo', [...CLIPPY, ...DENY_WARNINGS])
  await run('cargo', [...CLIPPY, '--no-default-features', ...DENY_WARNINGS])
  title('Rust version')
  await checkMsrv()
  title('Generated files')
  await build()
  await unchanged()
  title('Types')
  await run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', join('__test__', 'types')])
}

async function rust(counts) {
  title('Rust, without the binding')
  await cargoTest(['--no-default-features'], counts)
  title('Rust, with the binding')
  await cargoTest([], counts)
}

async function js(counts) {
  title('JavaScript, on the built addon and the embedded backend')
  await build()
  const files = readdirSync(join(root, '__test__')).filter((name) => name.endsWith('.test.mjs'))
  const paths = files.map((name) => join('__test__', name))
  const output = await counted(process.execPath, ['--test', '--test-reporter=spec', ...paths], counts, countNode)
  if (countNode(output).passed === 0) throw new SetupError('No JavaScript test was run.')
}

async function cargoTest(args, counts) {
  await counted('cargo', ['test', ...args], counts, countCargo)
}

/** Runs tests with their output on this terminal, and adds what their runner counted. */
async function counted(command, args, counts, count) {
  let output
  try {
    output = await run(command, args, { capture: true, echo: true })
  } catch (error) {
    add(counts, count(error.output ?? ''))
    throw new SetupError(`${[command, ...args.slice(0, 2)].join(' ')} … failed.`)
  }
  add(counts, count(output))
  return output
}

function add(counts, more) {
  for (const key of Object.keys(counts)) counts[key] += more[key]
}

function countCargo(output) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const [, passed, failed, ignored] of output.matchAll(/test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/g)) {
    add(total, { passed: Number(passed), failed: Number(failed), skipped: Number(ignored) })
  }
  return total
}

function countNode(output) {
  const last = (name) => Number([...output.matchAll(new RegExp(`^\\S+ ${name} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0)
  return { passed: last('pass'), failed: last('fail'), skipped: last('skipped') + last('todo') }
}

async function unchanged() {
  try {
    await run('git', ['diff', '--exit-code', '--', ...GENERATED])
  } catch {
    throw new SetupError('Generated files differ from what is committed: run `npm run build` and commit them.')
  }
}

function title(text) {
  console.log(`\n== ${text}`)
}
