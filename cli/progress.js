'use strict'

// A running call's reports: one line that is rewritten on a terminal, a line for each step elsewhere.

const { isCI, isTerminal } = require('./stream.js')
const { counted, printable, size } = require('./words.js')

const PHASES = {
  select: 'Finding files',
  compress: 'Compressing',
  inspect: 'Asking what is deployed',
  upload: 'Uploading',
  configure: 'Changing the configuration',
  wait: 'Waiting for Lambda',
  release: 'Looking at the versions',
}

// Ten times a second is as much as anybody reads.
const REDRAW = 100
// Whoever waits for longer than this wants to see that something goes on.
const TELL_SECONDS = 2000

/** Where the reports of one call go: its `onProgress`, and `end` for when it has settled. */
function progressTo(stream, { quiet = false, env = process.env } = {}) {
  if (quiet) return { onProgress() {}, end() {} }
  return isTerminal(stream, env) && !isCI(env) ? rewrittenLine(stream) : plainLines(stream)
}

function rewrittenLine(stream) {
  let event
  let since
  let shown = ''
  const draw = () => {
    const line = fitted(lineOf(event, Date.now() - since), stream.columns)
    if (line === shown) return
    shown = line
    stream.write(`\r${line}\x1b[K`)
  }
  let timer
  return {
    onProgress(next) {
      if (titleOf(next) !== (event && titleOf(event))) since = Date.now()
      event = next
      if (timer) return
      draw()
      // Between two drawings reports only replace each other, however many come.
      timer = setInterval(draw, REDRAW)
      timer.unref()
    },
    end() {
      clearInterval(timer)
      if (shown) stream.write('\r\x1b[K')
    },
  }
}

function plainLines(stream) {
  let last
  return {
    onProgress(event) {
      const title = titleOf(event)
      if (title === last) return
      last = title
      const all = event.totalFiles ? ` ${counted(event.totalFiles, 'file')} (${size(event.totalBytes)})` : ''
      stream.write(`${title}${all}\n`)
    },
    end() {},
  }
}

function titleOf({ phase, message }) {
  const title = message ? message.charAt(0).toUpperCase() + message.slice(1) : PHASES[phase] ?? phase
  return printable(title)
}

function lineOf(event, elapsed) {
  const { files, totalFiles, bytes, totalBytes } = event
  const parts = [titleOf(event)]
  if (totalBytes > 0) parts.push(`${Math.floor((bytes / totalBytes) * 100)} %`)
  if (totalFiles > 0) parts.push(`${files.toLocaleString('en-US')} of ${counted(totalFiles, 'file')}`)
  if (totalBytes > 0) parts.push(`${size(bytes)} of ${size(totalBytes)}`)
  if (elapsed >= TELL_SECONDS) parts.push(`${Math.floor(elapsed / 1000)} s`)
  return parts.join('  ')
}

/** Cut to the terminal's width: a line that wraps cannot be rewritten. */
function fitted(line, columns) {
  // Terminals that do not know their width say 0. The `^C` that they print on Ctrl-C must fit in as well.
  const room = Math.max(1, (columns || 80) - '^C'.length - 1)
  const characters = [...line]
  return characters.length <= room ? line : `${characters.slice(0, room - 1).join('')}…`
}

module.exports = { progressTo }
