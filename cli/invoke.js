'use strict'

const { randomUUID } = require('node:crypto')
const { readFile } = require('node:fs/promises')
const { buffer } = require('node:stream/consumers')

const { UsageError } = require('./usage.js')
const { duration, printable } = require('./words.js')

module.exports = {
  name: 'invoke',
  summary: 'Call a function, and print what it answers.',
  description:
    'Calls a function and prints its answer on stdout, and nothing else there. When the function fails, the command fails ' +
    'too. It is never called twice, unless it is sure that it did not run.',
  // The answer is printed as it is, so that is no question.
  options: [{ title: 'Options:', type: 'InvokeOptions', without: ['raw'] }],
  extend: (command) => {
    command.option('--payload-file <path>', 'A file with the event as JSON, instead of --payload; - is stdin.')
  },
  prepare: async (options, { payloadFile }) => {
    if (payloadFile === undefined) return options
    if (options.payload !== undefined) {
      throw new UsageError('The event is given twice', 'Give one of --payload and --payload-file.')
    }
    return { ...options, payload: await read(payloadFile) }
  },
  examples: [
    [`lambda-pack invoke --function-name api --payload '{"id":1}'`, 'Call api with an event'],
    ['lambda-pack invoke --function-name api --qualifier live --payload-file event.json --logs', 'And show its log'],
    ['lambda-pack invoke --function-name api --type Event', 'Put an empty event in its queue'],
  ],
  stopped: 'The function may have been called, and then runs to its end.',
  run: (api, options) => api.invoke({ ...options, raw: true }),
  aside: asideLines,
  print: ({ payload }, stream) => {
    if (payload === undefined) return
    // A file gets the answer to the byte. A terminal gets a line, and no orders.
    if (stream.isTTY) stream.write(`${payload.toString('utf8').split('\n').map(printable).join('\n')}\n`)
    else stream.write(payload)
  },
  json: jsonOf,
  failed: ({ functionError }) => functionError !== undefined,
}

async function read(path) {
  try {
    // As a stream: what writes to it may not have begun yet.
    return path === '-' ? await buffer(process.stdin) : await readFile(path)
  } catch (error) {
    throw new UsageError(`Cannot read ${path === '-' ? 'stdin' : path} for --payload-file: ${error.message}`)
  }
}

/** The result as JSON, with the answer as it is: read and written again, large numbers would be others. */
function jsonOf(result) {
  if (result.payload === undefined) return JSON.stringify(result, null, 2)
  const text = result.payload.toString('utf8')
  const place = randomUUID()
  return JSON.stringify({ ...result, payload: place }, null, 2).replace(`"${place}"`, () => (isJson(text) ? text.trim() : JSON.stringify(text)))
}

function isJson(text) {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function asideLines({ functionName, statusCode, executedVersion, functionError, logs, requestId, durationMs }, colours) {
  const { bold, green, red } = colours
  const version = executedVersion === undefined ? '' : ` (${printable(executedVersion)})`
  const word = { 202: 'Queued for', 204: 'Allowed to call' }[statusCode] ?? 'Called'
  const headline = functionError === undefined ? green(word) : red(`Failed (${printable(functionError)})`)
  const request = requestId === undefined ? '' : `, request ${printable(requestId)}`
  const lines = (logs ?? '').split('\n').filter((line) => line !== '')
  return [
    `${headline} ${bold(printable(functionName))}${version} in ${duration(durationMs)}${request}`,
    ...lines.map((line) => `  ${line.split('\t').map(printable).join('\t')}`),
  ]
}
