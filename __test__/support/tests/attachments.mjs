import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clientOf, send, stage } from './client.mjs'

describe('a strict front: what a function has beside its configuration', () => {
  const both = stage()
  const client = clientOf(both)
  const of = (api, method, what, body) => send(both.front.url, 'lambda', method, `/${api}/functions/f/${what}`, { body })
  const provisioned = (method, count) => of('2019-09-30', method, 'provisioned-concurrency?Qualifier=live',
    count && { ProvisionedConcurrentExecutions: count })
  const reserve = (count) => of('2017-10-31', 'PUT', 'concurrency', { ReservedConcurrentExecutions: count })
  const status = async () => (await provisioned('GET')).json.Status
  const move = (FunctionVersion) => client.lambda('PUT', '/f/aliases/live', { FunctionVersion })

  async function released() {
    await client.create('f')
    await client.settle('f')
    await client.lambda('POST', '/f/versions', {})
    await client.lambda('POST', '/f/aliases', { Name: 'live', FunctionVersion: '1' })
  }

  it('takes time for environments, and makes them anew when the alias moves', async () => {
    await released()
    both.front.settle = 2
    await provisioned('PUT', 3)
    assert.deepEqual([await status(), await status(), await status()], ['IN_PROGRESS', 'IN_PROGRESS', 'READY'])
    await move('1')
    assert.equal(await status(), 'READY', 'an alias that stays where it is')
    await move('$LATEST')
    assert.deepEqual([await status(), await status(), await status()], ['IN_PROGRESS', 'IN_PROGRESS', 'READY'])
  })

  it('lets what has failed stay so until it is asked for again', async () => {
    await released()
    both.front.failProvisioning('f')
    await provisioned('PUT', 3)
    await status()
    both.front.failProvisioning('f', false)
    assert.deepEqual([await status(), await status()], ['FAILED', 'FAILED'])
    await provisioned('PUT', 3)
    await status()
    assert.equal(await status(), 'READY')
  })

  it('has never more provisioned than reserved', async () => {
    await released()
    assert.equal((await reserve(4)).status, 200)
    const over = await provisioned('PUT', 5)
    assert.deepEqual([over.status, over.type], [400, 'InvalidParameterValueException'])
    assert.equal((await provisioned('PUT', 4)).status, 202)
    const under = await reserve(3)
    assert.deepEqual([under.status, under.type], [400, 'InvalidParameterValueException'])
    assert.match(under.json.message, /\[4\]/)
  })

  it('keeps the management of the runtime for each version, and for no alias', async () => {
    await released()
    const runtime = (method, qualifier, mode) => of('2021-07-20', method,
      `runtime-management-config?Qualifier=${qualifier}`, mode && { UpdateRuntimeOn: mode })
    await runtime('PUT', '$LATEST', 'FunctionUpdate')
    const mode = async (qualifier) => (await runtime('GET', qualifier)).json.UpdateRuntimeOn
    assert.deepEqual([await mode('$LATEST'), await mode('1')], ['FunctionUpdate', 'Auto'])
    await runtime('PUT', '1', 'FunctionUpdate')
    assert.equal(await mode('1'), 'FunctionUpdate')
    assert.equal((await runtime('GET', 'live')).status, 400)
  })

  it('tells the names of headers in lower case', async () => {
    await released()
    const Cors = { AllowHeaders: ['X-Token'], ExposeHeaders: ['ETag'], AllowOrigins: ['https://A.example'] }
    const lower = { AllowHeaders: ['x-token'], ExposeHeaders: ['etag'], AllowOrigins: ['https://A.example'] }
    const made = await of('2021-10-31', 'POST', 'url', { AuthType: 'NONE', Cors })
    assert.deepEqual([made.json.Cors, (await of('2021-10-31', 'GET', 'url')).json.Cors], [lower, lower])
  })
})
