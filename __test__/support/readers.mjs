import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { find, run } from './command.mjs'
import { findPython, pythonVariables } from './python.mjs'

const JAVA_PROGRAM = fileURLToPath(new URL('ReadZip.java', import.meta.url))

/**
 * @typedef {object} Verdict what a reader says of an archive
 * @property {boolean} ok whether it took it without complaint
 * @property {string} output all that it printed
 */

/**
 * Info-ZIP: `unzip -tqq`.
 *
 * @param {string} path
 * @returns {Promise<Verdict | null>} null when the machine has no `unzip`
 */
export async function unzipTest(path) {
  const unzip = await find('unzip')
  return unzip ? verdict(await run(unzip, ['-tqq', path])) : null
}

/**
 * Python's zipfile: `testzip()` and the entries as it reads them, in the order of the archive.
 *
 * @param {string} path
 * @returns {Promise<Verdict & { bad: string | null, entries: Array<{ name: string, mode: number,
 *   dateTime: number[], compressType: number, flagBits: number, extraLength: number, crc: number,
 *   size: number, compressedSize: number, headerOffset: number }> }>}
 */
export async function pythonTest(path) {
  const result = await script('zip_list.py', [path])
  if (result.code !== 0) return { ...verdict(result), bad: null, entries: [] }
  const { bad, entries } = JSON.parse(result.stdout)
  return { ok: bad === null, output: bad ?? '', bad, entries }
}

/**
 * 7-Zip: `7za t`, from the npm package `7zip-bin`.
 *
 * @param {string} path
 * @returns {Promise<Verdict | null>} null when the package is not installed or has nothing for this machine
 */
export async function sevenZipTest(path) {
  const program = await sevenZip()
  return program ? verdict(await run(program, ['t', '-bd', path])) : null
}

/**
 * Java's ZipFile and ZipInputStream, which must agree.
 *
 * @param {string} path
 * @returns {Promise<Verdict | null>} null when the machine has no `java`
 */
export async function javaTest(path) {
  const java = await find('java')
  return java ? verdict(await run(java, ['-XX:TieredStopAtLevel=1', JAVA_PROGRAM, path])) : null
}

/**
 * Looks at the bytes for what the readers let pass: duplicate, unsorted, dangerous or clashing names,
 * overlaps and gaps, local headers that disagree, data descriptors, extra fields, odd modes and times.
 *
 * @param {string} path
 * @returns {Promise<string[]>} the faults; an empty list for a sound archive
 */
export async function structure(path) {
  const { code, stdout, stderr } = await script('zip_structure.py', [path])
  return code === 0 ? JSON.parse(stdout) : [`unreadable: ${stderr.trim().split('\n').at(-1)}`]
}

/**
 * Unpacks an archive with modes and links.
 *
 * @param {string} path
 * @param {string} dir made when it is not there
 * @param {{ tool?: 'unzip' | 'python' }} [options] `unzip` when the machine has it, by default
 */
export async function unzipTo(path, dir, { tool } = {}) {
  await mkdir(dir, { recursive: true })
  const unzip = tool === 'python' ? null : await find('unzip')
  const result = unzip
    ? await run(unzip, ['-q', '-o', path, '-d', dir])
    : await script('zip_unpack.py', [path, dir])
  if (result.code !== 0) throw new Error(`Could not unpack ${path}:\n${verdict(result).output}`)
}

/**
 * What is below a folder, for comparing trees.
 *
 * @param {string} dir
 * @returns {Promise<Array<{ name: string, type: 'file' | 'dir' | 'link' | 'other', mode: number,
 *   sha256?: string, target?: string }>>} sorted by the bytes of the names, which use `/`; `mode` is the
 *   permission bits; `sha256` (hex) is there for files and `target` for links
 */
export async function treeOf(dir) {
  const found = await below(dir, '')
  return found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
}

/**
 * The SHA-256 of a file as Lambda writes it, computed by OpenSSL or, without that, by Python.
 *
 * @param {string} path
 * @param {{ tool?: 'openssl' | 'python' }} [options]
 * @returns {Promise<string>} base64
 */
export async function sha256Base64(path, { tool } = {}) {
  const openssl = tool === 'python' ? null : await find('openssl')
  const result = openssl
    ? await run(openssl, ['dgst', '-sha256', '-binary', path], { binary: true })
    : await python(['-c', HASH, path], { binary: true })
  if (result.code !== 0) throw new Error(`Could not hash ${path}: ${result.stderr}`)
  return result.stdout.toString('base64')
}

const HASH = `import hashlib, sys
with open(sys.argv[1], 'rb') as file:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
sys.stdout.buffer.write(digest.digest())`

async function sevenZip() {
  try {
    const { default: { path7za } } = await import('7zip-bin')
    // npm keeps no execute bit where the package was packed without one.
    await chmod(path7za, 0o755)
    return path7za
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'ENOENT') return null
    throw error
  }
}

async function below(dir, prefix) {
  const found = []
  for (const base of await readdir(join(dir, prefix))) {
    const name = prefix + base
    const path = join(dir, name)
    const stats = await lstat(path)
    const mode = stats.mode & 0o7777
    if (stats.isDirectory()) found.push({ name, type: 'dir', mode }, ...await below(dir, `${name}/`))
    else if (stats.isSymbolicLink()) found.push({ name, type: 'link', mode, target: await readlink(path) })
    else if (stats.isFile()) found.push({ name, type: 'file', mode, sha256: await sha256Hex(path) })
    else found.push({ name, type: 'other', mode })
  }
  return found
}

async function sha256Hex(path) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function script(name, args) {
  return python([fileURLToPath(new URL(name, import.meta.url)), ...args])
}

async function python(args, options) {
  return run(await findPython(), args, { env: pythonVariables(), ...options })
}

function verdict({ code, stdout, stderr }) {
  return { ok: code === 0, output: (stdout + stderr).trim() }
}
