// fflate's `zipSync`, on one thread, at its default level.

import { readFileSync, writeFileSync } from 'node:fs'

import { zipSync } from 'fflate'

import { walk } from './walk.mjs'

const [folder, out] = process.argv.slice(2)
const files = Object.fromEntries(walk(folder).map(({ path, name }) => [name, readFileSync(path)]))
writeFileSync(out, zipSync(files))
