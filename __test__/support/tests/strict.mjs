import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Changes } from '../changes.mjs'
import { overLimit } from '../limits.mjs'
import { clientOf, codeOf, stage } from './client.mjs'

describe('a strict front: changes in progress', () => {
  const both = stage()
  const client = clientOf(both)
  const states = ({ State, LastUpdateStatus }) => [State, LastUpdateStatus]

  it('refuses the next change until someone has seen that the last one is over', async () => {
    const { json: created } = await client.create('f')
    assert.deepEqual(states(created), ['Pending', undefined])
    for (const change of [client.updateCode, client.configure, publish]) {
      const answer = await change('f')
      assert.deepEqual([answer.status, answer.type], [409, 'ResourceConflictException'])
      assert.match(answer.json.message, /currently in the following state: Pending$/)
    }
    assert.equal((await client.lambda('POST', '/f/invocations', {})).status, 409)
    assert.deepEqual(states(await client.look('f')), ['Pending', undefined])
    assert.equal((await client.updateCode('f')).status, 409)
    assert.deepEqual(states(await client.look('f')), ['Active', 'Successful'])

    const { status, json: updated } = await client.updateCode('f')
    assert.deepEqual([status, ...states(updated)], [200, 'Active', 'InProgress'])
    const refused = await client.configure('f')
    assert.match(refused.json.message, /An update is in progress for resource: arn:.*:function:f$/)
    assert.deepEqual(both.front.changed(), ['CreateFunction', 'UpdateFunctionCode'])
    assert.equal(both.front.mutating().length, 7)
  })

  it('shows a change in progress as often as it is told, to both ways of looking', async () => {
    both.front.settle = 3
    await client.create('f')
    const seen = []
    for (let i = 0; i < 4; i += 1) {
      const path = i % 2 ? '/f' : '/f/configuration'
      const { json } = await client.lambda('GET', path)
      seen.push((json.Configuration ?? json).State)
    }
    assert.deepEqual(seen, ['Pending', 'Pending', 'Pending', 'Active'])
    both.front.settle = 0
    assert.deepEqual(states((await client.configure('f')).json), ['Active', 'InProgress'])
    assert.equal((await client.configure('f')).status, 409)
    assert.deepEqual(states(await client.look('f')), ['Active', 'Successful'])
    assert.equal((await client.configure('f')).status, 200)
  })

  it('lets one of two changes at the same time through', async () => {
    await client.create('f')
    await client.settle('f')
    const answers = await Promise.all([client.configure('f'), client.configure('f'), client.updateCode('f')])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409])
  })

  it('gives another RevisionId when the change is over, and holds callers to it', async () => {
    const { json: created } = await client.create('f')
    const settled = await client.settle('f')
    assert.notEqual(created.RevisionId, settled.RevisionId)
    const stale = await client.configure('f', { RevisionId: created.RevisionId })
    assert.deepEqual([stale.status, stale.type], [412, 'PreconditionFailedException'])
    assert.equal((await client.configure('f', { RevisionId: settled.RevisionId })).status, 200)
  })

  it('fails an update on demand, and the next one works', async () => {
    await client.create('f')
    await client.settle('f')
    await client.configure('f')
    both.front.failNext('f', { reason: 'No such subnet', reasonCode: 'InvalidSubnet' })
    assert.deepEqual(states(await client.look('f')), ['Active', 'InProgress'])
    const failed = await client.look('f')
    assert.deepEqual(states(failed), ['Active', 'Failed'])
    assert.deepEqual([failed.LastUpdateStatusReason, failed.LastUpdateStatusReasonCode],
      ['No such subnet', 'InvalidSubnet'])
    assert.equal((await client.configure('f')).status, 200)
    await client.settle('f')
  })

  it('fails a creation on demand, after which only deleting helps', async () => {
    both.front.failNext('f', { reason: 'Image is gone', reasonCode: 'ImageDeleted' })
    await client.create('f')
    await client.look('f')
    const failed = await client.look('f')
    assert.deepEqual([failed.State, failed.StateReason, failed.StateReasonCode],
      ['Failed', 'Image is gone', 'ImageDeleted'])
    assert.match((await client.updateCode('f')).json.message, /following state: Failed/)
    assert.equal((await client.lambda('DELETE', '/f')).status, 204)
    assert.equal((await client.create('f')).status, 201)
    await client.settle('f')
  })

  it('keeps a function Active during updates that did not go through it', () => {
    const updating = { State: 'Pending', StateReasonCode: 'Updating', LastUpdateStatus: 'InProgress' }
    assert.deepEqual(states(new Changes().show('f', updating)), ['Active', 'InProgress'])
    const creating = { State: 'Pending', StateReasonCode: 'Creating' }
    assert.deepEqual(states(new Changes().show('f', creating)), ['Pending', undefined])
  })

  function publish(name) {
    return client.lambda('POST', `/${name}/versions`, {})
  }
})

