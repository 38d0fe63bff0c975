'use strict'

// A log as it is read: a part at a time, so that whoever takes the events sets the pace.

const { setImmediate: turn } = require('node:timers/promises')

/**
 * Reads all parts. `next` answers one, `events` of which are lines of JSON, each a list; `look` throws when the call is
 * to end.
 *
 * @param {{ done: boolean }} reader
 */
async function readLog(reader, next, { onEvent, look, signal }) {
  const started = performance.now()
  const events = []
  for (;;) {
    const part = await next()
    if (part.failureCode !== undefined) return part
    const bytes = part.events
    for (let at = 0, end; at < bytes.length; at = end + 1) {
      if (at > 0) await turn()
      look()
      end = bytes.indexOf('\n', at)
      for (const event of JSON.parse(bytes.toString('utf8', at, end))) {
        if (onEvent === undefined) events.push(event)
        else await taken(onEvent(event), look, signal)
      }
    }
    if (reader.done) return { ...part, events, durationMs: performance.now() - started }
  }
}

/** Waits for what a callback answers, unless that is nothing, or the signal comes first. */
async function taken(answer, look, signal) {
  if (typeof answer?.then !== 'function') return look()
  if (signal === undefined) return answer
  let abort
  const aborted = new Promise((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    signal.throwIfAborted()
    await Promise.race([answer, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

module.exports = { readLog }
