import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../command.mjs'
import { findPython, pythonVariables } from '../python.mjs'
import {
  javaTest, pythonTest, sevenZipTest, sha256Base64, structure, treeOf, unzipTest, unzipTo,
} from '../readers.mjs'

const SAMPLES = fileURLToPath(new URL('samples.py', import.meta.url))
const READERS = { unzipTest, pythonTest, sevenZipTest, javaTest }
const FAULTS = {
  duplicate: /^'a': name used 2 times$/,
  unsorted: /^names are not sorted/,
  'packages-last': /^names are not sorted/,
  backslash: /^'a\\\\b': backslash$/,
  absolute: /^'\/a': absolute$/,
  drive: /^'C:a': absolute$/,
  parent: /^'\.\.\/a': '\.' or '\.\.' as a part$/,
  dot: /^'\.\/a': '\.' or '\.\.' as a part$/,
  'double-slash': /^'a\/\/b': empty part$/,
  control: /control character$/,
  clash: /^'a': both a file and a folder$/,
  'clash-folder': /^'a': both a file and a folder$/,
  extra: /extra field 0x7075$/,
  zip64: /zip64 extra field without need$/,
  mode: /mode 100600$/,
  'no-mode': /mode 0$/,
  'folder-mode': /disagree on whether this is a folder$/,
  times: /^2 different timestamps$/,
  version: /version needed 45$/,
  descriptor: /data descriptor$/,
  encrypted: /encrypted$/,
  'not-unix': /not made by Unix/,
  'utf8-flag': /UTF-8 flag missing$/,
  'local-name': /local header has another name$/,
  'local-time': /local header has another time$/,
  'local-size': /local header has another size$/,
  crc: /content does not match its CRC-32/,
  overlap: /overlaps the entry before it$/,
  gap: /^the central directory does not begin where the last entry ends$/,
  trailing: /^bytes after the end/,
  truncated: /^unreadable: no end of central directory/,
  content: /^'a\.txt': /,
}

describe('the readers of archives', () => {
  let folder
  const sample = (name) => join(folder, `${name}.zip`)
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'readers-'))
    const { code, stderr } = await run(await findPython(), [SAMPLES, folder], { env: pythonVariables() })
    assert.equal(code, 0, stderr)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const [name, read] of Object.entries(READERS)) {
    it(`${name} accepts a good archive and refuses damaged ones`, async (context) => {
      const verdict = await read(sample('good'))
      if (verdict === null) return context.skip('this machine has no such reader')
      assert.equal(verdict.ok, true, verdict.output)
      for (const damaged of ['content', 'truncated']) {
        const refused = await read(sample(damaged))
        assert.equal(refused.ok, false, damaged)
        assert.notEqual(refused.output, '', damaged)
      }
    })
  }

  it('pythonTest lists the entries with their attributes', async () => {
    const { entries } = await pythonTest(sample('good'))
    assert.deepEqual(entries.map(({ name, mode }) => [name, mode.toString(8)]), [
      ['a.txt', '100644'],
      ['bin/run', '100755'],
      ['empty/', '40755'],
      ['lib/ü.txt', '100644'],
      ['link', '120777'],
    ])
    const { compressedSize, crc, mode, ...rest } = entries[0]
    assert.deepEqual([compressedSize < 100, crc > 0, mode], [true, true, 0o100644])
    assert.deepEqual(rest, {
      name: 'a.txt',
      dateTime: [1980, 1, 1, 0, 0, 0],
      compressType: 8,
      flagBits: 0,
      extraLength: 0,
      size: 500,
      headerOffset: 0,
    })
  })

  it('structure finds nothing wrong with good archives, one with many entries among them', async () => {
    assert.deepEqual(await structure(sample('good')), [])
    assert.deepEqual(await structure(sample('many')), [])
    assert.deepEqual(await structure(sample('packages')), [])
  })

  for (const [name, expected] of Object.entries(FAULTS)) {
    it(`structure sees: ${name}`, async () => {
      const faults = await structure(sample(name))
      assert.ok(faults.some((fault) => expected.test(fault)), JSON.stringify(faults))
    })
  }

  it('sees what the readers let pass', async () => {
    for (const name of ['duplicate', 'clash-folder', 'gap']) {
      assert.equal((await pythonTest(sample(name))).ok, true, name)
      assert.notDeepEqual(await structure(sample(name)), [], name)
    }
  })

  it('unpacks modes and links alike with unzip and with Python', async () => {
    const sha256 = (text) => createHash('sha256').update(text).digest('hex')
    for (const tool of ['unzip', 'python']) {
      const dir = join(folder, tool)
      await unzipTo(sample('good'), dir, { tool })
      const tree = await treeOf(dir)
      const link = tree.pop()
      assert.deepEqual([link.name, link.type, link.target], ['link', 'link', 'bin/run'])
      assert.deepEqual(tree.filter(({ type }) => type === 'file'), [
        { name: 'a.txt', type: 'file', mode: 0o644, sha256: sha256('some text '.repeat(50)) },
        { name: 'bin/run', type: 'file', mode: 0o755, sha256: sha256('#!/bin/sh\n') },
        { name: 'lib/ü.txt', type: 'file', mode: 0o644, sha256: sha256('ü') },
      ])
      const folders = tree.filter(({ type }) => type === 'dir')
      assert.deepEqual(folders.map(({ name }) => name), ['bin', 'empty', 'lib'])
    }
    await assert.rejects(unzipTo(sample('truncated'), join(folder, 'none')), /Could not unpack/)
    const outside = unzipTo(sample('parent'), join(folder, 'out'), { tool: 'python' })
    await assert.rejects(outside, /leave the folder/)
  })

  it('treeOf sorts by bytes and shows links that lead nowhere', async () => {
    const dir = join(folder, 'tree')
    await mkdir(join(dir, 'b'), { recursive: true })
    await writeFile(join(dir, 'b', 'x'), '')
    await writeFile(join(dir, 'b-c'), '')
    await writeFile(join(dir, 'B'), '')
    await symlink('nowhere', join(dir, 'ä'))
    assert.deepEqual((await treeOf(dir)).map(({ name }) => name), ['B', 'b', 'b-c', 'b/x', 'ä'])
  })

  it('sha256Base64 agrees with Node, by either tool', async () => {
    const expected = createHash('sha256').update(await readFile(sample('good'))).digest('base64')
    assert.equal(await sha256Base64(sample('good')), expected)
    assert.equal(await sha256Base64(sample('good'), { tool: 'python' }), expected)
    await assert.rejects(sha256Base64(sample('absent')), /Could not hash/)
  })
})
