// What the figures were measured on.

import { readFileSync, statSync } from 'node:fs'
import os from 'node:os'

import { SetupError, run } from '../scripts/run.mjs'
import { folder } from './folders.mjs'

/** Processor, memory, system, file system. */
export async function machine() {
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    system: systemName(),
    fileSystem: await fileSystem(),
    node: process.version,
    python: (await run('python3', ['--version'], { capture: true })).trim().split(' ').at(-1),
  }
}

/** The addon that `require()` loads: its file, bytes, and whether it is a build for daily work. */
export async function addon() {
  const list = "require('./index.js'); console.log(Object.keys(require.cache).find((path) => path.endsWith('.node')))"
  try {
    const path = (await run(process.execPath, ['-e', list], { capture: 'stdout' })).trim()
    const { size } = statSync(path)
    // The release build is stripped and below half of that; the daily one is far above.
    return { path, size, daily: size > 20e6 }
  } catch {
    throw new SetupError(
      'The addon is missing or cannot be loaded. ' +
        'Build it with `npm run build:release`, or run `npm run bench -- --build`.'
    )
  }
}

function systemName() {
  try {
    const release = readFileSync('/etc/os-release', 'utf8')
    return `${/^PRETTY_NAME="?(.*?)"?$/m.exec(release)[1]}, Linux ${os.release()}`
  } catch {
    return `${os.type()} ${os.release()}`
  }
}

async function fileSystem() {
  try {
    const table = await run('df', ['-T', folder('')], { capture: 'stdout' })
    return table.trim().split('\n').at(-1).split(/\s+/)[1]
  } catch {
    // macOS's df has no such option.
    return 'unknown'
  }
}
