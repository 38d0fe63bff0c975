import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from './support/command.mjs'
import { deploy, deployments, functionFolder, rejection } from './support/deployments.mjs'
import { neverLate } from './support/event-loop.mjs'

const { logs } = createRequire(import.meta.url)('../index.js')
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const here = deployments()
const NOW = Date.now()
const MINUTE = 60_000

/** The options of a call that reads the log of a function. */
const reading = (functionName, changes = {}) => {
  const { role, ...options } = here.options({ functionName })
  return { ...options, since: '1h', ...changes }
}

/** Puts events into a stream by the AWS CLI: texts with their times, in milliseconds from now. */
async function put(group, stream, events) {
  const where = ['--log-group-name', group, '--log-stream-name', stream]
  const again = (error) => assert.equal(error.code, 'ResourceAlreadyExistsException')
  await here.aws('logs', 'create-log-group', '--log-group-name', group).catch(again)
  await here.aws('logs', 'create-log-stream', ...where).catch(again)
  const path = join(here.folder, 'events.json')
  await writeFile(path, JSON.stringify(events.map(([message, at]) => ({ message, timestamp: NOW + at }))))
  await here.aws('logs', 'put-log-events', ...where, '--log-events', `file://${path}`)
}

/** An offset from now, as it is when this is called: what is older than the newest arrival by minutes is not followed. */
const fresh = (offset) => Date.now() - NOW + offset

let number = 0

/** A new function, and its log group. */
async function given(changes = {}) {
  number += 1
  const functionName = `logging-${number}`
  const root = await functionFolder(here.folder, functionName, number)
  await deploy(here.options({ functionName, root, ...changes }))
  here.front.reset()
  return { functionName, group: `/aws/lambda/${functionName}`, root }
}

const messages = ({ events }) => events.map(({ message }) => message)
const pages = () => here.front.calls.filter(({ operation }) => operation === 'FilterLogEvents')

test('what a function logs is told as the AWS CLI tells it', async () => {
  const { functionName, group } = await given()
  assert.deepEqual((await logs(reading(functionName))).events, [], 'a function that never ran has no log')
  await here.aws('lambda', 'invoke', '--function-name', functionName, join(here.folder, 'answer'))
  const result = await logs(reading(functionName))
  const { events } = await here.aws('logs', 'filter-log-events', '--log-group-name', group)
  assert.ok(events.length >= 3, 'START, END and REPORT')
  assert.deepEqual(
    result.events.map(({ timestamp, logStream, message }) => [timestamp, logStream, message]),
    events.map(({ timestamp, logStreamName, message }) => [timestamp, logStreamName, message])
  )
  assert.equal(new Set(result.events.map(({ eventId }) => eventId)).size, events.length)
  assert.deepEqual([result.functionName, result.logGroup, result.more], [functionName, group, false])
  assert.deepEqual(here.front.mutating(), [])
})

test('events are told from the time and to the time that is asked for, and as the pattern says', async () => {
  const { functionName, group } = await given()
  await put(group, '2026/04/30/[$LATEST]a', [['old', -59 * MINUTE], ['ERROR a', -9 * MINUTE], ['new', -MINUTE]])
  const cases = [
    [{}, ['old', 'ERROR a', 'new']],
    [{ since: undefined }, ['ERROR a', 'new']],
    [{ since: '10m' }, ['ERROR a', 'new']],
    [{ since: NOW - 9 * MINUTE, until: NOW - 9 * MINUTE }, ['ERROR a']],
    [{ since: new Date(NOW - 60 * MINUTE).toISOString(), until: '5m' }, ['old', 'ERROR a']],
    [{ filter: 'ERROR' }, ['ERROR a']],
    [{ since: '1970-01-01' }, ['old', 'ERROR a', 'new']],
  ]
  for (const [changes, expected] of cases) {
    assert.deepEqual(messages(await logs(reading(functionName, changes))), expected, JSON.stringify(changes))
  }
})

