import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { clientOf, stage } from './client.mjs'

describe('a strict front: the deployed code', () => {
  const both = stage()
  const client = clientOf(both)

  /** The location of a new function's code, and its bytes. */
  async function located() {
    await client.create('f')
    const { json } = await client.lambda('GET', '/f')
    assert.ok(json.Code.Location.startsWith(both.front.url))
    const ask = (range, headers = {}) => fetch(json.Code.Location, { headers: { ...(range && { range }), ...headers } })
    const whole = Buffer.from(await (await ask()).arrayBuffer())
    assert.equal(createHash('sha256').update(whole).digest('base64'), json.Configuration.CodeSha256)
    return { ask, whole }
  }

  it('is given in parts', async () => {
    const { ask, whole } = await located()
    const size = whole.length
    const parts = {
      'bytes=0-9': [0, 10], 'bytes=5-': [5, size], 'bytes=-7': [size - 7, size], [`bytes=-${size + 1}`]: [0, size],
      [`bytes=3-${size + 100}`]: [3, size],
    }
    for (const [range, [start, end]] of Object.entries(parts)) {
      const answer = await ask(range)
      assert.equal(answer.status, 206, range)
      assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end - 1}/${size}`, range)
      assert.equal(answer.headers.get('content-length'), String(end - start), range)
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(whole.subarray(start, end)), range)
    }
    const sizes = both.front.calls.filter(({ operation }) => operation === 'GetObject').map((call) => call.answerBytes)
    assert.deepEqual(sizes, [size, 10, size - 5, 7, size, size - 3])
  })

  it('is given whole for what is no range, and refused for one that is outside', async () => {
    const { ask, whole } = await located()
    for (const range of [undefined, 'bytes=9-3', 'lines=1-2', 'bytes=-']) {
      const answer = await ask(range)
      assert.deepEqual([answer.status, answer.headers.get('accept-ranges')], [200, 'bytes'])
      assert.equal((await answer.arrayBuffer()).byteLength, whole.length)
    }
    for (const range of [`bytes=${whole.length}-`, 'bytes=-0']) {
      const answer = await ask(range)
      assert.deepEqual([answer.status, answer.headers.get('content-range')], [416, `bytes */${whole.length}`])
      assert.match(await answer.text(), /<Code>InvalidRange<\/Code>/)
    }
  })

  it('takes no second signature', async () => {
    const { ask } = await located()
    const answer = await ask(undefined, { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request' })
    assert.equal(answer.status, 400)
    assert.match(await answer.text(), /Only one auth mechanism allowed/)
  })
})
