import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { clientOf, send, stage } from './client.mjs'

describe('a fault', () => {
  const both = stage()
  const client = clientOf(both)
  const fault = (operation, action, more) => both.front.fault({ operation, do: action, ...more })
  const direct = (name) => send(both.backend.url, 'lambda', 'GET', `/2015-03-31/functions/${name}`)

  it('answers an error of Lambda, as often as it is told and then no more', async () => {
    const headers = { 'retry-after': '7' }
    const throttle = { status: 429, code: 'TooManyRequestsException', message: 'Rate Exceeded.', headers }
    const script = fault('GetFunction', throttle, { times: 2, after: 2 })
    const answers = []
    for (let i = 0; i < 5; i += 1) answers.push(await client.lambda('GET', '/f'))
    assert.deepEqual(answers.map(({ status }) => status), [404, 404, 429, 429, 404])
    assert.equal(answers[2].type, 'TooManyRequestsException')
    assert.deepEqual(answers[2].json, { Type: 'User', message: 'Rate Exceeded.' })
    assert.equal(script.fired, 2)
    const forwarded = both.front.calls.map(({ backendStatus }) => backendStatus)
    assert.deepEqual(forwarded, [404, 404, null, null, 404])
  })

  it('answers an error of S3 as XML, and without a body to HEAD', async () => {
    const slow = { status: 503, code: 'SlowDown', message: 'Please <reduce>' }
    fault(/Object$/, slow, { times: 2 })
    const got = await client.s3('GET', '/bucket/key')
    assert.equal(got.status, 503)
    assert.match(got.text, /<Error><Code>SlowDown<\/Code><Message>Please &lt;reduce&gt;<\/Message><\/Error>/)
    assert.equal((await client.s3('HEAD', '/bucket/key')).status, 503)
    assert.equal((await client.s3('HEAD', '/bucket/key')).status, 404)
  })

  it('resetBefore: the backend hears nothing', async () => {
    fault('CreateFunction', 'resetBefore')
    await assert.rejects(client.create('f'), causedBy('ECONNRESET'))
    assert.equal((await direct('f')).status, 404)
    const [{ status, backendStatus }] = both.front.calls
    assert.deepEqual([status, backendStatus], [null, null])
  })

  for (const [word, code] of [['resetAfter', 'ECONNRESET'], ['loseResponse', 'UND_ERR_SOCKET']]) {
    it(`${word}: the backend has done it, the client does not know`, async () => {
      fault('CreateFunction', word)
      await assert.rejects(client.create('f'), causedBy(code))
      assert.equal((await direct('f')).status, 200)
      assert.deepEqual(both.front.changed(), ['CreateFunction'])
      assert.equal(both.front.calls[0].status, null)
      // The strict front has seen the change as well.
      assert.equal((await client.configure('f')).status, 409)
    })
  }

  it('hang: no answer, until the front is reset or closed', async () => {
    fault('GetFunction', 'hang')
    const signal = AbortSignal.timeout(150)
    const get = () => send(both.front.url, 'lambda', 'GET', '/2015-03-31/functions/f', { signal })
    await assert.rejects(get(), { name: 'TimeoutError' })
    fault('GetFunction', 'hang')
    const waiting = assert.rejects(client.lambda('GET', '/f'), causedBy('UND_ERR_SOCKET'))
    while (both.front.calls.length < 2 || both.front.calls[1].fault === null) await new Promise(setImmediate)
    both.front.reset()
    await waiting
  })

  it('delayMs: the answer comes late', async () => {
    fault('GetFunction', { delayMs: 200 })
    const begin = performance.now()
    assert.equal((await client.lambda('GET', '/f')).status, 404)
    const late = performance.now() - begin
    assert.ok(late >= 195, `${late} ms`)
  })

  it('corrupt: one bit of the answer is another', async () => {
    const { body, got } = await throughS3('GetObject', { corrupt: true })
    const wrong = [...got].map((byte, at) => byte ^ body[at]).filter((bits) => bits !== 0)
    assert.deepEqual([got.length, wrong], [body.length, [1]])
  })

  it('corruptRequest: a checksum of the request finds it', async () => {
    await client.s3('PUT', '/bucket')
    const body = 'what is sent'
    const headers = { 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') }
    fault('PutObject', { corruptRequest: true })
    const answer = await client.s3('PUT', '/bucket/key', { body, headers })
    assert.equal(answer.status, 400)
    assert.match(answer.text, /<Code>BadDigest<\/Code>/)
    assert.equal((await client.s3('HEAD', '/bucket/key')).status, 404)
    assert.equal((await client.s3('PUT', '/bucket/key', { body, headers })).status, 200)
  })

  it('truncate: the answer breaks off', async () => {
    await assert.rejects(throughS3('GetObject', { truncate: true }), TypeError)
  })

  it('does not accept what it does not know', () => {
    assert.throws(() => fault('GetFunction', 'explode'), /received explode/)
    assert.throws(() => fault('GetFunction', { delay: 1 }), /Unknown key `delay`/)
    assert.throws(() => fault('GetFunction', { code: 'X' }), /Expected `status`/)
    assert.throws(() => fault('GetFunction', {}), /received nothing/)
    assert.throws(() => fault('get function', 'hang'), /Expected an AWS operation/)
    assert.throws(() => fault('GetFunction', 'hang', { time: 2 }), /Unknown key `time`/)
  })

  async function throughS3(operation, action) {
    const body = Buffer.from('0123456789'.repeat(1000))
    await client.s3('PUT', '/bucket')
    assert.equal((await client.s3('PUT', '/bucket/key', { body })).status, 200)
    fault(operation, action)
    return { body, got: (await client.s3('GET', '/bucket/key')).bytes }
  }
})

function causedBy(code) {
  return (error) => {
    assert.equal(error.cause?.code, code, error.stack)
    return true
  }
}
