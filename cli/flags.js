'use strict'

// The table of the API's options -> flags, and flags -> options. An option that is added to the API is a flag
// by being in the table; all that is named here is the placeholder that the help shows for its value.

const { readFileSync } = require('node:fs')

const { InvalidArgumentError, Option } = require('commander')

const { UsageError } = require('./usage.js')
const table = require('../js/options.json')

const PLACEHOLDERS = {
  root: 'path',
  out: 'path',
  include: 'pattern',
  ignore: 'pattern',
  level: 'level',
  cache: 'path',
  prefix: 'folder',
  executable: 'pattern',
  definition: 'path',
  functionName: 'name',
  package: 'path',
  runtime: 'name',
  handler: 'file.export',
  role: 'arn',
  memorySize: 'megabytes',
  timeout: 'seconds',
  layers: 'arn',
  alias: 'name',
  's3.bucket': 'name',
  region: 'name',
  profile: 'name',
  endpoint: 'url',
  to: 'version',
  kmsKeyArn: 'arn',
  codeSigningConfigArn: 'arn',
  'runtimeManagementConfig.runtimeVersionArn': 'arn',
  'eventInvokeConfig.destinationConfig.onSuccess.destination': 'arn',
  'eventInvokeConfig.destinationConfig.onFailure.destination': 'arn',
  'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig.capacityProviderArn': 'arn',
  'functionUrl.cors.allowHeaders': 'name',
  'functionUrl.cors.allowMethods': 'name',
  'functionUrl.cors.allowOrigins': 'url',
  'functionUrl.cors.exposeHeaders': 'name',
  'functionUrl.cors.maxAge': 'seconds',
  'vpcConfig.subnetIds': 'id',
  'vpcConfig.securityGroupIds': 'id',
  'deadLetterConfig.targetArn': 'arn',
  'loggingConfig.logGroup': 'name',
  'durableConfig.kmsKeyArn': 'arn',
  's3.expectedBucketOwner': 'account',
  keep: 'count',
  qualifier: 'version',
  payload: 'json',
  clientContext: 'json',
  since: 'time',
  until: 'time',
  filter: 'pattern',
  limit: 'count',
  'timeouts.total': 'seconds',
  'timeouts.attempt': 'seconds',
}

// Objects that no flags spell out: what was printed as JSON is read from a file.
const FROM_FILES = ['DeployPlan']

const PLACEHOLDERS_BY_TYPE = {
  string: 'text',
  strings: 'text',
  number: 'number',
  choice: 'choice',
  record: 'KEY=VALUE',
  object: 'file',
}

/**
 * The flags of an options type. Objects within it are flattened: `s3.bucket` is `--s3-bucket`. Each call
 * makes new ones, because Commander's options belong to one command.
 */
function flagsOf(type, parents = [], about = '') {
  return Object.entries(table[type]).flatMap(([key, field]) => {
    const path = [...parents, key]
    if (field.type === 'object' && !FROM_FILES.includes(field.of)) {
      const within = flagsOf(field.of, path, firstSentence(field.doc))
      return field.nullable || canBeEmpty(path, field) ? [...within, clearing(path, field)] : within
    }
    // A callback is the command's own.
    if (field.type === 'function') return []
    const long = `--${kebab(path.join('-'))}`
    // What the object is for is said once, at what it cannot be without.
    const needed = parents.length === 0 && field.required ? ' Required.' : ''
    const doc = field.required && about ? `${about} ${field.doc}` : field.doc + needed
    return [{ path, field, long, doc, options: optionsFor({ path, field, long, doc }) }]
  })
}

/** The flag that sets an object to null, or to one without anything in it. */
function clearing(path, field) {
  const long = `--no-${kebab(path.join('-'))}`
  const about = field.nullable ? '' : ` ${describe(field.doc)}`
  const option = new Option(long, `Sets ${path.join('.')} to ${field.nullable ? 'null' : '{}'}.${about}`)
  return { path, field, long, doc: field.doc, options: [option] }
}

/**
 * Whether a part of an object says something by being there and empty. The object itself is then given by others of its
 * parts.
 */
function canBeEmpty(path, field) {
  if (path.length === 1 || field.nullable) return false
  return field.type === 'objects' || (field.type === 'object' && Object.values(table[field.of]).every(({ required }) => !required))
}

function optionsFor({ path, field, long, doc }) {
  const options = valueOptionsFor({ path, field, long, doc })
  const negated = long.replace(/^--/, '--no-')
  const name = path.join('.')
  if (field.nullable) return [...options, new Option(negated, `Sets ${name} to null.`)]
  return canBeEmpty(path, field) ? [...options, new Option(negated, `Sets ${name} to [].`)] : options
}

