import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
const running = new Map()

/**
 * Makes sure that a child and what it started are gone when this process ends, by whatever signal.
 *
 * @param {import('node:child_process').ChildProcess} child started with `detached: true`
 * @param {string} folder its temporary folder, removed with it
 */
export function endWithUs(child, folder) {
  if (running.size === 0) listen()
  running.set(child, folder)
}

/**
 * Kills a child with all its descendants and removes its folder, at once.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
export function endNow(child) {
  const folder = running.get(child)
  running.delete(child)
  if (running.size === 0) unlisten()
  killTree(child)
  if (folder === undefined) return
  // A process that is only just dying may still be writing: rmSync tries again by itself.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}

function killTree(child) {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') {
      execFileSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' })
    } else {
      process.kill(-child.pid, 'SIGKILL')
    }
  } catch {
    // It had ended already.
  }
}

function endAll() {
  for (const child of [...running.keys()]) endNow(child)
}

function onSignal(signal) {
  endAll()
  // Whoever else listens decides what the signal means; alone, we die of it as we would have.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

function listen() {
  process.on('exit', endAll)
  for (const signal of SIGNALS) process.on(signal, onSignal)
}

function unlisten() {
  process.off('exit', endAll)
  for (const signal of SIGNALS) process.off(signal, onSignal)
}
