import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clientOf, stage } from './client.mjs'

describe('a strict front: versions and aliases', () => {
  const both = stage()
  const client = clientOf(both)
  const publish = (body = {}) => client.lambda('POST', '/f/versions', body)
  const alias = (FunctionVersion, more = {}) => {
    return client.lambda('POST', '/f/aliases', { Name: 'live', FunctionVersion, ...more })
  }

  it('publishes only the code and the revision that were named', async () => {
    await client.create('f')
    const { CodeSha256, RevisionId } = await client.settle('f')
    const other = await publish({ CodeSha256: 'other' })
    assert.deepEqual([other.status, other.type], [400, 'InvalidParameterValueException'])
    assert.match(other.json.message, /^CodeSHA256 \(other\) is different from current CodeSHA256 in \$LATEST/)
    const stale = await publish({ CodeSha256, RevisionId: 'old' })
    assert.deepEqual([stale.status, stale.type], [412, 'PreconditionFailedException'])
    const { status, json } = await publish({ CodeSha256, RevisionId })
    assert.deepEqual([status, json.Version, json.State], [201, '1', 'Active'])
    assert.deepEqual(both.front.changed(), ['CreateFunction', 'PublishVersion'])
  })

  it('has an alias point only at a version that exists', async () => {
    await client.create('f')
    await client.settle('f')
    await publish()
    const missing = await alias('7')
    assert.deepEqual([missing.status, missing.type], [404, 'ResourceNotFoundException'])
    assert.match(missing.json.Message, /function:f:7$/)
    const weights = { RoutingConfig: { AdditionalVersionWeights: { 8: 0.1 } } }
    assert.equal((await alias('1', weights)).status, 404)
    assert.equal((await alias('1')).status, 201)
    assert.equal((await client.lambda('PUT', '/f/aliases/live', { FunctionVersion: '7' })).status, 404)
    assert.equal((await client.lambda('PUT', '/f/aliases/live', { FunctionVersion: 'live' })).status, 404)
    assert.equal((await client.lambda('PUT', '/f/aliases/live', { FunctionVersion: '$LATEST' })).status, 200)
  })

  it('shows a published version as pending when it is told to', async () => {
    await client.create('f')
    await client.settle('f')
    both.front.settleVersions = 2
    const published = await publish()
    const seen = [published.json.State]
    for (let i = 0; i < 3; i += 1) {
      seen.push((await client.lambda('GET', '/f/configuration?Qualifier=1')).json.State)
    }
    assert.deepEqual(seen, ['Pending', 'Pending', 'Pending', 'Active'])
  })

  it('lists a function and its versions in the states that a look would show', async () => {
    await client.create('f')
    await client.settle('f')
    await publish()
    await client.configure('f')
    const states = (list) => list.map((one) => [one.Version, one.State, one.LastUpdateStatus])
    const latest = ['$LATEST', 'Active', 'InProgress']
    const { json: versions } = await client.lambda('GET', '/f/versions')
    assert.deepEqual(states(versions.Versions), [latest, ['1', 'Active', 'Successful']])
    const { json: functions } = await client.lambda('GET', '/')
    assert.deepEqual(states(functions.Functions), [latest])
    // Listing is no look: the change is still in progress for the first one.
    assert.equal((await client.look('f')).LastUpdateStatus, 'InProgress')
  })
})

describe('a front that is not strict', () => {
  const both = stage({ strict: false })
  const client = clientOf(both)

  // When one of these fails, MiniStack has learnt it and the strict front need no longer do it.
  it('shows what MiniStack lets pass', async () => {
    await client.create('f')
    assert.equal((await client.configure('f')).status, 200)
    assert.equal((await client.updateCode('f', { DryRun: true })).json.State, 'Pending')
    assert.equal((await client.lambda('POST', '/f/versions', { CodeSha256: 'other' })).status, 201)
    const alias = { Name: 'live', FunctionVersion: '7' }
    assert.equal((await client.lambda('POST', '/f/aliases', alias)).status, 201)
    const fields = { Description: 'd'.repeat(300), Code: { S3Bucket: 'no-bucket', S3Key: 'no-key' } }
    const { status, json } = await client.create('g', { fields })
    assert.deepEqual([status, json.CodeSize], [201, 0])
    assert.throws(() => both.front.failNext('f'), /needs a strict front/)
  })
})
