'use strict'

// The files of the code that differ -> lines for people: how many, and those that weigh most.

const { counted, printable, size } = require('./words.js')

const MOST_NAMED = 10

/** A line of counts, and the files whose sizes change most. */
function codeLines(code) {
  if (code === undefined) return []
  const { added, removed, changed, unchangedCount } = code
  const counts = [[added, 'added'], [removed, 'removed'], [changed, 'changed']]
    .filter(([files]) => files.length > 0)
    .map(([files, how]) => `${files.length.toLocaleString('en-US')} ${how}`)
  const all = [...added.map(line('+')), ...removed.map(line('-')), ...changed.map(line('~'))]
  all.sort((a, b) => b.weight - a.weight || (a.path < b.path ? -1 : 1))
  const named = all.slice(0, MOST_NAMED).map(({ text }) => text)
  const rest = all.length - named.length
  return [
    `${counts.length > 0 ? counts.join(', ') : 'no file differs'}, ${unchangedCount.toLocaleString('en-US')} the same`,
    ...named,
    ...(rest > 0 ? [`and ${counted(rest, 'more file')}`] : []),
  ]
}

function line(sign) {
  return ({ path, sizeBefore = 0, sizeAfter = 0, modeBefore, modeAfter }) => {
    const sizes = sign === '~' && sizeBefore !== sizeAfter ? `${size(sizeBefore)} -> ${size(sizeAfter)}` : size(sizeAfter || sizeBefore)
    const modes = modeBefore === undefined ? '' : `, mode ${modeBefore.toString(8)} -> ${modeAfter.toString(8)}`
    return { path, weight: Math.abs(sizeAfter - sizeBefore), text: `${sign} ${printable(path)} (${sizes}${modes})` }
  }
}

module.exports = { codeLines }
