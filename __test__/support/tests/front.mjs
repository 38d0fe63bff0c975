import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { awsCli, invokeFunction } from '../aws.mjs'
import { operationOf } from '../operations.mjs'
import { startFront } from '../proxy.mjs'
import { clientOf, codeOf, stage } from './client.mjs'

describe('the front', () => {
  const both = stage()
  const client = clientOf(both)
  let folder
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'front-')) })
  after(() => rm(folder, { recursive: true, force: true }))

  it('lets the AWS CLI create, publish and invoke a function, run by this very Node', async () => {
    const endpoint = both.front.url
    const archive = join(folder, 'function.zip')
    await writeFile(archive, Buffer.from(await codeOf('{ node: process.execPath, event }'), 'base64'))
    const named = ['--function-name', 'first']
    const settings = ['--runtime', 'nodejs22.x', '--handler', 'index.handler', '--role', both.backend.role]
    const code = ['--zip-file', `fileb://${archive}`]
    await awsCli(['lambda', 'create-function', ...named, ...settings, ...code], { endpoint })
    await client.settle('first')
    const { Version: version } = await awsCli(['lambda', 'publish-version', ...named], { endpoint })

    const answer = await invokeFunction('first', { n: 1 }, { endpoint, qualifier: version })
    const payload = { node: await realpath(process.execPath), event: { n: 1 } }
    assert.deepEqual(answer, { payload, functionError: null, executedVersion: '1' })
    const operations = both.front.calls.map(({ operation }) => operation)
    assert.deepEqual(operations, ['CreateFunction', 'GetFunctionConfiguration', 'GetFunctionConfiguration',
      'PublishVersion', 'Invoke'])
    assert.deepEqual(both.front.mutating(), ['CreateFunction', 'PublishVersion'])
    const { body, bytes, status, backendStatus } = both.front.calls[0]
    assert.equal(body.Code.ZipFile, (await readFile(archive)).length)
    assert.deepEqual([body.FunctionName, bytes > 300, status, backendStatus], ['first', true, 201, 201])
  })

  it('passes what the AWS CLI uploads to S3, in one part and in several', async () => {
    const endpoint = both.front.url
    const content = Buffer.alloc(9 * 1024 * 1024, 'nine megabytes ')
    const [file, back] = [join(folder, 'big'), join(folder, 'big-again')]
    await writeFile(file, content)
    await awsCli(['s3api', 'create-bucket', '--bucket', 'uploads'], { endpoint })
    const object = ['--bucket', 'uploads', '--key', 'a b/ü+']
    await awsCli(['s3api', 'put-object', ...object, '--body', file], { endpoint })
    await awsCli(['s3api', 'get-object', ...object, back], { endpoint })
    assert.equal(sha256(await readFile(back)), sha256(content))
    assert.deepEqual(both.front.mutating(), ['CreateBucket', 'PutObject'])

    both.front.calls.length = 0
    await awsCli(['s3', 'cp', '--quiet', file, 's3://uploads/parts'], { endpoint })
    const [first, ...parts] = both.front.mutating()
    assert.deepEqual([first, parts.pop()], ['CreateMultipartUpload', 'CompleteMultipartUpload'])
    assert.deepEqual(parts, ['UploadPart', 'UploadPart'])
    assert.equal(sha256((await client.s3('GET', '/uploads/parts')).bytes), sha256(content))
  })

  it('keeps signatures valid, and the backend does check them', async () => {
    const endpoint = both.front.url
    const user = ['--user-name', 'someone']
    const iam = (command, ...more) => awsCli(['iam', command, ...user, ...more], { endpoint })
    await iam('create-user')
    await iam('attach-user-policy', '--policy-arn', 'arn:aws:iam::aws:policy/AdministratorAccess')
    const { AccessKey: key } = await iam('create-access-key')
    const env = { AWS_ACCESS_KEY_ID: key.AccessKeyId, AWS_SECRET_ACCESS_KEY: key.SecretAccessKey }
    assert.deepEqual((await awsCli(['lambda', 'list-functions'], { endpoint, env })).Functions, [])
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: 'another' }
    await assert.rejects(awsCli(['lambda', 'list-functions'], { endpoint, env: wrong }), /[Ss]ignature/)
    assert.equal(both.front.calls[0].operation, 'CreateUser')
  })

  it('counts a refused change as asked for and not as carried out', async () => {
    assert.equal((await client.updateCode('nobody')).status, 404)
    assert.deepEqual(both.front.mutating(), ['UpdateFunctionCode'])
    assert.deepEqual(both.front.changed(), [])
  })
})

