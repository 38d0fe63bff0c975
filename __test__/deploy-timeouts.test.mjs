import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './support/command.mjs'
import { deploy, deployments, folderOfZippedSize, functionFolder, pack, rejection, outdated as outdatedBy } from './support/deployments.mjs'
import { slowTree } from './support/trees.mjs'

const { plan, versions, rollback, prune } = createRequire(import.meta.url)('../index.js')
const here = deployments()
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const FOR_EVER = 1000
const oneSecond = { timeouts: { total: 1 } }

const outdated = (...which) => outdatedBy(here, ...which)

test('when its time is over a deployment ends between two steps, and tells what was done and what was not', async () => {
  const options = { ...(await outdated('late')), timeout: 9, alias: 'live' }
  here.front.fault({ operation: 'UpdateFunctionCode', times: FOR_EVER, do: 'hang' })
  const error = await rejection(deploy({ ...options, ...oneSecond }))
  assert.deepEqual([error.code, error.functionName, error.seconds], ['WAIT_TIMEOUT', 'late', 1])
  assert.match(error.message, /the whole call \(updating the code\) took longer than 1 seconds/)
  assert.match(error.hint, /timeouts\.total/)
  assert.deepEqual(error.done, ['UpdateFunctionConfiguration'])
  assert.deepEqual(error.notDone, ['UpdateFunctionCode', 'PublishVersion', 'CreateAlias'])
  assert.deepEqual(await here.leftOver(), [])
  here.front.reset()
  const { codeSha256 } = await deploy(options)
  assert.deepEqual(here.front.changed(), ['UpdateFunctionCode', 'PublishVersion', 'CreateAlias'])
  const { Configuration: told } = await here.aws(
    'lambda', 'get-function', '--function-name', 'late', '--qualifier', 'live'
  )
  assert.deepEqual([told.CodeSha256, told.Timeout], [codeSha256, 9])
})

test('a change that Lambda does not finish is left in its time, too', async () => {
  const options = await outdated('unfinished')
  here.front.settle = FOR_EVER
  const error = await rejection(deploy({ ...options, ...oneSecond }))
  assert.equal(error.code, 'WAIT_TIMEOUT')
  assert.match(error.message, /waiting for the new code/)
})

test('an upload in parts is removed when the time is over', async () => {
  await here.aws('s3api', 'create-bucket', '--bucket', 'late')
  const root = await folderOfZippedSize(here.folder, 'large', 17 << 20)
  const { path } = await pack({ root, out: join(here.folder, 'large.zip'), cache: false })
  await rm(root, { recursive: true })
  here.front.fault({ operation: 'UploadPart', after: 1, times: FOR_EVER, do: 'hang' })
  const s3 = { bucket: 'late', always: true }
  const error = await rejection(deploy(here.options({ functionName: 'parts', package: path, s3, ...oneSecond })))
  assert.equal(error.code, 'WAIT_TIMEOUT')
  assert.match(error.message, /sending the archive/)
  assert.equal(error.uploadId, undefined)
  const ends = here.front.calls.filter(({ operation }) => operation === 'AbortMultipartUpload')
  assert.deepEqual(ends.map(({ status }) => status), [204])
  assert.equal((await here.aws('s3api', 'list-multipart-uploads', '--bucket', 'late'))?.Uploads, undefined)
})

test('the other calls have their time as well', async () => {
  const options = await outdated('others')
  const { role, root, ...where } = options
  here.front.fault({ operation: /Get|List/, times: FOR_EVER, do: 'hang' })
  const calls = [
    plan({ ...options, ...oneSecond }), versions({ ...where, ...oneSecond }), prune({ ...where, keep: 1, ...oneSecond }),
    rollback({ ...where, alias: 'live', ...oneSecond }),
  ]
  for (const error of await Promise.all(calls.map(rejection))) {
    assert.deepEqual([error.code, error.functionName, error.seconds], ['WAIT_TIMEOUT', 'others', 1])
  }
})

test('the command line takes them', async () => {
  const { root } = await outdated('flags')
  here.front.fault({ operation: 'GetFunction', times: FOR_EVER, do: 'hang' })
  const { endpoint, region } = here.options()
  const flags = ['--function-name', 'flags', '--root', root, '--endpoint', endpoint, '--region', region]
  const { code, stderr } = await run(process.execPath, [MAIN, 'deploy', ...flags, '--timeouts-total', '1'])
  assert.equal(code, 1)
  assert.match(stderr, /took longer than 1 seconds\n[^]*code: WAIT_TIMEOUT/)
})

test('packing is no part of it', async (t) => {
  const root = await slowTree(t)
  const slow = { level: 12, threads: 1, cache: false, ...oneSecond }
  here.front.fault({ operation: 'GetFunction', times: FOR_EVER, do: 'hang' })
  const error = await rejection(deploy(here.options({ functionName: 'slow', root, ...slow })))
  assert.equal(error.code, 'WAIT_TIMEOUT')
  // It was asked, so what ended the call was not the second that went by while it packed.
  assert.deepEqual(here.front.calls.map(({ operation }) => operation), ['GetFunction'])
})

test('times that are none are refused before anything is asked', async () => {
  for (const [timeouts, option] of [
    [{ total: 0 }, 'timeouts.total'], [{ total: 86_401 }, 'timeouts.total'], [{ attempt: 1.5 }, 'timeouts.attempt'],
    [{ attempt: '1' }, 'timeouts.attempt'], [{ attempt: null }, 'timeouts.attempt'], [5, 'timeouts'],
  ]) {
    for (const call of [deploy, versions]) {
      const error = await rejection(call({ ...(call === deploy ? here.options() : { region: 'us-east-1' }), functionName: 'f', timeouts }))
      assert.deepEqual([error.code, error.option], ['INVALID_OPTION', option], JSON.stringify(timeouts))
    }
  }
  const unknown = await rejection(deploy(here.options({ functionName: 'f', timeouts: { totals: 1 } })))
  assert.equal(unknown.code, 'UNKNOWN_OPTION')
  assert.deepEqual(here.front.calls, [])
})
