// inspect(): what an archive holds and what is wrong with it. Archives are made by others than us.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { treeAt } from './support/trees.mjs'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const { inspect, pack } = require('..')
const CLI = join(import.meta.dirname, '..', 'cli', 'main.js')

async function place(t) {
  const folder = await mkdtemp(join(tmpdir(), 'inspect-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** An archive by Python's zipfile; `script` is given an open ZipFile `z`. */
async function byPython(t, script) {
  const archive = join(await place(t), 'made.zip')
  const code = ['import sys, warnings, zipfile', 'warnings.simplefilter("ignore")',
    'z = zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED)',
    'def put(name, text="x", mode=0o100644):',
    '    info = zipfile.ZipInfo(name)', '    info.create_system = 3', '    info.external_attr = mode << 16',
    '    info.compress_type = zipfile.ZIP_DEFLATED', '    z.writestr(info, text)', script, 'z.close()'].join('\n')
  await run('python3', ['-c', code, archive])
  return archive
}

const codes = ({ problems }) => problems.map(({ code }) => code)

test('an archive of ours has no problem, and is told as it is', async (t) => {
  const root = await treeAt(t, { 'index.js': 'x'.repeat(1000), 'bin/run': { content: '#!', mode: 0o755 }, way: { link: 'bin' } })
  const packed = await pack({ root, out: join(await place(t), 'a.zip'), cache: false })
  const told = await inspect({ package: packed.path })
  assert.deepEqual(told.problems, [])
  assert.equal(told.ok, true)
  for (const same of ['path', 'codeSha256', 'size', 'unzippedSize', 'fileCount']) assert.equal(told[same], packed[same])
  const digest = createHash('sha256').update(await readFile(packed.path)).digest('base64')
  assert.equal(told.codeSha256, digest)
  const { stdout } = await run('python3', ['-c', `
import json, sys, zipfile
print(json.dumps([[i.filename, i.file_size, i.compress_size, i.CRC, i.external_attr >> 16 & 0o777]
  for i in zipfile.ZipFile(sys.argv[1]).infolist()]))`, packed.path])
  const entries = told.entries.map((one) => [one.name, one.size, one.compressedSize, one.crc32, one.mode])
  assert.deepEqual(entries, JSON.parse(stdout))
  assert.deepEqual(told.entries.map(({ type, target }) => [type, target]).sort(), [
    ['file', undefined], ['file', undefined], ['link', 'bin'],
  ])
})

const HOSTILE = {
  'a name that leaves the package': ['put("../evil.js")', 'NAME_DOT_DOT'],
  'an absolute name': ['put("/etc/evil")', 'NAME_ABSOLUTE'],
  'a name with a backslash': ['put("a\\\\b")', 'NAME_BACKSLASH'],
  'two entries of one name': ['put("a"); put("a", "y")', 'NAME_DUPLICATE'],
  'a file that is a folder': ['put("a"); put("a/b")', 'FILE_IS_FOLDER'],
  'a link out of the package': ['put("l", "../../etc/passwd", 0o120777)', 'LINK_LEAVES_PACKAGE'],
  'an entry below a link': ['put("l", "lib", 0o120777); put("l/x"); put("lib/y")', 'ENTRY_BELOW_LINK'],
  'a file that Lambda cannot read': ['put("index.js", "x", 0o100600)', 'MODE_UNREADABLE'],
}

for (const [what, [script, code]] of Object.entries(HOSTILE)) {
  test(`${what} is told`, async (t) => {
    const told = await inspect({ package: await byPython(t, script) })
    assert.equal(told.ok, false)
    assert.ok(codes(told).includes(code), codes(told).join())
  })
}

test('names that are one elsewhere are a warning, and the archive is sound', async (t) => {
  const told = await inspect({ package: await byPython(t, 'put("Index.js"); put("index.js")') })
  assert.deepEqual([told.ok, codes(told)], [true, ['NAMES_DIFFER_BY_CASE']])
})

test('content that was changed is told by its entry', async (t) => {
  const archive = await byPython(t, 'z.compression = zipfile.ZIP_STORED; z.writestr("index.js", "content")')
  const bytes = await readFile(archive)
  bytes[bytes.indexOf('content')] ^= 1
  await writeFile(archive, bytes)
  const told = await inspect({ package: archive })
  assert.ok(told.problems.some(({ code, entry }) => code === 'CRC_WRONG' && entry === 'index.js'), codes(told).join())
})

test('what is no archive, or half of one, is told and is no failure', async (t) => {
  const archive = await byPython(t, 'put("index.js", "x" * 5000)')
  const whole = await readFile(archive)
  for (const bytes of [Buffer.alloc(0), Buffer.from('no archive'), whole.subarray(0, whole.length / 2)]) {
    await writeFile(archive, bytes)
    const told = await inspect({ package: archive })
    assert.deepEqual([told.ok, told.entries, codes(told)], [false, [], ['END_RECORD_MISSING']])
  }
})

test('what is not there, or is a folder, is an error', async (t) => {
  const folder = await place(t)
  await assert.rejects(inspect({ package: join(folder, 'gone.zip') }), { code: 'PACKAGE_NOT_FOUND' })
  await assert.rejects(inspect({ package: folder }), { code: 'INVALID_ARCHIVE' })
  await assert.rejects(inspect({ package: '' }), { code: 'INVALID_OPTION' })
  await assert.rejects(inspect({}), { code: 'INVALID_OPTION', option: 'package' })
  await assert.rejects(inspect({ package: 'a', level: 1 }), { code: 'UNKNOWN_OPTION' })
  await assert.rejects(inspect({ package: 'a', signal: AbortSignal.abort() }), { name: 'AbortError' })
})

test('the command tells it, and fails when there is an error', async (t) => {
  const good = await byPython(t, 'put("index.js")')
  const { stdout } = await run(process.execPath, [CLI, 'inspect', good, '--json'])
  assert.equal(JSON.parse(stdout).ok, true)
  assert.match((await run(process.execPath, [CLI, 'inspect', good])).stdout, /^Sound /)
  const bad = await byPython(t, 'put("../index.js")')
  const failed = await run(process.execPath, [CLI, 'inspect', bad]).catch((error) => error)
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /^Faulty [^]*error NAME_DOT_DOT: /)
  const usage = await run(process.execPath, [CLI, 'inspect']).catch((error) => error)
  assert.equal(usage.code, 2)
})