test('all pages are told in their order, those without events too', async () => {
  const { functionName, group } = await given()
  const events = Array.from({ length: 7 }, (_, n) => [`event ${n}`, (n - 8) * MINUTE])
  await put(group, '2026/04/30/[$LATEST]a', events.filter((_, n) => n % 2 === 0))
  await put(group, '2026/04/30/[$LATEST]b', events.filter((_, n) => n % 2 === 1))
  Object.assign(here.front, { logsPage: 2, emptyLogPages: 3 })
  assert.deepEqual(messages(await logs(reading(functionName))), events.map(([message]) => message))
  assert.equal(pages().length, 3 + 4)
  const told = []
  const result = await logs(reading(functionName, { onEvent: ({ message }) => { told.push(message) } }))
  assert.deepEqual(told, events.map(([message]) => message))
  assert.deepEqual(result.events, [])
})

test('a limit keeps the newest, also of those for which CloudWatch does not tell them first', async () => {
  const { functionName, group } = await given()
  const events = Array.from({ length: 5 }, (_, n) => [`event ${n}`, (n - 6) * MINUTE])
  await put(group, '2026/04/30/[$LATEST]a', events)
  here.front.logsPage = 2
  for (const since of ['1h', '1970-01-01']) {
    const last = await logs(reading(functionName, { since, limit: 3 }))
    assert.deepEqual([messages(last), last.more], [['event 2', 'event 3', 'event 4'], true], since)
    const all = await logs(reading(functionName, { since, limit: 5 }))
    assert.deepEqual([messages(all).length, all.more], [5, false], since)
  }
  here.front.calls.length = 0
  await logs(reading(functionName, { limit: 1 }))
  assert.equal(pages().length, 1, 'what is not wanted is not read')
})

test('a version or alias has its own events, and a weight its share of them', async () => {
  const { functionName, group, root } = await given({ alias: 'live' })
  await functionFolder(here.folder, functionName, 'second')
  await deploy(here.options({ functionName, root, publish: true }))
  for (const version of ['$LATEST', '1', '2']) {
    await put(group, `2026/04/30/[${version}]a`, [[`from ${version}`, -MINUTE]])
  }
  const of = async (qualifier) => messages(await logs(reading(functionName, { qualifier }))).sort()
  assert.deepEqual(await of('live'), ['from 1'])
  assert.deepEqual(await of('2'), ['from 2'])
  assert.deepEqual(await of('$LATEST'), ['from $LATEST'])
  await here.aws(
    'lambda', 'update-alias', '--function-name', functionName, '--name', 'live',
    '--routing-config', '{"AdditionalVersionWeights":{"2":0.5}}'
  )
  assert.deepEqual(await of('live'), ['from 1', 'from 2'])
  assert.equal((await of(undefined)).length, 3)
})

test("of a group that others write to, only the function's events are told", async () => {
  const { functionName } = await given({ loggingConfig: { logGroup: '/shared' } })
  await put('/shared', `2026/04/30/${functionName}[$LATEST]a`, [['mine', -MINUTE]])
  await put('/shared', '2026/04/30/another[$LATEST]a', [['not mine', -MINUTE]])
  const result = await logs(reading(functionName))
  assert.deepEqual([messages(result), result.logGroup], [['mine'], '/shared'])
})

test("in its own group, too, a function's log is what it has written itself", async () => {
  const { functionName, group } = await given()
  const other = await given({ loggingConfig: { logGroup: group } })
  await put(group, '2026/04/30/[$LATEST]a', [['mine', -2 * MINUTE]])
  await put(group, `2026/04/30/${other.functionName}[$LATEST]b`, [['of the other', -MINUTE]])
  assert.deepEqual(messages(await logs(reading(functionName))), ['mine'])
  assert.deepEqual(messages(await logs(reading(other.functionName))), ['of the other'])
})

test('the log of the version without a number is its own', async () => {
  const { functionName, group } = await given()
  for (const version of ['$LATEST', '$LATEST.PUBLISHED']) {
    await put(group, `2026/04/30/[${version}]a`, [[`from ${version}`, -MINUTE]])
  }
  await deploy(here.options({ functionName, root: join(here.folder, functionName), publishTo: 'LATEST_PUBLISHED' }))
  const result = await logs(reading(functionName, { qualifier: '$LATEST.PUBLISHED' }))
  assert.deepEqual(messages(result), ['from $LATEST.PUBLISHED'])
})

