import assert from 'node:assert/strict'
import { createServer, createConnection } from 'node:net'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { awsCli } from './support/aws.mjs'
import { run } from './support/command.mjs'
import { deploy, deployments, pack, rejection } from './support/deployments.mjs'
import { pythonEnv } from './support/python.mjs'
import { unixOnly } from './support/trees.mjs'

const { invoke } = createRequire(import.meta.url)('../index.js')
const MAIN = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const support = (name) => fileURLToPath(new URL(`support/${name}`, import.meta.url))
const here = deployments()

const SOURCE = `
exports.handler = async (event, context) => {
  if (event?.fail) throw new RangeError('out of ' + event.fail)
  console.log('seen', JSON.stringify(event))
  return { event, version: context.functionVersion }
}
`

/** The options of a call of the function that answers what it is given. */
const echo = (changes = {}) => {
  const { role, ...options } = here.options({ functionName: 'echo' })
  return { ...options, ...changes }
}

const invocations = () => here.front.calls.filter(({ operation }) => operation === 'Invoke')

let deployed
beforeEach(() => (deployed ??= deployEcho()))

async function deployEcho() {
  const root = join(here.folder, 'echo')
  await mkdir(root)
  await writeFile(join(root, 'index.js'), SOURCE)
  await deploy(here.options({ functionName: 'echo', root, alias: 'live' }))
  here.front.reset()
}

test('whatever JSON can express arrives, and comes back', async () => {
  const values = [{ a: [1, 'ü', null, { b: true }] }, 'text', 7, false, null, [], '', { big: 'x'.repeat(300_000) }]
  for (const payload of values) {
    const result = await invoke(echo({ payload }))
    assert.deepEqual(result.payload.event, payload)
    assert.deepEqual([result.statusCode, result.executedVersion, result.functionError], [200, '$LATEST', undefined])
    assert.ok(result.durationMs > 0)
  }
})

test('bytes are the JSON itself, and none is an empty event', async () => {
  const bytes = new TextEncoder().encode(' {"n": 12345678901} ')
  assert.deepEqual((await invoke(echo({ payload: bytes }))).payload.event, { n: 12345678901 })
  assert.deepEqual((await invoke(echo())).payload.event, {})
})

test('bytes are bytes in whatever form and of whatever realm', async () => {
  const bytes = Buffer.from('  {"n":7}')
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const shared = new SharedArrayBuffer(bytes.length)
  bytes.copy(new Uint8Array(shared))
  const elsewhere = runInNewContext('Uint8Array.from(bytes)', { bytes: [...bytes] })
  assert.ok(!(elsewhere instanceof Uint8Array))
  const forms = [buffer, new DataView(buffer, 2), shared, new Uint8Array(shared), elsewhere, elsewhere.buffer, new Int8Array(buffer, 1)]
  for (const payload of forms) assert.deepEqual((await invoke(echo({ payload }))).payload.event, { n: 7 })
})

test('a version or alias answers, and one that is not there is told', async () => {
  const live = await invoke(echo({ qualifier: 'live' }))
  assert.deepEqual([live.executedVersion, live.payload.version], ['1', '1'])
  assert.equal((await invoke(echo({ qualifier: '1' }))).executedVersion, '1')
  const codes = []
  for (const changes of [{ qualifier: 'dead' }, { qualifier: '9' }, { functionName: 'nobody' }]) {
    codes.push((await rejection(invoke(echo(changes)))).code)
  }
  assert.deepEqual(codes, ['ALIAS_NOT_FOUND', 'VERSION_NOT_FOUND', 'FUNCTION_NOT_FOUND'])
})

test('that the function fails is its answer, and no failure of the call', async () => {
  const result = await invoke(echo({ payload: { fail: 'range' }, logs: true }))
  assert.deepEqual([result.statusCode, result.functionError], [200, 'Unhandled'])
  assert.equal(result.payload.errorMessage, 'out of range')
})

test('the end of the log is told when it is asked for', async () => {
  const result = await invoke(echo({ payload: { id: 'logged' }, logs: true }))
  assert.match(result.logs, /seen {"id":"logged"}/)
  assert.equal((await invoke(echo({ payload: {} }))).logs, undefined)
  assert.match(result.requestId, /\S/)
})

test('an event is queued, and a dry run runs nothing', async () => {
  const queued = await invoke(echo({ payload: {}, type: 'Event' }))
  assert.deepEqual([queued.statusCode, queued.payload], [202, undefined])
  const root = join(here.folder, 'idle')
  await mkdir(root)
  await writeFile(join(root, 'index.js'), SOURCE)
  await deploy(here.options({ functionName: 'idle', root }))
  assert.equal((await invoke(echo({ functionName: 'idle', type: 'DryRun' }))).statusCode, 204)
  const { logGroups } = await here.aws('logs', 'describe-log-groups', '--log-group-name-prefix', '/aws/lambda/idle')
  assert.deepEqual(logGroups, [], 'a function that has run has a log')
})

