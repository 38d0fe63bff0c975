'use strict'

const { duration, exactSize, printable } = require('./words.js')
const { named, table } = require('./render.js')

module.exports = {
  name: 'status',
  summary: 'Tell what a function is, and whether it is well.',
  description:
    'Tells a function as it is: its state, its code, its aliases. It fails (exit code 1) when there is no such function, ' +
    'or when it cannot be called, is being changed, or its last change has failed.',
  options: [{ title: 'Options:', type: 'StatusOptions' }],
  examples: [
    ['lambda-pack status --function-name api', 'Tell how api is'],
    ['lambda-pack status --function-name api --qualifier live', 'Tell what the alias live runs'],
  ],
  stopped: 'Nothing was changed.',
  run: (api, options) => api.status(options),
  render: statusLines,
  failed: ({ healthy }) => !healthy,
}

function statusLines(result, colours) {
  const { bold, green, red, yellow } = colours
  const name = bold(printable(result.functionName))
  if (!result.exists) return [`There is ${red('no function')} ${name}`]
  const { state, stateReason, stateReasonCode, latestDiffers, newestVersion, version } = result
  const deprecated = result.runtimeDeprecatedSince
  const runtime = result.runtime && `${result.runtime}${deprecated ? yellow(` (deprecated since ${deprecated})`) : ''}`
  const other = version === '$LATEST' ? newestVersion : version
  return [
    `${name} is ${result.healthy ? green('well') : red('not well')}`,
    ...table(colours, [
      ['arn', result.functionArn],
      ['state', withReason(state, stateReason, stateReasonCode)],
      [
        'update',
        withReason(result.lastUpdateStatus, result.lastUpdateStatusReason, result.lastUpdateStatusReasonCode),
      ],
      ['version', version],
      ['newest', newestVersion ?? 'none is published'],
      ['$LATEST', latestDiffers === undefined ? undefined : `${latestDiffers ? 'differs from' : 'is the same as'} version ${other}`],
      ['runtime', runtime ?? result.packageType],
      ['size', exactSize(result.codeSize)],
      ['sha256', result.codeSha256],
      ['modified', result.lastModified],
      ['revision', result.revisionId],
      ['reserved', result.reservedConcurrentExecutions?.toString()],
      ['url', result.functionUrl && printable(result.functionUrl)],
      ...named('aliases', result.aliases.map(aliasLine)),
      ['time', duration(result.durationMs)],
    ]),
  ]
}

function withReason(word, reason, code) {
  if (word === undefined) return undefined
  const why = [reason && printable(reason), code && `(${code})`].filter(Boolean).join(' ')
  return why === '' ? word : `${word}: ${why}`
}

function aliasLine({ name, version, weights }) {
  const shares = Object.entries(weights).map(([other, weight]) => `${+(weight * 100).toFixed(2)} % to ${other}`)
  return `${printable(name)} -> ${version}${shares.length > 0 ? `, ${shares.join(', ')}` : ''}`
}
