// The main job from a bare clone: install, build, start the embedded backend, deploy the guide's example three times,
// invoke it, and stop what was started.
//
// `npm run quickstart -- --function-name NAME [--role ARN] [--region REGION] [--profile PROFILE]` does the same on AWS.

import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { build } from './build.mjs'
import { root, run } from './run.mjs'
import { cache, installed, main, setUp } from './setup.mjs'

const EVENT = { name: 'quickstart' }

await main(async () => {
  const { values: given } = parseArgs({
    options: {
      'function-name': { type: 'string' },
      role: { type: 'string' },
      region: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  step('Installing and building (minutes the first time, seconds after that)')
  await setUp()
  await build()
  const example = await copyOfExample()
  const target = given['function-name'] ? onAws(given) : await onEmbeddedBackend()
  try {
    await deployThreeTimes(example, target)
  } finally {
    await target.stop()
  }
})

async function deployThreeTimes(example, { options, invoke }) {
  const { deploy } = createRequire(import.meta.url)(root)
  const request = { root: example, ...options }

  step('Deploying examples/xray for the first time')
  const first = await deploy(request)
  tell(first)
  step('Deploying it again, unchanged')
  const second = await deploy(request)
  tell(second)
  if (second.changes.length > 0) throw new Error('An unchanged deployment changed something.')
  step('Deploying it with one line of code changed')
  const file = join(example, 'index.js')
  const source = readFileSync(file, 'utf8')
  // On AWS the function may be there from an earlier run, with either of the two greetings.
  writeFileSync(file, source.replace(/(GREETING = )'.*'/, `$1'Good to see you (${new Date().toISOString()})'`))
  const third = await deploy(request)
  tell(third)
  if (third.upload === 'none') throw new Error('A changed deployment sent no code.')

  step('Invoking it')
  console.log(JSON.stringify(await invoke(options.functionName, EVENT), null, 2))
  step("The function's JSON, as deploy() gave it")
  const { packed, warnings, changes, ...result } = third
  console.log(JSON.stringify(result, null, 2))
}

function tell({ created, changes, upload, packed, codeSha256, durationMs }) {
  const done = created ? 'created' : changes.length > 0 ? 'updated' : 'unchanged: no changing call was made'
  console.log(`  ${done}`)
  console.log(`  ${packed.fileCount} files, ${packed.size} bytes zipped, CodeSha256 ${codeSha256}`)
  console.log(`  upload: ${upload}; changed: ${changes.map(({ field }) => field).join(', ') || 'nothing'}`)
  console.log(`  ${Math.round(durationMs)} ms, of which ${Math.round(packed.durationMs)} ms to pack`)
}

/** A copy, so that changing a line leaves the project as it is. */
async function copyOfExample() {
  const copy = join(cache, 'quickstart')
  const source = join(root, 'examples', 'xray')
  for (const file of ['index.js', 'package.json', 'package-lock.json']) {
    rmSync(join(copy, file), { force: true })
    cpSync(join(source, file), join(copy, file))
  }
  await installed(copy, ['--ignore-scripts'])
  return copy
}

async function onEmbeddedBackend() {
  step('Starting the embedded backend (MiniStack, on this machine only)')
  const { startBackend } = await import('../__test__/support/backend.mjs')
  const { invokeFunction } = await import('../__test__/support/aws.mjs')
  const backend = await startBackend({ log: (line) => console.log(`  ${line}`) })
  console.log(`  ${backend.url}`)
  // The backend takes this key without asking; nothing of the user's own account is used.
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) delete process.env[name]
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
  const options = { functionName: 'quickstart', role: backend.role, region: 'us-east-1', endpoint: backend.url }
  return {
    options,
    invoke: async (name, event) => (await invokeFunction(name, event, { endpoint: backend.url })).payload,
    stop: async () => {
      await backend.stop()
      console.log('\nThe backend is stopped.')
    },
  }
}

function onAws({ 'function-name': functionName, role, region, profile }) {
  step(`Using AWS: the function ${functionName}`)
  const options = Object.fromEntries(
    Object.entries({ functionName, role, region, profile }).filter(([, value]) => value !== undefined)
  )
  return {
    options,
    invoke: (name, event) => invokeOnAws(name, event, { region, profile }),
    stop: async () => {},
  }
}

/** By the AWS CLI, with the user's own credentials. */
async function invokeOnAws(name, event, given) {
  const { pythonEnv } = await import('../__test__/support/python.mjs')
  const { python } = await pythonEnv({ log: (line) => console.log(`  ${line}`) })
  const out = join(cache, 'quickstart-answer.json')
  const target = Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, value]))
  const payload = ['--payload', JSON.stringify(event)]
  const args = ['-m', 'awscli', 'lambda', 'invoke', '--function-name', name, ...target, ...payload]
  await run(python, [...args, out], { capture: true })
  return JSON.parse(readFileSync(out, 'utf8'))
}

function step(text) {
  console.log(`\n== ${text}`)
}
