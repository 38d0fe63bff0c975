import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { KEY, SECRET } from './support/credentials.mjs'
import { deploy, deployments, functionFolder } from './support/deployments.mjs'

const here = deployments()

/** Runs `work` with a shared configuration file, and the endpoint that reaches STS as well. */
async function withConfig(text, work) {
  const saved = { ...process.env }
  const config = join(here.folder, 'config')
  await writeFile(config, text)
  Object.assign(process.env, { AWS_CONFIG_FILE: config, AWS_ENDPOINT_URL: here.front.url })
  try {
    return await work()
  } finally {
    delete process.env.AWS_ENDPOINT_URL
    Object.assign(process.env, saved)
  }
}

const BASE = `[profile base]\naws_access_key_id = ${KEY}\naws_secret_access_key = ${SECRET}\nregion = us-east-1\n`

test('keys and Region of a named profile, where the environment has other keys', async () => {
  const root = await functionFolder(here.folder, 'keys', 1)
  process.env.AWS_ACCESS_KEY_ID = 'AKIAOFANOTHERACCOUNT'
  const result = await withConfig(BASE, () =>
    deploy({ functionName: 'keys', root, role: here.backend.role, profile: 'base' })
  )
  process.env.AWS_ACCESS_KEY_ID = KEY
  assert.equal(result.created, true)
  assert.match(result.functionArn, /:us-east-1:/)
})

test('a profile that assumes a role', async () => {
  const root = await functionFolder(here.folder, 'assumes', 1)
  const profile = `[profile role]\nrole_arn = ${here.backend.role}\nsource_profile = base\nregion = us-east-1\n`
  const options = { functionName: 'assumes', root, role: here.backend.role, profile: 'role' }
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  await here.aws(
    'iam', 'put-role-policy', '--role-name', here.backend.role.split('/').at(-1), '--policy-name', 'all',
    '--policy-document', JSON.stringify(policy)
  )
  // Keys of the environment would do as well, and are not asked.
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
  const result = await withConfig(BASE + profile, () => deploy(options))
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET })
  assert.equal(result.created, true)
})
