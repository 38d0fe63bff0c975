// fflate's `zip`, which takes worker threads for large files, at its default level.

import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

import { zip } from 'fflate'

import { walk } from './walk.mjs'

const [folder, out] = process.argv.slice(2)
const files = Object.fromEntries(walk(folder).map(({ path, name }) => [name, readFileSync(path)]))
writeFileSync(out, await promisify(zip)(files))
