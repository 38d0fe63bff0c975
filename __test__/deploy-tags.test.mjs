import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'

const { plan, init } = createRequire(import.meta.url)('../index.js')
const here = deployments()

async function told(name) {
  const { Tags: tags = {}, Concurrency: concurrency } = await here.aws('lambda', 'get-function', '--function-name', name)
  return { tags, reserved: concurrency?.ReservedConcurrentExecutions }
}

test('a new function has its tags and its executions from the beginning, and nothing is sent again', async () => {
  const root = await functionFolder(here.folder, 'made', 1)
  const options = here.options({
    functionName: 'made', root, tags: { team: 'api', stage: 'test' }, reservedConcurrentExecutions: 5,
  })
  const result = await deploy(options)
  assert.deepEqual(here.front.changed(), ['CreateFunction', 'PutFunctionConcurrency'])
  assert.deepEqual(result.tags, { team: 'api', stage: 'test' })
  assert.equal(result.reservedConcurrentExecutions, 5)
  assert.deepEqual(await told('made'), { tags: { team: 'api', stage: 'test' }, reserved: 5 })
  here.front.reset()
  assert.deepEqual((await deploy(options)).changes, [])
  assert.deepEqual(here.front.mutating(), [])
})

test('tags that are not named stay, and null removes them', async () => {
  const root = await functionFolder(here.folder, 'tagged', 1)
  const options = here.options({ functionName: 'tagged', root })
  await deploy({ ...options, tags: { team: 'api', stage: 'test' } })
  const result = await deploy({ ...options, tags: { stage: 'live', cost: '7' } })
  assert.deepEqual(result.changes, [
    { field: 'tags.cost', after: '7' },
    { field: 'tags.stage', before: 'test', after: 'live' },
  ])
  assert.deepEqual(result.tags, { team: 'api', stage: 'live', cost: '7' })
  assert.deepEqual((await told('tagged')).tags, result.tags)
  const dry = await deploy({ ...options, tags: null, dryRun: true })
  assert.deepEqual(dry.changes.map(({ field, after }) => [field, after]), [
    ['tags.cost', undefined], ['tags.stage', undefined], ['tags.team', undefined],
  ])
  assert.deepEqual((await told('tagged')).tags, result.tags)
  await deploy({ ...options, tags: null })
  assert.deepEqual((await told('tagged')).tags, {})
})

test('executions are kept, changed and given back', async () => {
  const root = await functionFolder(here.folder, 'reserved', 1)
  const options = here.options({ functionName: 'reserved', root })
  await deploy(options)
  const change = async (reservedConcurrentExecutions) => {
    const { changes } = await deploy({ ...options, reservedConcurrentExecutions })
    return changes.map(({ before, after }) => [before, after])
  }
  assert.deepEqual(await change(3), [[undefined, '3']])
  assert.deepEqual(await change(0), [['3', '0']])
  assert.equal((await told('reserved')).reserved, 0)
  assert.deepEqual((await deploy(options)).changes, [], 'what is not declared is not managed')
  assert.deepEqual(await change(null), [['0', undefined]])
  assert.equal((await told('reserved')).reserved, undefined)
  here.front.reset()
  assert.deepEqual(await change(null), [])
  assert.deepEqual(here.front.mutating(), [])
})

test('with a version, tags and executions are those of the function', async () => {
  const root = await functionFolder(here.folder, 'released', 1)
  const options = here.options({ functionName: 'released', root, alias: 'live', tags: { team: 'api' } })
  const first = await deploy({ ...options, reservedConcurrentExecutions: 2 })
  assert.deepEqual([first.version, first.tags, first.reservedConcurrentExecutions], ['1', { team: 'api' }, 2])
  const second = await deploy({ ...options, tags: { team: 'web' } })
  assert.deepEqual([second.version, second.tags], ['1', { team: 'web' }], 'tags make no version')
})

test('tags that AWS keeps for itself, and what is no number, are refused before anything is asked', async () => {
  const options = here.options({ functionName: 'refused' })
  const refused = async (changes) => (await rejection(deploy({ ...options, ...changes }))).option
  assert.equal(await refused({ tags: { 'aws:mine': '1' } }), 'tags')
  assert.equal(await refused({ tags: { n: 1 } }), 'tags.n')
  assert.equal(await refused({ reservedConcurrentExecutions: 1.5 }), 'reservedConcurrentExecutions')
  assert.deepEqual(here.front.calls, [])
})

test('tags that AWS does not tell are no tags that are not there', async () => {
  const root = await functionFolder(here.folder, 'hidden', 1)
  const options = here.options({ functionName: 'hidden', root })
  await deploy({ ...options, tags: { team: 'api' } })
  here.front.reset()
  here.front.hideTags = true
  const calls = [
    deploy({ ...options, tags: null }), deploy({ ...options, tags: { team: 'api' } }), plan({ ...options, tags: null }),
  ]
  for (const error of await Promise.all(calls.map(rejection))) {
    assert.deepEqual(
      [error.code, error.operation, error.resource, error.awsCode],
      ['ACCESS_DENIED', 'ListTags', 'hidden', 'AccessDeniedException'],
    )
    assert.match(error.message, /not authorized to perform: lambda:ListTags/)
    assert.match(error.hint, /permission for ListTags/)
  }
  assert.deepEqual(here.front.mutating(), [])
  const result = await deploy({ ...options, timeout: 9 })
  assert.deepEqual([result.timeout, 'tags' in result], [9, false], 'where they are not declared nothing hangs on them')
  const { role, root: _, ...asked } = options
  const written = await init({ ...asked, out: join(here.folder, 'hidden-out') })
  assert.deepEqual(written.warnings.map(({ code, path }) => [code, path]), [['TAGS_UNREADABLE', written.definition]])
  assert.match(written.warnings[0].message, /lambda:ListTags/)
  assert.equal(JSON.parse(await readFile(written.definition, 'utf8')).Tags, undefined)
  assert.deepEqual((await told('hidden')).tags, { team: 'api' })
})
