import { createHash, randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { find, run } from './command.mjs'

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))
const ORDINARY = ['--reuid', '65534', '--regid', '65534', '--clear-groups']

/** For tests of what only Unix has: `{ skip: unixOnly }`. */
export const unixOnly = process.platform === 'win32' && 'Windows has no such files'

/** The end record of an archive without entries: the shortest file that is an archive. */
export const EMPTY_ARCHIVE = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)])

/**
 * A temporary folder, removed when the test is over.
 *
 * @param {import('node:test').TestContext} t
 * @returns {Promise<string>} its path with links followed, so that paths in errors are equal to ours
 */
export async function folder(t) {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'pack-')))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

/**
 * Writes a tree, in the order of its keys.
 *
 * @param {string} root
 * @param {Record<string, string | Buffer | { content: string | Buffer, mode: number } | { link: string }>} tree
 *   paths below `root`; one that ends with `/` is an empty folder. A mode is set whatever the umask is.
 * @returns {Promise<string>} `root`
 */
export async function write(root, tree) {
  for (const [name, what] of Object.entries(tree)) {
    const path = join(root, name)
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true })
    if (name.endsWith('/')) continue
    const { content, mode, link } = typeof what === 'string' || Buffer.isBuffer(what) ? { content: what } : what
    if (link === undefined) await writeFile(path, content)
    else await symlink(link, path)
    if (mode !== undefined) await chmod(path, mode)
  }
  return root
}

/**
 * A temporary folder with a tree in it.
 *
 * @param {import('node:test').TestContext} t
 * @param {Parameters<typeof write>[1]} tree
 * @returns {Promise<string>}
 */
export async function treeAt(t, tree) {
  return write(await folder(t), tree)
}

/**
 * The files of an installed package, for {@link write}.
 *
 * @param {string} path where it is
 * @param {object} [fields] of its package.json
 * @returns {Record<string, string>}
 */
export function installed(path, fields = {}) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  return {
    [`${path}/package.json`]: JSON.stringify({ name, version: '1.0.0', ...fields }),
    [`${path}/index.js`]: `module.exports = ${JSON.stringify(path)}\n`,
  }
}

/**
 * Bytes that do not shrink, the same for the same seed.
 *
 * @param {number} size
 * @param {string} [seed]
 * @returns {Buffer}
 */
export function noise(size, seed = 'noise') {
  return createHash('shake256', { outputLength: size }).update(seed).digest()
}

/**
 * Text that shrinks to about a half, the same for the same seed.
 *
 * @param {number} size
 * @param {string} [seed]
 * @returns {Buffer}
 */
export function prose(size, seed = 'prose') {
  return Buffer.from(noise(Math.ceil(size / 2), seed).toString('hex').slice(0, size))
}

/**
 * A tree that takes about a second to pack with `{ level: 12, threads: 1 }`, to do something midway.
 *
 * @param {import('node:test').TestContext} t
 * @returns {Promise<string>}
 */
export async function slowTree(t) {
  const root = await folder(t)
  await writeFile(join(root, 'index.js'), 'exports.handler = async () => {}\n')
  await writeFile(join(root, 'slow.txt'), randomBytes(12 << 20).toString('hex'))
  return root
}

/**
 * Makes a FIFO.
 *
 * @param {string} path
 */
export async function fifo(path) {
  const { code, stderr } = await run('mkfifo', [path])
  if (code !== 0) throw new Error(stderr)
}

/**
 * Makes a device like /dev/null.
 *
 * @param {string} path
 * @returns {Promise<boolean>} whether this user may, here
 */
export async function device(path) {
  return process.getuid() === 0 && (await run('mknod', [path, 'c', '1', '3'])).code === 0
}

/**
 * Runs an ES module, given as text, in a process of its own.
 *
 * @param {string} source finds `input` as a constant, and `pack`, `deploy`, `LambdaPackError`
 * @param {unknown} [input] must survive JSON
 * @param {Parameters<typeof run>[2] & { node?: string[], project?: string }} [options] `node` is how Node.js
 *   is started, `project` where the addon is
 * @returns {ReturnType<typeof run>}
 */
export function runModule(source, input = null, { node = [process.execPath], project = PROJECT, ...rest } = {}) {
  const entry = pathToFileURL(join(project, 'index.js'))
  const start = `import { pack, deploy, LambdaPackError } from '${entry}'\nconst input = JSON.parse(process.argv[1])\n`
  const [command, ...args] = node
  return run(command, [...args, '--input-type=module', '-e', start + source, JSON.stringify(input)], rest)
}

/**
 * Runs `pack(options)` as a user whom the rights of files bind. Root is none.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} options
 * @returns {Promise<{ result?: object, error?: object } | null>} null where there is no way to be another user
 */
export async function packAsOrdinaryUser(t, options) {
  const user = await ordinaryUser(t)
  if (user === null) return null
  const source = `
    const told = await pack(input).then((result) => ({ result }), ({ code, path, hint, message, cause }) =>
      ({ error: { code, path, hint, message, cause: cause?.message } }))
    console.log(JSON.stringify(told))`
  const { stdout, stderr } = await runModule(source, options, { ...user, cwd: tmpdir() })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

/**
 * What is in the folders from the first to the last test: their names, sorted.
 *
 * @param {string} path
 * @returns {Promise<string[]>}
 */
export async function listing(path) {
  return (await readdir(path)).sort()
}

async function ordinaryUser(t) {
  if (process.getuid() !== 0) return {}
  const setpriv = await find('setpriv')
  if (setpriv === null) return null
  const node = [setpriv, ...ORDINARY, process.execPath]
  const works = async (user) => (await runModule('', null, { ...user, cwd: tmpdir() })).code === 0
  if (await works({ node })) return { node }
  // The project may be in a folder that others cannot enter.
  const project = await folder(t)
  const isNative = (name) => name.endsWith('.node')
  for (const name of ['index.js', 'binding.js', 'js', ...(await readdir(PROJECT)).filter(isNative)]) {
    await cp(join(PROJECT, name), join(project, name), { recursive: true })
  }
  await run('chmod', ['-R', 'a+rX', project])
  return (await works({ node, project })) ? { node, project } : null
}
