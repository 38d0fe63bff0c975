'use strict'

// Templates of variables in a definition's file, as lambroll has them: {{ env `NAME` `default` }}, {{ must_env `NAME` }}.

const WORD = '`[^`]*`|"[^"\\\\\\n]*"'
const ACTION = new RegExp(
  `\\{\\{(?<trimsBefore>-(?=\\s))?\\s*(?:/\\*[^]*?\\*/|(?<kind>env|must_env)(?<words>(?:\\s+(?:${WORD}))+)(?<escapes>\\s*\\|\\s*json_escape)?)` +
    '\\s*(?<trimsAfter>(?<=\\s)-)?\\}\\}',
  'y'
)
const SPACE_BEFORE = /^[ \t\r\n]+/
const SPACE_AFTER = /[ \t\r\n]+$/

/**
 * The text with its templates filled in. What is none of these is told to `fail` by its place alone: what stands there may
 * be a value that was never meant for a template, and a secret.
 */
function filledIn(text, fail) {
  const parts = []
  let at = 0
  let trims = false
  for (;;) {
    const start = text.indexOf('{{', at)
    ACTION.lastIndex = start
    const action = start < 0 ? null : ACTION.exec(text)
    if (start >= 0 && action === null) {
      fail('templates of `env`, `must_env` and `json_escape` alone', `another one ${placeOf(text, start)}`)
    }
    let before = text.slice(at, start < 0 ? undefined : start)
    if (trims) before = before.replace(SPACE_BEFORE, '')
    if (action?.groups.trimsBefore) before = before.replace(SPACE_AFTER, '')
    parts.push(before)
    if (action === null) return parts.join('')
    parts.push(valueOf(action.groups, (expected, received) => fail(expected, `${received} ${placeOf(text, start)}`)))
    trims = action.groups.trimsAfter !== undefined
    at = ACTION.lastIndex
  }
}

function valueOf({ kind, words, escapes }, fail) {
  // A comment.
  if (kind === undefined) return ''
  const names = words.match(new RegExp(WORD, 'g')).map((word) => word.slice(1, -1))
  const value = kind === 'env' ? firstSet(names) : needed(names, fail)
  return escapes ? JSON.stringify(value).slice(1, -1) : value
}

/** The first that is a variable with a value; where none is, the last word itself. */
function firstSet(names) {
  const name = names.find((one) => process.env[one])
  return name === undefined ? names.at(-1) : process.env[name]
}

function needed(names, fail) {
  if (names.length > 1) fail('one name for `must_env`', names.length)
  const value = process.env[names[0]]
  if (value === undefined) fail(`the environment variable ${names[0]} to be set`, 'none')
  return value
}

function placeOf(text, index) {
  const lines = text.slice(0, index).split('\n')
  return `at line ${lines.length}, column ${lines.at(-1).length + 1}`
}

module.exports = { filledIn }
