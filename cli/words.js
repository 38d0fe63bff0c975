'use strict'

// Numbers and names as people read them.

const UNITS = ['KiB', 'MiB', 'GiB']

/** `1.2 MiB`. */
function size(bytes) {
  if (bytes < 1024) return counted(bytes, 'byte')
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length)
  return `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`
}

/** `1.2 MiB (1,234,567 bytes)`: limits are compared to the byte. */
function exactSize(bytes) {
  return bytes < 1024 ? size(bytes) : `${size(bytes)} (${counted(bytes, 'byte')})`
}

/** `1 file`, `2,000 files`. */
function counted(count, noun) {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}

/** `8 ms`, `1.3 s`. */
function duration(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

/** A name in one line that cannot give orders to the terminal: file names may hold control characters. */
function printable(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

module.exports = { counted, duration, exactSize, printable, size }