describe('the bytes that the front forwards', () => {
  it('are the client\'s own, head and body', async () => {
    const seen = []
    const target = createServer(async (incoming, response) => {
      const chunks = []
      for await (const chunk of incoming) chunks.push(chunk)
      seen.push({ url: incoming.url, raw: incoming.rawHeaders, body: Buffer.concat(chunks) })
      response.writeHead(203, ['X-Odd-Case', 'a', 'X-Odd-Case', 'b', 'Content-Length', '3']).end('abc')
    }).listen(0, '127.0.0.1')
    await once(target, 'listening')
    const front = await startFront({ target: `http://127.0.0.1:${target.address().port}` })
    try {
      const body = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256))
      const headers = ['Host', 'bucket.example:81', 'X-amz-META', 'ü', 'Content-Length', '70000']
      const path = '/b/k%2F%20+?x-id=PutObject&a'
      const answer = await rawRequest(front.url + path, { method: 'PUT', headers }, body)
      const [{ url, raw, body: received }] = seen
      assert.equal(url, path)
      assert.deepEqual(raw.slice(0, 6), headers)
      assert.equal(received.equals(body), true)
      assert.deepEqual([answer.status, answer.text], [203, 'abc'])
      assert.deepEqual(answer.raw.slice(0, 4), ['X-Odd-Case', 'a', 'X-Odd-Case', 'b'])
    } finally {
      await front.close()
      target.close()
    }
  })
})

describe('operation names', () => {
  const cases = [
    ['GET /2015-03-31/functions/f', 'GetFunction'],
    ['GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Afunction%3Af/versions', 'ListVersionsByFunction'],
    ['PUT /2015-03-31/functions/f/aliases/live', 'UpdateAlias'],
    ['GET /2017-03-31/tags/arn%3Aaws%3Alambda', 'ListTags'],
    ['POST /2018-10-31/layers/l/versions', 'PublishLayerVersion'],
    ['GET /2018-10-31/layers?find=LayerVersion&Arn=a', 'GetLayerVersionByArn'],
    ['GET /b?list-type=2', 'ListObjectsV2'],
    ['HEAD /b', 'HeadBucket'],
    ['GET /b/?location', 'GetBucketLocation'],
    ['PUT /b/k', 'PutObject'],
    ['POST /b/k?uploads', 'CreateMultipartUpload'],
    ['PUT /b/k?partNumber=1&uploadId=u', 'UploadPart'],
    ['DELETE /b/k?uploadId=u', 'AbortMultipartUpload'],
    ['POST /b/k?uploadId=u', 'CompleteMultipartUpload'],
    ['PATCH /2015-03-31/functions/f', null],
  ]
  for (const [line, expected] of cases) {
    it(`${line} is ${expected}`, () => {
      const [method, url] = line.split(' ')
      const [path, query = ''] = url.split('?')
      const request = { method, path, query: new URLSearchParams(query), headers: {} }
      assert.equal(operationOf(request).operation, expected)
    })
  }
})

function rawRequest(url, options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, async (incoming) => {
      let text = ''
      for await (const chunk of incoming) text += chunk
      resolve({ status: incoming.statusCode, raw: incoming.rawHeaders, text })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
