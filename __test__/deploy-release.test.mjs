import assert from 'node:assert/strict'
import { test } from 'node:test'
import { invokeFunction } from './support/aws.mjs'
import { deploy, deployments, functionFolder } from './support/deployments.mjs'

const here = deployments()

test('a version is published and the alias points at it, and the same is never released twice', async () => {
  await functionFolder(here.folder, 'release', 'first')
  const options = here.options({ functionName: 'release', root: `${here.folder}/release`, alias: 'live' })
  const first = await deploy(options)
  assert.equal(first.version, '1')
  assert.equal(first.alias, 'live')
  assert.match(first.functionArn, /:function:release:1$/)
  assert.deepEqual(here.front.changed(), ['CreateFunction', 'PublishVersion', 'CreateAlias'])

  here.front.reset()
  const same = await deploy(options)
  assert.equal(same.version, '1')
  assert.deepEqual(same.changes, [])
  assert.deepEqual(here.front.mutating(), [])

  here.front.reset()
  await functionFolder(here.folder, 'release', 'second')
  const second = await deploy(options)
  assert.equal(second.version, '2')
  assert.deepEqual(here.front.changed(), ['UpdateFunctionCode', 'PublishVersion', 'UpdateAlias'])
  const alias = await here.aws('lambda', 'get-alias', '--function-name', 'release', '--name', 'live')
  assert.equal(alias.FunctionVersion, '2')
  const live = await invokeFunction('release', {}, { endpoint: here.backend.url, qualifier: 'live' })
  assert.equal(live.payload, 'second')
})

test('a setting alone makes a version too', async () => {
  await functionFolder(here.folder, 'setting', 1)
  const options = here.options({ functionName: 'setting', root: `${here.folder}/setting`, publish: true })
  assert.equal((await deploy(options)).version, '1')
  assert.equal((await deploy({ ...options, timeout: 33 })).version, '2')
  assert.equal((await deploy({ ...options, timeout: 33 })).version, '2')
  assert.equal((await deploy({ ...options, timeout: 33, publish: false })).version, '$LATEST')
})

test('a release that stopped before its alias goes on without another version', async () => {
  await functionFolder(here.folder, 'goes-on', 1)
  const options = here.options({ functionName: 'goes-on', root: `${here.folder}/goes-on`, alias: 'live' })
  here.front.fault({ operation: 'CreateAlias', do: { status: 403, code: 'AccessDeniedException', message: 'no' } })
  await assert.rejects(deploy(options), { code: 'ACCESS_DENIED', operation: 'CreateAlias' })
  here.front.reset()
  assert.equal((await deploy(options)).version, '1')
  assert.deepEqual(here.front.changed(), ['CreateAlias'])
})

test('an alias that shares its calls points at the one version again', async () => {
  await functionFolder(here.folder, 'shares', 1)
  const options = here.options({ functionName: 'shares', root: `${here.folder}/shares`, alias: 'live' })
  await deploy(options)
  await functionFolder(here.folder, 'shares', 2)
  assert.equal((await deploy(options)).version, '2')
  await here.aws(
    'lambda', 'update-alias', '--function-name', 'shares', '--name', 'live',
    '--routing-config', 'AdditionalVersionWeights={1=0.5}'
  )
  here.front.reset()
  const again = await deploy(options)
  assert.deepEqual(again.changes, [{ field: 'alias', before: '2 and others', after: '2' }])
  assert.deepEqual(here.front.changed(), ['UpdateAlias'])
  const alias = await here.aws('lambda', 'get-alias', '--function-name', 'shares', '--name', 'live')
  assert.deepEqual(alias.RoutingConfig?.AdditionalVersionWeights ?? {}, {})
})
