import assert from 'node:assert/strict'
import { realpathSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import test from 'node:test'
import { pack } from '../index.js'
import { run, tail } from './support/command.mjs'
import { treeOf, unzipTo } from './support/readers.mjs'
import { folder, namesIn, treeAt, unixOnly } from './support/trees.mjs'

// The function of AWS's guide with its library, and a tool that only its developers need.
const FUNCTION = {
  'package.json': JSON.stringify({
    name: 'guide',
    private: true,
    dependencies: { 'aws-xray-sdk': '3.12.0' },
    devDependencies: { typescript: '^5.0.0' },
  }),
  'index.js': `const AWSXRay = require('aws-xray-sdk')
exports.handler = async () => typeof AWSXRay.captureHTTPsGlobal
`,
}

/** npm itself, as it was started by `npm test`, or as it is found. */
async function npm(cwd, args) {
  const env = { ...process.env }
  // What an outer npm says of the project that it runs in.
  delete env.npm_config_local_prefix
  const program = env.npm_execpath
  const [command, ...before] = program?.endsWith('.js') ? [process.execPath, program] : ['npm']
  const { code, stdout, stderr } = await run(command, [...before, ...args], { cwd, env, timeout: 300_000 })
  assert.equal(code, 0, `npm ${args.join(' ')} failed; it needs the registry:\n${tail(stderr)}`)
  return stdout
}

test(
  'a tree that npm installed is packed as npm lists it, and loads on its own',
  { timeout: 400_000 },
  async (t) => {
    const root = await treeAt(t, FUNCTION)
    await npm(root, ['install', '--ignore-scripts', '--no-audit', '--no-fund'])
    const to = await folder(t)
    const out = join(to, 'function.zip')
    const { warnings, excluded } = await pack({ root, out })
    const names = await namesIn(out)
    assert.deepEqual(warnings, [])

    await t.test('its packages are those of `npm ls --omit=dev --all`', async () => {
      const listed = await npm(root, ['ls', '--omit=dev', '--all', '--parseable'])
      const paths = listed
        .split(/\r?\n/)
        .filter(Boolean)
        .map((path) => relative(root, realpathSync(path)))
      const expected = paths
        .filter(Boolean)
        .map((path) => path.split(sep).join('/'))
        .sort()
      assert.ok(expected.length > 20, listed)
      const place = /^((?:node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/)+)package\.json$/
      const packed = names.map((name) => place.exec(name)?.[1].slice(0, -1)).filter(Boolean)
      assert.deepEqual(packed.sort(), expected)
      assert.ok(
        excluded.some(({ path, reason }) => path === 'node_modules/typescript' && reason === 'production'),
      )
      assert.ok(!names.some((name) => name.startsWith('node_modules/.bin/tsc')))
    })

  await t.test('each of its files is as it was installed', { skip: unixOnly }, async () => {
    await unzipTo(out, join(to, 'unzipped'))
    const source = new Map((await treeOf(root)).map((entry) => [entry.name, entry]))
    for (const { name, type, sha256, target, mode } of await treeOf(join(to, 'unzipped'))) {
      const before = source.get(name)
      assert.deepEqual([type, sha256, target], [before?.type, before?.sha256, before?.target], name)
      if (type === 'file') assert.equal(mode, before.mode & 0o100 ? 0o755 : 0o644, name)
    }
  })

  await t.test('its handler runs where nothing else is near', async () => {
    const clean = join(to, 'task')
    await unzipTo(out, clean)
    const script = join(to, 'run.cjs')
    const call = "require('./task/index.js').handler().then(console.log)"
    await writeFile(script, call)
    const { stdout, stderr } = await run(process.execPath, [script], { cwd: to })
    assert.equal(stdout, 'function\n', stderr)
  })
})
