'use strict'

// Signals that end a call: the first asks it to stop, and is waited for; the second does not wait.

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

// `npm run` and npx pass on a Ctrl-C that the terminal has sent to us already, so one press can come twice.
const SAME_PRESS = 200

class Interrupted extends Error {
  constructor(signal, hint) {
    super(`Stopped by ${signal}`)
    this.code = 'ABORTED'
    this.hint = hint
    this.exitCode = 128 + NUMBERS[signal]
  }
}

/**
 * Runs `start` with an AbortSignal that SIGINT and its like abort. Answers its result, with an exit code when
 * a signal came and it ended well all the same. When it was ended, rejects with `Interrupted` and the hint.
 */
async function untilSignal(start, hint) {
  const controller = new AbortController()
  let first
  const listen = (signal) => {
    if (first === undefined) {
      first = { error: new Interrupted(signal, hint), at: Date.now() }
      controller.abort(first.error)
    } else if (Date.now() - first.at > SAME_PRESS) {
      process.exit(128 + NUMBERS[signal])
    }
  }
  const signals = Object.keys(NUMBERS)
  for (const signal of signals) process.on(signal, listen)
  try {
    return { result: await start(controller.signal), exitCode: first?.error.exitCode }
  } catch (error) {
    // What was done until then is told with it.
    const { done, notDone, removed } = error
    throw first && error.cause === first.error ? Object.assign(first.error, { done, notDone, removed }) : error
  } finally {
    for (const signal of signals) process.off(signal, listen)
  }
}

module.exports = { Interrupted, untilSignal }
