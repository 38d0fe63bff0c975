import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploy, deployments, functionFolder } from './support/deployments.mjs'

const here = deployments()

async function configuration(name) {
  return here.aws('lambda', 'get-function-configuration', '--function-name', name)
}

test('only declared settings are managed', async () => {
  const root = await functionFolder(here.folder, 'declared', 1)
  await deploy(here.options({ functionName: 'declared', root, timeout: 10, memorySize: 256, description: 'first' }))
  await here.aws('lambda', 'update-function-configuration', '--function-name', 'declared', '--description', 'by hand')
  here.front.reset()
  const result = await deploy(here.options({ functionName: 'declared', root, timeout: 20 }))
  assert.deepEqual(result.changes, [{ field: 'timeout', before: '10', after: '20' }])
  const [call] = here.front.calls.filter(({ operation }) => operation === 'UpdateFunctionConfiguration')
  const { RevisionId: revision, ...sent } = call.body
  assert.deepEqual(sent, { Timeout: 20 })
  assert.ok(revision, 'nothing is changed over what somebody else does meanwhile')
  const told = await configuration('declared')
  assert.equal(told.Timeout, 20)
  assert.equal(told.MemorySize, 256)
  assert.equal(told.Description, 'by hand')
})

test('the environment is merged, and its values are in no result', async () => {
  const root = await functionFolder(here.folder, 'environment', 1)
  const options = here.options({ functionName: 'environment', root })
  await deploy({ ...options, environment: { FIRST: 'one', SECOND: 's3cret' } })
  const result = await deploy({ ...options, environment: { SECOND: 'other-s3cret', THIRD: '' } })
  assert.deepEqual(result.changes.map(({ field }) => field), ['environment.SECOND', 'environment.THIRD'])
  assert.doesNotMatch(JSON.stringify(result), /s3cret/)
  const { Environment: environment } = await configuration('environment')
  assert.deepEqual(environment.Variables, { FIRST: 'one', SECOND: 'other-s3cret', THIRD: '' })
  here.front.reset()
  await deploy({ ...options, environment: { FIRST: 'one' } })
  assert.deepEqual(here.front.mutating(), [])
})

test('code and settings that both differ are one call each, with a wait in between', async () => {
  const root = await functionFolder(here.folder, 'both', 1)
  const options = here.options({ functionName: 'both', root })
  await deploy(options)
  await functionFolder(here.folder, 'both', 'a longer answer than before')
  here.front.reset()
  here.front.settle = 2
  await deploy({ ...options, handler: 'index.handler', timeout: 30 })
  assert.deepEqual(here.front.changed(), ['UpdateFunctionConfiguration', 'UpdateFunctionCode'])
  // The front answers 409 to a change before the one before it has settled, so none came too early.
  assert.deepEqual(here.front.mutating(), here.front.changed())
})

test('the architecture goes with the code, though the code is the same', async () => {
  const root = await functionFolder(here.folder, 'architecture', 1)
  const options = here.options({ functionName: 'architecture', root })
  await deploy(options)
  const result = await deploy({ ...options, architecture: 'arm64' })
  assert.deepEqual(result.changes, [{ field: 'architecture', before: 'x86_64', after: 'arm64' }])
  assert.deepEqual((await configuration('architecture')).Architectures, ['arm64'])
  here.front.reset()
  await deploy(options)
  assert.deepEqual(here.front.mutating(), [])
})

test('layers are set, kept and removed', async () => {
  const root = await functionFolder(here.folder, 'layers', 1)
  const options = here.options({ functionName: 'layers', root })
  const { packed } = await deploy({ ...options, out: `${here.folder}/layer.zip`, prefix: 'nodejs' })
  const zip = `fileb://${here.folder}/layer.zip`
  const { LayerVersionArn: arn } = await here.aws(
    'lambda', 'publish-layer-version', '--layer-name', 'shared', '--zip-file', zip
  )
  assert.ok(packed.fileCount > 0)
  assert.deepEqual((await deploy({ ...options, layers: [arn] })).layers, [{ arn }])
  assert.deepEqual((await deploy(options)).layers, [{ arn }])
  assert.deepEqual((await deploy({ ...options, layers: [] })).layers, [])
})

test('a deprecated runtime is a warning', async () => {
  const root = await functionFolder(here.folder, 'deprecated', 1)
  const options = here.options({ functionName: 'deprecated', root, dryRun: true })
  const { warnings } = await deploy({ ...options, runtime: 'nodejs18.x' })
  assert.deepEqual(warnings.map(({ code }) => code), ['RUNTIME_DEPRECATED'])
  assert.deepEqual((await deploy({ ...options, runtime: 'nodejs99.x' })).warnings, [])
})
