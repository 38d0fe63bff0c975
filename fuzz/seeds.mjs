// Collects the archives that crates on crates.io ship for their tests: hostile ones, odd ones, and some by every maker
// of archives. They are the first inputs of `inspect`. `node fuzz/seeds.mjs`, then fuzz/README.md says how to go on.
//
// They stay in .cache/fuzz, which git ignores: they are others' work, and virus scanners dislike some of them.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, relative, sep } from 'node:path'

import { SetupError, root, run } from '../scripts/run.mjs'
import { cache, main } from '../scripts/setup.mjs'

/** Name, version, SHA-256 of the package. All are MIT, but zip-forensic-core (Apache-2.0). */
const CRATES = [
  // What uv's authors collected against differences between readers, with FastZIP's malo archives.
  ['astral_async_zip', '0.0.22', '0f8508d09c6bc6abd42767d1d43c7702891691484875ce94f7997da1301d95e9'],
  ['async_zip', '0.0.19', 'fb7f5f40e1eb30949a266fc900d37fd3267c7baf50c3705ac09c5d8ced5def63'],
  // Go's test archives among others: wrong bases and sizes, prefixes, names that differ.
  ['rawzip', '0.5.2', 'ac9999039f74cd73c03158cddfe4362991703c74efe5ce5c8073026f80a5e48c'],
  // The last version with its archives in it.
  ['zip', '0.6.6', '760394e246e4c28189f19d488c058bf16f564016aefac5d32bb1f3b51d5e9261'],
  ['zip-extract', '0.4.1', '7fa5b9958fd0b5b685af54f2c3fa21fca05fe295ebaf3e77b6d24d96c4174037'],
  // Old methods, encryption, parts of several disks, names in many encodings.
  ['zip-forensic-core', '0.2.2', '8b3b3484ca4586312b0dce2b3649a45cf7fedd5b2bf66ef06f9753204694c204'],
]

const LARGEST = 128 * 1024

const folder = join(cache, 'fuzz')
const seeds = join(folder, 'seeds')
const unpacked = join(folder, 'crates')

/** The package as cargo keeps it. */
function kept(file) {
  const packages = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'cache')
  const registries = existsSync(packages) ? readdirSync(packages) : []
  return registries.map((registry) => join(packages, registry, file)).find((path) => existsSync(path))
}

/** Has cargo load a package, without what it depends on, and unpacks it. */
async function load(name, version, sha256) {
  const file = `${name}-${version}.crate`
  // Of all cargo's commands this one loads a single package.
  if (!kept(file)) await run('cargo', ['info', '--quiet', '--registry', 'crates-io', `${name}@${version}`], { capture: true })
  const path = kept(file)
  if (!path) throw new SetupError(`cargo did not load ${file}.`)
  const found = createHash('sha256').update(readFileSync(path)).digest('hex')
  if (found !== sha256) throw new SetupError(`${path} has the SHA-256 ${found} instead of ${sha256}.`)
  await run('tar', ['-xzf', path, '-C', unpacked], { capture: true })
  return join(unpacked, `${name}-${version}`)
}

await main(async () => {
  for (const path of [seeds, unpacked]) {
    rmSync(path, { recursive: true, force: true })
    mkdirSync(path, { recursive: true })
  }
  let count = 0
  for (const [name, version, sha256] of CRATES) {
    const from = await load(name, version, sha256)
    const files = readdirSync(from, { recursive: true, withFileTypes: true })
    for (const file of files.filter((file) => file.isFile() && /\.(zip|jar)$/i.test(file.name))) {
      const path = join(file.parentPath, file.name)
      const bytes = readFileSync(path)
      // Larger ones slow the fuzzer down and show it nothing new.
      if (bytes.length > LARGEST) continue
      writeFileSync(join(seeds, relative(unpacked, path).split(sep).join('-')), bytes)
      count += 1
    }
  }
  console.log(`${count} archives of ${CRATES.length} crates in ${relative(root, seeds)}.`)
})
