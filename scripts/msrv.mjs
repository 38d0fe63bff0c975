// The Rust version of Cargo.toml holds only if no dependency asks for a newer one. No second toolchain is needed to
// know that: every crate says what it needs. Our own code is held to it by clippy's incompatible_msrv.

import { SetupError, run } from './run.mjs'

/** Fails when a crate of Cargo.lock needs a newer Rust than Cargo.toml names. */
export async function checkMsrv() {
  const metadata = JSON.parse(await run('cargo', ['metadata', '--format-version', '1', '--locked'], { capture: 'stdout' }))
  const own = metadata.packages.find(({ name }) => name === 'lambda-pack-native').rust_version
  const newer = metadata.packages.filter(({ rust_version: needs }) => needs && compare(needs, own) > 0)
  if (newer.length > 0) {
    const list = newer.map(({ name, version, rust_version: needs }) => `${name} ${version} needs ${needs}`)
    throw new SetupError(`Cargo.toml names Rust ${own}, but ${list.join(', ')}.`)
  }
  console.log(`Rust ${own} is enough for all ${metadata.packages.length} crates.`)
}

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  for (let part = 0; part < 3; part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
