import { readFile, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { preload } from './preload.mjs'
import { folder, runModule } from './trees.mjs'

const TELL = `
  const told = await pack(input).then((result) => ({ result }), (error) => ({ error: {
    isOurs: error instanceof LambdaPackError, code: error.code, path: error.path, message: error.message,
    hint: error.hint, cause: error.cause?.message } }))
  console.log(JSON.stringify(told))`

const { library, missing } = await preload('disk.c')

/** Why nothing can come between a process and its disk here: `{ skip: noDiskFaults }`; false where it can. */
export const noDiskFaults = missing

/**
 * @typedef {object} Fault one kind of call on some files, which does what it should not
 * @property {'open' | 'opendir' | 'read' | 'write' | 'fdatasync' | 'flock' | 'stat' | 'fstat' | 'rename'} call
 * @property {string} [path] a part of the file's path
 * @property {'fail' | 'short' | 'kill' | 'pause' | 'append' | 'overwrite' | 'truncate' | 'remove'
 *   | 'replace'} does `fail` is instead of the call; the process's end by SIGKILL, a pause of two seconds, and
 *   what changes the file come after it. `replace` puts the file of that name and `.other` in its place. Renames
 *   can only `fail`, and do always.
 * @property {string} [error] what the call fails with; 'EIO' by default
 * @property {boolean} [before] whether it comes before the call
 * @property {number} [skip] how many calls are as they should be, before
 * @property {number} [times] how many are not; all that follow, by default
 */

/**
 * The environment of a process with a fault.
 *
 * @param {import('node:test').TestContext} t
 * @param {Fault} fault
 * @returns {Promise<{ env: object, met: string }>} `met` is a file that gets a byte each time the fault is met,
 *   but for renames
 */
export async function withFault(t, { call, path = '', does, error = 'EIO', before = false, skip = 0, times }) {
  const met = join(await folder(t), 'met')
  await writeFile(met, '')
  const env = {
    ...process.env,
    LD_PRELOAD: library,
    DISK_CALL: call,
    DISK_PATH: path,
    DISK_DO: does,
    DISK_ERRNO: `${constants.errno[error]}`,
    DISK_BEFORE: before ? '1' : '0',
    DISK_SKIP: `${skip}`,
    DISK_LOG: met,
    ...(times !== undefined && { DISK_TIMES: `${times}` }),
  }
  return { env, met }
}

/**
 * Packs in a process of its own with a fault.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} options of `pack()`
 * @param {Fault} fault
 * @returns {Promise<{ result?: object, error?: object, killed: boolean, times: number }>} `times` is how often
 *   the fault was met
 */
export async function packWithFault(t, options, fault) {
  const { env, met } = await withFault(t, fault)
  const ended = await runModule(TELL, options, { env, timeout: 15_000 })
  const times = (await readFile(met)).length
  if (fault.does === 'kill' && ended.signal === 'SIGKILL' && times > 0) return { killed: true, times }
  return { ...told(ended), killed: false, times }
}

/**
 * Packs in a process of its own and tells what came of it.
 *
 * @param {object} options of `pack()`
 * @param {Parameters<typeof runModule>[2]} [how]
 * @returns {Promise<{ result?: object, error?: object }>}
 */
export async function packApart(options, how) {
  return told(await runModule(TELL, options, how))
}

function told({ code, signal, stdout, stderr }) {
  if (code !== 0 || stdout === '') throw new Error(`${code ?? signal}: ${stderr}`)
  return JSON.parse(stdout)
}
