import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { find, run } from './command.mjs'

/**
 * Builds a library that comes between a process and its system: `LD_PRELOAD` names it. Needs Linux and a C compiler,
 * which the linker of Rust needs as well.
 *
 * @param {string} name of the source in this folder
 * @returns {Promise<{ library: string, missing: string | false }>} `missing` says why there is none
 */
export async function preload(name) {
  if (process.platform !== 'linux') return { library: '', missing: 'this system has no LD_PRELOAD' }
  const compiler = await find('cc')
  if (compiler === null) return { library: '', missing: 'this machine has no C compiler' }
  const place = await mkdtemp(join(tmpdir(), 'pack-preload-'))
  process.once('exit', () => rmSync(place, { recursive: true, force: true }))
  const library = join(place, name.replace(/c$/, 'so'))
  const source = fileURLToPath(new URL(name, import.meta.url))
  const { code, stderr } = await run(compiler, ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'])
  if (code !== 0) throw new Error(stderr)
  return { library, missing: false }
}
