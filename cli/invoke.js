'use strict'

const { readFileSync } = require('node:fs')

const { UsageError } = require('./usage.js')
const { duration, printable } = require('./words.js')

module.exports = {
  name: 'invoke',
  summary: 'Call a function, and print what it answers.',
  description:
    'Calls a function and prints its answer on stdout, and nothing else there. When the function fails, the command fails ' +
    'too. It is never called twice, unless it is sure that it did not run.',
  options: [{ title: 'Options:', type: 'InvokeOptions' }],
  extend: (command) => {
    command.option('--payload-file <path>', 'A file with the event as JSON, instead of --payload; - is stdin.')
  },
  prepare: (options, { payloadFile }) => {
    if (payloadFile === undefined) return options
    if (options.payload !== undefined) {
      throw new UsageError('The event is given twice', 'Give one of --payload and --payload-file.')
    }
    return { ...options, payload: read(payloadFile) }
  },
  examples: [
    [`lambda-pack invoke --function-name api --payload '{"id":1}'`, 'Call api with an event'],
    ['lambda-pack invoke --function-name api --qualifier live --payload-file event.json --logs', 'And show its log'],
    ['lambda-pack invoke --function-name api --type Event', 'Put an empty event in its queue'],
  ],
  stopped: 'The function may have been called, and then runs to its end.',
  run: (api, options) => api.invoke(options),
  aside: asideLines,
  render: ({ payload }) => (payload === undefined ? [] : [JSON.stringify(payload)]),
  failed: ({ functionError }) => functionError !== undefined,
}

function read(path) {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (error) {
    throw new UsageError(`Cannot read ${path === '-' ? 'stdin' : path} for --payload-file: ${error.message}`)
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
