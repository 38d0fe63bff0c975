import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCE = join(ROOT, 'src', 'deploy')

// Actions have the names of the operations, but for these.
const ACTIONS = {
  Invoke: ['lambda:InvokeFunction'],
  HeadBucket: ['s3:ListBucket'],
  HeadObject: ['s3:GetObject', 's3:ListBucket'],
  PutObject: ['s3:PutObject'],
  CreateMultipartUpload: ['s3:PutObject'],
  UploadPart: ['s3:PutObject'],
  CompleteMultipartUpload: ['s3:PutObject'],
  AbortMultipartUpload: ['s3:AbortMultipartUpload'],
  ListParts: ['s3:ListMultipartUploadParts'],
  CreateBucket: ['s3:CreateBucket'],
  GetBucketVersioning: ['s3:GetBucketVersioning'],
  DeleteBucket: ['s3:DeleteBucket'],
  PutPublicAccessBlock: ['s3:PutBucketPublicAccessBlock'],
  PutBucketEncryption: ['s3:PutEncryptionConfiguration'],
  PutBucketLifecycleConfiguration: ['s3:PutLifecycleConfiguration'],
  // Nobody needs a right to ask who he is.
  GetCallerIdentity: [],
}
// What AWS looks for itself when it is asked for something else.
const BESIDE = [
  'iam:PassRole', 'lambda:GetLayerVersion', 'lambda:ListTags', 'lambda:PassCapacityProvider', 's3:GetObjectVersion',
  'kms:Decrypt', 'kms:GenerateDataKey', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs',
  'elasticfilesystem:DescribeMountTargets',
]
const NO_CALLS = ['build', 'config', 'clone']

/** AWS's names of the operations that the source calls, by the SDK's methods and by the names in its errors. */
async function operations() {
  const names = new Set()
  for (const file of (await readdir(SOURCE, { recursive: true })).filter((name) => name.endsWith('.rs'))) {
    const text = await readFile(join(SOURCE, file), 'utf8')
    for (const [, method] of text.matchAll(/\b(?:lambda|logs|s3\(\))\s*\.\s*([a-z][a-z0-9_]*)\(\)/g)) {
      if (!NO_CALLS.includes(method)) names.add(method.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase()))
    }
    for (const [, name] of text.matchAll(/\bfailure\(\s*"(\w+)"/g)) names.add(name)
  }
  return [...names]
}

const actionsOf = (operation) => ACTIONS[operation] ?? [`${/Log(Group|Event|Stream)s?$/.test(operation) ? 'logs' : 'lambda'}:${operation}`]

test('the policy in the README has the actions of all calls, and no others', async () => {
  const calls = await operations()
  assert.ok(calls.includes('GetFunction') && calls.includes('DeleteBucket'), calls.join())
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const [, section] = /^## IAM policy\n(.*?)^## /ms.exec(readme)
  const told = Array.from(section.matchAll(/[`"]([a-z][a-z0-9]+:[A-Z][A-Za-z]+)[`"]/g), ([, action]) => action)
  const sorted = (names) => [...new Set(names)].sort()
  // A condition's key.
  const actions = told.filter((name) => name !== 'iam:PassedToService')
  assert.deepEqual(sorted(actions), sorted([...calls.flatMap(actionsOf), ...BESIDE]))
})
