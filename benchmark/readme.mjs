// Puts the table of the last full run into the README, between its two marks.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { SetupError, root } from '../scripts/run.mjs'
import { here } from './folders.mjs'

const MARKS = /(<!-- bench -->\n)[^]*?(<!-- \/bench -->)/

export function updateReadme() {
  const file = join(root, 'README.md')
  const text = readFileSync(file, 'utf8')
  if (!MARKS.test(text)) throw new SetupError('README.md has no <!-- bench --> and <!-- /bench --> around the table.')
  const results = readFileSync(join(here, 'results', 'table.md'), 'utf8')
  writeFileSync(file, text.replace(MARKS, (_, begin, end) => `${begin}\n${results}\n${end}`))
}
