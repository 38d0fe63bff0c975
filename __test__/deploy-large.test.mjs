import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { deploy, deployments, folderOfZippedSize, pack, rejection } from './support/deployments.mjs'

const here = deployments()
const DIRECT_LIMIT = 52_428_800

const S3 = /Object|Upload/
const s3Calls = () => here.front.calls.map(({ operation }) => operation).filter((operation) => S3.test(operation))

test('exactly the limit goes directly, and one byte more needs a bucket', async () => {
  const root = await folderOfZippedSize(here.folder, 'exact', DIRECT_LIMIT)
  const result = await deploy(here.options({ functionName: 'exact', root }))
  assert.equal(result.packed.size, DIRECT_LIMIT)
  assert.equal(result.upload, 'direct')
  assert.equal(result.codeSize, DIRECT_LIMIT)
  await rm(root, { recursive: true })

  here.front.reset()
  const over = await folderOfZippedSize(here.folder, 'over', DIRECT_LIMIT + 1)
  const error = await rejection(deploy(here.options({ functionName: 'over', root: over })))
  assert.equal(error.code, 'BUCKET_REQUIRED')
  assert.equal(error.size, DIRECT_LIMIT + 1)
  assert.equal(error.limit, DIRECT_LIMIT)
  assert.match(error.hint, /s3: \{ bucket/)
  assert.deepEqual(here.front.mutating(), [])
  assert.deepEqual(await here.leftOver(), [])
  await rm(over, { recursive: true })
})

test('60 MB go through S3 under the name of their content, once', async () => {
  await here.aws('s3api', 'create-bucket', '--bucket', 'code-bucket')
  const root = await folderOfZippedSize(here.folder, 'large', 60 << 20)
  const archive = await pack({ root, out: join(here.folder, 'large.zip') })
  assert.deepEqual(archive.warnings.map(({ code }) => code), ['NEEDS_S3'])
  const options = here.options({ package: archive.path, s3: { bucket: 'code-bucket', prefix: 'code/' } })

  const first = await deploy({ ...options, functionName: 'large' })
  assert.equal(first.upload, 's3')
  assert.equal(first.codeSha256, archive.codeSha256)
  const parts = Array.from({ length: Math.ceil(archive.size / (8 << 20)) }, () => 'UploadPart')
  assert.deepEqual(s3Calls(), ['HeadObject', 'CreateMultipartUpload', ...parts, 'CompleteMultipartUpload'])
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(archive.path)) hash.update(chunk)
  const key = `code/${hash.digest('hex')}.zip`
  const object = await here.aws('s3api', 'head-object', '--bucket', 'code-bucket', '--key', key)
  assert.equal(object.ContentLength, (await stat(archive.path)).size)

  here.front.reset()
  const again = await deploy({ ...options, functionName: 'large' })
  assert.equal(again.upload, 'none')
  assert.deepEqual(s3Calls(), [])

  here.front.reset()
  const other = await deploy({ ...options, functionName: 'large-too' })
  assert.equal(other.upload, 's3')
  assert.deepEqual(s3Calls(), ['HeadObject'])
  assert.equal(other.codeSha256, archive.codeSha256)
  await rm(root, { recursive: true })
  await rm(archive.path)
})

test('a bucket that is not there is told', async () => {
  const root = await folderOfZippedSize(here.folder, 'no-bucket', DIRECT_LIMIT + 1)
  const options = here.options({ functionName: 'no-bucket', root, s3: { bucket: 'bucket-of-nobody' } })
  const error = await rejection(deploy(options))
  assert.equal(error.code, 'BUCKET_NOT_FOUND')
  assert.equal(error.resource, 'bucket-of-nobody')
  assert.deepEqual(here.front.changed(), [])
  assert.deepEqual(await here.leftOver(), [])
  await rm(root, { recursive: true })
})