test('a client context goes along as AWS wants it', async () => {
  // MiniStack does not hand it on; the front refuses what is no JSON in base64, as AWS does.
  assert.equal((await invoke(echo({ clientContext: { custom: { tenant: 'ä' } } }))).statusCode, 200)
})

test('a call whose answer is lost is not made again', async () => {
  const faults = [
    'loseResponse', 'resetAfter', 'resetBefore', { truncate: true },
    { status: 500, code: 'ServiceException' }, { status: 502, code: 'EC2UnexpectedException' },
    { status: 503 }, { status: 504 },
  ]
  for (const fault of faults) {
    here.front.reset()
    here.front.fault({ operation: 'Invoke', do: fault, times: 9 })
    const error = await rejection(invoke(echo({ payload: { secret: 's3cret' } })))
    assert.ok(['CONNECTION_FAILED', 'REQUEST_FAILED'].includes(error.code), `${error.code} ${JSON.stringify(fault)}`)
    if (fault.truncate) {
      assert.equal(error.code, 'CONNECTION_FAILED')
      assert.match(error.hint, /may have run/)
    }
    assert.equal(invocations().length, 1, JSON.stringify(fault))
    assert.doesNotMatch(JSON.stringify(error) + error.message + error.stack, /s3cret/)
  }
})

test('a call that AWS has refused for too many requests is made again', async () => {
  const fault = { operation: 'Invoke', do: { status: 429, code: 'TooManyRequestsException', message: 'Rate exceeded' } }
  here.front.fault({ ...fault, times: 2 })
  assert.equal((await invoke(echo({ payload: 1 }))).payload.event, 1)
  assert.equal(invocations().length, 3)
  here.front.reset()
  here.front.fault({ ...fault, times: 9 })
  const error = await rejection(invoke(echo()))
  assert.deepEqual([error.code, invocations().length], ['THROTTLED', 7])
  assert.match(error.hint, /did not run/)
})

