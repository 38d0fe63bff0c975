// Builds the addon and what is generated with it: binding.js, index.d.ts, js/options.json.
// `node scripts/build.mjs [--release]`

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { root, run } from './run.mjs'
import { optionTable, withoutInternals } from './types.mjs'

/** Builds, and answers when `require('.')` works. */
export async function build({ release = false } = {}) {
  const require = createRequire(join(root, 'package.json'))
  const cli = join(dirname(require.resolve('@napi-rs/cli/package.json')), 'dist', 'cli.js')
  const types = ['--dts', 'index.d.ts', '--no-const-enum']
  const profile = release ? ['--release', '--strip'] : []
  await run(process.execPath, [cli, 'build', '--platform', '--js', 'binding.js', ...types, ...profile])
  const generated = withoutInternals(readFileSync(join(root, 'index.d.ts'), 'utf8'))
  writeFileSync(join(root, 'index.d.ts'), generated)
  writeFileSync(join(root, 'js', 'options.json'), JSON.stringify(optionTable(generated), null, 2) + '\n')
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build({ release: process.argv.includes('--release') })
}
