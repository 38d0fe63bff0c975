import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { awsCli, invokeFunction } from '../aws.mjs'
import { startBackend } from '../backend.mjs'
import { clientOf, codeOf } from './client.mjs'

const POSIX = process.platform === 'win32' ? 'the fake Node is a shell script' : false
const MODULE = new URL('../backend.mjs', import.meta.url).href

describe('the backend', () => {
  let folder
  before(async () => { folder = await realpath(await mkdtemp(join(tmpdir(), 'backend-test-'))) })
  after(() => rm(folder, { recursive: true, force: true }))

  it('starts, forgets everything but its role on reset, and is gone after stop', async () => {
    const backend = await startBackend()
    const endpoint = backend.url
    const roleName = backend.role.split('/').at(-1)
    await awsCli(['s3api', 'create-bucket', '--bucket', 'one-bucket'], { endpoint })
    await backend.reset()
    const { Buckets: buckets } = await awsCli(['s3api', 'list-buckets'], { endpoint })
    assert.deepEqual(buckets, [])
    const { Role: role } = await awsCli(['iam', 'get-role', '--role-name', roleName], { endpoint })
    assert.equal(role.Arn, backend.role)
    assert.match(backend.logs(), new RegExp(`Running on http://127\\.0\\.0\\.1:${backend.port} `))

    await backend.stop()
    assert.equal(await isGone(endpoint), true)
    assert.equal(isAlive(backend.pid), false)
  })

  it('says which AWS error the CLI met', async () => {
    const backend = await startBackend()
    try {
      const wanted = { code: 'ResourceNotFoundException', operation: 'GetFunction' }
      const args = ['lambda', 'get-function', '--function-name', 'nobody']
      await assert.rejects(awsCli(args, { endpoint: backend.url }), wanted)
    } finally {
      await backend.stop()
    }
  })

  it('runs functions with this very Node, whatever PATH says', { skip: POSIX }, async () => {
    await writeFile(join(folder, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const { PATH } = process.env
    process.env.PATH = [folder, PATH].join(delimiter)
    let backend
    try {
      backend = await startBackend()
    } finally {
      process.env.PATH = PATH
    }
    try {
      const client = clientOf({ backend, front: backend })
      await client.create('f', { code: await codeOf('process.execPath') })
      const { payload } = await invokeFunction('f', {}, { endpoint: backend.url })
      assert.equal(payload, await realpath(process.execPath))
    } finally {
      await backend.stop()
    }
  })

  it('takes another port when its own is taken', async () => {
    const squatter = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const { port } = squatter.address()
    const lines = []
    let backend
    try {
      backend = await startBackend({ port, log: (line) => lines.push(line) })
      assert.notEqual(backend.port, port)
      assert.match(lines.join('\n'), new RegExp(`Port ${port} was taken`))
    } finally {
      await backend?.stop()
      squatter.close()
    }
  })

  it('shows the last lines of a server that does not come up', async () => {
    const launcher = join(folder, 'broken.py')
    await writeFile(launcher, 'import sys\nprint("what went wrong")\nsys.exit(3)\n')
    await assert.rejects(startBackend({ launcher }), /ended with exit code 3\. .*\nwhat went wrong/s)
  })

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL']) {
    it(`ends with its folder when its parent gets ${signal}`, async () => {
      const { parent, url } = await startInOwnProcess(folder)
      assert.equal((await readdir(folder)).filter((name) => name.startsWith('backend-')).length, 1)
      const ended = once(parent, 'exit')
      parent.kill(signal)
      assert.equal((await ended)[1], signal)
      await until(() => isGone(url))
      await until(async () => !(await readdir(folder)).some((name) => name.startsWith('backend-')))
    })
  }

  it('ends when its parent ends without a word', async () => {
    const { parent, url } = await startInOwnProcess(folder)
    const ended = once(parent, 'exit')
    parent.stdin.end()
    assert.equal((await ended)[0], 0)
    // An end in good order leaves nothing to the watch.
    assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith('backend-')), [])
    await until(() => isGone(url))
  })
})

async function startInOwnProcess(folder) {
  const code = `import { startBackend } from ${JSON.stringify(MODULE)}
    const { url } = await startBackend()
    console.log(url)
    process.stdin.on('end', () => process.exit(0)).resume()`
  const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder }
  const stdio = ['pipe', 'pipe', 'inherit']
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { env, stdio })
  const [line] = await once(parent.stdout, 'data')
  return { parent, url: line.toString().trim() }
}

async function isGone(url) {
  try {
    await fetch(`${url}/_ministack/health`)
    return false
  } catch {
    return true
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition, deadlineMs = 10_000) {
  const deadline = Date.now() + deadlineMs
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not so within ${deadlineMs} ms: ${condition}`)
    await pause(25)
  }
}
