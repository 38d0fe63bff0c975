// archiver, as its README shows it, at its default level.

import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

import { ZipArchive } from 'archiver'

const [folder, out] = process.argv.slice(2)
const archive = new ZipArchive()
const written = pipeline(archive, createWriteStream(out))
archive.directory(folder, false)
await archive.finalize()
await written
