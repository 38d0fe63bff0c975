// Progress: one line that is rewritten on a terminal, plain lines everywhere else.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, mock, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { run } from './support/command.mjs'
import { findPython } from './support/python.mjs'

const { progressTo } = createRequire(import.meta.url)('../cli/progress.js')
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))

const MiB = 1024 ** 2
const event = (phase, rest = {}) => ({ phase, files: 0, totalFiles: 0, bytes: 0, totalBytes: 0, ...rest })
const compress = (files, bytes) => event('compress', { files, totalFiles: 4, bytes, totalBytes: 8 * MiB })

function fakeStream(properties) {
  const written = []
  return { written, write: (text) => written.push(text), ...properties }
}

const terminal = (columns = 80) => fakeStream({ isTTY: true, columns })

/** What a terminal shows after all that was written. */
function shown({ written }) {
  return written.join('').split('\r').at(-1).replace('\x1b[K', '')
}

describe('on a terminal', () => {
  const env = { TERM: 'xterm' }

  test('one line is rewritten, and gone at the end', (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
    const stream = terminal()
    const progress = progressTo(stream, { env })
    progress.onProgress(event('select'))
    assert.equal(shown(stream), 'Finding files')
    progress.onProgress(compress(1, 2 * MiB))
    t.mock.timers.tick(100)
    assert.equal(shown(stream), 'Compressing  25 %  1 of 4 files  2.0 MiB of 8.0 MiB')
    progress.end()
    assert.equal(shown(stream), '')
    assert.doesNotMatch(stream.written.join(''), /\n/)
  })

  test('at most ten times a second, whatever comes', (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
    const stream = terminal()
    const progress = progressTo(stream, { env })
    for (let ms = 0; ms < 1000; ms++) {
      progress.onProgress(compress(1, ms * 8000))
      t.mock.timers.tick(1)
    }
    assert.ok(stream.written.length >= 10 && stream.written.length <= 11, String(stream.written.length))
    progress.end()
  })

  test('a long wait shows that it goes on', (t) => {
    t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
    const stream = terminal()
    const progress = progressTo(stream, { env })
    progress.onProgress(event('wait', { message: 'waiting for the new function' }))
    t.mock.timers.tick(5100)
    // The call reports each look, which is the same wait.
    progress.onProgress(event('wait', { message: 'waiting for the new function' }))
    t.mock.timers.tick(1000)
    assert.equal(shown(stream), 'Waiting for the new function  6 s')
    progress.end()
  })

  test('never longer than the terminal is wide, with room for ^C', () => {
    for (const [columns, line] of [[20, 'Compressing  25 …'], [0, undefined], [1, '…']]) {
      const stream = terminal(columns)
      const progress = progressTo(stream, { env })
      progress.onProgress(compress(1, 2 * MiB))
      progress.onProgress(compress(1, 2 * MiB))
      assert.equal(shown(stream), line ?? 'Compressing  25 %  1 of 4 files  2.0 MiB of 8.0 MiB')
      progress.end()
    }
  })
})

describe('elsewhere', () => {
  const lines = (stream, env = {}) => {
    const progress = progressTo(stream, { env })
    progress.onProgress(event('select'))
    for (let bytes = 0; bytes <= 8; bytes++) progress.onProgress(compress(0, bytes * MiB))
    progress.onProgress(event('wait', { message: 'waiting for a' }))
    progress.onProgress(event('wait', { message: 'waiting for a' }))
    progress.onProgress(event('wait', { message: 'waiting for b\x1b[2J' }))
    progress.onProgress(event('brandNew'))
    progress.end()
    return stream.written.join('')
  }
  const waits = 'Waiting for a\nWaiting for b\\u001b[2J\n'
  const plain = `Finding files\nCompressing 4 files (8.0 MiB)\n${waits}brandNew\n`

  test('there is a line for each phase and message', () => assert.equal(lines(fakeStream()), plain))
  test('a build server is no terminal', () => assert.equal(lines(terminal(), { CI: 'true' }), plain))
  test('CI=false is no build server', () => assert.match(lines(terminal(), { CI: 'false' }), /\r/))
  test('a terminal without control sequences gets none', () => {
    assert.equal(lines(terminal(), { TERM: 'dumb' }), plain)
  })

  test('quiet is quiet', () => {
    const write = mock.fn()
    const progress = progressTo({ isTTY: true, write }, { quiet: true })
    progress.onProgress(event('select'))
    progress.end()
    assert.equal(write.mock.callCount(), 0)
  })
})

test('a real terminal', { skip: process.platform === 'win32' && 'no pseudo-terminals' }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cli-progress-'))
  try {
    await writeFile(join(folder, 'index.js'), 'exports.handler = 1\n')
    const { CI, NO_COLOR, ...rest } = process.env
    const script = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'
    const args = ['-c', script, process.execPath, MAIN, 'pack', folder, '--out', join(folder, 'f.zip'), '--no-cache']
    const look = async (extra) => {
      const env = { ...rest, TERM: 'xterm', ...extra }
      const { code, stdout } = await run(await findPython(), args, { env })
      assert.equal(code, 0, stdout)
      return stdout
    }
    assert.match(await look(), /^\rFinding files\x1b\[K.*\r\x1b\[K\x1b\[32mPacked\x1b\[39m 1 file into /s)
    assert.match(await look({ NO_COLOR: '1' }), /^\rFinding files\x1b\[K.*\r\x1b\[KPacked 1 file into /s)
    assert.match(await look({ CI: '1' }), /^Finding files\r\nCompressing 1 file .*\r\n\x1b\[32mPacked/)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
