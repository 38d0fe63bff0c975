import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach } from 'node:test'
import { awsCli } from './aws.mjs'
import { startBackend } from './backend.mjs'
import { KEY, REGION, SECRET } from './credentials.mjs'
import { startFront } from './proxy.mjs'

/** The library under test, as users load it. */
export const { deploy, pack, LambdaPackError } = createRequire(import.meta.url)('../../index.js')

/**
 * A backend behind a strict front for the tests of one file, a folder of their own, and credentials that
 * are not the developer's. The front is as new for each test; the backend keeps what is in it.
 *
 * @returns {{ front: object, backend: object, folder: string, options: (changes?: object) => object,
 *   aws: (...args: string[]) => Promise<any>, leftOver: () => Promise<string[]> }} filled before the first test
 */
export function deployments() {
  const here = {}
  const saved = { ...process.env }
  before(async () => {
    here.backend = await startBackend()
    here.front = await startFront({ target: here.backend.url })
    here.folder = await mkdtemp(join(tmpdir(), 'deployments-'))
    here.scratch = join(here.folder, 'tmp')
    await mkdir(here.scratch)
    setEnvironment(here)
    here.options = (changes = {}) => ({
      endpoint: here.front.url, region: REGION, role: here.backend.role, ...changes,
    })
    here.aws = (...args) => awsCli(args, { endpoint: here.backend.url })
    // What the library leaves in the folder for temporary files.
    here.leftOver = () => readdir(here.scratch)
  })
  beforeEach(() => here.front.reset())
  after(async () => {
    restoreEnvironment(saved)
    await here.front?.close()
    await here.backend?.stop()
    await rm(here.folder, { recursive: true, force: true })
  })
  return here
}

function setEnvironment({ folder, scratch }) {
  restoreEnvironment(Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))))
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    TMPDIR: scratch,
  })
}

function restoreEnvironment(saved) {
  for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name]
  Object.assign(process.env, saved)
}

/**
 * Makes a function's folder.
 *
 * @param {string} parent
 * @param {string} name
 * @param {string} answer what the function answers
 * @returns {Promise<string>} the folder
 */
export async function functionFolder(parent, name, answer) {
  const root = join(parent, name)
  await mkdir(root, { recursive: true })
  await writeFile(join(root, 'index.js'), `exports.handler = async () => (${JSON.stringify(answer)})\n`)
  return root
}

/**
 * Makes a folder whose archive has exactly `size` bytes: a handler, and noise that does not shrink.
 *
 * @returns {Promise<string>} the folder
 */
export async function folderOfZippedSize(parent, name, size) {
  const root = await functionFolder(parent, name, name)
  const noise = join(root, 'noise.bin')
  const probe = 6 << 20
  await writeFile(noise, randomBytes(probe))
  const { size: probed } = await pack({ root, out: join(parent, `${name}-probe.zip`) })
  await writeFile(noise, randomBytes(probe + size - probed))
  await rm(join(parent, `${name}-probe.zip`))
  return root
}

/** A function that is deployed already, with code that differs from it in its folder. */
export async function outdated(here, name, changes = {}) {
  const options = here.options({ functionName: name, root: await functionFolder(here.folder, name, 'old'), ...changes })
  await deploy(options)
  await functionFolder(here.folder, name, 'new, and longer')
  here.front.reset()
  return options
}

/** The SHA-256 of a file in base64, by Node.js. */
export async function sha256Of(path) {
  return createHash('sha256').update(await readFile(path)).digest('base64')
}

/**
 * Asserts nothing: answers the error that a promise rejects with, and fails when it does not reject.
 *
 * @param {Promise<any>} promise
 * @returns {Promise<Error & Record<string, any>>}
 */
export async function rejection(promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`Expected a rejection but received ${JSON.stringify(value)}`)
}
