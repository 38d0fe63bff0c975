import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { awsCli } from './support/aws.mjs'
import { REGION } from './support/credentials.mjs'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'

const { plan } = createRequire(import.meta.url)('../index.js')
const here = deployments()
const KEY = `arn:aws:kms:${REGION}:000000000000:key/1`
const OTHER = `arn:aws:kms:${REGION}:000000000000:key/2`

/** Through the front, which knows that what is not said again is the default again. */
async function code(name) {
  return (await awsCli(['lambda', 'get-function', '--function-name', name], { endpoint: here.front.url })).Code
}

const changing = () => here.front.mutating().map(({ operation }) => operation)

async function options(functionName, changes) {
  return here.options({ functionName, root: await functionFolder(here.folder, functionName), ...changes })
}

/** A bucket that keeps versions. */
async function versioned(bucket) {
  await here.aws('s3api', 'create-bucket', '--bucket', bucket)
  await here.aws('s3api', 'put-bucket-versioning', '--bucket', bucket, '--versioning-configuration', 'Status=Enabled')
}

test('the key of the code goes along when the function is made, and with each new code, declared or not', async () => {
  const base = await options('keyed')
  const made = await deploy({ ...base, sourceKmsKeyArn: KEY })
  assert.deepEqual(made.changes.find(({ field }) => field === 'sourceKmsKeyArn'), { field: 'sourceKmsKeyArn', after: KEY })
  assert.equal((await code('keyed')).SourceKMSKeyArn, KEY)

  here.front.reset()
  assert.deepEqual((await deploy({ ...base, sourceKmsKeyArn: KEY })).operations, [])
  assert.deepEqual((await deploy(base)).operations, [])
  assert.deepEqual(changing(), [])

  await writeFile(join(base.root, 'more.js'), 'exports.more = 1')
  assert.deepEqual((await deploy(base)).operations, ['UpdateFunctionCode'])
  assert.equal((await code('keyed')).SourceKMSKeyArn, KEY)
})

test('another key, or none, sends the same code again', async () => {
  const base = await options('rekeyed', { sourceKmsKeyArn: KEY })
  await deploy(base)
  const planned = await plan({ ...base, sourceKmsKeyArn: OTHER })
  assert.deepEqual(planned.changes, [{ field: 'sourceKmsKeyArn', before: KEY, after: OTHER }])
  const other = await deploy({ ...base, sourceKmsKeyArn: OTHER, plan: planned })
  assert.deepEqual([other.operations, other.upload], [['UpdateFunctionCode'], 'direct'])
  assert.equal((await code('rekeyed')).SourceKMSKeyArn, OTHER)

  const none = await deploy({ ...base, sourceKmsKeyArn: null })
  assert.deepEqual(none.changes, [{ field: 'sourceKmsKeyArn', before: OTHER }])
  assert.equal((await code('rekeyed')).SourceKMSKeyArn, undefined)
  assert.deepEqual((await deploy({ ...base, sourceKmsKeyArn: null })).operations, [])
  const empty = await rejection(deploy({ ...base, sourceKmsKeyArn: '' }))
  assert.deepEqual([empty.code, empty.option], ['INVALID_OPTION', 'sourceKmsKeyArn'])
})

test('code that is referenced stays in the bucket, in the version that was sent', async () => {
  await versioned('referenced')
  const s3 = { bucket: 'referenced', objectStorageMode: 'REFERENCE' }
  const base = await options('referenced', { s3 })
  const made = await deploy(base)
  assert.equal(made.upload, 's3')
  const { ResolvedS3Object: object } = await code('referenced')
  assert.equal(object.S3Bucket, 'referenced')
  const { VersionId } = await here.aws('s3api', 'head-object', '--bucket', 'referenced', '--key', object.S3Key)
  assert.equal(object.S3ObjectVersion, VersionId)
  assert.deepEqual((await deploy(base)).operations, [])

  const copied = await deploy({ ...base, s3: { ...s3, objectStorageMode: 'COPY' } })
  assert.deepEqual(copied.changes, [{ field: 's3.objectStorageMode', before: 'REFERENCE', after: 'COPY' }])
  assert.equal((await code('referenced')).ResolvedS3Object, undefined)
  const again = await deploy(base)
  assert.deepEqual(again.changes, [{ field: 's3.objectStorageMode', before: 'COPY', after: 'REFERENCE' }])
  assert.equal((await code('referenced')).ResolvedS3Object.S3ObjectVersion, VersionId)
})

test('a definition says both in Code', async () => {
  await versioned('defined')
  const Code = { S3Bucket: 'defined', S3Key: 'in/x.zip', S3ObjectStorageMode: 'REFERENCE', SourceKMSKeyArn: KEY }
  await deploy(await options('defined', { definition: { Runtime: 'nodejs22.x', Code } }))
  const { SourceKMSKeyArn, ResolvedS3Object } = await code('defined')
  assert.equal(SourceKMSKeyArn, KEY)
  assert.match(ResolvedS3Object.S3Key, /^in\/[0-9a-f]{64}\.zip$/)
})

test('code is not referenced where it would go away', async () => {
  await here.aws('s3api', 'create-bucket', '--bucket', 'unversioned')
  const s3 = { bucket: 'unversioned', objectStorageMode: 'REFERENCE' }
  const base = await options('lost', { s3 })
  here.front.reset()
  const unversioned = await rejection(deploy(base))
  assert.deepEqual([unversioned.code, unversioned.option], ['INVALID_OPTION', 's3.objectStorageMode'])
  const swept = await rejection(deploy({ ...base, s3: { ...s3, createBucket: true } }))
  assert.deepEqual([swept.code, swept.option], ['INVALID_OPTION', 's3.objectStorageMode'])
  assert.ok(!changing().includes('CreateFunction'), String(changing()))
})
