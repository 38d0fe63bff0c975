'use strict'

// JSON to and from a function: what JSON can express is the caller's own, and bytes go between us and Rust.

const { types } = require('node:util')
const { LambdaPackError } = require('./error.js')

/** The options with their JSON as bytes. Values may be secrets, so they are not told. */
function withBytes(here, options) {
  const bytes = { ...options }
  for (const name of ['payload', 'clientContext']) {
    if (Object.hasOwn(options, name)) bytes[name] = bytesOf(here, name, options[name])
  }
  return bytes
}

function bytesOf(here, option, value) {
  // Not `instanceof`: bytes of another realm are bytes too.
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (types.isAnyArrayBuffer(value)) return Buffer.from(value)
  let reason
  try {
    const json = JSON.stringify(value)
    if (json !== undefined) return Buffer.from(json)
    reason = `a ${typeof value}`
  } catch (error) {
    // A BigInt, a circle, or what a toJSON throws.
    reason = `what JSON.stringify() refuses (${error?.name})`
  }
  const expected = 'what JSON can express, or bytes,'
  const message = `Expected ${expected} for \`${option}\` but received ${reason}`
  const details = { option, expected, received: reason }
  throw new LambdaPackError('INVALID_OPTION', message, { details, stack: here.stack })
}

/** The result with the function's answer as a value. */
function withValue(outcome) {
  if (outcome.payload === undefined || outcome.payload === null) return outcome
  const text = outcome.payload.toString('utf8')
  try {
    outcome.payload = JSON.parse(text)
  } catch {
    outcome.payload = text
  }
  return outcome
}

module.exports = { withBytes, withValue }
