'use strict'

const { once } = require('node:events')

const { isTerminal } = require('./stream.js')
const { printable } = require('./words.js')

module.exports = {
  name: 'logs',
  summary: 'Print what a function logs.',
  description:
    'Prints what a function has logged, and with --follow what it logs from now on, until Ctrl-C ends it (exit code 130). ' +
    'With --json it prints the result or, with --follow, each event as JSON in a line of its own.',
  options: [{ title: 'Options:', type: 'LogsOptions' }],
  examples: [
    ['lambda-pack logs --function-name api --since 1h', 'Print what api has logged in the last hour'],
    ['lambda-pack logs --function-name api --filter ERROR --limit 20', 'Print the last 20 errors of 10 minutes'],
    ['lambda-pack logs --function-name api --qualifier live --follow', 'Follow what the alias live logs'],
  ],
  stopped: 'Nothing was changed.',
  run: printEvents,
  render: () => [],
}

/** Prints events as they come. Answers nothing when all was printed. */
async function printEvents(api, options, { json, endProgress }) {
  if (json && !options.follow) return api.logs(options)
  const out = process.stdout
  const gone = new AbortController()
  // The reader has gone, as `| head` does, and no more is wanted.
  const end = () => gone.abort(gone)
  const stop = () => gone.abort(options.signal.reason)
  out.once('error', end)
  options.signal.addEventListener('abort', stop, { once: true })
  const shown = isTerminal(out) ? readable : (text) => text
  const onEvent = (event) => {
    endProgress()
    const line = json ? JSON.stringify(event) : `${time(event.timestamp)}  ${shown(event.message.trimEnd())}`
    // Whoever reads slowly is waited for.
    if (!out.write(`${line}\n`)) return once(out, 'drain').then(() => {}, () => {})
  }
  try {
    await api.logs({ ...options, signal: gone.signal, onEvent })
  } catch (error) {
    // To be ended is how it ends when it is followed.
    if (error !== gone && !(options.follow && error === options.signal.reason)) throw error
  } finally {
    out.off('error', end)
    options.signal.removeEventListener('abort', stop)
  }
}

function time(milliseconds) {
  return new Date(milliseconds).toISOString()
}

/** Without orders to the terminal: what is logged may come from anybody. */
function readable(text) {
  return text.replace(/[^\n\t]+/g, printable)
}
