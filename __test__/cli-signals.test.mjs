// Signals end a run without a trace, and with the exit code that shells expect.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import './support/cache.mjs'

const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const INTERRUPT = fileURLToPath(new URL('../cli/interrupt.js', import.meta.url))

// An archive without entries.
const EMPTY = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)])

// On Windows a signal from another process ends this one at once.
const skip = process.platform === 'win32' && 'no signals'

/** Starts a program; `seen` answers when its stderr has the text. */
function start(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text
    })
  }
  const seen = async (text) => {
    while (!output.stderr.includes(text)) await once(child.stderr, 'data')
  }
  return { child, output, seen, closed: once(child, 'close') }
}

describe('a signal', { skip }, () => {
  let folder
  let root

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cli-signals-'))
    root = join(folder, 'fn')
    await mkdir(root)
    // Random text hardly compresses, and at the highest level and on one thread takes seconds.
    for (const name of ['a', 'b', 'c', 'd']) {
      await writeFile(join(root, `${name}.txt`), randomBytes(15_000_000).toString('base64'))
    }
  })

  after(() => rm(folder, { recursive: true, force: true }))

  for (const [signal, exit] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
    test(`${signal} in the middle leaves no file, and what was there stays`, async () => {
      const out = join(folder, signal)
      await mkdir(out)
      await writeFile(join(out, 'f.zip'), EMPTY)
      const slow = ['--level', '12', '--threads', '1', '--no-cache']
      const args = ['pack', root, '--out', join(out, 'f.zip'), ...slow]
      const { child, output, seen, closed } = start([MAIN, ...args])
      await seen('Compressing 4 files')
      child.kill(signal)
      assert.deepEqual(await closed, [exit, null])
      assert.deepEqual(await readdir(out), ['f.zip'])
      assert.deepEqual(await readFile(join(out, 'f.zip')), EMPTY)
      assert.equal(output.stdout, '')
      const told = output.stderr.split('MiB)\n')[1]
      assert.match(told, new RegExp(`^error: Stopped by ${signal}\nhint: No archive .*\ncode: ABORTED\n$`))
    })
  }

  test('with --json is an error like every other', async () => {
    const out = join(folder, 'json')
    const slow = ['--level', '12', '--threads', '1', '--no-cache', '--json']
    const { child, output, seen, closed } = start([MAIN, 'pack', root, '--out', join(out, 'f.zip'), ...slow])
    await seen('Compressing 4 files')
    child.kill('SIGTERM')
    assert.deepEqual(await closed, [143, null])
    assert.deepEqual(await readdir(out), [])
    const { error } = JSON.parse(output.stdout)
    assert.deepEqual([error.code, error.message], ['ABORTED', 'Stopped by SIGTERM'])
  })
})

describe('a call that does not heed its signal', { skip }, () => {
  const script = (call) => `
    const { untilSignal } = require(${JSON.stringify(INTERRUPT)})
    const call = ${call}
    untilSignal(call).then(({ result, exitCode }) => {
      console.log(result)
      process.exitCode = exitCode
    })
    setTimeout(() => {}, 60_000).unref()
    process.stderr.write('ready')`

  test('is left at the second signal', async () => {
    const deaf = '() => new Promise(() => setInterval(() => {}, 1000))'
    const { child, output, seen, closed } = start(['-e', script(deaf)])
    await seen('ready')
    // One press of Ctrl-C can arrive twice, so two signals that come together are one.
    const pressing = setInterval(() => child.kill('SIGINT'), 20)
    const ended = await closed
    clearInterval(pressing)
    assert.deepEqual(ended, [130, null])
    assert.equal(output.stdout, '')
  })

  test('and ends well has its result told', async () => {
    const finishing = `(signal) => new Promise((resolve) => {
      const alive = setInterval(() => {}, 1000)
      signal.addEventListener('abort', () => { clearInterval(alive); resolve('done') })
    })`
    const { child, output, seen, closed } = start(['-e', script(finishing)])
    await seen('ready')
    child.kill('SIGINT')
    assert.deepEqual(await closed, [130, null])
    assert.equal(output.stdout, 'done\n')
  })
})
