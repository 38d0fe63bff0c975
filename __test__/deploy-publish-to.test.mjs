import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { awsCli } from './support/aws.mjs'
import { deploy, deployments, functionFolder } from './support/deployments.mjs'

const { plan } = createRequire(import.meta.url)('../index.js')
const here = deployments()

// MiniStack does not know such versions; the front does.
const published = (name) =>
  awsCli(['lambda', 'get-function', '--function-name', name, '--qualifier', '$LATEST.PUBLISHED'], {
    endpoint: here.front.url,
  })

async function options(functionName, changes) {
  const root = await functionFolder(here.folder, functionName)
  return here.options({ functionName, root, publishTo: 'LATEST_PUBLISHED', ...changes })
}

test('the version without a number is published when the function differs from it, and only then', async () => {
  const own = await options('unnumbered')
  const planned = await plan(own)
  assert.deepEqual(planned.operations, ['CreateFunction', 'PublishVersion'])
  const made = await deploy({ ...own, plan: planned })
  assert.equal(made.version, '$LATEST.PUBLISHED')
  assert.deepEqual(made.operations, ['CreateFunction', 'PublishVersion'])
  assert.deepEqual(made.changes.at(-1), { field: 'publishTo', after: made.codeSha256 })
  assert.equal((await published('unnumbered')).Configuration.CodeSha256, made.codeSha256)
  const numbered = await here.aws('lambda', 'list-versions-by-function', '--function-name', 'unnumbered')
  assert.deepEqual(numbered.Versions.map(({ Version }) => Version), ['$LATEST'])

  here.front.reset()
  assert.deepEqual((await deploy(own)).operations, [])
  assert.deepEqual(here.front.mutating(), [])

  await writeFile(join(own.root, 'more.js'), 'exports.more = 1')
  const again = await deploy(own)
  assert.deepEqual(again.operations, ['UpdateFunctionCode', 'PublishVersion'])
  assert.deepEqual(again.changes.at(-1), { field: 'publishTo', before: made.codeSha256, after: again.codeSha256 })
  assert.equal((await published('unnumbered')).Configuration.CodeSha256, again.codeSha256)
})

test('beside an alias there are two versions, and the result is the one with a number', async () => {
  const both = await deploy(await options('both', { alias: 'live' }))
  assert.deepEqual(both.operations, ['CreateFunction', 'PublishVersion', 'PublishVersion', 'CreateAlias'])
  assert.equal(both.version, '1')
  assert.equal((await published('both')).Configuration.Version, '$LATEST.PUBLISHED')
})

test('what was left undone by a failure is done by the next deployment', async () => {
  const own = await options('left')
  here.front.fault({ operation: 'PublishVersion', do: { status: 403, code: 'AccessDeniedException', message: 'no' } })
  await assert.rejects(deploy(own), ({ code, done, notDone }) => {
    assert.deepEqual([code, done, notDone], ['ACCESS_DENIED', ['CreateFunction'], ['PublishVersion']])
    return true
  })
  assert.deepEqual((await deploy(own)).operations, ['PublishVersion'])
  here.front.reset()
  here.front.fault({ operation: 'PublishVersion', do: 'loseResponse' })
  await writeFile(join(own.root, 'more.js'), 'exports.more = 1')
  const lost = await deploy(own)
  assert.equal((await published('left')).Configuration.CodeSha256, lost.codeSha256)
})