function valueOptionsFor({ path, field, long, doc }) {
  const negated = long.replace(/^--/, '--no-')
  const placeholder =
    field.type === 'objects'
      ? placeholderOf([...leaves(field.of).keys()])
      : (PLACEHOLDERS[path.join('.')] ?? PLACEHOLDERS_BY_TYPE[field.type])
  const withValue = (...notes) => {
    const text = describe(doc.replaceAll('`null`', negated))
    return new Option(`${long} <${placeholder}>`, [text, ...notes].join(' '))
  }
  const repeatable = (parse) => {
    const option = withValue('Can be given several times.')
    // Before it may be what `--no-x` has set.
    return option.argParser((text, before) => [...(before || []), parse(text, long)])
  }
  switch (field.type) {
    case 'string':
      return [withValue()]
    case 'choice':
      return [withValue().choices(field.choices)]
    case 'number':
      return [withValue().argParser(number)]
    case 'strings':
      return [repeatable((text) => text)]
    case 'record':
      return [repeatable(pair)]
    case 'object':
      return [withValue().argParser((path) => fromFile(path, long))]
    case 'objects': {
      const fields = leaves(field.of)
      const option = repeatable((text) => object(text, long, fields))
      const keys = fields.size <= MOST_SHOWN ? '' : `Keys: ${[...fields.keys()].join(', ')}. `
      return [described(option, `${keys}Values with a comma need JSON, like '${JSON.stringify({ [[...fields.keys()][0]]: '…' })}'.`)]
    }
    case 'json':
      // As it is: read and written again, large numbers would be others.
      return [withValue().argParser((text) => Buffer.from(text))]
    case 'boolean':
      return [new Option(long, describe(doc)), new Option(negated, `The opposite of ${long}.`)]
    case 'any': {
      const value = withValue().argParser((text) => anyOf(field.of, text))
      const off = new Option(negated, `Sets ${path.join('.')} to false.`)
      return field.of.some((one) => one.type === 'false') ? [value, off] : [value]
    }
    case 'false':
      return [new Option(negated, `Sets ${path.join('.')} to false. ${describe(doc)}`)]
    default:
      throw new TypeError(`no flag is known for ${path.join('.')}, which has the type ${field.type}`)
  }
}

/** The value that a text stands for. What fits nothing is left to the API, which tells what it expects. */
function anyOf(shapes, text) {
  return shapes.some((one) => one.type === 'number') && NUMBER.test(text) ? Number(text) : text
}

// `Number` would take nothing for 0 as well, and read hexadecimal digits.
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function number(text) {
  if (!NUMBER.test(text)) {
    throw new InvalidArgumentError('Expected a number.')
  }
  return Number(text)
}

function pair(text, long) {
  const at = text.indexOf('=')
  if (at < 1) {
    const hint = 'What was given is not shown, as it may be a secret.'
    throw new UsageError(`Expected KEY=VALUE for ${long}`, hint)
  }
  return [text.slice(0, at), text.slice(at + 1)]
}

