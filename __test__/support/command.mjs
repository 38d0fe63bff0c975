import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
// All tests that pack come by here.
import './cache.mjs'

/**
 * Runs a program to its end, without a shell.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: object, input?: string, timeout?: number, binary?: boolean }} [options]
 *   `timeout` is in milliseconds, 120,000 by default; `binary` gives stdout as a Buffer.
 * @returns {Promise<{ code: number | null, signal: string | null, stdout: any, stderr: string }>}
 *   Rejects only when the program cannot be started at all.
 */
export function run(command, args, options = {}) {
  const { cwd, env, input = '', timeout = 120_000, binary = false } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, windowsHide: true })
    // Not spawn's own `timeout`: its timer stays, and holds this process, when there is no such program.
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout)
    const out = []
    const err = []
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => err.push(chunk))
    // A program that does not read its input closes the pipe early: that is no failure of ours.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const stdout = Buffer.concat(out)
      resolve({
        code,
        signal,
        stdout: binary ? stdout : stdout.toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      })
    })
  })
}

/**
 * Looks a program up in PATH.
 *
 * @param {string} name
 * @returns {Promise<string | null>} its full path, or null when the machine has none
 */
export async function find(name) {
  const endings = process.platform === 'win32' ? (process.env.PATHEXT ?? '.EXE').split(';') : ['']
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue
    for (const ending of endings) {
      const path = join(folder, name + ending)
      try {
        await access(path, constants.X_OK)
        return path
      } catch {
        // Not here: the next folder may have it.
      }
    }
  }
  return null
}

/**
 * The last lines of a program's output, for a message to people.
 *
 * @param {string} text
 * @param {number} [lines]
 * @returns {string}
 */
export function tail(text, lines = 15) {
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}
