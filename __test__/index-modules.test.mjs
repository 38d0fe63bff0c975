import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './support/command.mjs'
import { structure } from './support/readers.mjs'
import { folder, treeAt } from './support/trees.mjs'

const PROJECT = fileURLToPath(new URL('..', import.meta.url))

/** A project in which the package is installed, with a file of its own that is run. */
async function runInstalled(t, name, text) {
  const project = await treeAt(t, { 'app/index.js': 'exports.handler = 1', [name]: text })
  await mkdir(join(project, 'node_modules'))
  await symlink(PROJECT, join(project, 'node_modules', 'lambda-pack-native'), 'junction')
  const result = await run(process.execPath, [join(project, name)], { cwd: project })
  return { project, ...result }
}

const USE =
  "pack({ root: 'app' }).then((made) => console.log(made.fileCount, new LambdaPackError('MINE', '').code))"
const NAMES = '{ pack, deploy, LambdaPackError }'

for (const [kind, name, text] of [
  ['named imports of an ES module', 'use.mjs', `import ${NAMES} from 'lambda-pack-native'\n${USE}\n`],
  ['require', 'use.cjs', `const ${NAMES} = require('lambda-pack-native')\n${USE}\n`],
  ['the default import', 'use.mjs', `import all from 'lambda-pack-native'\nconst ${NAMES} = all\n${USE}\n`],
  ['import()', 'use.cjs', `import('lambda-pack-native').then((${NAMES}) => ${USE})\n`],
]) {
  test(`the installed package works by ${kind}`, async (t) => {
    const { code, stdout, stderr, project } = await runInstalled(t, name, text)
    assert.deepEqual([code, stdout, stderr], [0, '1 MINE\n', ''])
    assert.deepEqual(await structure(join(project, 'function.zip')), [])
  })
}

test('by text from the command line as well', async (t) => {
  const project = await treeAt(t, { 'app/index.js': '' })
  await mkdir(join(project, 'node_modules'))
  await symlink(PROJECT, join(project, 'node_modules', 'lambda-pack-native'), 'junction')
  const print = 'console.log(typeof pack, typeof deploy, LambdaPackError.name)'
  const source = `import ${NAMES} from 'lambda-pack-native'; ${print}`
  const args = ['--input-type=module', '-e', source]
  const { stdout, stderr } = await run(process.execPath, args, { cwd: project })
  assert.deepEqual([stdout, stderr], ['function function LambdaPackError\n', ''])
})

test('nothing else is exported, and package.json can be read', async (t) => {
  const text = `
    import * as all from 'lambda-pack-native'
    import { createRequire } from 'node:module'
    const { name } = createRequire(import.meta.url)('lambda-pack-native/package.json')
    const inner = await import('lambda-pack-native/binding.js').catch(({ code }) => code)
    console.log(Object.keys(all).filter((key) => key !== 'module.exports').sort().join(), name, inner)`
  const { stdout, stderr } = await runInstalled(t, 'use.mjs', text)
  const names = 'LambdaPackError,deploy,default,inspect,pack,plan,prune,init,rollback,versions'.split(',').sort().join()
  assert.deepEqual([stdout, stderr], [`${names} lambda-pack-native ERR_PACKAGE_PATH_NOT_EXPORTED\n`, ''])
})

test('loading starts nothing: a process that only loads ends at once, and leaves nothing', async (t) => {
  const cwd = await folder(t)
  await writeFile(join(cwd, 'load.mjs'), `import '${new URL('../index.js', import.meta.url)}'\n`)
  const { code, stdout, stderr } = await run(process.execPath, ['load.mjs'], { cwd })
  assert.deepEqual([code, stdout, stderr], [0, '', ''])
})
