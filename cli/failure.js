'use strict'

// A failure on stderr in three parts, what happened, what to do, and its code; with --json also on stdout.

const { inFlags } = require('./flags.js')
const { colours } = require('./stream.js')
const { printable } = require('./words.js')

const USAGE_CODES = ['WRONG_USAGE', 'INVALID_OPTION', 'UNKNOWN_OPTION']

// Only what nobody foresaw has no code of its own.
const BUG = 'This is a bug of lambda-pack-native. Please report it with the stack.'

/** Tells it, and answers the exit code. */
function tellFailure(error, { json }) {
  const { bold, red } = colours(process.stderr)
  const { code = 'INTERNAL', hint = error.code === undefined ? BUG : undefined } = error
  const lines = [`${red(bold('error:'))} ${indented(inFlags(error.message))}`]
  if (hint !== undefined) lines.push(`${bold('hint:')} ${indented(inFlags(hint))}`)
  if (error.removed?.length > 0) lines.push(`${bold('removed:')} ${error.removed.join(', ')}`)
  if (error.done?.length > 0) lines.push(`${bold('done:')} ${error.done.join(', ')}`)
  if (error.notDone?.length > 0) lines.push(`${bold('not done:')} ${error.notDone.join(', ')}`)
  lines.push(`${bold('code:')} ${code}${printable(answer(error))}`)
  // A bug's report needs it; nobody else does.
  if (code === 'INTERNAL') lines.push(error.stack ?? '')
  process.stderr.write(`${lines.join('\n')}\n`)
  if (json) process.stdout.write(`${JSON.stringify({ error: fields(error, code, hint) }, null, 2)}\n`)
  if (USAGE_CODES.includes(code)) return 2
  return error.exitCode ?? 1
}

/** What AWS's support asks for. */
function answer({ awsCode, status, requestId }) {
  const parts = [awsCode, status && `HTTP ${status}`, requestId && `request ${requestId}`].filter(Boolean)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}

function fields(error, code, hint) {
  const { exitCode, ...own } = error
  return { code, message: error.message, hint, ...own }
}

/** Some messages of the SDK have several lines. */
function indented(text) {
  return text.split('\n').map(printable).join('\n  ')
}

module.exports = { tellFailure }
