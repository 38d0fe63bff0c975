import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'
import { runModule } from './support/trees.mjs'

const { plan } = createRequire(import.meta.url)('../index.js')
const here = deployments()
const MASKED = /^\(hidden, [0-9a-f]{8}\)$/

/** A function that has these variables. */
async function deployed(name, environment) {
  const root = await functionFolder(here.folder, name, 1)
  const options = here.options({ functionName: name, root })
  await deploy({ ...options, environment })
  here.front.reset()
  return options
}

const variables = ({ changes }) =>
  Object.fromEntries(changes.filter(({ field }) => field.startsWith('environment.')).map(({ field, before, after }) => {
    return [field.slice('environment.'.length), [before, after]]
  }))

test('values are hidden, and yet told apart', async () => {
  const options = await deployed('apart', { AA: 'old-value', BB: 'old-value', GONE: 'x' })
  const asked = (environment) => plan({ ...options, environment, environmentMode: 'replace' }).then(variables)
  const one = await asked({ AA: 'new-value', BB: 'new-value' })
  for (const side of [...one.AA, ...one.BB, one.GONE[0]]) assert.match(side, MASKED)
  assert.equal(one.GONE[1], undefined)
  // The same value of another variable looks like another one.
  assert.equal(new Set([...one.AA, ...one.BB]).size, 4)
  const other = await asked({ AA: 'other-value', BB: 'new-value' })
  assert.notEqual(other.AA[1], one.AA[1])
  assert.deepEqual([other.AA[0], other.BB], [one.AA[0], one.BB])
  // What is undone looks like what it was.
  await deploy({ ...options, environment: { AA: 'new-value' } })
  const back = await asked({ AA: 'old-value', BB: 'new-value' })
  assert.deepEqual(back.AA, [one.AA[1], one.AA[0]])
})

test('a plan is the same each time, and a dry run tells the same', async () => {
  const options = await deployed('steady', { TOKEN: 'old' })
  const asked = { ...options, environment: { TOKEN: 'new', MORE: '1' } }
  const planned = await plan(asked)
  assert.deepEqual(await plan(asked), planned)
  assert.deepEqual((await deploy({ ...asked, dryRun: true })).changes, planned.changes)
})

test('no value is in a plan, nor in what is done by it', async () => {
  const options = await deployed('hidden', { TOKEN: 'first-s3cret' })
  const asked = { ...options, environment: { TOKEN: 'second-s3cret' } }
  const planned = await plan(asked)
  const done = await deploy({ ...asked, plan: planned })
  assert.doesNotMatch(JSON.stringify([planned, done]), /s3cret/)
  assert.deepEqual(done.changes, planned.changes)
})

test('a plan is refused when another value would be set', async () => {
  const options = await deployed('another', { TOKEN: 'old' })
  const planned = await plan({ ...options, environment: { TOKEN: 'new' } })
  const error = await rejection(deploy({ ...options, environment: { TOKEN: 'other' }, plan: planned }))
  assert.deepEqual([error.code, error.changed], ['PLAN_DIFFERS', ['environment.TOKEN']])
  assert.doesNotMatch(JSON.stringify(error) + error.stack, /'other'|"other"/)
  assert.deepEqual(here.front.mutating(), [])
  await deploy({ ...options, environment: { TOKEN: 'new' }, plan: planned })
  const { Environment } = await here.aws('lambda', 'get-function-configuration', '--function-name', 'another')
  assert.deepEqual(Environment.Variables, { TOKEN: 'new' })
})

test('a plan is refused when another value is deployed, whatever the revision says', async () => {
  const options = await deployed('moved', { TOKEN: 'old' })
  const asked = { ...options, environment: { TOKEN: 'new' } }
  const planned = await plan(asked)
  const set = ['lambda', 'update-function-configuration', '--function-name', 'moved', '--environment']
  await here.aws(...set, 'Variables={TOKEN=theirs}')
  const { RevisionId } = await here.aws('lambda', 'get-function-configuration', '--function-name', 'moved')
  here.front.reset()
  assert.equal((await rejection(deploy({ ...asked, plan: planned }))).code, 'PRECONDITION_FAILED')
  const error = await rejection(deploy({ ...asked, plan: { ...planned, revisionId: RevisionId } }))
  assert.deepEqual([error.code, error.changed], ['PLAN_DIFFERS', ['environment.TOKEN']])
  assert.deepEqual(here.front.mutating(), [])
})

test('a plan of a new function is refused when another value would be set', async () => {
  const root = await functionFolder(here.folder, 'fresh', 1)
  const options = here.options({ functionName: 'fresh', root })
  const planned = await plan({ ...options, environment: { TOKEN: 'new' } })
  assert.match(variables(planned).TOKEN[1], MASKED)
  const error = await rejection(deploy({ ...options, environment: { TOKEN: 'other' }, plan: planned }))
  assert.deepEqual([error.code, error.changed], ['PLAN_DIFFERS', ['environment.TOKEN']])
  await deploy({ ...options, environment: { TOKEN: 'new' }, plan: planned })
})

test('a plan that another machine has made is done', async () => {
  const options = await deployed('machines', { TOKEN: 'old' })
  const asked = { ...options, environment: { TOKEN: 'new' } }
  // Nothing of this user's own is there: another home, another cache, another folder for temporary files.
  const source = `
    import { createRequire } from 'node:module'
    const { plan } = createRequire(import.meta.url)(input.entry)
    console.log(JSON.stringify(await plan(input.asked)))`
  const entry = createRequire(import.meta.url).resolve('../index.js')
  const env = { ...process.env, HOME: here.folder, XDG_CACHE_HOME: here.folder, TMPDIR: here.folder }
  const { stdout, stderr } = await runModule(source, { entry, asked }, { env, cwd: here.folder })
  assert.equal(stderr, '')
  await deploy({ ...asked, plan: JSON.parse(stdout) })
  assert.deepEqual(here.front.changed(), ['UpdateFunctionConfiguration'])
})

test('a deployment without a plan pays nothing for that', async () => {
  const options = await deployed('plain', { TOKEN: 'old' })
  const done = await deploy({ ...options, environment: { TOKEN: 'new' } })
  assert.deepEqual(variables(done), { TOKEN: ['(hidden)', '(hidden)'] })
})
