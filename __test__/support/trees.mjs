import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { LambdaPackError, pack } from '../../index.js'
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
  const remove = () => rm(path, { recursive: true, force: true })
  t.after(() => remove().catch(async () => {
    // A test may have taken the right to do so away.
    await run('chmod', ['-R', 'u+rwX', path])
    await remove()
  }))
  return path
}

/**
 * Writes a tree, in the order of its keys.
 *
 * @param {string} root
 * @param {Record<string, string | Buffer | { content: string | Buffer, mode: number } |
 *   { link: string }>} tree paths below `root`; one that ends with `/` is an empty folder. A mode is set
 *   whatever the umask is.
 * @returns {Promise<string>} `root`
 */
export async function write(root, tree) {
  for (const [name, what] of Object.entries(tree)) {
    const path = join(root, name)
    await mkdir(name.endsWith('/') ? path : dirname(path), { recursive: true })
    if (name.endsWith('/')) continue
    const { content, mode, link } =
      typeof what === 'string' || Buffer.isBuffer(what) ? { content: what } : what
    if (link === undefined) await writeFile(path, content)
    else await symlink(link, path)
    if (mode !== undefined) await chmod(path, mode)
  }
  return root
}

/**
 * A temporary folder with a tree in it, as {@link write} takes it.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} tree
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
 * A tree that takes seconds to pack with `{ level: 12, threads: 1 }`, to do something midway.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} [megabytes]
 * @returns {Promise<string>}
 */
export async function slowTree(t, megabytes = 24) {
  const root = await folder(t)
  await writeFile(join(root, 'index.js'), 'exports.handler = async () => {}\n')
  await writeFile(join(root, 'slow.txt'), randomBytes(megabytes << 19).toString('hex'))
  return root
}

/** Makes a FIFO. */
export async function fifo(path) {
  const { code, stderr } = await run('mkfifo', [path])
  if (code !== 0) throw new Error(stderr)
}

/** Makes a device like /dev/null; answers whether this user may, here. */
export async function device(path) {
  return process.getuid() === 0 && (await run('mknod', [path, 'c', '1', '3'])).code === 0
}

/**
 * Runs an ES module, given as text, in a process of its own.
 *
 * @param {string} source finds `input`, `pack`, `deploy`, `inspect` and `LambdaPackError` there
 * @param {unknown} [input] must survive JSON
 * @param {Parameters<typeof run>[2] & { node?: string[], project?: string }} [options] `node` is how Node.js
 *   is started, `project` where the addon is
 * @returns {ReturnType<typeof run>}
 */
export function runModule(source, input = null, options = {}) {
  const { node = [process.execPath], project = PROJECT, ...rest } = options
  const entry = pathToFileURL(join(project, 'index.js'))
  const start = `import { pack, deploy, inspect, init, LambdaPackError } from '${entry}'
    const input = JSON.parse(process.argv[1])\n`
  const args = ['--input-type=module', '-e', start + source, JSON.stringify(input)]
  return run(node[0], [...node.slice(1), ...args], rest)
}

/**
 * Runs `pack(options)` as a user whom the rights of files bind. Root is none.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} options
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ result?: object, error?: object } | null>} null where nobody can be another user
 */
export function packAsOrdinaryUser(t, options, env = process.env) {
  return asOrdinaryUser(t, 'pack', options, env)
}

/** The same for `init(options)`. */
export function initAsOrdinaryUser(t, options, env = process.env) {
  return asOrdinaryUser(t, 'init', options, env)
}

async function asOrdinaryUser(t, call, options, env) {
  const user = await ordinaryUser(t)
  if (user === null) return null
  const source = `
    const told = await ${call}(input).then((result) => ({ result }), ({ code, path, hint, message, cause }) =>
      ({ error: { code, path, hint, message, cause: cause?.message } }))
    console.log(JSON.stringify(told))`
  const { stdout, stderr } = await runModule(source, options, { ...user, env, cwd: tmpdir() })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

/**
 * Packs what must be refused, and makes sure that this leaves nothing behind and harms no older archive.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} root
 * @param {object} [options]
 * @returns {Promise<LambdaPackError>} what the call rejected with
 */
export async function refusal(t, root, options) {
  const to = await folder(t)
  const missing = join(to, 'made on demand')
  const older = await treeAt(t, { 'function.zip': EMPTY_ARCHIVE })
  let error
  for (const place of [missing, older]) {
    error = await pack({ root, out: join(place, 'function.zip'), ...options }).then(
      (result) => assert.fail(`packed ${JSON.stringify(result)}`),
      (reason) => reason,
    )
    assert.ok(error instanceof LambdaPackError, error?.stack)
    assert.ok(error.hint?.length > 10, `${error.code} without hint`)
  }
  const left = await readdir(to, { recursive: true, withFileTypes: true })
  assert.deepEqual(left.filter((entry) => !entry.isDirectory()), [])
  assert.deepEqual(await listing(older), ['function.zip'])
  assert.deepEqual(await readFile(join(older, 'function.zip')), EMPTY_ARCHIVE)
  return error
}

/**
 * The names in an archive, in its order. The readers prove that they see the same, and take longer.
 *
 * @param {string} path
 * @returns {Promise<string[]>}
 */
export async function namesIn(path) {
  const bytes = await readFile(path)
  const names = []
  let at = bytes.readUInt32LE(bytes.length - 6)
  while (bytes.readUInt32LE(at) === 0x02014b50) {
    const end = at + 46 + bytes.readUInt16LE(at + 28)
    names.push(bytes.toString('utf8', at + 46, end))
    at = end + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return names
}

/**
 * Names in the order that an archive has: packages before the rest, both by their bytes.
 *
 * @param {Iterable<string>} names
 * @returns {string[]}
 */
export function inOrder(names) {
  const isOwn = (name) => !name.split('/').includes('node_modules')
  return [...names].sort((a, b) => isOwn(a) - isOwn(b) || Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/**
 * What is in a folder after an abort. A call does not wait for its own tidying up where that takes long, so this
 * does: until there is no temporary file, and no longer than ten seconds.
 *
 * @param {string} path
 * @returns {Promise<string[]>} the names, sorted
 */
export async function listingAfterAbort(path) {
  const until = performance.now() + 10_000
  for (;;) {
    const names = await listing(path)
    if (performance.now() > until || !names.some((name) => name.endsWith('.lambda-pack-tmp'))) return names
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/**
 * What is in a folder: the names, sorted.
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
