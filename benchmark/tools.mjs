// Ours and its peers: how each is found and called. Every one is called as its users call it, at its default level
// where the table does not say otherwise.

import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { SetupError, root, run } from '../scripts/run.mjs'
import { installed } from './corpora.mjs'
import { folder, here, home } from './folders.mjs'

const node = process.execPath
const out = folder('out')

/** Where ours keeps what it knows, in the runs that ask for it. */
export const oursCache = join(home, 'ours-cache')

/**
 * The tools that are on this machine, as `{ id, name, level, version, slow, contest(corpus) }`; the others as
 * `{ id, name, missing }`.
 */
export async function tools({ ids, log }) {
  const known = [...ours(), ...programs(), ...libraries(), ...crate()]
  const other = ids?.find((id) => !known.some((tool) => tool.id === id))
  if (other !== undefined) {
    throw new SetupError(`Expected ${known.map(({ id }) => id).join(', ')} for --peer but received ${other}.`)
  }
  const all = known.filter(({ id }) => !ids || ids.includes(id))
  for (const tool of all) {
    try {
      tool.version = await tool.find({ log })
    } catch (error) {
      tool.missing = error.message
    }
  }
  return all
}

/** What a process of ours is called with; `job` as ours.cjs has it. */
export function oursCommand(job) {
  return [node, join(here, 'ours.cjs'), JSON.stringify(job)]
}

function ours() {
  const version = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
  const variant = (id, name, level, options, slow) => ({
    id,
    name,
    level,
    slow,
    find: version,
    contest({ path }) {
      const archive = join(out, `${id}.zip`)
      return {
        id,
        name,
        level,
        archive,
        folder: path,
        cwd: path,
        prints: true,
        command: oursCommand({ options: { root: path, out: archive, mode: 'all', ...options } }),
        // Cold: as on a machine that has never seen the folder.
        prepare() {
          for (const made of [archive, oursCache]) rmSync(made, { recursive: true, force: true })
        },
      }
    },
  })
  return [
    variant('ours', 'ours', 'default', { cache: oursCache }),
    variant('ours-no-cache', 'ours, cache: false', 'default', { cache: false }),
    variant('ours-fast', "ours, level: 'fast'", 'fast', { cache: oursCache, level: 'fast' }),
    variant('ours-max', "ours, level: 'max'", 'max', { cache: oursCache, level: 'max' }, true),
  ]
}

/** A peer that makes one archive of one folder. */
function peer({ id, name = id, level = '6', slow, only, omits, env, archive = join(out, `${id}.zip`), find, command }) {
  return {
    id,
    name,
    level,
    slow,
    only,
    find,
    contest({ path }) {
      return {
        id,
        name,
        level,
        archive,
        folder: path,
        cwd: path,
        omits,
        env,
        command: command(path, archive),
        prepare: () => rmSync(archive, { force: true }),
      }
    },
  }
}

function programs() {
  const sevenZip = () => {
    const { path7za } = createRequire(join(root, 'package.json'))('7zip-bin')
    // As unpacked by some package managers it is not executable.
    chmodSync(path7za, 0o755)
    return path7za
  }
  const find7z = async () => line(await run(sevenZip(), [], { capture: 'stdout' }), /p?7-?zip.*?(\d+\.\d+)/i)
  const call7z = (level) => (_, archive) => [sevenZip(), 'a', '-tzip', `-mx=${level}`, '-bso0', '-bsp0', archive, '.']
  return [
    peer({
      id: 'zip',
      name: 'zip -qr',
      find: async () => line(await run('zip', ['-v'], { capture: 'stdout' }), /This is Zip (\S+)/),
      command: (_, archive) => ['zip', '-qr', archive, '.'],
    }),
    peer({ id: '7z', name: '7z -mx5', level: '5', slow: true, find: find7z, command: call7z(5) }),
    peer({ id: '7z-1', name: '7z -mx1', level: '1', find: find7z, command: call7z(1) }),
    peer({
      id: 'bsdtar',
      find: async () => line(await run('bsdtar', ['--version'], { capture: 'stdout' }), /bsdtar (\S+)/),
      command: (_, archive) => ['bsdtar', '-a', '-cf', archive, '.'],
    }),
  ]
}

function libraries() {
  const base = join(home, 'peers')
  const find = (pkg) => async ({ log }) => {
    await installed('peers', 'peers', { log })
    return JSON.parse(readFileSync(join(base, 'node_modules', pkg, 'package.json'), 'utf8')).version
  }
  const script = (file) => (path, archive) => [node, join(base, file), path, archive]
  const library = (id, { name, pkg = id, level }) =>
    peer({ id, name, level, slow: true, find: find(pkg), command: script(`${id}.mjs`) })
  const service = join(out, 'osls')
  return [
    library('archiver', { level: '1' }),
    library('yazl', {}),
    library('fflate', { name: 'fflate zipSync' }),
    library('fflate-async', { name: 'fflate zip', pkg: 'fflate' }),
    library('adm-zip', {}),
    library('cdk', { name: "CDK's asset zipper", pkg: '@aws-cdk/cdk-assets-lib' }),
    peer({
      id: 'osls',
      name: 'osls package',
      slow: true,
      only: ['L'],
      omits: ['serverless.yml'],
      // It writes to the user's folder.
      env: { HOME: folder('osls-home') },
      archive: join(service, 'benchmark.zip'),
      find: find('osls'),
      command: () => [node, join(base, 'node_modules/osls/bin/serverless.js'), 'package', '--package', service],
    }),
  ]
}

function crate() {
  return [
    peer({
      id: 'zip-crate',
      name: 'zip crate, parallel',
      find: async ({ log }) => {
        await rustPeers({ log })
        return line(readFileSync(join(here, 'rust', 'Cargo.lock'), 'utf8'), /name = "zip"\nversion = "(.*?)"/)
      },
      command: (path, archive) => [built.program, 'zip-crate', path, archive],
    }),
  ]
}

let built

/** What rust/ is built to: the `program`, and the `library` for Node.js. */
export async function rustPeers({ log }) {
  if (built) return built
  log('Building the peers in Rust')
  const manifest = join(here, 'rust', 'Cargo.toml')
  const where = ['--manifest-path', manifest, '--target-dir', join(home, 'target')]
  const args = ['build', '--release', '--locked', ...where, '--message-format=json-render-diagnostics']
  const messages = (await run('cargo', args, { capture: true })).split('\n').filter((text) => text.startsWith('{'))
  // The folder depends on the user's configuration of cargo, so cargo is asked for it.
  const artifacts = messages.map((message) => JSON.parse(message))
  const program = artifacts.map(({ executable }) => executable).find(Boolean)
  const library = artifacts.find(({ target }) => target?.name === 'floor_in_node')?.filenames[0]
  if (!program || !existsSync(program) || !library) throw new Error('cargo built no program')
  built = { program, library }
  return built
}

function line(text, pattern) {
  return pattern.exec(text)?.[1] ?? 'unknown version'
}
