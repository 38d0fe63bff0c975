// Packs with a cache, beside what a pack without one makes of the same tree.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LambdaPackError, pack } from '../../index.js'
import { preload } from './preload.mjs'
import { folder, installed, noise, prose, unixOnly } from './trees.mjs'

const ADDON = fileURLToPath(new URL('../../index.js', import.meta.url))
const SOURCE = `
  const { pack } = require(${JSON.stringify(ADDON)})
  const told = ({ code, message, path }) => ({ error: { code, message, path } })
  process.on('message', (options) => {
    pack(options).then((result) => ({ result }), told).then((answer) => process.send(answer))
  })`

const clock = await preload('clock.c')
let ahead

/**
 * Packs in a process whose clock is ten seconds ahead, as if nothing had changed for so long. What has changed within
 * the last two seconds is read again whatever is known of it, so at once after a change other ways are taken.
 *
 * @param {object} options of `pack()`
 * @returns {Promise<object>} the result; rejects with an error of the same code, message and path
 */
export async function packLater(options) {
  // One for all, as it takes longer to start than to pack; it ends with us.
  ahead ??= spawn(process.execPath, ['-e', SOURCE], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, LD_PRELOAD: clock.library, CLOCK_AHEAD: '10' },
  })
  ahead.ref()
  ahead.channel.ref()
  ahead.send(options)
  const { result, error } = await new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the process whose clock is ahead has ended'))
    ahead.once('exit', ended)
    ahead.once('message', (answer) => {
      ahead.off('exit', ended)
      resolve(answer)
    })
  })
  ahead.unref()
  ahead.channel.unref()
  if (error) throw new LambdaPackError(error.code, error.message, { details: { path: error.path } })
  return result
}

/** The two: `PACKERS['at once']`, and `PACKERS.later` where there is a clock to be set. */
export const PACKERS = { 'at once': pack, ...(!clock.missing && { later: packLater }) }

/** A result without what depends on what was packed before, and on where. */
export function lasting({ path, durationMs, reused, compressedCount, ...rest }) {
  return rest
}

/** What tells whether a file was left alone. */
export async function identity(path) {
  const { ino, mtimeNs, ctimeNs, size } = await stat(path, { bigint: true })
  return { ino, mtimeNs, ctimeNs, size }
}

/**
 * Packs, and makes sure that a pack without a cache makes the same bytes and tells the same.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} options of `pack()`, with an `out` that is outside of the root
 * @param {(options: object) => Promise<object>} [packer]
 * @returns {Promise<object>} the result
 */
export async function packRight(t, options, packer = pack) {
  const out = join(await folder(t), 'cold.zip')
  const result = await packer(options)
  const cold = await pack({ ...options, out, cache: false })
  assert.deepEqual(lasting(result), lasting(cold))
  const bytes = await readFile(options.out)
  assert.ok(bytes.equals(await readFile(out)), 'not the bytes of a pack without a cache')
  assert.equal(createHash('sha256').update(bytes).digest('base64'), result.codeSha256)
  assert.equal(cold.reused, false)
  return result
}

/** A function with packages, and with all that makes a difference to how something is packed. */
export const FUNCTION = {
  'package.json': '{"dependencies":{"a":"1"},"devDependencies":{"dev":"1"}}',
  'index.js': 'exports.handler = async () => require("a")\n',
  '.env': 'SECRET=1',
  'assets/noise.bin': noise(50_000),
  'bin/run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
  'certificate.pem': 'a certificate, and no key',
  'empty/': '',
  'lib/empty.js': '',
  ...Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`lib/${n}.js`, prose(300 + n * 700, `lib ${n}`)])),
  ...installed('node_modules/a', { dependencies: { b: '1' } }),
  ...installed('node_modules/b'),
  ...installed('node_modules/dev'),
  'node_modules/.package-lock.json': '{}',
  ...(!unixOnly && {
    current: { link: 'lib' },
    'node_modules/.bin/a': { link: '../a/index.js' },
    'node_modules/.bin/dev': { link: '../dev/index.js' },
  }),
}

/** A file that is compressed in pieces. */
export const LARGE = { 'assets/large.txt': prose((5 << 20) + 7, 'large') }

/** Packages as pnpm links them. */
export const LINKED = {
  'package.json': '{"dependencies":{"a":"1"},"devDependencies":{"dev":"1"}}',
  'index.js': 'exports.handler = async () => require("a")\n',
  ...installed('node_modules/.pnpm/a@1.0.0/node_modules/a', { dependencies: { b: '1' } }),
  ...installed('node_modules/.pnpm/b@1.0.0/node_modules/b'),
  ...installed('node_modules/.pnpm/dev@1.0.0/node_modules/dev'),
  'node_modules/.pnpm/a@1.0.0/node_modules/b': { link: '../../b@1.0.0/node_modules/b' },
  'node_modules/.pnpm/node_modules/b': { link: '../b@1.0.0/node_modules/b' },
  'node_modules/.modules.yaml': 'hoistPattern: ["*"]\n',
  'node_modules/a': { link: '.pnpm/a@1.0.0/node_modules/a' },
  'node_modules/dev': { link: '.pnpm/dev@1.0.0/node_modules/dev' },
}
