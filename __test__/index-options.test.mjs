import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import test from 'node:test'
import { deploy, LambdaPackError, pack } from '../index.js'
import { folder, listing, prose, treeAt } from './support/trees.mjs'

const TABLE = createRequire(import.meta.url)('../js/options.json')

/** For each type of an option what does not fit. Not undefined, which is as if it were not there. */
const WRONG = {
  string: [1, true, {}, [], ['a'], null, () => {}, Symbol('s'), 1n, new String('a')],
  strings: ['a', 1, true, {}, null, [1], ['a', undefined], ['a', null], [['a']], new Set(['a']), [, 'a']],
  number: ['1', true, {}, [1], null, 1n, new Number(1), new Date()],
  boolean: ['true', 1, 0, {}, [], null],
  choice: ['other', '', 1, true, {}, ['all'], null, 'toString'],
  false: [true, 'false', 0, {}, null],
  object: ['a', 1, true, [], null, () => {}],
  objects: ['a', 1, true, {}, null, [1], [null], [[]], [{}]],
  record: ['a', 1, true, [], null, { A: 1 }, { A: null }, { A: undefined }, { A: ['a'] }, { A: { B: 'c' } }],
}

const errorOf = (promise) => promise.then(() => assert.fail('no error'), (error) => error)

/** A call that would go no further than its options: there is no such archive to deploy. */
const tryDeploy = (options) =>
  deploy({ functionName: 'f', package: '/no/such.zip', region: 'eu-west-1', ...options })
const tryPack = (options) => pack({ root: '/no/such/folder', ...options })

/** What fits none of an option's types. */
function wrongFor(name, { nullable, ...field }) {
  return nullable ? wrongForType(name, field).filter((value) => value !== null) : wrongForType(name, field)
}

function wrongForType(name, { type, choices, of }) {
  if (type === 'any') {
    const values = new Set(of.flatMap((one) => wrongFor(name, one)))
    return [...values].filter((value) => !of.some((one) => fits(one, value)))
  }
  assert.ok(WRONG[type], `${name} has a type that these tests do not know: ${type}`)
  assert.equal(type === 'choice', choices !== undefined)
  return WRONG[type]
}

const fits = ({ type, choices }, value) =>
  (type === 'false' ? value === false : choices ? choices.includes(value) : typeof value === type)

