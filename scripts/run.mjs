// Runs a program of the set-up, and says what is missing when it cannot be run.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const HOW_TO_GET = {
  cargo: 'Rust is needed: install it by https://rustup.rs, then open a new shell.',
  npm: 'npm is needed: it comes with Node.js, https://nodejs.org.',
  npx: 'npm is needed: it comes with Node.js, https://nodejs.org.',
}

/** A failure of the set-up, made for people. */
export class SetupError extends Error {}

/**
 * Runs `command` in the project's folder with this terminal. Answers its output when `capture` is set, or with
 * `capture: 'stdout'` that part of it. `echo` shows captured output as well.
 */
export function run(command, args, { capture = false, echo = false, env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = capture ? ['ignore', 'pipe', 'pipe'] : 'inherit'
    const shell = process.platform === 'win32' && ['npm', 'npx'].includes(command)
    const child = spawn(command, args, { cwd, stdio, shell, env: { ...process.env, ...env } })
    let output = ''
    for (const [stream, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
      stream?.on('data', (data) => {
        if (capture !== 'stdout' || stream === child.stdout) output += data
        if (echo) to.write(data)
      })
    }
    child.on('error', (error) => {
      const hint = HOW_TO_GET[command] ?? `${command} cannot be run: ${error.message}`
      reject(new SetupError(error.code === 'ENOENT' ? hint : `${command}: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output)
      const line = [command, ...args].join(' ')
      const error = new SetupError(`${line} ended with ${signal ?? `code ${code}`}.\n${output.slice(-2000)}`.trim())
      reject(Object.assign(error, { output }))
    })
  })
}
