// The files of a plan in words.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

const require = createRequire(import.meta.url)
const { codeLines } = require('../cli/files.js')
const { deployLines, planLines } = require('../cli/render.js')
const { colours } = require('../cli/stream.js')

const plain = colours({ isTTY: false })
const none = { added: [], removed: [], changed: [], unchangedCount: 0 }

test('files are counted, and those whose size changes most are named', () => {
  const added = Array.from({ length: 12 }, (_, n) => ({ path: `new/${n}.js`, sizeAfter: n }))
  const code = {
    added,
    removed: [{ path: 'gone.bin', sizeBefore: 5000 }],
    changed: [
      { path: 'index.js', sizeBefore: 100, sizeAfter: 3000 },
      { path: 'run.sh', sizeBefore: 10, sizeAfter: 10, modeBefore: 0o644, modeAfter: 0o755 },
    ],
    unchangedCount: 19_280,
  }
  assert.deepEqual(codeLines(code), [
    '12 added, 1 removed, 2 changed, 19,280 the same',
    '- gone.bin (4.9 KiB)',
    '~ index.js (100 bytes -> 2.9 KiB)',
    ...[11, 10, 9, 8, 7, 6, 5, 4].map((n) => `+ new/${n}.js (${n} bytes)`),
    'and 5 more files',
  ])
})

test('modes are told, an empty file too, and a name gives no orders to the terminal', () => {
  const mode = { path: 'run.sh', sizeBefore: 10, sizeAfter: 10, modeBefore: 0o644, modeAfter: 0o755 }
  const code = { ...none, added: [{ path: 'a\x1b[2J', sizeAfter: 0 }], changed: [mode] }
  assert.deepEqual(codeLines(code), [
    '1 added, 1 changed, 0 the same', '+ a\\u001b[2J (0 bytes)', '~ run.sh (10 bytes, mode 644 -> 755)',
  ])
  assert.deepEqual(codeLines(none), ['no file differs, 0 the same'])
  assert.deepEqual(codeLines(undefined), [])
})

const told = {
  functionName: 'api', created: false, codeSha256: 'c2hh', upload: 'direct', operations: ['UpdateFunctionCode'],
  changes: [{ field: 'environment.TOKEN', before: '(hidden, 0a0a0a0a)', after: '(hidden, 0b0b0b0b)' }],
  code: { ...none, added: [{ path: 'a.js', sizeAfter: 1 }] },
  warnings: [{ code: 'CODE_NOT_COMPARED', severity: 'note', message: 'Why.' }],
}

test('a plan and a dry run show them', () => {
  const files = ['  files    1 added, 0 the same', '           + a.js (1 byte)']
  assert.deepEqual(planLines(told, plain), [
    'api would be updated',
    '  sha256   c2hh',
    '  upload   in the request',
    '  changes  environment.TOKEN: (hidden, 0a0a0a0a) -> (hidden, 0b0b0b0b)',
    ...files,
    '  calls    UpdateFunctionCode',
    'note: Why. (CODE_NOT_COMPARED)',
  ])
  const dry = deployLines({ ...told, dryRun: true, warnings: [], durationMs: 1 }, plain)
  assert.ok(files.every((line) => dry.includes(line)), dry.join('\n'))
  // What does not tell values apart says no more than before.
  const hidden = { ...told, changes: [{ field: 'environment.TOKEN', after: '(hidden)' }] }
  assert.ok(planLines(hidden, plain).includes('  changes  environment.TOKEN: (value not shown)'))
})
