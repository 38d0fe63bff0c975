// Results in words.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'

const require = createRequire(import.meta.url)
const { deployLines, packLines, warningLines } = require('../cli/render.js')
const { colours } = require('../cli/stream.js')
const { duration, exactSize, printable } = require('../cli/words.js')

const plain = colours({ isTTY: false })

const packed = {
  path: '/tmp/f.zip',
  codeSha256: 'c2hh',
  size: 60_000_000,
  unzippedSize: 70_000_000,
  fileCount: 1200,
  excluded: [],
  warnings: [{ code: 'NEEDS_S3', severity: 'warning', message: 'It must go through S3 (`s3: { bucket }`).' }],
  durationMs: 1234.5,
}

const deployed = {
  functionName: 'api',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:api:4',
  codeSha256: 'c2hh',
  version: '4',
  created: false,
  changes: [],
  upload: 'none',
  dryRun: false,
  warnings: [],
  durationMs: 12,
}

describe('pack', () => {
  test('sizes are told for people and to the byte', () => {
    assert.deepEqual(packLines(packed, plain), [
      'Packed 1,200 files into /tmp/f.zip',
      '  size      57.2 MiB (60,000,000 bytes)',
      '  unzipped  66.8 MiB (70,000,000 bytes)',
      '  sha256    c2hh',
      '  time      1.2 s',
      'warning: It must go through S3 (--s3-bucket). (NEEDS_S3)',
    ])
  })

  test('secrets that stay out are named, the rest is counted', () => {
    const secret = (_, n) => ({ path: `${n}/.env`, reason: 'always', rule: '.env*' })
    const always = Array.from({ length: 12 }, secret)
    const others = ['ignore', 'production', 'production', 'link', 'archive', 'brandNew']
    const excluded = [...always, ...others.map((reason) => ({ path: 'x', reason, rule: 'x' }))]
    const lines = packLines({ ...packed, excluded }, plain)
    const from = lines.findIndex((line) => line.startsWith('  left out  '))
    assert.equal(lines[from], '  left out  0/.env (.env*)')
    assert.deepEqual(lines.slice(from + 10, from + 15).map((line) => line.trim()), [
      'and 2 more paths like these',
      '1 path by ignore patterns',
      '2 paths that production does not need',
      '1 path linking to what is left out',
      '1 path brandNew',
    ])
  })

  test('a file\'s name gives no orders to the terminal', () => {
    const excluded = [{ path: 'a\x1b[2J\n.env', reason: 'always', rule: '.env*' }]
    assert.doesNotMatch(packLines({ ...packed, excluded }, plain).join(''), /[\x00-\x1f]/)
  })
})

describe('deploy', () => {
  const lines = (result) => deployLines({ ...deployed, ...result }, plain)
  const changes = [
    { field: 'timeout', before: '3', after: '30' },
    { field: 'description', before: 'a', after: '' },
    { field: 'environment.KEY' },
    { field: 'version' },
  ]

  test('what was done comes first', () => {
    assert.equal(lines({})[0], 'api is up to date; nothing was changed')
    assert.equal(lines({ created: true })[0], 'Created api')
    assert.equal(lines({ changes })[0], 'Updated api')
    const dry = (result) => lines({ dryRun: true, ...result })[0]
    assert.equal(dry({}), 'Dry run: api is up to date; nothing was changed')
    assert.equal(dry({ changes }), 'Dry run: api would be updated; nothing was changed')
    assert.equal(dry({ created: true }), 'Dry run: api would be created; nothing was changed')
  })

  test('changes are told from what to what, without the values of variables', () => {
    const told = lines({ changes })
    const from = told.findIndex((line) => line.startsWith('  changes  '))
    assert.deepEqual(told.slice(from, -1), [
      '  changes  timeout: 3 -> 30',
      '           description: a -> (none)',
      '           environment.KEY: (value not shown)',
      '           version: (none) -> (new)',
    ])
  })

  test('the way of the archive, its size and its hash', () => {
    const text = lines({ packed, upload: 's3', alias: 'live' }).join('\n')
    assert.match(text, /^ {2}upload +through S3$/m)
    assert.match(text, /^ {2}size +57\.2 MiB \(60,000,000 bytes\)$/m)
    assert.match(text, /^ {2}sha256 +c2hh$/m)
    assert.match(text, /^ {2}alias +live -> 4$/m)
    const direct = lines({ upload: 'direct', codeSize: 5 }).join('\n')
    assert.match(direct, /^ {2}size +5 bytes$/m)
    assert.match(direct, /^ {2}upload +in the request$/m)
  })

  test('in a dry run what is deployed is not told as what would be', () => {
    const text = lines({ dryRun: true, codeSize: 5, alias: 'live' }).join('\n')
    assert.doesNotMatch(text, /version|alias|size/)
  })

  test('its warnings are told, a line each', () => {
    const runtime = { code: 'RUNTIME_DEPRECATED', severity: 'warning', message: 'Old.' }
    const link = { code: 'LINK_LEFT_OUT', severity: 'note', message: 'A link.', path: 'l' }
    const told = warningLines({ ...deployed, warnings: [link, runtime] }, plain)
    assert.deepEqual(told, ['note: A link. (LINK_LEFT_OUT)', 'warning: Old. (RUNTIME_DEPRECATED)'])
  })
})

describe('words', () => {
  test('sizes and times', () => {
    assert.equal(exactSize(1), '1 byte')
    assert.equal(exactSize(1023), '1,023 bytes')
    assert.equal(exactSize(1024), '1.0 KiB (1,024 bytes)')
    assert.equal(exactSize(52_428_800), '50.0 MiB (52,428,800 bytes)')
    assert.equal(duration(8.4), '8 ms')
    assert.equal(duration(61_000), '61.0 s')
  })

  test('only what moves the cursor or turns the text is escaped', () => {
    assert.equal(printable('a\tb\u202e.js\u0085'), 'a\\u0009b\\u202e.js\\u0085')
    assert.equal(printable('über 日本 🎉'), 'über 日本 🎉')
  })

  test('colour is for terminals, unless NO_COLOR or TERM=dumb', () => {
    const red = (isTTY, env) => colours({ isTTY }, env).red('x')
    assert.equal(red(true, {}), '\x1b[31mx\x1b[39m')
    assert.equal(red(true, { NO_COLOR: '' }), '\x1b[31mx\x1b[39m')
    assert.equal(red(true, { NO_COLOR: '1' }), 'x')
    assert.equal(red(true, { TERM: 'dumb' }), 'x')
    assert.equal(red(false, {}), 'x')
  })
})
