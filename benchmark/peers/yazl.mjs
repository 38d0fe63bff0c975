// yazl, at its default level.

import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

import yazl from 'yazl'

import { walk } from './walk.mjs'

const [folder, out] = process.argv.slice(2)
const archive = new yazl.ZipFile()
for (const { path, name } of walk(folder)) archive.addFile(path, name)
archive.end()
await pipeline(archive.outputStream, createWriteStream(out))
