import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { deploy, deployments, folderOfZippedSize, functionFolder, pack, rejection } from './support/deployments.mjs'

const here = deployments()
const PART = 8 << 20
let made

/** An archive of more than 60 MB, and the bucket for it; made once. */
function large() {
  const make = async () => {
    await here.aws('s3api', 'create-bucket', '--bucket', 'parts')
    const root = await folderOfZippedSize(here.folder, 'large', (60 << 20) + 1)
    const archive = await pack({ root, out: join(here.folder, 'large.zip'), cache: false })
    await rm(root, { recursive: true })
    return archive
  }
  return (made ??= make())
}

const LAMBDA = /Function|Alias|Version/
const s3 = () => here.front.calls.map(({ operation }) => operation).filter((operation) => !LAMBDA.test(operation))

async function options(functionName, changes = {}) {
  const { path } = await large()
  here.front.reset()
  return here.options({ functionName, package: path, s3: { bucket: 'parts', prefix: `${functionName}/`, ...changes } })
}

async function uploads() {
  const { Uploads: left = [] } = (await here.aws('s3api', 'list-multipart-uploads', '--bucket', 'parts')) ?? {}
  return left
}

test('a large archive goes in parts, and with progress', async () => {
  const events = []
  const onProgress = ({ phase, bytes, totalBytes }) => phase === 'upload' && totalBytes > 0 && events.push(bytes)
  const { size, codeSha256 } = await large()
  const result = await deploy({ ...(await options('large')), onProgress })
  assert.equal(result.upload, 's3')
  assert.equal(result.codeSha256, codeSha256)
  const parts = Math.ceil(size / PART)
  assert.equal(s3().filter((operation) => operation === 'UploadPart').length, parts)
  assert.deepEqual(events, events.toSorted((a, b) => a - b))
  assert.equal(events.at(-1), size)
  assert.ok(events.some((bytes) => bytes > 0 && bytes < size), String(events))
  assert.deepEqual(await uploads(), [])
})

test('a part that was damaged on its way is sent again by its checksum, and none is left when it fails for good', async () => {
  const again = await options('again')
  here.front.fault({ operation: 'UploadPart', do: { status: 500, code: 'InternalError', message: 'oops' } })
  here.front.fault({ operation: 'UploadPart', after: 1, do: { corruptRequest: true } })
  assert.equal((await deploy(again)).upload, 's3')
  assert.deepEqual(here.front.calls.filter(({ fault }) => fault?.corruptRequest).map(({ status }) => status), [400])
  const denied = await options('denied')
  here.front.fault({ operation: 'UploadPart', after: 2, times: 50, do: { status: 403, code: 'AccessDenied', message: 'no' } })
  const error = await rejection(deploy(denied))
  assert.equal(error.code, 'ACCESS_DENIED')
  assert.equal(error.operation, 'UploadPart')
  assert.ok(s3().includes('AbortMultipartUpload'))
  assert.deepEqual(await uploads(), [])
})

test('an abort leaves no upload behind', async () => {
  const controller = new AbortController()
  const aborted = await options('aborted')
  const script = here.front.fault({
    operation: 'UploadPart', after: 1, do: { meanwhile: async () => controller.abort(new Error('enough')) },
  })
  // On a slow line the call waits for that, as nobody else would do it.
  here.front.fault({ operation: 'AbortMultipartUpload', do: { delayMs: 300 } })
  const error = await rejection(deploy({ ...aborted, signal: controller.signal }))
  assert.equal(script.fired, 1)
  assert.deepEqual(here.front.calls.filter(({ operation }) => operation === 'AbortMultipartUpload').map(({ status }) => status), [204])
  assert.equal(error.message, 'enough')
  assert.deepEqual(await uploads(), [])
  assert.deepEqual(here.front.changed().filter((operation) => /Function/.test(operation)), [])
})

test('an upload whose end has no answer is found again', async () => {
  const lost = await options('lost')
  const script = here.front.fault({ operation: 'CompleteMultipartUpload', do: 'loseResponse' })
  assert.equal((await deploy(lost)).codeSha256, (await large()).codeSha256)
  assert.equal(script.fired, 1)
})

test('small archives go through S3 on request', async () => {
  await large()
  here.front.reset()
  const root = await functionFolder(here.folder, 'small', 1)
  const result = await deploy(here.options({ functionName: 'small', root, s3: { bucket: 'parts', always: true } }))
  assert.equal(result.upload, 's3')
  assert.deepEqual(s3().filter((operation) => /Object/.test(operation)), ['HeadObject', 'PutObject'])
})

