import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'
import { run } from './support/command.mjs'
import { REGION } from './support/credentials.mjs'
import { deploy, deployments, folderOfZippedSize, functionFolder, pack } from './support/deployments.mjs'
import { documented, FAULTS, isOfS3, markdown, NOT_PLAYED, OPERATIONS } from './support/fault-table.mjs'
import { startFront } from './support/proxy.mjs'
import { pythonEnv } from './support/python.mjs'

const here = deployments()
const BUCKET = 'faults'
const READER = fileURLToPath(new URL('support/read_functions.py', import.meta.url))
// Most of the time is spent in pauses between attempts, so several cases go side by side, each at a front of its own.
const AT_ONCE = 8
const fronts = []
let archives

async function prepare() {
  await here.aws('s3api', 'create-bucket', '--bucket', BUCKET)
  const packed = async (name) => {
    const root = await functionFolder(here.folder, name, name)
    return pack({ root, out: join(here.folder, `${name}.zip`), cache: false })
  }
  archives = { old: await packed('old'), middle: await packed('middle'), new: await packed('new') }
  const root = await folderOfZippedSize(here.folder, 'large', 17 << 20)
  archives.large = await pack({ root, out: join(here.folder, 'large.zip'), cache: false })
  await rm(root, { recursive: true })
  for (let n = 0; n < AT_ONCE; n++) fronts.push(await startFront({ target: here.backend.url }))
}
after(() => Promise.all(fronts.map((front) => front.close())))

const ATTACHED = {
  functionUrl: { authType: 'AWS_IAM' },
  permissions: [{ action: 'lambda:InvokeFunction', principal: 's3.amazonaws.com', sourceArn: 'arn:aws:s3:::uploads' }],
  eventInvokeConfig: { maximumRetryAttempts: 1 },
}
const DETACHED = { functionUrl: null, permissions: [], eventInvokeConfig: null }

/** What is there before, and what is then deployed under a fault. */
const SCENARIOS = {
  create: { wanted: { package: 'new', timeout: 9 } },
  change: {
    before: { package: 'old' },
    wanted: { package: 'new', timeout: 9, tags: { team: 'a' }, reservedConcurrentExecutions: 1, alias: 'live' },
  },
  move: { before: { package: 'old', alias: 'live' }, wanted: { package: 'new', timeout: 9, alias: 'live' } },
  attach: { before: { package: 'old' }, wanted: { package: 'old', timeout: 9, ...ATTACHED } },
  detach: { before: { package: 'old', ...ATTACHED }, wanted: { package: 'old', timeout: 9, ...DETACHED } },
  object: { before: { package: 'old' }, wanted: { package: 'new', timeout: 9, s3: { bucket: BUCKET, always: true } } },
  parts: { before: { package: 'old' }, wanted: { package: 'large', timeout: 9, s3: { bucket: BUCKET, always: true } } },
}

function optionsOf(front, functionName, { package: name, s3, ...settings }) {
  // Each has keys of its own in the bucket, as the same archive is not sent twice.
  const bucket = s3 && { s3: { ...s3, prefix: `${functionName}/` } }
  return here.options({ endpoint: front.url, functionName, package: archives[name].path, ...settings, ...bucket })
}

/** Deploys under a fault, and once more when that fails. Answers how it went, in the words of docs/faults.md. */
async function played(front, functionName, operation, { do: action, s3, times = 1 }, usual) {
  const { before: base, wanted } = SCENARIOS[OPERATIONS[operation]]
  front.reset()
  if (base) await deploy(optionsOf(front, functionName, base))
  front.reset()
  // A busy machine may need more than that for what is answered at all.
  const timeouts = action === 'hang' ? { attempt: 2 } : undefined
  const options = { ...optionsOf(front, functionName, wanted), timeouts }
  const script = front.fault({ operation, times, do: (isOfS3(operation) && s3) || action })
  try {
    await deploy(options)
  } catch (error) {
    if (!error.code) throw error
    front.reset()
    await deploy(options)
    return `${error.code}, then once`
  }
  assert.equal(script.fired, times, `${operation} was called`)
  const changed = front.changed().toSorted()
  const count = (list) => list.filter((one) => one === operation).length
  const others = (list) => list.filter((one) => one !== operation)
  assert.deepEqual(others(changed), others(usual))
  return count(changed) === count(usual) ? 'once' : count(changed) === count(usual) + 1 ? 'twice' : changed.join(' ')
}

async function readBack(names) {
  const { python } = await pythonEnv()
  const { code, stdout, stderr } = await run(python, [READER, here.backend.url, REGION, BUCKET, ...names])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

test('every fault of every call has the outcome that docs/faults.md tells', async (t) => {
  await prepare()
  const usual = {}
  for (const [scenario, { before: base, wanted }] of Object.entries(SCENARIOS)) {
    const [front] = fronts
    if (base) await deploy(optionsOf(front, `usual-${scenario}`, base))
    front.reset()
    await deploy(optionsOf(front, `usual-${scenario}`, wanted))
    usual[scenario] = front.changed().toSorted()
  }
  const cases = Object.entries(OPERATIONS).flatMap(([operation, scenario]) =>
    Object.entries(FAULTS).map(([fault, script], index) => {
      return { operation, scenario, fault, script, name: `${operation}-${index}` }
    })
  ).filter((one) => !NOT_PLAYED.some(([operation, fault]) => operation === one.operation && fault === one.fault))
  const table = Object.fromEntries(Object.keys(OPERATIONS).map((operation) => [operation, {}]))
  const next = [...cases]
  const work = async (front) => {
    for (let one; (one = next.shift()); ) {
      table[one.operation][one.fault] = await played(front, one.name, one.operation, one.script, usual[one.scenario])
    }
  }
  await Promise.all(fronts.map(work))
  for (const line of markdown(table).split('\n')) t.diagnostic(line)

  const { functions, uploads } = await readBack(cases.map(({ name }) => name))
  assert.equal(Object.keys(functions).length, cases.length)
  for (const { name, scenario } of cases) {
    const { wanted } = SCENARIOS[scenario]
    const sha256 = archives[wanted.package].codeSha256
    assert.deepEqual(functions[name], {
      codeSha256: sha256,
      timeout: 9,
      tags: wanted.tags ?? {},
      reserved: wanted.reservedConcurrentExecutions ?? null,
      versions: scenario === 'move' ? 2 : scenario === 'change' ? 1 : 0,
      aliases: wanted.alias ? { live: sha256 } : {},
      url: scenario === 'attach' ? 'AWS_IAM' : null,
      statements: scenario === 'attach' ? 1 : 0,
      retries: scenario === 'attach' ? 1 : null,
    }, name)
  }
  // An upload whose name was lost is known to nobody. It has no parts, so it costs nothing.
  const nameless = ['reset after', 'answer lost', 'answer cut off'].map((fault) => Object.keys(FAULTS).indexOf(fault))
  const left = uploads.map(({ key, parts }) => [key.split('/')[0], parts])
  assert.deepEqual(left.toSorted(), nameless.map((index) => [`CreateMultipartUpload-${index}`, 0]))
  assert.deepEqual(table, await documented())
})