describe('a strict front: what is refused', () => {
  const both = stage()
  const client = clientOf(both)
  const problem = ({ status, type, json }) => [status, type, json.message ?? json.Message]

  it('a role that has not spread yet, as often as it is told, and one that does not exist', async () => {
    both.front.rolePropagates = 2
    const text = 'The role defined for the function cannot be assumed by Lambda.'
    const refusal = [400, 'InvalidParameterValueException', text]
    assert.deepEqual(problem(await client.create('f')), refusal)
    assert.deepEqual(problem(await client.create('f')), refusal)
    assert.equal((await client.create('f')).status, 201)
    const fields = { Role: 'arn:aws:iam::000000000000:role/nobody' }
    assert.deepEqual(problem(await client.create('g', { fields })), refusal)
  })

  it('a dry run changes nothing, here and at the backend', async () => {
    await client.create('f')
    const before = await client.settle('f')
    const answer = await client.updateCode('f', { DryRun: true })
    assert.deepEqual([answer.status, answer.json.CodeSha256], [200, before.CodeSha256])
    assert.equal((await client.updateCode('f', { DryRun: true, RevisionId: 'old' })).status, 412)
    assert.deepEqual(await client.look('f'), before)
    assert.equal((await client.updateCode('nobody', { DryRun: true })).status, 404)
    assert.deepEqual(both.front.mutating(), ['CreateFunction'])
  })

  it('code from an object or a bucket that is not there', async () => {
    await client.s3('PUT', '/bucket')
    const zip = Buffer.from(await codeOf(), 'base64')
    await client.s3('PUT', '/bucket/a%20b/k.zip', { body: zip })
    const from = (S3Bucket, S3Key) => client.create('f', { fields: { Code: { S3Bucket, S3Key } } })
    assert.match((await from('bucket', 'other')).json.message, /S3 Error Code: NoSuchKey\./)
    assert.match((await from('no-bucket', 'k')).json.message, /S3 Error Code: NoSuchBucket\./)
    const { status, json } = await from('bucket', 'a b/k.zip')
    assert.deepEqual([status, json.CodeSize], [201, zip.length])
    await client.settle('f')
    assert.equal((await client.updateCode('f', { S3Bucket: 'bucket', S3Key: 'other' })).status, 400)
  })

  it('a bucket of another owner', async () => {
    await client.s3('PUT', '/bucket')
    const headers = (owner) => ({ 'x-amz-expected-bucket-owner': owner })
    const ownedBy = (owner) => client.s3('HEAD', '/bucket', { headers: headers(owner) })
    assert.equal((await ownedBy('000000000000')).status, 200)
    assert.equal((await ownedBy('111111111111')).status, 403)
  })

  it('an archive of more than 50 MB, sent directly', async () => {
    const code = (bytes) => Buffer.alloc(bytes).toString('base64')
    const over = await client.create('f', { code: code(52_428_801) })
    assert.deepEqual([over.status, over.type], [413, 'RequestEntityTooLargeException'])
    assert.equal(over.json.message, 'Zipped size must be smaller than 52428800 bytes')
    // One byte less reaches the backend, which finds that it is no archive.
    const within = await client.create('f', { code: code(52_428_800) })
    assert.match(within.json.message, /Could not unzip/)
    assert.deepEqual(both.front.calls.map(({ backendStatus }) => backendStatus), [null, 400])
  })

  it('what the limits of the fields do not allow', async () => {
    const layer = 'arn:aws:lambda:us-east-1:000000000000:layer:l:1'
    const create = async (fields) => problem(await client.create('f', { fields }))
    assert.deepEqual(await create({ Layers: Array(6).fill(layer) }),
      [400, 'InvalidParameterValueException', 'Cannot reference more than 5 layers.'])
    assert.match((await create({ Description: 'd'.repeat(257) }))[2], /at 'description'/)
    assert.match((await create({ Handler: 'a b.c' }))[2], /at 'handler'/)
    assert.match((await create({ Timeout: 901 }))[2], /at 'timeout'.*less than or equal to 900/)
    assert.match((await create({ MemorySize: 127 }))[2], /at 'memorySize'.*greater than or equal to 128/)
    assert.match((await create({ FunctionName: 'no spaces' }))[2], /at 'functionName'/)
    const variables = (Variables) => create({ Environment: { Variables } })
    assert.match((await variables({ AWS_REGION: 'x' }))[2], /reserved keys.*: AWS_REGION$/)
    assert.match((await variables({ '1A': 'x' }))[2], /at 'environment.variables'/)
    assert.match((await variables({ AB: 'x'.repeat(4088) }))[2], /exceeded the 4KB limit/)
    assert.deepEqual(both.front.changed(), [])
    assert.equal((await variables({ AB: 'x'.repeat(4087) }))[0], 201)
  })

  it('requests that are too large as a whole', () => {
    const text = (operation, bytes) => overLimit(operation, {}, bytes)?.message ?? null
    assert.equal(text('CreateFunction', 70_167_211), null)
    assert.equal(text('CreateFunction', 70_167_212),
      'Request must be smaller than 70167211 bytes for the CreateFunction operation')
    assert.match(text('UpdateFunctionConfiguration', 5121), /smaller than 5120 bytes/)
  })
})
