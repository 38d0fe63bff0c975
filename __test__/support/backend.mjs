import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { credentialHeader } from './credentials.mjs'
import { endNow, endWithUs } from './processes.mjs'
import { pythonEnv } from './python.mjs'

const LAUNCHER = fileURLToPath(new URL('start_ministack.py', import.meta.url))
const START_DEADLINE_MS = 30_000
const TRIES = 3
const KEPT_LINES = 500
const ROLE = 'lambda-role'

/**
 * Starts MiniStack, a real AWS stand-in, on a free port of 127.0.0.1. Each call starts its own.
 *
 * With its AUTH on, a function can only be created with a role that exists; `role` is the ARN of
 * one that is always there, after `reset()` too. The key `test`/`test` passes without a signature check.
 *
 * @param {{ log?: (line: string) => void, port?: number, launcher?: string }} [options]
 *   `port` (tried first) and `launcher` (another program) are there for the tests of this module.
 * @returns {Promise<{ url: string, port: number, pid: number, role: string, reset: () => Promise<void>,
 *   stop: () => Promise<void>, logs: () => string }>}
 */
export async function startBackend({ log = () => {}, port, launcher = LAUNCHER } = {}) {
  const { python } = await pythonEnv({ log })
  for (let attempt = 1; ; attempt += 1) {
    const backend = await launch(python, launcher, attempt === 1 && port ? port : await freePort())
    try {
      await waitUntilHealthy(backend)
      await createRole(backend.url)
      return surfaceOf(backend)
    } catch (error) {
      await stop(backend)
      if (attempt === TRIES || !isPortTaken(backend)) throw error
      log(`Port ${backend.port} was taken by someone else; trying another one`)
    }
  }
}

async function launch(python, launcher, port) {
  const folder = await mkdtemp(join(tmpdir(), 'backend-'))
  const id = randomUUID()
  const env = await variables(folder, port, id)
  const child = spawn(python, [launcher, folder], {
    cwd: folder, env, detached: true, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'],
  })
  endWithUs(child, folder)
  const backend = { child, port, id, url: `http://127.0.0.1:${port}`, lines: [], ended: whenEnded(child) }
  collect(backend)
  // A test that forgets stop() must be able to end; the exit handler then ends the server.
  child.unref()
  for (const stream of child.stdio) stream.unref()
  return backend
}

// A list of what is let in: a developer's AWS_*, PYTHON*, NODE_OPTIONS, DOCKER_* or proxy settings
// must not reach the server or the functions that it runs.
async function variables(folder, port, id) {
  const inherited = ['HOME', 'LANG', 'LD_LIBRARY_PATH', 'SystemRoot', 'PATHEXT', 'COMSPEC', 'USERPROFILE']
  const kept = inherited.filter((name) => process.env[name] !== undefined)
  return {
    ...Object.fromEntries(kept.map((name) => [name, process.env[name]])),
    PATH: [await nodeFolder(folder), process.env.PATH].join(delimiter),
    PYTHONUTF8: '1',
    PYTHONUNBUFFERED: '1',
    TMPDIR: folder,
    TEMP: folder,
    TMP: folder,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    STATE_DIR: join(folder, 'state'),
    LAMBDA_EXECUTOR: 'local',
    AUTH: 'true',
    // Listeners that nobody uses here, on fixed ports that a second server would fight for.
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
    // No Docker: at its start MiniStack would tidy up the containers of the developer's own one.
    DOCKER_HOST: `unix://${join(folder, 'no-docker.sock')}`,
    // Comes back in the health answer and so tells this server from any other on the same port.
    MINISTACK_EDITION: id,
  }
}

// MiniStack runs functions with the `node` of PATH. It must be this very Node, whatever it is called.
async function nodeFolder(folder) {
  if (process.platform === 'win32') return dirname(process.execPath)
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await symlink(process.execPath, join(bin, 'node'))
  return bin
}

function collect({ child, lines }) {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop()
      lines.push(...parts)
      lines.splice(0, lines.length - KEPT_LINES)
    })
  }
  child.stdin.on('error', () => {})
}

function whenEnded(child) {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(`could not be started: ${error.message}`))
    child.on('close', (code, signal) => resolve(`ended with ${signal ?? `exit code ${code}`}`))
  })
}

async function waitUntilHealthy(backend) {
  const deadline = Date.now() + START_DEADLINE_MS
  let ending = null
  backend.ended.then((text) => { ending = text })
  while (!(await isHealthy(backend))) {
    if (ending !== null) throw new Error(failure(backend, ending))
    if (Date.now() > deadline) {
      throw new Error(failure(backend, `did not answer within ${START_DEADLINE_MS / 1000} s`))
    }
    await pause(25)
  }
}

async function isHealthy({ url, id }) {
  try {
    const response = await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(2000) })
    return response.ok && (await response.json()).edition === id
  } catch {
    return false
  }
}

function failure({ port, lines }, what) {
  return `MiniStack on port ${port} ${what}. Its last lines:\n${lines.slice(-20).join('\n')}`
}

function isPortTaken({ lines }) {
  return lines.some((line) => /already in use|errno 98|errno 48|WinError 10048/i.test(line))
}

async function createRole(url) {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  }
  const form = { Action: 'CreateRole', Version: '2010-05-08', RoleName: ROLE }
  const response = await fetch(`${url}/`, {
    method: 'POST',
    headers: { authorization: credentialHeader('iam') },
    body: new URLSearchParams({ ...form, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  })
  if (!response.ok) throw new Error(`MiniStack made no role: ${response.status} ${await response.text()}`)
}

function surfaceOf(backend) {
  return {
    url: backend.url,
    port: backend.port,
    pid: backend.child.pid,
    role: `arn:aws:iam::000000000000:role/${ROLE}`,
    reset: () => reset(backend),
    stop: () => stop(backend),
    logs: () => backend.lines.join('\n'),
  }
}

async function reset({ url }) {
  const response = await fetch(`${url}/_ministack/reset`, { method: 'POST' })
  if (!response.ok) throw new Error(`MiniStack did not reset: ${response.status} ${await response.text()}`)
  await createRole(url)
}

async function stop({ child, ended }) {
  // Waiting for the end is the one time when the server shall keep this process alive.
  for (const handle of [child, ...child.stdio]) handle.ref()
  endNow(child)
  await ended
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
