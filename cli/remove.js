'use strict'

const { createInterface } = require('node:readline/promises')

const { Interrupted } = require('./interrupt.js')
const { named, table } = require('./render.js')
const { UsageError } = require('./usage.js')
const { duration, printable } = require('./words.js')

module.exports = {
  name: 'remove',
  summary: 'Remove a function, its versions, aliases and URLs.',
  description:
    'Removes a function with its versions, aliases and URLs, and first the event source mappings that call it. Archives in ' +
    'S3 and roles stay. Needs --yes, or somebody who confirms it at the terminal.',
  options: [{ title: 'Options:', type: 'RemoveOptions' }],
  extend: (command) => command.option('--yes', 'Remove it without asking.'),
  prepare: confirmed,
  examples: [
    ['lambda-pack remove --function-name api --dry-run', 'Tell what would go'],
    ['lambda-pack remove --function-name api --yes', 'Remove api'],
    ['lambda-pack remove --function-name api --logs --yes', 'Remove api and its log'],
  ],
  stopped: 'What was removed until then stays removed; removing again goes on from there.',
  run: (api, options) => api.remove(options),
  render: removeLines,
}

async function confirmed(options, { yes }) {
  if (yes || options.dryRun) return options
  const hint = 'Give --yes, or look first with --dry-run.'
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError('remove is not confirmed', hint)
  const what = `${printable(options.functionName)} with all its versions${options.logs ? ' and its log' : ''}`
  const answer = await answerTo(`Remove ${what}? It cannot be brought back. [y/N] `)
  if (/^y(es)?$/i.test(answer.trim())) return options
  throw new UsageError('remove is not confirmed', hint)
}

/** The answer at the terminal; none when the input ends. */
async function answerTo(question) {
  const asked = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new AbortController()
  // Otherwise nobody would ever answer, and Node.js would end as if all were well.
  asked.once('close', () => ended.abort())
  asked.once('SIGINT', () => ended.abort(new Interrupted('SIGINT', 'Nothing was removed.')))
  try {
    return await asked.question(question, { signal: ended.signal })
  } catch (error) {
    process.stderr.write('\n')
    if (ended.signal.reason instanceof Interrupted) throw ended.signal.reason
    if (ended.signal.aborted) return ''
    throw error
  } finally {
    asked.close()
  }
}

function removeLines(result, colours) {
  const { bold, green } = colours
  const name = bold(printable(result.functionName))
  const { dryRun, removed, operations } = result
  if (operations.length === 0) return [`There is no function ${name}; nothing ${dryRun ? 'would be' : 'was'} removed`, ...rest(result, colours)]
  const what = removed ? name : `what is left of ${name}`
  return [dryRun ? `Dry run: would remove ${what}` : `${green('Removed')} ${what}`, ...rest(result, colours)]
}

function rest(result, colours) {
  const mappings = result.eventSourceMappings.map(({ uuid, eventSourceArn }) => printable(eventSourceArn ?? uuid))
  return table(colours, [
    ['versions', result.versions.join(', ')],
    ['aliases', result.aliases.map(printable).join(', ')],
    ...named('urls', result.functionUrls.map(printable)),
    ...named('mappings', mappings),
    ['log', result.logGroup && printable(result.logGroup)],
    ['log stays', result.keptLogGroup && `${printable(result.keptLogGroup)}, as it is not of this function alone`],
    ['time', duration(result.durationMs)],
  ])
}
