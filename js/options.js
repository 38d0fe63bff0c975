'use strict'

// Checks options against the generated table: names and types here, ranges and the rest in Rust.

const { LambdaPackError } = require('./error.js')
const table = require('./options.json')

const CALL_OPTIONS = ['signal', 'onProgress']

/** The options, checked, without those that are undefined; those that are null are named in `cleared`. */
function checkOptions(here, types, options) {
  const fail = invalid(here)
  if (!isObject(options)) fail('options', 'an object', options)
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    fail('signal', 'an AbortSignal', options.signal)
  }
  if (options.onProgress !== undefined && typeof options.onProgress !== 'function') {
    fail('onProgress', 'a function', options.onProgress)
  }
  const fields = Object.assign({}, ...types.map((type) => table[type]))
  const isCleared = (key) => options[key] === null && fields[key]?.nullable === true
  const cleared = Object.keys(options).filter(isCleared)
  const given = Object.fromEntries(Object.entries(options).filter(([key]) => !isCleared(key)))
  return { ...checkFields(here, fields, given, '', fail), ...pick(options, CALL_OPTIONS), cleared }
}

/** What throws that an option is not as it should be. */
function invalid(here) {
  return (option, expected, received) => {
    const message = `Expected ${expected} for \`${option}\` but received ${show(received)}`
    const details = { option, expected, received: show(received) }
    throw new LambdaPackError('INVALID_OPTION', message, { details, stack: here.stack })
  }
}

function checkFields(here, fields, options, prefix, fail) {
  const checked = {}
  for (const key of Object.keys(options)) {
    const value = options[key]
    if (prefix === '' && CALL_OPTIONS.includes(key)) continue
    if (!Object.hasOwn(fields, key)) throw unknown(here, prefix + key, fields, prefix)
    if (value === undefined) continue
    checked[key] = checkValue(here, fields[key], value, prefix + key, fail)
  }
  for (const [key, field] of Object.entries(fields)) {
    if (field.required && checked[key] === undefined) fail(prefix + key, expectation(field), undefined)
  }
  return checked
}

function checkValue(here, field, value, name, fail) {
  switch (field.type) {
    case 'object':
      if (!isObject(value)) fail(name, 'an object', value)
      return checkFields(here, table[field.of], value, `${name}.`, fail)
    case 'objects':
      if (!Array.isArray(value)) fail(name, expectation(field), value)
      return Array.from(value, (one, index) => {
        if (!isObject(one)) fail(`${name}[${index}]`, 'an object', one)
        return checkFields(here, table[field.of], one, `${name}[${index}].`, fail)
      })
    case 'record':
      // Values may be secrets, so only their types are told.
      if (!isObject(value)) fail(name, expectation(field), new Hidden(value))
      for (const [key, one] of Object.entries(value)) {
        if (typeof one !== 'string') fail(`${name}.${key}`, 'a string', new Hidden(one))
      }
      return value
    default:
      if (!fits(field, value)) fail(name, expectation(field), value)
      return value
  }
}

function fits({ type, choices, of }, value) {
  switch (type) {
    case 'any':
      return of.some((one) => fits(one, value))
    case 'strings':
      return Array.isArray(value) && Array.from(value).every((one) => typeof one === 'string')
    case 'choice':
      return choices.includes(value)
    case 'false':
      return value === false
    case 'json':
      return true
    case 'definition':
      return isObject(value)
    default:
      return typeof value === type
  }
}

function expectation({ nullable, ...field }) {
  return nullable ? `${expectationOf(field)} or null` : expectationOf(field)
}

function expectationOf({ type, choices, of }) {
  switch (type) {
    case 'any':
      return of.map(expectation).join(' or ')
    case 'strings':
      return 'an array of strings'
    case 'objects':
      return `an array of objects (${of})`
    case 'record':
      return 'an object with string values'
    case 'choice':
      return choices.map((choice) => `'${choice}'`).join(' or ')
    case 'false':
      return 'false'
    case 'definition':
      return 'an object (FunctionDefinition)'
    case 'object':
      return `an object (${of})`
    default:
      return `a ${type}`
  }
}

function unknown(here, name, fields, prefix) {
  const known = Object.keys(fields).concat(prefix === '' ? CALL_OPTIONS : [])
  const close = closest(name.slice(prefix.length), known)
  const hint = close ? `Did you mean \`${prefix}${close}\`?` : `The options are ${known.join(', ')}.`
  const details = { option: name }
  return new LambdaPackError('UNKNOWN_OPTION', `There is no option \`${name}\``, { hint, details, stack: here.stack })
}

/** The known name that differs least, if it differs little. */
function closest(name, known) {
  const distances = known.map((one) => [distance(name.toLowerCase(), one.toLowerCase()), one])
  const [best] = distances.sort(([a], [b]) => a - b)
  return best && best[0] <= Math.max(2, name.length / 3) ? best[1] : undefined
}

/** Levenshtein's. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]
}

/** What was received, in words. */
class Told {
  constructor(text) {
    this.text = text
  }
}

class Hidden extends Told {
  constructor(value) {
    super(value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`)
  }
}

function show(value) {
  if (value instanceof Told) return value.text
  if (typeof value === 'string') return `'${value.length > 100 ? `${value.slice(0, 100)}…` : value}'`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (isObject(value)) return 'an object'
  return String(value)
}

/** An object as literals make it, of whatever realm: what a Map or a class holds would be passed over. */
function isObject(value) {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function pick(object, keys) {
  return Object.fromEntries(keys.filter((key) => object[key] !== undefined).map((key) => [key, object[key]]))
}

module.exports = { Hidden, Told, checkOptions, checkValue, closest, expectation, invalid, isObject }
