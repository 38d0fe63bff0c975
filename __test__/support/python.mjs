import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, tail } from './command.mjs'
import { withLock } from './lock.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const HOME = join(ROOT, '.cache', 'python')
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url))
const COMMANDS = ['python3', 'python']
const OLDEST = [3, 10]
const INSTALL_PYTHON = 'Install Python 3.10 or newer (Debian and Ubuntu: `apt-get install python3 '
  + 'python3-venv`; macOS: `brew install python`; Windows: `winget install Python.Python.3.12`) so that '
  + '`python3` or `python` starts it.'

const made = new Map()
let found

/**
 * The tests' own Python packages, in a virtual environment inside the repository. Made once (about
 * 15 s) and found again in a few milliseconds, until requirements.txt or Python itself changes.
 *
 * @param {{ log?: (line: string) => void, home?: string, requirements?: string,
 *   commands?: string[] }} [options] Everything but `log` is there for the tests of this module.
 * @returns {Promise<{ python: string, bin: (name: string) => string }>}
 *   Rejects with a message that says what is missing and how to get it.
 */
export function pythonEnv(options = {}) {
  const { log = () => {}, home = HOME, requirements = REQUIREMENTS, commands = COMMANDS } = options
  if (!made.has(home)) {
    const making = ensure({ log, home, requirements, commands })
    making.catch(() => made.delete(home))
    made.set(home, making)
  }
  return made.get(home)
}

/**
 * A Python of the machine, for scripts that need the standard library only.
 *
 * @param {string[]} [commands] names to try, in order
 * @returns {Promise<string>} the path of the interpreter
 */
export function findPython(commands = COMMANDS) {
  if (commands !== COMMANDS) return search(commands)
  found ??= search(commands)
  return found
}

/**
 * The environment for a Python child: ours, without what would make it load other people's modules.
 *
 * @param {object} [extra] variables to add
 * @returns {object}
 */
export function pythonVariables(extra = {}) {
  const { PYTHONHOME, PYTHONPATH, PYTHONSTARTUP, ...rest } = process.env
  return { ...rest, PYTHONUTF8: '1', ...extra }
}

async function ensure(options) {
  const paths = pathsOf(options.home)
  if (await isReady(options, paths)) return paths
  return withLock(`${options.home}.lock`, async () => {
    // Whoever held the lock before has most likely made it.
    if (!(await isReady(options, paths))) await make(options, paths)
    return paths
  })
}

async function make({ log, home, requirements, commands }, paths) {
  const python = await findPython(commands)
  log(`Making the tests' Python environment in ${home} (once, about 15 s)`)
  await rm(home, { recursive: true, force: true })
  await mkdir(dirname(home), { recursive: true })
  try {
    await makeVenv(python, home)
    await installPackages(paths.python, requirements)
    await writeFile(stampOf(home), await fingerprint(home, requirements))
  } catch (error) {
    await rm(home, { recursive: true, force: true })
    throw error
  }
}

async function makeVenv(python, home) {
  const { code, stdout, stderr } = await run(python, ['-m', 'venv', home], { env: pythonVariables() })
  if (code === 0) return
  const output = stdout + stderr
  const missing = /ensurepip|No module named '?(venv|pip)/i.test(output)
  throw new Error(missing
    ? `${python} has no venv module with pip. Install it (Debian and Ubuntu: \`apt-get install `
      + `python3-venv\`).\n${tail(output)}`
    : `${python} could not make a virtual environment in ${home}:\n${tail(output)}`)
}

async function installPackages(python, requirements) {
  const quietly = ['--quiet', '--no-input', '--disable-pip-version-check']
  const args = ['-m', 'pip', 'install', ...quietly, '-r', requirements]
  const { code, stdout, stderr } = await run(python, args, { env: pythonVariables(), timeout: 600_000 })
  if (code === 0) return
  throw new Error(`pip could not install ${requirements}. It needs the network, or an index named by `
    + `PIP_INDEX_URL or PIP_FIND_LINKS. The last lines of pip:\n${tail(stdout + stderr)}`)
}

async function search(commands) {
  const tooOld = []
  for (const command of commands) {
    const seen = await inspect(command)
    if (seen === null) continue
    const [major, minor] = seen.version
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return seen.path
    tooOld.push(`${command} is ${seen.version.join('.')}`)
  }
  const reason = tooOld.length > 0 ? `Python is too old: ${tooOld.join(', ')}.` : 'No Python was found.'
  throw new Error(`${reason} ${INSTALL_PYTHON}`)
}

async function inspect(command) {
  const script = 'import json, sys; print(json.dumps([list(sys.version_info[:3]), sys.executable]))'
  try {
    const { code, stdout } = await run(command, ['-c', script], { env: pythonVariables() })
    if (code !== 0) return null
    const [version, path] = JSON.parse(stdout)
    return { version, path }
  } catch {
    return null
  }
}

// Reads files only: starting Python to ask its version would cost each test file 50 ms and more.
async function isReady({ home, requirements }, paths) {
  try {
    await access(paths.python)
    return (await readFile(stampOf(home), 'utf8')) === (await fingerprint(home, requirements))
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false
    throw error
  }
}

async function fingerprint(home, requirements) {
  const parts = [home, process.platform, process.arch, await readFile(requirements, 'utf8')]
  // pyvenv.cfg names the Python that the environment was made from, with its version.
  parts.push(await readFile(join(home, 'pyvenv.cfg'), 'utf8'))
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function stampOf(home) {
  return join(home, 'complete.sha256')
}

function pathsOf(home) {
  const windows = process.platform === 'win32'
  const bin = (name) => (windows ? join(home, 'Scripts', `${name}.exe`) : join(home, 'bin', name))
  return { python: bin('python'), bin }
}