test('what comes is followed, what comes late too, and nothing is told twice', async () => {
  const { functionName, group } = await given()
  const stream = '2026/04/30/[$LATEST]a'
  await put(group, stream, [['first', fresh(-2 * MINUTE)], ['first', fresh(-2 * MINUTE)]])
  const controller = new AbortController()
  const reason = new Error('enough')
  const told = []
  const next = {
    first: async () => {
      if (told.length === 2) await put(group, stream, [['second', fresh(0)]])
    },
    second: async () => {
      // Older than what is told already.
      await put(group, '2026/04/30/[$LATEST]b', [['late', fresh(-MINUTE)]])
      await put(group, stream, [['last', fresh(1000)]])
    },
    last: () => controller.abort(reason),
  }
  const onEvent = ({ message }) => {
    told.push(message)
    return next[message]?.()
  }
  const following = logs(reading(functionName, { follow: true, onEvent, signal: controller.signal }))
  assert.equal(await rejection(following), reason)
  assert.deepEqual(told, ['first', 'first', 'second', 'late', 'last'])
})

test('the last events of a log are where following it can begin', async () => {
  const { functionName, group } = await given()
  const stream = '2026/04/30/[$LATEST]a'
  await put(group, stream, [['a', fresh(-3 * MINUTE)], ['b', fresh(-2 * MINUTE)], ['c', fresh(-MINUTE)]])
  const controller = new AbortController()
  const told = []
  const onEvent = async ({ message }) => {
    told.push(message)
    if (message === 'c') await put(group, stream, [['d', fresh(0)]])
    if (message === 'd') controller.abort()
  }
  const following = logs(reading(functionName, { follow: true, limit: 1, onEvent, signal: controller.signal }))
  assert.equal((await rejection(following)).name, 'AbortError')
  assert.deepEqual(told, ['c', 'd'])
})

