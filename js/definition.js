'use strict'

// A function's definition in the shape of AWS's CreateFunction request -> options. It is what lambroll and
// `aws lambda create-function --cli-input-json` take.

const { readFileSync } = require('node:fs')

const { LambdaPackError } = require('./error.js')

// What is a name of the user's below these is left as it is.
const RECORDS = ['Tags']
// Told by AWS about a function, and not for us to set.
const ANSWERS = { VpcConfig: ['VpcId'], SnapStart: ['OptimizationStatus'] }
const IGNORED = ['$schema', 'PackageType']

const CONVERSIONS = {
  Environment: (value) => ({ environment: value?.Variables ?? {} }),
  Architectures: (value, fail) => {
    if (!Array.isArray(value) || value.length !== 1) fail('Architectures', 'an array of one', value)
    return { architecture: value[0] }
  },
  Layers: (value) => ({ layers: value }),
  Code: codeOptions,
  ImageConfig: (value, fail) => fail('ImageConfig', 'a function of a ZIP archive', value),
}

/** The options, with what the definition says where they are silent. */
function withDefinition(here, options) {
  const { definition, ...given } = options
  if (definition === undefined) return options
  const fail = (option, expected, received) => {
    const shown = typeof received === 'string' ? `'${received}'` : Array.isArray(received) ? 'an array' : typeof received
    const details = { option, expected, received: shown }
    const message = `Expected ${expected} for \`${option}\` but received ${shown}`
    throw new LambdaPackError('INVALID_OPTION', message, { details, stack: here.stack })
  }
  const isText = typeof definition === 'string'
  if (!isText && !isObject(definition)) fail('definition', 'a path or an object (FunctionDefinition)', definition)
  const parsed = isText ? parse(here, definition, fail) : definition
  if (!isObject(parsed)) fail('definition', 'an object (FunctionDefinition)', parsed)
  const defined = converted(parsed, (name, ...rest) => fail(`definition.${name}`, ...rest))
  const wanted = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...defined, ...wanted }
}

function parse(here, path, fail) {
  if (/\.jsonnet$/.test(path)) fail('definition', 'JSON: `jsonnet` makes it of Jsonnet', path)
  let text
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const message = `Cannot read ${path}: ${cause.message.split(',')[0]}`
    throw new LambdaPackError('READ_FAILED', message, { cause, details: { path }, stack: here.stack })
  }
  const filled = withVariables(text, fail)
  try {
    return JSON.parse(filled)
  } catch {
    // The parser's own words repeat the text, which may hold secrets.
    return fail('definition', 'JSON', path)
  }
}

/** lambroll's templates, as far as they speak of the environment: {{ env `NAME` `default` }}, {{ must_env `NAME` }}. */
function withVariables(text, fail) {
  return text.replace(/\{\{-?\s*([^{}]*?)\s*-?\}\}/g, (whole, inner) => {
    const template = /^(env|must_env)((?:\s+(?:`[^`]*`|"[^"\\]*"))+)(\s*\|\s*json_escape)?$/.exec(inner)
    if (!template) fail('definition', 'templates of `env`, `must_env` and `json_escape` alone', inner.split(/\s/)[0])
    const [, kind, words, escapes] = template
    const [name, ...others] = words.match(/`[^`]*`|"[^"]*"/g).map((word) => word.slice(1, -1))
    const value = kind === 'env' ? process.env[name] || others[0] || '' : process.env[name]
    if (value === undefined) fail('definition', `the environment variable ${name} to be set, for \`must_env\`,`, 'none')
    return escapes ? JSON.stringify(value).slice(1, -1) : value
  })
}

function converted(definition, fail) {
  if (definition.PackageType !== undefined && definition.PackageType !== 'Zip') {
    fail('PackageType', "'Zip'", definition.PackageType)
  }
  const options = {}
  for (const [name, value] of Object.entries(definition)) {
    if (IGNORED.includes(name)) continue
    if (!/^[A-Z]/.test(name)) fail(name, "AWS's name, which begins with a capital,", value)
    const convert = CONVERSIONS[name]
    // AWS tells what is not set as null or an empty text.
    if (value === null) continue
    Object.assign(options, convert ? convert(value, fail) : { [optionName(name)]: inCamelCase(name, value) })
  }
  return options
}

/** Where lambroll puts the archive, by way of S3. Which one is sent is for the options to say. */
function codeOptions({ S3Bucket: bucket, S3Key: key = '', ...code }, fail) {
  const { ImageUri: image, SourceKMSKeyArn: sourceKmsKeyArn, S3ObjectStorageMode: objectStorageMode, ...others } = code
  if (image !== undefined) fail('Code.ImageUri', 'a function of a ZIP archive', image)
  const [other] = Object.keys(others)
  if (other) fail(`Code.${other}`, 'S3Bucket, S3Key, S3ObjectStorageMode and SourceKMSKeyArn alone', others[other])
  const options = sourceKmsKeyArn === undefined ? {} : { sourceKmsKeyArn }
  if (bucket === undefined) return options
  const s3 = { bucket, prefix: key.slice(0, key.lastIndexOf('/') + 1), always: true }
  return { ...options, s3: objectStorageMode === undefined ? s3 : { ...s3, objectStorageMode } }
}

function inCamelCase(name, value) {
  if (RECORDS.includes(name)) return value
  if (Array.isArray(value)) return value.map((one) => inCamelCase(name, one))
  if (!isObject(value)) return value
  const told = Object.entries(value).filter(([key, one]) => one !== null && !ANSWERS[name]?.includes(key))
  return Object.fromEntries(told.map(([key, one]) => [optionName(key), inCamelCase(key, one)]))
}

/** KMSKeyArn -> kmsKeyArn, MemorySize -> memorySize, S3FilesConfig -> s3FilesConfig. */
function optionName(name) {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (start) => start.toLowerCase())
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

module.exports = { withDefinition }
