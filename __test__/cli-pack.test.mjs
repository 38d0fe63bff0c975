// The command line at work: archives, results and failures, on stdout, on stderr and by exit code.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { run } from './support/command.mjs'
import { findPython } from './support/python.mjs'

const PROJECT = fileURLToPath(new URL('..', import.meta.url))
const MAIN = join(PROJECT, 'cli', 'main.js')
const LIST = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    print(json.dumps({name: archive.read(name).decode() for name in archive.namelist()}))
`

let folder
let root

before(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'cli-pack-')))
  root = join(folder, 'fn')
  await mkdir(join(root, 'src'), { recursive: true })
  await writeFile(join(root, 'src', 'index.js'), 'exports.handler = async () => 1\n')
  await writeFile(join(root, 'notes.md'), 'for us\n')
  await writeFile(join(root, '.env'), 'PASSWORD=hunter2\n')
})

after(() => rm(folder, { recursive: true, force: true }))

/** The variables of a machine without AWS credentials and without a terminal. */
function variables(extra) {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|CI$)/.test(name))
  const none = { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull }
  return { ...Object.fromEntries(own), ...none, ...extra }
}

const cli = (args, { env, cwd = folder, main = MAIN } = {}) => {
  return run(process.execPath, [main, ...args], { cwd, env: variables(env) })
}

async function contents(path) {
  const { code, stdout, stderr } = await run(await findPython(), ['-c', LIST, path])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

const handler = { 'src/index.js': 'exports.handler = async () => 1\n' }
const files = { 'notes.md': 'for us\n', ...handler }

describe('pack', () => {
  test('writes the archive and says what is in it and what is not', async () => {
    const { code, stdout, stderr } = await cli(['pack', 'fn', '--out', 'plain/f.zip'])
    assert.equal(code, 0, stderr)
    const path = join(folder, 'plain', 'f.zip')
    const bytes = await readFile(path)
    assert.deepEqual(await contents(path), files)
    assert.ok(stdout.startsWith(`Packed 2 files into ${path}\n`), stdout)
    assert.match(stdout, new RegExp(`^  size +${bytes.length} bytes\n  unzipped +39 bytes$`, 'm'))
    assert.ok(stdout.includes(createHash('sha256').update(bytes).digest('base64')))
    assert.match(stdout, /^ {2}left out +\.env \(\.env\*\)$/m)
    assert.doesNotMatch(stdout + stderr, /\x1b/)
    assert.equal(stderr, 'Finding files\nCompressing 2 files (39 bytes)\n')
  })

  test('takes the folder as an argument, by --root, both, or where it is called', async () => {
    for (const args of [['fn'], ['--root', 'fn'], ['fn', '--root', './fn/'], ['--ignore', 'x', 'fn']]) {
      const { code, stderr } = await cli(['pack', ...args, '--out', 'root.zip'])
      assert.equal(code, 0, stderr)
      assert.deepEqual(await contents(join(folder, 'root.zip')), files)
    }
    const { code, stderr } = await cli(['pack', '--out', '../cwd.zip'], { cwd: root })
    assert.equal(code, 0, stderr)
    assert.deepEqual(await contents(join(folder, 'cwd.zip')), files)
  })

  test('passes its flags on', async () => {
    const ignore = ['--ignore', '*.js', '--ignore', '!index.js', '--ignore', '*.md']
    const flags = ['--prefix', 'nodejs', '--no-cache', '--out', 'flags.zip']
    const { code, stdout, stderr } = await cli(['pack', ...ignore, 'fn', ...flags])
    assert.equal(code, 0, stderr)
    assert.deepEqual(Object.keys(await contents(join(folder, 'flags.zip'))), ['nodejs/src/index.js'])
    assert.match(stdout, /^ +1 path by ignore patterns$/m)
  })

  test('--json prints the result and nothing else on stdout', async () => {
    const { code, stdout, stderr } = await cli(['pack', 'fn', '--out', 'json.zip', '--json'])
    assert.equal(code, 0, stderr)
    const result = JSON.parse(stdout)
    const bytes = await readFile(join(folder, 'json.zip'))
    assert.equal(result.path, join(folder, 'json.zip'))
    assert.equal(result.size, bytes.length)
    assert.equal(result.codeSha256, createHash('sha256').update(bytes).digest('base64'))
    assert.deepEqual(result.excluded, [{ path: '.env', reason: 'always', rule: '.env*' }])
    assert.match(stderr, /^Finding files\n/)
  })

  test('--quiet shows no progress', async () => {
    const { code, stdout, stderr } = await cli(['pack', 'fn', '--out', 'quiet.zip', '--quiet'])
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^Packed /)
  })

  test('a reader that leaves early is no failure', async () => {
    const script = `
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
      child.stdout.destroy()
      child.on('close', (code) => { process.exitCode = code })`
    const args = ['-e', script, MAIN, 'pack', 'fn', '--out', 'epipe.zip', '--quiet']
    const { code, stderr } = await run(process.execPath, args, { cwd: folder, env: variables() })
    assert.deepEqual([code, stderr], [0, ''])
    assert.deepEqual(await contents(join(folder, 'epipe.zip')), files)
  })

  const skip = process.platform !== 'linux' && 'no /dev/full'
  test('a full disk behind stdout is told', { skip }, async () => {
    const args = [MAIN, 'pack', 'fn', '--out', 'full.zip', '--quiet']
    const shell = ['-c', '"$0" "$@" > /dev/full', process.execPath, ...args]
    const { code, stderr } = await run('sh', shell, { cwd: folder, env: variables() })
    assert.equal(code, 1)
    assert.match(stderr, /^error: Cannot write to stdout: ENOSPC.*\nhint: .*\ncode: OUTPUT_NOT_WRITTEN\n$/)
  })
})

describe('failures', () => {
  test('have a message, a hint and a code on stderr, and stdout stays empty', async () => {
    const { code, stdout, stderr } = await cli(['pack', 'nowhere', '--quiet'])
    assert.deepEqual([code, stdout], [1, ''])
    const [message, hint, last] = stderr.split('\n')
    assert.equal(message, 'error: The function folder nowhere does not exist')
    assert.match(hint, /^hint: --root is the folder of the function/)
    assert.equal(last, 'code: ROOT_NOT_FOUND')
  })

  test('with --json are an object on stdout too, with the API\'s fields', async () => {
    const { code, stdout, stderr } = await cli(['pack', 'nowhere', '--json', '--quiet'])
    assert.equal(code, 1)
    const { error } = JSON.parse(stdout)
    assert.deepEqual([error.code, error.path], ['ROOT_NOT_FOUND', 'nowhere'])
    assert.match(error.message, /does not exist$/)
    assert.equal(typeof error.hint, 'string')
    assert.match(stderr, /\ncode: ROOT_NOT_FOUND\n$/)
  })

  test('an endpoint that nobody listens at', async () => {
    const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1' }
    const args = ['--function-name', 'f', '--endpoint', 'http://127.0.0.1:1', '--region', 'us-east-1']
    const { code, stdout, stderr } = await cli(['deploy', 'fn', ...args], { env: keys })
    assert.deepEqual([code, stdout], [1, ''])
    const [, told] = stderr.split('Asking what is deployed\n')
    assert.match(told, /^error: GetFunction of f .*\nhint: .*--endpoint.*\ncode: CONNECTION_FAILED\n$/)
    assert.deepEqual(await readdir(root), ['.env', 'notes.md', 'src'])
  })

  test('a missing addon is told in words, and help is there without it', async () => {
    const copy = join(folder, 'copy')
    for (const path of ['cli', 'js', 'index.js', 'binding.js', 'package.json']) {
      await cp(join(PROJECT, path), join(copy, path), { recursive: true })
    }
    const commander = dirname(fileURLToPath(import.meta.resolve('commander')))
    await mkdir(join(copy, 'node_modules'))
    await symlink(commander, join(copy, 'node_modules', 'commander'), 'junction')
    const main = join(copy, 'cli', 'main.js')
    const { code, stdout, stderr } = await cli(['pack', 'fn', '--json'], { main })
    assert.equal(code, 1)
    assert.match(stderr, /^error: The native addon for .* cannot be loaded: .*\nhint: .*\ncode: ADDON_NOT_/)
    assert.doesNotMatch(stderr, /^ +at /m)
    assert.equal(JSON.parse(stdout).error.code, 'ADDON_NOT_LOADED')
    assert.equal((await cli(['pack', '--help'], { main })).code, 0)
  })
})