test('a log that is followed outlasts what CloudWatch refuses for the moment; one that is read once does not', async () => {
  const { functionName, group } = await given()
  await put(group, '2026/04/30/[$LATEST]a', [['there', -MINUTE]])
  const busy = { operation: 'FilterLogEvents', do: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' } }
  const fault = here.front.fault({ ...busy, times: 7 })
  const controller = new AbortController()
  const onEvent = () => controller.abort()
  await rejection(logs(reading(functionName, { follow: true, onEvent, signal: controller.signal })))
  assert.equal(fault.fired, 7)
  here.front.reset()
  here.front.fault({ ...busy, times: 7 })
  assert.equal((await rejection(logs(reading(functionName)))).code, 'THROTTLED')
})

test('whoever takes the events sets the pace, and ends it by throwing', async () => {
  const { functionName, group } = await given()
  await put(group, '2026/04/30/[$LATEST]a', Array.from({ length: 6 }, (_, n) => [`event ${n}`, (n - 9) * MINUTE]))
  here.front.logsPage = 2
  let atOnce = 0
  const most = []
  await logs(reading(functionName, {
    onEvent: async () => {
      most.push(++atOnce)
      await new Promise(setImmediate)
      atOnce -= 1
    },
  }))
  assert.deepEqual(most, [1, 1, 1, 1, 1, 1])
  const thrown = new Error('no more')
  for (const onEvent of [() => { throw thrown }, async () => { throw thrown }]) {
    here.front.calls.length = 0
    assert.equal(await rejection(logs(reading(functionName, { onEvent }))), thrown)
    assert.equal(pages().length, 1)
  }
})

test('an abort ends the wait for the next events, and for whoever takes one', async () => {
  const { functionName, group } = await given()
  await put(group, '2026/04/30/[$LATEST]a', [['there', -MINUTE]])
  const controller = new AbortController()
  const onEvent = () => {
    setImmediate(() => controller.abort())
    return new Promise(() => {})
  }
  const taking = logs(reading(functionName, { onEvent, signal: controller.signal }))
  assert.equal((await rejection(taking)).name, 'AbortError')
  const other = new AbortController()
  here.front.fault({ operation: 'FilterLogEvents', do: { meanwhile: () => { other.abort(); return new Promise(() => {}) } } })
  const waiting = logs(reading(functionName, { follow: true, onEvent() {}, signal: other.signal }))
  assert.equal((await rejection(waiting)).name, 'AbortError')
})

test('what is not there, and what cannot be asked, is told', async () => {
  const { functionName } = await given()
  const cases = [
    [{ functionName: 'nobody' }, 'FUNCTION_NOT_FOUND'],
    [{ qualifier: 'dead' }, 'ALIAS_NOT_FOUND'],
    [{ qualifier: '9' }, 'VERSION_NOT_FOUND'],
    [{ since: 'yesterday' }, 'INVALID_OPTION'],
    [{ since: '2026-04-30T12:00:00' }, 'INVALID_OPTION'],
    [{ since: 1.5 }, 'INVALID_OPTION'],
    [{ since: '5m', until: '10m' }, 'INVALID_OPTION'],
    [{ follow: true }, 'INVALID_OPTION'],
    [{ follow: true, until: '1m', onEvent() {} }, 'INVALID_OPTION'],
    [{ limit: 0 }, 'INVALID_OPTION'],
    [{ filter: 'x'.repeat(1025) }, 'INVALID_OPTION'],
    [{ onEvent: 'print' }, 'INVALID_OPTION'],
  ]
  for (const [changes, code] of cases) {
    const error = await rejection(logs(reading(functionName, changes)))
    assert.equal(error.code, code, `${JSON.stringify(changes)}: ${error.message}`)
  }
  assert.deepEqual(pages(), [])
})

test('many events do not hold up JavaScript', async (t) => {
  const { functionName, group } = await given()
  await put(group, '2026/04/30/[$LATEST]a', Array.from({ length: 9000 }, (_, n) => [`event ${n} ${'x'.repeat(60)}`, n - 10_000]))
  const work = `
    const { createRequire } = await import('node:module')
    const { logs } = createRequire(input.from)('../index.js')
    const { events } = await logs(input.options)
    return [events.length, events[8999].message.slice(0, 10)]`
  const input = { from: import.meta.url, options: reading(functionName) }
  await neverLate(t, work, input, (told) => assert.deepEqual(told, [9000, 'event 8999']))
})

const cli = (functionName, ...args) => {
  const { region, endpoint } = reading(functionName)
  return [MAIN, 'logs', '--function-name', functionName, '--region', region, '--endpoint', endpoint, '--since', '1h', ...args]
}

test('the command prints a line for each event, or the result as JSON', async () => {
  const { functionName, group } = await given()
  await put(group, '2026/04/30/[$LATEST]a', [['one\n', -2 * MINUTE], ['two\u001b[2J', -MINUTE]])
  const plain = await run(process.execPath, cli(functionName))
  assert.equal(plain.code, 0, plain.stderr)
  const at = (offset) => new Date(NOW + offset).toISOString()
  assert.equal(plain.stdout, `${at(-2 * MINUTE)}  one\n${at(-MINUTE)}  two\u001b[2J\n`)
  const json = await run(process.execPath, cli(functionName, '--json', '--limit', '1'))
  const result = JSON.parse(json.stdout)
  assert.deepEqual([result.events.length, result.more, result.logGroup], [1, true, group])
  const since = await run(process.execPath, cli(functionName, '--since', String(NOW - 90_000)))
  assert.match(since.stdout, /^\S+ {2}two/)
  const wrong = await run(process.execPath, cli(functionName, '--since', 'yesterday'))
  assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, /for --since but received 'yesterday'/)
})

const skip = process.platform === 'win32' && 'no signals'

test('the command follows until a signal, whose number it tells, or until nobody reads', { skip }, async () => {
  const { functionName, group } = await given()
  const stream = '2026/04/30/[$LATEST]a'
  await put(group, stream, [['one', -MINUTE]])
  const start = (...args) => {
    const child = spawn(process.execPath, cli(functionName, '--follow', ...args), { stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => { output[name] += text })
    const seen = async (text) => {
      while (!output.stdout.includes(text)) await once(child.stdout, 'data')
    }
    return { child, output, seen, closed: once(child, 'close') }
  }
  const followed = start('--json')
  await followed.seen('one')
  await put(group, stream, [['two', fresh(0)]])
  await followed.seen('two')
  followed.child.kill('SIGINT')
  assert.deepEqual(await followed.closed, [130, null])
  const lines = followed.output.stdout.trimEnd().split('\n').map((line) => JSON.parse(line).message)
  assert.deepEqual(lines, ['one', 'two'])
  assert.doesNotMatch(followed.output.stderr, /error/)
  const piped = start()
  await piped.seen('two')
  piped.child.stdout.destroy()
  await put(group, stream, [['three', fresh(0)]])
  assert.deepEqual(await piped.closed, [0, null])
  assert.doesNotMatch(piped.output.stderr, /error/)
})
