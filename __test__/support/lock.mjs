import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 100

/**
 * Runs `work` while no other process on this machine does so under the same lock file.
 * A lock whose owner is gone is taken over.
 *
 * @template T
 * @param {string} path the lock file
 * @param {() => Promise<T>} work
 * @param {{ deadlineMs?: number }} [options] how long to wait for the owner; 10 minutes by default
 * @returns {Promise<T>}
 */
export async function withLock(path, work, { deadlineMs = 600_000 } = {}) {
  await mkdir(dirname(path), { recursive: true })
  const deadline = Date.now() + deadlineMs
  while (!(await take(path))) {
    await dropWhenStale(path)
    if (Date.now() > deadline) throw new Error(heldTooLong(path, await readOwner(path)))
    await pause(POLL_MS)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

// A hard link appears at once and with its whole content, so nobody ever reads half an owner.
async function take(path) {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, JSON.stringify({ pid: process.pid, id: randomUUID() }))
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

// Only the one process that made the claim file for this very lock may remove it, and it looks
// again first: otherwise two waiters could both see a dead owner and the second one would remove
// the lock that the first one had just taken.
async function dropWhenStale(path) {
  const owner = await readOwner(path)
  if (owner === null || isAlive(owner.pid)) return
  const claim = `${path}.claim-${owner.id}`
  try {
    await writeFile(claim, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if (error.code === 'EEXIST') return
    throw error
  }
  try {
    if ((await readOwner(path))?.id === owner.id) await rm(path, { force: true })
  } finally {
    await rm(claim, { force: true })
  }
}

async function readOwner(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function heldTooLong(path, owner) {
  return `Process ${owner?.pid ?? '(unknown)'} has held ${path} for too long. `
    + 'If no test run is going on, delete that file and start again.'
}
