import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { deploy, deployments, folderOfZippedSize, functionFolder, pack, rejection } from './support/deployments.mjs'
import { unixOnly } from './support/trees.mjs'

const here = deployments()
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const BUCKET = 'left'
const DENIED = { status: 403, code: 'AccessDenied', message: 'no' }
const FOR_EVER = 1000
let made

/** An archive that goes in parts, and the bucket for it; made once. */
function large() {
  const make = async () => {
    await here.aws('s3api', 'create-bucket', '--bucket', BUCKET)
    const root = await folderOfZippedSize(here.folder, 'large', 17 << 20)
    const archive = await pack({ root, out: join(here.folder, 'large.zip'), cache: false })
    await rm(root, { recursive: true })
    return archive
  }
  return (made ??= make())
}

async function options(functionName, changes = {}) {
  const { path } = await large()
  const s3 = { bucket: BUCKET, prefix: `${functionName}/`, always: true }
  return here.options({ functionName, package: path, s3, ...changes })
}

async function uploads() {
  const { Uploads: left = [] } = (await here.aws('s3api', 'list-multipart-uploads', '--bucket', BUCKET)) ?? {}
  return left.map(({ Key, UploadId }) => [Key, UploadId])
}

test('an upload that S3 does not take back is told, and how to remove it', async () => {
  here.front.fault({ operation: 'UploadPart', after: 1, times: FOR_EVER, do: DENIED })
  here.front.fault({ operation: 'AbortMultipartUpload', times: FOR_EVER, do: DENIED })
  const error = await rejection(deploy(await options('denied')))
  assert.deepEqual([error.code, error.operation, error.bucket], ['ACCESS_DENIED', 'UploadPart', BUCKET])
  assert.deepEqual(await uploads(), [[error.key, error.uploadId]])
  assert.ok(error.message.includes(error.uploadId), error.message)
  const [, command] = /aws (s3api abort-multipart-upload .*?),/.exec(error.hint)
  await here.aws(...command.split(' '))
  assert.deepEqual(await uploads(), [])
})

test('an upload that S3 fails to remove is told as well', async () => {
  here.front.fault({ operation: 'CompleteMultipartUpload', do: DENIED })
  here.front.fault({ operation: 'AbortMultipartUpload', times: FOR_EVER, do: { status: 500, code: 'InternalError' } })
  const error = await rejection(deploy(await options('silent')))
  assert.equal(error.operation, 'CompleteMultipartUpload')
  assert.deepEqual(await uploads(), [[error.key, error.uploadId]])
  await here.aws('s3api', 'abort-multipart-upload', '--bucket', BUCKET, '--key', error.key, '--upload-id', error.uploadId)
})

test('an upload that is gone already is none that is left', async () => {
  here.front.fault({ operation: 'UploadPart', after: 1, times: FOR_EVER, do: DENIED })
  here.front.fault({ operation: 'AbortMultipartUpload', do: 'loseResponse' })
  const error = await rejection(deploy(await options('gone')))
  assert.deepEqual([error.code, error.uploadId], ['ACCESS_DENIED', undefined])
  assert.deepEqual(await uploads(), [])
})

test('a call that its signal ends tells of it by its progress, as it rejects with the reason', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const messages = []
  const onProgress = ({ message }) => message && messages.push(message)
  here.front.fault({ operation: 'UploadPart', do: { meanwhile: async () => controller.abort(new Error('enough')) } })
  here.front.fault({ operation: 'AbortMultipartUpload', times: FOR_EVER, do: DENIED })
  const error = await rejection(deploy(await options('aborted', { signal, onProgress })))
  assert.equal(error.message, 'enough')
  const [[key, uploadId]] = await uploads()
  assert.ok(messages.some((message) => message.includes(uploadId) && message.includes(key)), messages.join('\n'))
  await here.aws('s3api', 'abort-multipart-upload', '--bucket', BUCKET, '--key', key, '--upload-id', uploadId)
})

/** Runs the command line in a process of its own; `signal` sends it one. */
function commandLine(...args) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code, stderr }))
  return { ended, signal: async () => child.kill('SIGINT') }
}

const flags = ({ functionName, package: path, endpoint, region, role, s3 }) => [
  'deploy', '--function-name', functionName, '--package', path, '--endpoint', endpoint, '--region', region, '--role', role,
  '--s3-bucket', s3.bucket, '--s3-prefix', s3.prefix, '--s3-always',
]

