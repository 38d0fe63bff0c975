import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { deployments, pack } from './support/deployments.mjs'
import { runModule } from './support/trees.mjs'

const here = deployments()
const MEGABYTE = 1 << 20
const BUCKET = 'memory'
const skip = process.platform !== 'linux' && 'the peak is told by Linux alone'

/** An archive of so many megabytes that do not shrink. */
async function archiveOf(name, megabytes) {
  const root = join(here.folder, name)
  await mkdir(root)
  await writeFile(join(root, 'index.js'), 'exports.handler = async () => {}\n')
  const file = await open(join(root, 'noise.bin'), 'w')
  for (let n = 0; n < megabytes; n++) await file.write(randomBytes(MEGABYTE))
  await file.close()
  const archive = await pack({ root, out: join(here.folder, `${name}.zip`), cache: false, level: 1 })
  await rm(root, { recursive: true })
  return archive
}

/** Deploys in a process of its own; how many megabytes its peak was above what it had before the call. */
async function peakOf(options) {
  const source = `
    import { readFileSync, writeFileSync } from 'node:fs'
    const told = (name) => Number(new RegExp(name + ':\\\\s+(\\\\d+)').exec(readFileSync('/proc/self/status', 'utf8'))[1])
    // From here on the peak is counted anew.
    writeFileSync('/proc/self/clear_refs', '5')
    const before = told('VmRSS')
    const [{ upload, codeSha256 }] = await Promise.all([input].flat().map((one) => deploy(one)))
    console.log(JSON.stringify({ upload, codeSha256, before: before / 1024, above: (told('VmHWM') - before) / 1024 }))`
  const { stdout, stderr } = await runModule(source, options)
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

test('240 MB go through S3 in at most 64 MB of memory', { skip }, async (t) => {
  await here.aws('s3api', 'create-bucket', '--bucket', BUCKET)
  const { path, codeSha256 } = await archiveOf('through-s3', 240)
  const told = await peakOf(here.options({ functionName: 'through-s3', package: path, s3: { bucket: BUCKET } }))
  t.diagnostic(`${told.before.toFixed(1)} MB before, ${told.above.toFixed(1)} MB above it`)
  assert.deepEqual([told.upload, told.codeSha256], ['s3', codeSha256])
  assert.ok(told.above <= 64, `${told.above} MB`)
})

test('what goes in the request takes what the request takes', { skip }, async (t) => {
  const { path, codeSha256 } = await archiveOf('direct', 49)
  const told = await peakOf(here.options({ functionName: 'direct', package: path }))
  t.diagnostic(`${told.before.toFixed(1)} MB before, ${told.above.toFixed(1)} MB above it`)
  assert.deepEqual([told.upload, told.codeSha256], ['direct', codeSha256])
  // Its bytes, their base64 and the request, while the SDK makes it.
  assert.ok(told.above <= 220, `${told.above} MB`)
})

test('many that go in their requests take the memory of some of them', { skip }, async (t) => {
  const { path, codeSha256 } = await archiveOf('many', 49)
  const names = Array.from({ length: 5 }, (_, number) => `many-${number}`)
  const told = await peakOf(names.map((functionName) => here.options({ functionName, package: path })))
  t.diagnostic(`${told.before.toFixed(1)} MB before, ${told.above.toFixed(1)} MB above it`)
  assert.deepEqual([told.upload, told.codeSha256], ['direct', codeSha256])
  for (const name of names) {
    const { Configuration: there } = await here.aws('lambda', 'get-function', '--function-name', name)
    assert.equal(there.CodeSha256, codeSha256)
  }
  // One at a time, as two of these are more than there is room for.
  assert.ok(told.above <= 260, `${told.above} MB`)
})