test('a bucket of another account is not written to', async () => {
  const error = await rejection(deploy(await options('owner', { expectedBucketOwner: '111111111111' })))
  assert.equal(error.code, 'ACCESS_DENIED')
  assert.deepEqual(here.front.changed(), [])
  const bad = await rejection(deploy(await options('owner', { expectedBucketOwner: 'me' })))
  assert.equal(bad.option, 's3.expectedBucketOwner')
})

test('a bucket is made on request: private, encrypted, and nothing stays for ever', async () => {
  const root = await functionFolder(here.folder, 'made', 1)
  const made = { bucket: 'made-for-it', prefix: 'code/', always: true, createBucket: true }
  await deploy(here.options({ functionName: 'made', root, s3: made }))
  const bucket = ['--bucket', 'made-for-it']
  const { PublicAccessBlockConfiguration: closed } = await here.aws('s3api', 'get-public-access-block', ...bucket)
  assert.deepEqual(Object.values(closed), [true, true, true, true])
  const { ServerSideEncryptionConfiguration: encryption } = await here.aws('s3api', 'get-bucket-encryption', ...bucket)
  assert.equal(encryption.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm, 'AES256')
  const { Rules: [rule] } = await here.aws('s3api', 'get-bucket-lifecycle-configuration', ...bucket)
  assert.equal(rule.Expiration.Days, 30)
  assert.equal(rule.AbortIncompleteMultipartUpload.DaysAfterInitiation, 1)
  here.front.reset()
  await functionFolder(here.folder, 'made', 2)
  await deploy(here.options({ functionName: 'made', root, s3: made }))
  assert.ok(!s3().includes('CreateBucket'))
})

test('what somebody else put under the same name is replaced, unless its checksum says that it is the archive', async () => {
  await large()
  const root = await functionFolder(here.folder, 'foreign', 1)
  const packed = await pack({ root, out: join(here.folder, 'foreign.zip') })
  const key = `${Buffer.from(packed.codeSha256, 'base64').toString('hex')}.zip`
  const put = (body, ...more) => here.aws('s3api', 'put-object', '--bucket', 'parts', '--key', key, '--body', body, ...more)
  const sent = async (functionName) => {
    here.front.reset()
    const s3Options = { bucket: 'parts', always: true }
    const result = await deploy(here.options({ functionName, package: packed.path, s3: s3Options }))
    assert.equal(result.codeSha256, packed.codeSha256)
    return s3().includes('PutObject')
  }
  // As long, and other bytes.
  const other = join(here.folder, 'other.bin')
  await writeFile(other, Buffer.alloc(packed.size, 7))
  await put(other)
  assert.equal(await sent('foreign-bytes'), true)
  assert.equal(await sent('foreign-again'), false)
  await put(packed.path, '--metadata', 'sha256=AAAA')
  assert.equal(await sent('foreign-word'), true)
  await put(packed.path, '--checksum-algorithm', 'SHA256')
  assert.equal(await sent('foreign-same'), false)
})

const NO = { status: 403, code: 'AccessDenied', message: 'no' }

async function buckets() {
  const { Buckets: there = [] } = await here.aws('s3api', 'list-buckets')
  return there.map(({ Name }) => Name)
}

/** Options for a bucket that is made on request. */
async function making(bucket, changes = {}) {
  const root = await functionFolder(here.folder, bucket, bucket)
  const { s3: more, ...others } = changes
  const s3Options = { bucket, always: true, createBucket: true, ...more }
  return here.options({ functionName: bucket, root, s3: s3Options, ...others })
}

test('a bucket that cannot be made as it should be is removed where it is surely new', async () => {
  here.front.fault({ operation: 'PutBucketLifecycleConfiguration', do: NO })
  const error = await rejection(deploy(await making('half-made', { region: 'eu-west-1' })))
  assert.deepEqual([error.code, error.operation], ['ACCESS_DENIED', 'PutBucketLifecycleConfiguration'])
  assert.equal(error.bucket, undefined)
  assert.ok(!(await buckets()).includes('half-made'))
})