test('Ctrl-C leaves no upload behind, and tells one that S3 does not take back', { skip: unixOnly }, async () => {
  let running
  const interrupt = () => here.front.fault({ operation: 'UploadPart', do: { meanwhile: () => running.signal() } })
  interrupt()
  running = commandLine(...flags(await options('interrupted')))
  const tidy = await running.ended
  assert.equal(tidy.code, 130, tidy.stderr)
  assert.deepEqual(await uploads(), [])

  interrupt()
  here.front.fault({ operation: 'AbortMultipartUpload', times: FOR_EVER, do: DENIED })
  running = commandLine(...flags(await options('interrupted')))
  const left = await running.ended
  assert.equal(left.code, 130, left.stderr)
  const [[key, uploadId]] = await uploads()
  assert.ok(left.stderr.includes(uploadId) && left.stderr.includes(key), left.stderr)
  await here.aws('s3api', 'abort-multipart-upload', '--bucket', BUCKET, '--key', key, '--upload-id', uploadId)
})

test('an abort while S3 is still making the upload leaves nothing', async () => {
  const controller = new AbortController()
  const script = here.front.fault({
    operation: 'CreateMultipartUpload', do: { meanwhile: async () => controller.abort(new Error('enough')), delayMs: 200 },
  })
  const error = await rejection(deploy(await options('early', { signal: controller.signal })))
  assert.deepEqual([error.message, script.fired], ['enough', 1])
  const made = here.front.calls.filter(({ operation }) => /MultipartUpload/.test(operation))
  assert.deepEqual(made.map(({ operation, status }) => [operation, status]), [
    ['CreateMultipartUpload', 200], ['AbortMultipartUpload', 204],
  ])
  assert.deepEqual(await uploads(), [])
})

test('an upload whose parts S3 was still taking when it was removed is removed until S3 knows of none', async () => {
  here.front.fault({ operation: 'UploadPart', after: 1, times: FOR_EVER, do: DENIED })
  // The first removal comes too early: S3 still takes a part.
  const early = here.front.fault({ operation: 'AbortMultipartUpload', do: { status: 204 } })
  const error = await rejection(deploy(await options('still')))
  assert.deepEqual([error.code, error.uploadId, early.fired], ['ACCESS_DENIED', undefined, 1])
  assert.deepEqual(await uploads(), [])
})

test('without the right to look, S3 is believed that the upload is removed', async () => {
  here.front.fault({ operation: 'UploadPart', after: 1, times: FOR_EVER, do: DENIED })
  here.front.fault({ operation: 'ListParts', times: FOR_EVER, do: DENIED })
  const error = await rejection(deploy(await options('blind')))
  assert.deepEqual([error.operation, error.uploadId], ['UploadPart', undefined])
  assert.deepEqual(await uploads(), [])
})

test('an object that was damaged on its way is read and sent once more', async () => {
  const root = await functionFolder(here.folder, 'damaged', 1)
  const small = here.options({ functionName: 'damaged', root, s3: { bucket: BUCKET, always: true } })
  here.front.fault({ operation: 'PutObject', do: { corruptRequest: true } })
  const { codeSha256 } = await deploy(small)
  const puts = () => here.front.calls.filter(({ operation }) => operation === 'PutObject').map(({ status }) => status)
  assert.deepEqual(puts(), [400, 200])
  const { Configuration: told } = await here.aws('lambda', 'get-function', '--function-name', 'damaged')
  assert.equal(told.CodeSha256, codeSha256)

  here.front.reset()
  await functionFolder(here.folder, 'damaged', 2)
  here.front.fault({ operation: 'PutObject', times: FOR_EVER, do: { corruptRequest: true } })
  const error = await rejection(deploy(small))
  assert.deepEqual([error.code, error.operation, error.awsCode], ['REQUEST_FAILED', 'PutObject', 'BadDigest'])
  assert.deepEqual(puts(), [400, 400])
})

test('an archive that was damaged on its way to Lambda is not taken for ours', async () => {
  const root = await functionFolder(here.folder, 'direct', 1)
  const direct = here.options({ functionName: 'direct', root, publish: true })
  await deploy(direct)
  here.front.reset()
  await functionFolder(here.folder, 'direct', 'another answer')
  // AWS refuses it by its signature, which the backend does not look at with this key.
  here.front.fault({ operation: 'UpdateFunctionCode', do: { corruptRequest: true } })
  const error = await rejection(deploy(direct))
  assert.ok(!here.front.changed().includes('PublishVersion'))
  assert.equal(error.code, 'PRECONDITION_FAILED')
  const { codeSha256, version } = await deploy(direct)
  const { Configuration: told } = await here.aws(
    'lambda', 'get-function', '--function-name', 'direct', '--qualifier', version
  )
  assert.equal(told.CodeSha256, codeSha256)
})