async function refusesWrongTypes(call, fields, nest, prefix) {
  for (const [key, field] of Object.entries(fields)) {
    const name = prefix + key
    for (const value of wrongFor(name, field)) {
      const error = await errorOf(call(nest({ [key]: value })))
      assert.ok(error instanceof LambdaPackError, `${name}: ${error.stack}`)
      assert.equal(error.code, 'INVALID_OPTION', name)
      assert.ok(error.option === name || /^[.[]/.test(error.option.slice(name.length)), `${name}: ${error.option}`)
      const { option, expected, received } = error
      assert.equal(error.message, `Expected ${expected} for \`${option}\` but received ${received}`)
    }
  }
}

test('every option of pack() refuses what is of another type', async () => {
  await refusesWrongTypes(tryPack, TABLE.PackOptions, (options) => options, '')
})

test('every option of deploy() refuses what is of another type', async () => {
  const fields = { ...TABLE.DeployOptions, ...TABLE.PackOptions }
  await refusesWrongTypes(tryDeploy, fields, (options) => options, '')
  await refusesWrongTypes(tryDeploy, TABLE.S3Options, (s3) => ({ s3: { bucket: 'b', ...s3 } }), 's3.')
  const parts = { vpcConfig: 'VpcConfig', loggingConfig: 'LoggingConfig', durableConfig: 'DurableConfig' }
  for (const [option, type] of Object.entries(parts)) {
    await refusesWrongTypes(tryDeploy, TABLE[type], (part) => ({ [option]: part }), `${option}.`)
  }
})

test('messages say what is expected and what was received', async () => {
  for (const [options, message] of [
    [{ mode: 'dev' }, "Expected 'production' or 'all' for `mode` but received 'dev'"],
    [{ include: 'a' }, "Expected an array of strings for `include` but received 'a'"],
    [{ include: ['a', 1] }, 'Expected an array of strings for `include` but received an array of 2'],
    [{ threads: '9' }, "Expected a number for `threads` but received '9'"],
    [{ level: '9' }, "Expected a number or 'fast' or 'max' for `level` but received '9'"],
    [{ level: null }, "Expected a number or 'fast' or 'max' for `level` but received null"],
    [{ root: null }, 'Expected a string for `root` but received null'],
    [{ cache: true }, 'Expected false or a string for `cache` but received true'],
    [{ out: () => {} }, 'Expected a string for `out` but received a function'],
    [{ prefix: {} }, 'Expected a string for `prefix` but received an object'],
    [{ level: 1.9 }, 'Expected a whole number from 1 to 12 for `level` but received 1.9'],
  ]) {
    assert.equal((await errorOf(tryPack(options))).message, message)
  }
  const { message } = await errorOf(tryPack({ mode: 'x'.repeat(1000) }))
  assert.ok(message.length < 250 && message.includes('…'), 'a long value is cut')
})

test('values of the environment are never shown', async () => {
  for (const environment of [{ KEY: 12345678 }, { KEY: ['secret-12345678'] }, 'KEY=secret-12345678']) {
    const error = await errorOf(tryDeploy({ environment }))
    assert.equal(error.code, 'INVALID_OPTION')
    assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes('12345678'), error.message)
  }
})

const RANGES = {
  level: { call: tryPack, good: [1, 12], bad: [0, 13, 1.9, -1, NaN, Infinity, -Infinity, 2 ** 32 + 1] },
  threads: { call: tryPack, good: [1, 256], bad: [0, 257, 1.5, -1, NaN, Infinity, 2 ** 32 + 1] },
  timeout: { call: tryDeploy, good: [1, 900], bad: [0, -1, 1.9, NaN, Infinity, 2 ** 32 + 3, 5401] },
  memorySize: {
    call: tryDeploy,
    good: [128, 10_240],
    bad: [127, 0, -128, 128.5, NaN, Infinity, 2 ** 32 + 128],
  },
}

for (const [option, { call, good, bad }] of Object.entries(RANGES)) {
  test(`${option} is a whole number in its range`, async () => {
    for (const value of good) {
      const { code } = await errorOf(call({ [option]: value }))
      assert.ok(['ROOT_NOT_FOUND', 'PACKAGE_NOT_FOUND'].includes(code), `${value}: ${code}`)
    }
    for (const value of bad) {
      const error = await errorOf(call({ [option]: value }))
      assert.deepEqual([error.code, error.option], ['INVALID_OPTION', option], `${value}`)
      assert.match(error.message, /^Expected a whole number from \d+ to \d+ for /)
    }
  })
}

test('an unknown option is refused by name, and the one that was meant is named', async () => {
  for (const [call, options, option, meant] of [
    [tryPack, { incldue: [] }, 'incldue', 'include'],
    [tryPack, { Root: '.' }, 'Root', 'root'],
    [tryPack, { ignored: [] }, 'ignored', 'ignore'],
    [tryPack, { symlink: 'keep' }, 'symlink', 'symlinks'],
    [tryPack, { onprogress: () => {} }, 'onprogress', 'onProgress'],
    [tryPack, { singal: undefined }, 'singal', 'signal'],
    [tryDeploy, { memorysize: 128 }, 'memorysize', 'memorySize'],
    [tryDeploy, { enviroment: {} }, 'enviroment', 'environment'],
    [tryDeploy, { s3: { buket: 'b' } }, 's3.buket', 's3.bucket'],
  ]) {
    const error = await errorOf(call(options))
    assert.deepEqual([error.code, error.option], ['UNKNOWN_OPTION', option])
    assert.equal(error.message, `There is no option \`${option}\``)
    assert.equal(error.hint, `Did you mean \`${meant}\`?`)
  }
})

