'use strict'

// stdout and stderr: what they can show, and what becomes of us when they cannot be written to.

/** Whether the stream is a terminal that knows control sequences. */
function isTerminal(stream, env = process.env) {
  return Boolean(stream.isTTY) && env.TERM !== 'dumb'
}

/** Whether we run for a build server, whose logs are read later. */
function isCI(env = process.env) {
  return !['', '0', 'false'].includes((env.CI ?? '').toLowerCase())
}

/** How to colour text for a stream; https://no-color.org. */
function colours(stream, env = process.env) {
  const paint = isTerminal(stream, env) && !env.NO_COLOR
  const style = (on, off) => (text) => (paint ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
  }
}

class OutputError extends Error {
  constructor(cause) {
    super(`Cannot write to stdout: ${cause.message}`, { cause })
    this.code = 'OUTPUT_NOT_WRITTEN'
    this.hint = 'The command has run to its end; only what it had to tell is lost.'
  }
}

/** Makes a stream that cannot be written to no reason to crash. `tell` is given what stdout fails with. */
function guardStreams(tell) {
  process.stdout.on('error', (error) => {
    // The reader has gone, as `| head` does: what we were asked to do is done all the same.
    if (error.code !== 'EPIPE') tell(new OutputError(error))
  })
  // There is nowhere left to tell it.
  process.stderr.on('error', () => {})
}

module.exports = { colours, guardStreams, isCI, isTerminal }