/** The JSON of a file. */
function fromFile(path, long) {
  let text
  try {
    text = readFileSync(path, 'utf8').replace(/^\ufeff/, '')
  } catch (error) {
    throw new UsageError(`Cannot read ${path} for ${long}: ${error.message}`)
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${path} for ${long} is not JSON`, 'It is what `lambda-pack plan --json` prints.')
  }
}

/** `arn=…,localMountPath=…`, or JSON, as the AWS CLI has it. */
function object(text, long, fields) {
  if (text.trimStart().startsWith('{')) return objectOfJson(text, long)
  const pairs = text.split(',').map((part) => pair(part, long))
  const given = new Map(pairs)
  const isWrong = ([key, value]) => !fields.has(key) || (fields.get(key).type === 'boolean' && !(value in BOOLEANS))
  if (given.size < pairs.length || pairs.some(isWrong)) {
    // What was given is not shown: some of these let in who knows them.
    throw new UsageError(`Expected ${shorthand([...fields.keys()])} for ${long}`, 'Each is given once at most.')
  }
  const whole = {}
  for (const [key, value] of pairs) {
    const path = key.split('.')
    const within = path.slice(0, -1).reduce((object, name) => (object[name] ??= {}), whole)
    within[path.at(-1)] = fields.get(key).type === 'boolean' ? BOOLEANS[value] : value
  }
  return whole
}

/** What its parts are to be, the API tells. */
function objectOfJson(text, long) {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own words repeat the text.
    throw new UsageError(`Expected an object as JSON for ${long}`, 'What was given is not shown, as it may be a secret.')
  }
}

const BOOLEANS = { true: true, false: false }

// A longer placeholder would make the help's first column wider than a terminal.
const MOST_SHOWN = 3

function placeholderOf(keys) {
  return keys.length > MOST_SHOWN ? 'key=…,key=…' : shorthand(keys)
}

function described(option, note) {
  option.description += ` ${note}`
  return option
}

/** What an object of a list can have, by its path. */
function leaves(type, before = '') {
  return new Map(
    Object.entries(table[type]).flatMap(([key, field]) =>
      field.type === 'object' ? [...leaves(field.of, `${before}${key}.`)] : [[before + key, field]]
    )
  )
}

function shorthand(keys) {
  return keys.map((key) => `${key}=…`).join(',')
}

/** The API's options, of the flags that were given. */
function optionsOf(command, flags) {
  const options = {}
  for (const { path, field, long, options: [option] } of flags) {
    // Commander gives `--no-x` alone a default of its own; ours are the API's.
    const name = option.attributeName()
    if (command.getOptionValueSource(name) !== 'cli') {
      // Not left to Commander, which tells it before the mistyped flag that is the cause. What is required
      // within an object is so only beside the others, and that the API tells.
      const isDefined = command.getOptionValueSource('definition') === 'cli'
      if (field.required && path.length === 1 && !isDefined) command.error(`option '${option.flags}' is required`)
      continue
    }
    // Commander has `false` for `--no-x`.
    const value = command.getOptionValue(name)
    const isCleared = value === false && (field.nullable === true || canBeEmpty(path, field))
    if (isCleared && field.type === 'object' && path.at(-1) in path.slice(0, -1).reduce((object, key) => object[key] ?? {}, options)) {
      // The order of both is not known here, and to take a network away is no small thing.
      throw new UsageError(`${long} does not go with flags of its parts`, 'Give one or the other.')
    }
    const within = path.slice(0, -1).reduce((object, key) => (object[key] ??= {}), options)
    const nothing = field.nullable ? null : field.type === 'objects' ? [] : {}
    within[path.at(-1)] = isCleared ? nothing : field.type === 'record' ? Object.fromEntries(value) : value
  }
  return options
}

/** The API's doc of an option, as the help shows it. */
function describe(doc) {
  return inFlags(doc).replaceAll('**Default** ', 'Default: ').replace(/\*\*|`/g, '')
}

/**
 * A text of the API as the command line says it: `s3: { bucket: 'b' }` is --s3-bucket b, and `pack()` is
 * lambda-pack pack.
 */
function inFlags(text) {
  return text.replace(/`([^`]+)`/g, (span, code) => flagFor(code) ?? span)
}

function flagFor(code) {
  const [, called] = /^(\w+)\(\)$/.exec(code) ?? []
  if (called) return `lambda-pack ${called}`
  const [, name, value] = /^([\w.]+)(?:: (.+))?$/.exec(code) ?? []
  const [, key, inner] = /^\{ (\w+)(?:: (.+))? \}$/.exec(value ?? '') ?? []
  const path = key ? `${name}.${key}` : name
  const given = key ? inner : value
  const long = FLAGS.get(path)
  if (long === undefined || given === undefined) return long
  if (given === 'true') return long
  if (given === 'false') return long.replace(/^--/, '--no-')
  const text = /^\[?'([^']*)'\]?$/.exec(given)?.[1]
  return text === undefined ? undefined : `${long} ${/^[\w./:@-]+$/.test(text) ? text : `'${text}'`}`
}

function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function firstSentence(doc) {
  return doc.replace(/(?<=\.) .*$/s, '')
}

const FLAGS = new Map(
  [
    'PackOptions', 'DefinitionOptions', 'DeployOptions', 'PruneOptions', 'RollbackOptions', 'InvokeOptions', 'LogsOptions',
    'StatusOptions', 'RemoveOptions', 'InitOptions',
  ].flatMap(function named(type) {
    return Object.entries(table[type]).flatMap(([key, field]) => {
      if (field.type === 'function') return []
      if (field.type !== 'object' || FROM_FILES.includes(field.of)) return [[key, `--${kebab(key)}`]]
      return named(field.of).map(([path, long]) => [`${key}.${path}`, `--${kebab(key)}${long.slice(1)}`])
    })
  })
)

module.exports = { describe, flagsOf, inFlags, optionsOf }