test('an unknown option that is like none gets the list', async () => {
  for (const option of ['zzzzzz', 'constructor', '__proto__', 'hasOwnProperty', '']) {
    const error = await errorOf(tryPack(Object.defineProperty({}, option, { value: 1, enumerable: true })))
    assert.deepEqual([error.code, error.option], ['UNKNOWN_OPTION', option])
    assert.ok(
      option === '' || Object.keys(TABLE.PackOptions).every((name) => error.hint.includes(name)),
      error.hint,
    )
  }
  const error = await errorOf(tryPack({ functionName: 'f' }))
  assert.deepEqual(
    [error.code, error.option],
    ['UNKNOWN_OPTION', 'functionName'],
    "deploy()'s are not pack()'s",
  )
})

test('what is undefined is as if it were not there', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const to = await folder(t)
  const nothing = Object.fromEntries(Object.keys(TABLE.PackOptions).map((name) => [name, undefined]))
  const out = join(to, 'function.zip')
  const plain = await pack({ root, out })
  const same = await pack({ ...nothing, root, out, signal: undefined, onProgress: undefined })
  assert.equal(same.codeSha256, plain.codeSha256)
  const error = await errorOf(
    tryDeploy({ ...nothing, s3: undefined, timeout: undefined, environment: undefined }),
  )
  assert.equal(error.code, 'PACKAGE_NOT_FOUND')
})

test('deploy() asks for functionName, and s3 for bucket', async () => {
  for (const options of [{}, { functionName: undefined }, { root: '.' }]) {
    const error = await errorOf(deploy(options))
    assert.deepEqual([error.code, error.option], ['INVALID_OPTION', 'functionName'])
  }
  const error = await errorOf(tryDeploy({ s3: { prefix: 'p' } }))
  assert.deepEqual([error.code, error.option], ['INVALID_OPTION', 's3.bucket'])
})

test('paths that are empty are refused', async () => {
  for (const option of ['root', 'out', 'cache']) {
    const error = await errorOf(pack({ [option]: '' }))
    assert.deepEqual([error.code, error.option], ['INVALID_OPTION', option])
  }
})

test('level is a word as well, and each is the level that it stands for', async (t) => {
  const root = await treeAt(t, { 'a.txt': prose(100_000), 'tiny.txt': prose(500) })
  const out = join(await folder(t), 'function.zip')
  const shaOf = async (level) => (await pack({ root, out, level, cache: false })).codeSha256
  assert.equal(await shaOf('fast'), await shaOf(1))
  assert.equal(await shaOf('max'), await shaOf(12))
  assert.equal(await shaOf(undefined), (await pack({ root, out, cache: false })).codeSha256)
})

test('cache: false and the path of a folder are accepted', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const cache = join(await folder(t), 'made', 'on demand')
  await pack({ root, out: join(root, 'function.zip'), cache: false })
  assert.deepEqual(await listing(root), ['function.zip', 'index.js'])
  await pack({ root, out: join(root, 'function.zip'), cache })
  assert.deepEqual(await listing(root), ['function.zip', 'index.js'])
  assert.notDeepEqual(await listing(cache), [])
})

test('options are not changed, and may be frozen or without a prototype', async (t) => {
  const root = await treeAt(t, { 'index.js': '' })
  const options = Object.freeze({ root, out: join(root, 'function.zip'), ignore: Object.freeze(['*.md']) })
  const { codeSha256 } = await pack(options)
  assert.deepEqual(options, { root, out: join(root, 'function.zip'), ignore: ['*.md'] })
  const bare = Object.assign(Object.create(null), options)
  assert.equal((await pack(bare)).codeSha256, codeSha256)
})