test('a call for which there was no connection is made again', async () => {
  const { port: target } = new URL(here.front.url)
  const server = createServer((socket) => {
    const on = createConnection(target, '127.0.0.1')
    socket.pipe(on).pipe(socket)
    for (const one of [socket, on]) one.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  const onProgress = ({ message }) => {
    if (message?.startsWith('calling again') && !server.listening) server.listen(port, '127.0.0.1')
  }
  try {
    const result = await invoke(echo({ payload: 'late', endpoint: `http://127.0.0.1:${port}`, onProgress }))
    assert.equal(result.payload.event, 'late')
    assert.equal(invocations().length, 1)
  } finally {
    server.close()
  }
})

test('an abort ends the wait, and so does the time-out', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const meanwhile = () => {
    controller.abort(reason)
    return new Promise(() => {})
  }
  here.front.fault({ operation: 'Invoke', do: { meanwhile } })
  assert.equal(await rejection(invoke(echo({ signal: controller.signal }))), reason)
  here.front.fault({ operation: 'Invoke', do: 'hang' })
  const error = await rejection(invoke(echo({ timeout: 1 })))
  assert.deepEqual([error.code, error.seconds], ['WAIT_TIMEOUT', 1])
})

test('a function that is not ready is told, and did not run', async () => {
  const { path } = await pack({ root: join(here.folder, 'echo'), out: join(here.folder, 'echo.zip') })
  await awsCli([
    'lambda', 'create-function', '--function-name', 'young', '--runtime', 'nodejs24.x', '--handler', 'index.handler',
    '--role', here.backend.role, '--zip-file', `fileb://${path}`,
  ], { endpoint: here.front.url })
  const error = await rejection(invoke(echo({ functionName: 'young' })))
  assert.equal(error.code, 'FUNCTION_CONFLICT')
  assert.match(error.message, /Pending/)
})

test('what cannot be sent is told before anything is, and without its value', async () => {
  const circle = { name: 's3cret' }
  circle.circle = circle
  const wrong = [
    { payload: circle }, { payload: 1n }, { payload: () => 's3cret' }, { payload: Buffer.from('{"a": s3cret}') },
    { payload: 's3cret'.padEnd(6_291_455) }, { payload: 's3cret'.padEnd(1_048_575), type: 'Event' },
    { logs: true, type: 'DryRun' }, { clientContext: { a: 's3cret'.padEnd(3000) } }, { clientContext: {}, type: 'Event' },
    { timeout: 0 }, { type: 'Stream' }, { qualifier: 'a:b' }, { functionName: 'f:live' },
  ]
  for (const changes of wrong) {
    const error = await rejection(invoke(echo(changes)))
    assert.equal(error.code, 'INVALID_OPTION', error.message)
    assert.doesNotMatch(JSON.stringify(error) + error.message, /s3cret/)
  }
  assert.deepEqual(here.front.calls, [])
  assert.equal((await invoke(echo({ payload: 'x'.repeat(6_291_454) }))).payload.event.length, 6_291_454)
})

/** A function whose answers JavaScript would write otherwise. */
async function deployExact() {
  const root = join(here.folder, 'exact')
  await mkdir(root)
  await writeFile(join(root, 'app.py'), 'def handler(event, context):\n    return {"id": 12345678901234567890, "x": 1.0}\n')
  await deploy(here.options({ functionName: 'exact', root, runtime: 'python3.13', handler: 'app.handler' }))
}

test('the answer can be had as it is, and the command prints it so', async () => {
  await deployExact()
  const { payload } = await invoke(echo({ functionName: 'exact', raw: true }))
  assert.ok(Buffer.isBuffer(payload))
  const text = payload.toString()
  assert.match(text, /12345678901234567890\b.*\b1\.0\b/)
  assert.deepEqual((await invoke(echo({ functionName: 'exact' }))).payload, JSON.parse(text))
  const cli = (...args) => {
    const { region, endpoint } = echo()
    return run(process.execPath, [MAIN, 'invoke', '--function-name', 'exact', '--region', region, '--endpoint', endpoint, ...args])
  }
  assert.equal((await cli()).stdout, text)
  const { stdout } = await cli('--json')
  assert.ok(stdout.includes(`"payload": ${text}`), stdout)
  assert.equal(JSON.parse(stdout).functionName, 'exact')
})

test('a terminal gets the answer as a line, and no orders', { skip: unixOnly }, async () => {
  const root = join(here.folder, 'orders')
  await mkdir(root)
  await writeFile(join(root, 'index.js'), "exports.handler = async () => '\\u009b31m red'\n")
  await deploy(here.options({ functionName: 'orders', root }))
  const { region, endpoint } = echo()
  const { python } = await pythonEnv()
  const { code, stdout } = await run(python, [
    support('at_terminal.py'), '', process.execPath, MAIN, 'invoke', '--function-name', 'orders', '--region', region,
    '--endpoint', endpoint, '--quiet',
  ])
  assert.equal(code, 0)
  // MiniStack may write it as an escape of JSON's, which is none of the terminal's.
  assert.equal(stdout, '"\\u009b31m red"\r\n')
})

test('an event from stdin is waited for', { skip: unixOnly }, async () => {
  const { region, endpoint } = echo()
  const { python } = await pythonEnv()
  const { code, stdout, stderr } = await run(python, [
    support('late_input.py'), '{"id":"late"}', process.execPath, '--require', support('begun.cjs'), MAIN, 'invoke',
    '--function-name', 'echo', '--region', region, '--endpoint', endpoint, '--payload-file', '-',
  ])
  assert.equal(code, 0, stderr)
  assert.deepEqual(JSON.parse(stdout).event, { id: 'late' })
})

test('the command prints the answer alone on stdout, and fails when the function does', async () => {
  const cli = (args, input) => {
    const { region, endpoint } = echo()
    const all = [MAIN, 'invoke', '--function-name', 'echo', '--region', region, '--endpoint', endpoint, ...args]
    return run(process.execPath, all, { env: process.env, input })
  }
  const called = await cli(['--payload', '{"id":1}', '--logs'])
  assert.equal(called.code, 0, called.stderr)
  assert.deepEqual(JSON.parse(called.stdout).event, { id: 1 })
  assert.match(called.stderr, /Called echo \(\$LATEST\)[^]*seen {"id":1}/)
  const piped = await cli(['--payload-file', '-', '--json'], '"from stdin"')
  assert.equal(JSON.parse(piped.stdout).payload.event, 'from stdin')
  const failed = await cli(['--payload', '{"fail":"x"}'])
  assert.equal(failed.code, 1)
  assert.equal(JSON.parse(failed.stdout).errorMessage, 'out of x')
  assert.match(failed.stderr, /Failed \(Unhandled\) echo/)
  const queued = await cli(['--type', 'Event'])
  assert.deepEqual([queued.code, queued.stdout], [0, ''])
  const broken = await cli(['--payload', '{id:1}'])
  assert.deepEqual([broken.code, broken.stdout], [2, ''])
  assert.match(broken.stderr, /Expected JSON for --payload/)
  assert.equal((await cli(['--payload', '1', '--payload-file', '-'], '2')).code, 2)
})