test('a bucket that somebody else may have made meanwhile is not removed, and told', async () => {
  const somebody = (bucket, ...more) => here.aws('s3api', 'create-bucket', '--bucket', bucket, ...more)
  // In us-east-1 S3 says 200 to the owner of a bucket that is there, and elsewhere 409.
  here.front.fault({ operation: 'CreateBucket', do: { meanwhile: () => somebody('made-meanwhile') } })
  here.front.fault({ operation: 'PutBucketLifecycleConfiguration', do: NO })
  const here200 = await rejection(deploy(await making('made-meanwhile')))
  assert.deepEqual(here.front.calls.filter(({ operation }) => operation === 'CreateBucket').map(({ status }) => status), [200])
  here.front.reset()
  here.front.fault({ operation: 'HeadBucket', do: { status: 404, code: 'NotFound' } })
  await somebody('made-elsewhere', '--create-bucket-configuration', 'LocationConstraint=eu-west-1')
  here.front.fault({ operation: 'CreateBucket', do: { status: 409, code: 'BucketAlreadyOwnedByYou' } })
  here.front.fault({ operation: 'PutBucketLifecycleConfiguration', do: NO })
  const there409 = await rejection(deploy(await making('made-elsewhere', { region: 'eu-west-1' })))
  for (const [error, bucket] of [[here200, 'made-meanwhile'], [there409, 'made-elsewhere']]) {
    assert.deepEqual([error.code, error.operation, error.bucket], ['ACCESS_DENIED', 'PutBucketLifecycleConfiguration', bucket])
    assert.ok(error.message.includes(bucket), error.message)
    assert.match(error.hint, new RegExp(`aws s3api delete-bucket --bucket ${bucket}`))
    assert.ok((await buckets()).includes(bucket))
  }
})

test('an abort while S3 is making the bucket waits until it is as it should be', async () => {
  const controller = new AbortController()
  const script = here.front.fault({
    operation: 'CreateBucket', do: { meanwhile: async () => controller.abort(new Error('enough')), delayMs: 200 },
  })
  const error = await rejection(deploy(await making('aborted', { signal: controller.signal })))
  assert.deepEqual([error.message, script.fired], ['enough', 1])
  const { Rules: [rule] } = await here.aws('s3api', 'get-bucket-lifecycle-configuration', '--bucket', 'aborted')
  assert.equal(rule.Expiration.Days, 30)
  assert.ok(!s3().includes('PutObject'))
})

test('no bucket is made in another account than the one that is to own it', async () => {
  const account = (expectedBucketOwner) => ({ s3: { expectedBucketOwner } })
  const error = await rejection(deploy(await making('anothers', account('111111111111'))))
  assert.deepEqual([error.code, error.option], ['INVALID_OPTION', 's3.expectedBucketOwner'])
  assert.match(error.message, /'000000000000'.*'111111111111'/)
  assert.ok(!s3().includes('CreateBucket') && !(await buckets()).includes('anothers'))
  await deploy(await making('our-own', account('000000000000')))
  assert.ok((await buckets()).includes('our-own'))
})

test('a bucket that keeps no versions is not sent an archive by reference', async () => {
  await here.aws('s3api', 'create-bucket', '--bucket', 'unversioned')
  const root = await functionFolder(here.folder, 'reference', 'by reference')
  const reference = here.options({
    functionName: 'reference', root, s3: { bucket: 'unversioned', objectStorageMode: 'REFERENCE' },
  })
  const error = await rejection(deploy(reference))
  assert.deepEqual([error.code, error.option], ['INVALID_OPTION', 's3.objectStorageMode'])
  assert.deepEqual(here.front.changed(), [])
  // Who may not look is told by the answer to the upload.
  here.front.fault({ operation: 'GetBucketVersioning', do: NO })
  assert.equal((await rejection(deploy(reference))).option, 's3.objectStorageMode')
  assert.deepEqual(here.front.changed(), ['PutObject'])
})

test('an archive that is another one when it is sent is told', async () => {
  await here.aws('s3api', 'create-bucket', '--bucket', 'changing')
  const [old, now] = await Promise.all(['old', 'another, and longer'].map(async (answer) => {
    const root = await functionFolder(here.folder, `changing-${answer.length}`, answer)
    return (await pack({ root, out: join(here.folder, `changing-${answer.length}.zip`) })).path
  }))
  const replace = async () => writeFile(old, await readFile(now))
  here.front.fault({ operation: 'HeadObject', do: { meanwhile: replace } })
  const error = await rejection(deploy(here.options({ functionName: 'changing', package: old, s3: { bucket: 'changing', always: true } })))
  assert.deepEqual([error.code, error.path], ['FILE_CHANGED', old])
})
