import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { deploy, LambdaPackError, pack } from '../index.js'
import { folder, listing, runModule, treeAt, unixOnly } from './support/trees.mjs'

const THIS_FILE = fileURLToPath(import.meta.url)

const errorOf = (promise) => promise.then(() => assert.fail('no error'), (error) => error)

/** One of each place where errors are made: names and types in JavaScript, values and the rest natively. */
const FAILURES = {
  UNKNOWN_OPTION: () => pack({ rot: '.' }),
  INVALID_OPTION: () => pack({ level: 0 }),
  ROOT_NOT_FOUND: () => pack({ root: '/no/such/folder' }),
}

for (const [code, fail] of Object.entries(FAILURES)) {
  test(`${code} is an Error with a code and a stack that begins where the call was made`, async () => {
    const error = await errorOf(fail())
    assert.ok(error instanceof LambdaPackError)
    assert.ok(error instanceof Error)
    assert.equal(error.constructor, LambdaPackError)
    assert.equal(error.name, 'LambdaPackError')
    assert.equal(error.code, code)
    assert.equal(`${error}`, `LambdaPackError: ${error.message}`)
    const [head, first] = error.stack.split('\n')
    assert.equal(head, `LambdaPackError [${code}]: ${error.message}`)
    assert.ok(first.includes(THIS_FILE), error.stack)
  })

  test(`${code} lists its fields and nothing else`, async () => {
    const error = await errorOf(fail())
    const known = ['code', 'hint', 'path', 'option', 'expected', 'received']
    const keys = Object.keys(error)
    assert.ok(keys.includes('code') && keys.every((key) => known.includes(key)), keys.join())
    assert.ok(
      keys.every((key) => error[key] !== undefined),
      keys.join(),
    )
    assert.deepEqual(
      JSON.parse(JSON.stringify(error)),
      Object.fromEntries(keys.map((key) => [key, error[key]])),
    )
    const shown = inspect(error)
    assert.ok(shown.startsWith(`LambdaPackError [${code}]: ${error.message}\n    at `), shown)
    assert.ok(shown.includes(`code: '${code}'`), shown)
    assert.equal(shown.split(error.message).length, 2, 'the message is shown once')
  })
}

test('what the system answered is the cause', { skip: unixOnly }, async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const error = await errorOf(pack({ root, out: join(root, 'index.js', 'function.zip') }))
  assert.equal(error.code, 'WRITE_FAILED')
  assert.ok(error.cause instanceof Error)
  assert.match(error.cause.message, /Not a directory/)
  assert.equal(error.cause.cause, undefined)
  assert.ok(!Object.keys(error).includes('cause'))
  assert.match(inspect(error), /\[cause\]: \[?Error: Not a directory/)
})

test('an error without a cause has none', async () => {
  for (const fail of Object.values(FAILURES)) assert.ok(!Object.hasOwn(await errorOf(fail()), 'cause'))
})

test('nothing is ever thrown: whatever is wrong rejects', async () => {
  const odd = [5, 'text', true, [], () => {}, Symbol('x'), 10n, null]
  const calls = odd.flatMap((options) => [() => deploy(options), () => pack({ root: options })])
  calls.push(() => deploy(), () => deploy({}), () => pack({ get root() { throw new Error('mine') } }))
  for (const call of calls) {
    const promise = call()
    assert.ok(promise instanceof Promise)
    assert.ok((await errorOf(promise)) instanceof Error)
  }
  const error = await errorOf(pack({ get root() { throw new RangeError('mine') } }))
  assert.equal(error.constructor, RangeError)
})

test('options that are no object are refused, null too', async (t) => {
  const cwd = await treeAt(t, { 'index.js': '' })
  const source = `
    for (const options of [5, 'text', true, [], null, () => {}]) {
      for (const call of [pack, deploy]) {
        const parts = ({ code, option, message }) => [code, option, message]
        console.log(JSON.stringify(await call(options).then(() => 'done', parts)))
      }
    }`
  // In a folder of its own: a call that took them for absent would pack the working directory.
  const { stdout, stderr } = await runModule(source, null, { cwd })
  assert.equal(stderr, '')
  const expected = ['5', "'text'", 'true', 'an array of 0', 'null', 'a function'].flatMap((received) => {
    const told = ['INVALID_OPTION', 'options', `Expected an object for \`options\` but received ${received}`]
    return [told, told]
  })
  assert.deepEqual(stdout.trim().split('\n').map((line) => JSON.parse(line)), expected)
  assert.deepEqual(await listing(cwd), ['index.js'])
})

test('an error without frames, or with few, keeps its message', async () => {
  for (const limit of [0, 1, 50]) {
    const before = Error.stackTraceLimit
    Error.stackTraceLimit = limit
    const promises = Object.values(FAILURES).map((fail) => errorOf(fail()))
    Error.stackTraceLimit = before
    for (const { code, message, stack } of await Promise.all(promises)) {
      const [head, ...frames] = stack.split('\n')
      assert.equal(head, `LambdaPackError [${code}]: ${message}`)
      assert.ok(frames.length <= limit && frames.every((frame) => frame.startsWith('    at ')), stack)
    }
  }
})

test('an error that nobody handles ends the process like any other', async (t) => {
  const { code, stderr } = await runModule("await pack({ root: './nowhere' })", null, {
    cwd: await folder(t),
  })
  assert.equal(code, 1)
  assert.match(stderr, /LambdaPackError \[ROOT_NOT_FOUND\]: The function folder \.\/nowhere does not exist/)
  assert.match(stderr, /hint: /)
})

test('the class is the same by require and by import, and can be made by users', () => {
  const required = createRequire(import.meta.url)('../index.js')
  assert.equal(required.LambdaPackError, LambdaPackError)
  const error = new LambdaPackError('ABORTED', 'mine', { hint: 'do', cause: new Error('below') })
  assert.deepEqual(
    [error.code, error.message, error.hint, error.cause.message],
    ['ABORTED', 'mine', 'do', 'below'],
  )
  assert.ok(error.stack.includes(THIS_FILE))
})
