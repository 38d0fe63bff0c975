// The regular files of a folder, for libraries that have no such function. Links are left out.

import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

/** `{ path, name }` of each file, sorted by name. */
export function walk(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name)
      return { path, name: relative(folder, path).split(sep).join('/') }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
