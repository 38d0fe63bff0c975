import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { run } from '../command.mjs'
import { findPython, pythonEnv } from '../python.mjs'

const MODULE = new URL('../python.mjs', import.meta.url).href
const POSIX = process.platform === 'win32' ? 'the fake interpreters are shell scripts' : false

describe('the Python environment', () => {
  let folder
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'python-env-')) })
  after(() => rm(folder, { recursive: true, force: true }))

  it('has the pinned packages', async () => {
    const { python } = await pythonEnv()
    const code = 'from importlib.metadata import version as v; print(v("ministack"), v("awscli"), v("boto3"))'
    const { stdout } = await run(python, ['-c', code])
    assert.equal(stdout.trim(), '1.5.33 1.46.3 1.43.106')
  })

  it('is made once when two processes want it, and again when it is only half there', async () => {
    const home = join(folder, 'shared')
    const requirements = await requirementsFile('')
    const both = await Promise.all([inOwnProcess(home, requirements), inOwnProcess(home, requirements)])
    assert.deepEqual(both.map(({ code }) => code), [0, 0], both.map(({ stderr }) => stderr).join('\n'))
    assert.equal(both.filter(({ stdout }) => stdout.includes('Making')).length, 1)

    const again = await inOwnProcess(home, requirements)
    assert.equal(again.stdout.includes('Making'), false)

    // What a process that was killed on the way leaves behind: no stamp, and a lock of nobody.
    await rm(join(home, 'complete.sha256'))
    await writeFile(`${home}.lock`, JSON.stringify({ pid: await endedPid(), id: 'gone' }))
    const remade = await inOwnProcess(home, requirements)
    assert.equal(remade.code, 0, remade.stderr)
    assert.equal(remade.stdout.includes('Making'), true)
    assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith('shared.lock')), [])
  })

  it('shows the last lines of pip when a package cannot be had, and leaves nothing behind', async () => {
    const home = join(folder, 'unobtainable')
    const requirements = await requirementsFile('--no-index\nno-such-package==1.0\n')
    await assert.rejects(pythonEnv({ home, requirements }), (error) => {
      assert.match(error.message, /pip could not install .*\n.*no-such-package/s)
      return true
    })
    await assert.rejects(stat(home), { code: 'ENOENT' })
  })

  it('names the remedy when there is no Python', async () => {
    await assert.rejects(findPython(['no-such-python']), /No Python was found\..*apt-get install python3/s)
  })

  it('passes over a Python that is too old', { skip: POSIX }, async () => {
    const old = await fakePython('old', '[3, 9, 2]')
    await assert.rejects(findPython([old]), /too old: .*old is 3\.9\.2\. Install Python 3\.10/s)
    const recent = await fakePython('recent', '[3, 10, 0]')
    assert.equal(await findPython([old, recent]), recent)
  })

  it('names the package to install when there is no venv module', { skip: POSIX }, async () => {
    const command = await fakePython('bare', '[3, 12, 1]')
    const home = join(folder, 'no-venv')
    await assert.rejects(pythonEnv({ home, commands: [command] }), /apt-get install python3-venv/)
  })

  async function requirementsFile(text) {
    const path = join(folder, 'requirements.txt')
    await writeFile(path, text)
    return path
  }

  // Answers the question for its version; anything else fails as Debian's Python without python3-venv does.
  async function fakePython(name, version) {
    const path = join(folder, name)
    const answer = `[ "$1" = -c ] && echo '[${version}, "${path}"]' && exit 0`
    await writeFile(path, `#!/bin/sh\n${answer}\necho 'ensurepip is not available'\nexit 1\n`)
    await chmod(path, 0o755)
    return path
  }
})

function inOwnProcess(home, requirements) {
  const code = `import { pythonEnv } from ${JSON.stringify(MODULE)}
    await pythonEnv({ log: console.log, home: process.argv[1], requirements: process.argv[2] })`
  return run(process.execPath, ['--input-type=module', '-e', code, home, requirements])
}

async function endedPid() {
  const { stdout } = await run(process.execPath, ['-p', 'process.pid'])
  return Number(stdout)
}
