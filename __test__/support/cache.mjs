// Where this process and its children remember what they pack, of trees that have no node_modules of their own: in a
// folder of this process, so that no test finds what another one, or the developer, has packed, and nothing is left.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'users-caches-'))
process.env[{ win32: 'LOCALAPPDATA', darwin: 'HOME' }[process.platform] ?? 'XDG_CACHE_HOME'] = folder
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
