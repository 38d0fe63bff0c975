'use strict'

// A function's definition in the shape of AWS's CreateFunction request -> options. It is what lambroll and
// `aws lambda create-function --cli-input-json` take, and what AWS answers about a function is passed over in it.

const { readFileSync } = require('node:fs')

const { LambdaPackError } = require('./error.js')
const { Hidden, Told, checkValue, closest, expectation, invalid, isObject } = require('./options.js')
const table = require('./options.json')
const { filledIn } = require('./template.js')

/** What CreateFunction takes. Which of it is an option of ours and of what type, the table says. */
const FIELDS = [
  'Architectures', 'CapacityProviderConfig', 'Code', 'CodeSigningConfigArn', 'DeadLetterConfig', 'Description',
  'DurableConfig', 'Environment', 'EphemeralStorage', 'FileSystemConfigs', 'FunctionName', 'Handler', 'ImageConfig',
  'KMSKeyArn', 'Layers', 'LoggingConfig', 'MemorySize', 'PackageType', 'Publish', 'PublishTo', 'Role', 'Runtime',
  'SnapStart', 'Tags', 'TenancyConfig', 'Timeout', 'TracingConfig', 'VpcConfig',
]
/** What GetFunctionConfiguration tells beside: about a function, and not for us to set. */
const ANSWERS = [
  'CodeSha256', 'CodeSize', 'ConfigSha256', 'FunctionArn', 'LastModified', 'LastUpdateStatus',
  'LastUpdateStatusReason', 'LastUpdateStatusReasonCode', 'MasterArn', 'RevisionId', 'RuntimeVersionConfig',
  'SigningJobArn', 'SigningProfileVersionArn', 'State', 'StateReason', 'StateReasonCode', 'Version',
]
const ANSWERS_WITHIN = {
  VpcConfig: ['VpcId'],
  SnapStart: ['OptimizationStatus'],
  Layers: ['CodeSize', 'SigningJobArn', 'SigningProfileVersionArn'],
}
// An editor's.
const IGNORED = ['$schema']

/** The options, with what the definition says where they are silent. */
function withDefinition(here, options) {
  const { definition, ...given } = options
  if (definition === undefined) return options
  const fail = invalid(here)
  const isText = typeof definition === 'string'
  if (!isText && !isObject(definition)) fail('definition', 'a path or an object (FunctionDefinition)', definition)
  const parsed = isText ? parse(here, definition, fail) : definition
  if (!isObject(parsed)) fail('definition', 'an object (FunctionDefinition)', parsed)
  const defined = new Definition(here, fail).options(parsed)
  const wanted = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...defined, ...wanted }
}

function parse(here, path, fail) {
  if (/\.jsonnet$/.test(path)) fail('definition', 'JSON: `jsonnet` makes it of Jsonnet', path)
  let text
  try {
    text = readFileSync(path, 'utf8').replace(/^\ufeff/, '')
  } catch (cause) {
    const message = `Cannot read ${path}: ${cause.message.split(',')[0]}`
    throw new LambdaPackError('READ_FAILED', message, { cause, details: { path }, stack: here.stack })
  }
  const filled = filledIn(text, (expected, received) => fail('definition', expected, new Told(received)))
  try {
    return JSON.parse(filled)
  } catch {
    // The parser's own words repeat the text, which may hold secrets.
    return fail('definition', 'JSON', path)
  }
}

class Definition {
  constructor(here, fail) {
    Object.assign(this, { here, fail })
  }

  options(definition) {
    const options = {}
    for (const [name, value] of Object.entries(definition)) {
      if (IGNORED.includes(name) || ANSWERS.includes(name)) continue
      const path = `definition.${name}`
      // AWS's answer tells it of an image function.
      if (name === 'ImageConfigResponse' && !isUnset(value)) this.fail(path, 'a function of a ZIP archive', new Hidden(value))
      if (!/^[A-Z]/.test(name)) this.fail(path, "AWS's name, which begins with a capital,", new Hidden(value))
      if (!FIELDS.includes(name)) throw this.unknown(path, name, FIELDS)
      if (isUnset(value)) continue
      Object.assign(options, Object.hasOwn(CONVERSIONS, name) ? CONVERSIONS[name](this, value, path) : this.option(name, value, path))
    }
    return options
  }

  option(name, value, path) {
    const key = optionName(name)
    return told(key, this.converted(table.DeployOptions[key], value, path, ANSWERS_WITHIN[name]))
  }

  /** A value of AWS's shape as the options have it; nothing where AWS tells so that it is not set. */
  converted(field, value, path, answers = []) {
    if (isUnset(value) || (value === '' && /Arn$/.test(path))) return undefined
    switch (field.type) {
      case 'object':
        return this.object(field.of, value, path, answers)
      case 'objects':
        if (!Array.isArray(value)) this.fail(path, expectation(field), value)
        return Array.from(value, (one, index) => {
          const place = `${path}[${index}]`
          return this.object(field.of, one, place, answers) ?? this.fail(place, 'an object that says something', one)
        })
      default:
        return checkValue(this.here, field, value, path, this.fail)
    }
  }

  object(type, value, path, answers) {
    if (!isObject(value)) this.fail(path, 'an object', new Hidden(value))
    const fields = new Map(Object.entries(table[type]).map(([key, field]) => [awsName(key), { key, field }]))
    const object = {}
    for (const [name, one] of Object.entries(value)) {
      if (answers.includes(name)) continue
      const known = fields.get(name)
      if (!known) throw this.unknown(`${path}.${name}`, name, [...fields.keys()])
      Object.assign(object, told(known.key, this.converted(known.field, one, `${path}.${name}`)))
    }
    if (saysNothing(object)) return undefined
    for (const [name, { key, field }] of fields) {
      if (field.required && object[key] === undefined) this.fail(`${path}.${name}`, expectation(field), undefined)
    }
    return object
  }

  unknown(option, name, known) {
    const close = closest(name, known)
    const hint =
      name === 'Configuration'
        ? 'That is all of what GetFunction answers: give what `aws lambda get-function --query Configuration` prints.'
        : close
          ? `Did you mean \`${option.slice(0, -name.length)}${close}\`?`
          : `The names are ${known.join(', ')}.`
    const message = `\`${option}\` is not of AWS's CreateFunction`
    return new LambdaPackError('UNKNOWN_OPTION', message, { hint, details: { option }, stack: this.here.stack })
  }
}

const CONVERSIONS = {
  // Their values may be secrets, and their names as well where they are in the wrong place.
  Environment({ here, fail }, value, path) {
    const expected = 'an object with `Variables` alone'
    if (!isObject(value)) fail(path, expected, new Hidden(value))
    const { Variables: variables, Error: error, ...others } = value
    if (Object.keys(others).length > 0) fail(path, expected, new Told('one with other names'))
    // AWS tells an `Error` instead of what cannot be decrypted.
    if (isUnset(variables)) return {}
    return { environment: checkValue(here, table.DeployOptions.environment, variables, `${path}.Variables`, fail) }
  },
  Architectures({ here, fail }, value, path) {
    if (!Array.isArray(value) || value.length !== 1) fail(path, 'an array of one', value)
    return { architecture: checkValue(here, table.DeployOptions.architecture, value[0], `${path}[0]`, fail) }
  },
  Layers(definition, value, path) {
    const { here, fail } = definition
    // AWS's answer has an object for each.
    const layers = Array.isArray(value) ? value.map((one, index) => (isObject(one) ? arnOf(definition, one, `${path}[${index}]`) : one)) : value
    return { layers: checkValue(here, table.DeployOptions.layers, layers, path, fail) }
  },
  PackageType({ fail }, value, path) {
    if (value !== 'Zip') fail(path, "'Zip'", value)
    return {}
  },
  ImageConfig({ fail }, value, path) {
    return fail(path, 'a function of a ZIP archive', new Hidden(value))
  },
  Code: codeOptions,
}

function arnOf(definition, layer, path) {
  const { Arn: arn, ...others } = layer
  const other = Object.keys(others).find((name) => !ANSWERS_WITHIN.Layers.includes(name))
  if (other) throw definition.unknown(`${path}.${other}`, other, ['Arn'])
  return typeof arn === 'string' ? arn : definition.fail(`${path}.Arn`, 'a string', new Hidden(arn))
}

/** Where lambroll puts the archive, by way of S3. Which one is sent is for the options to say. */
function codeOptions(definition, value, path) {
  const { here, fail } = definition
  if (!isObject(value)) fail(path, 'an object', new Hidden(value))
  const code = Object.fromEntries(Object.entries(value).filter(([, one]) => !isUnset(one)))
  const { S3Bucket: bucket, S3Key: key, S3ObjectStorageMode: mode, SourceKMSKeyArn: sourceKey, ImageUri: image, ...others } = code
  if (image !== undefined) fail(`${path}.ImageUri`, 'a function of a ZIP archive', new Hidden(image))
  const [other] = Object.keys(others)
  if (other) fail(`${path}.${other}`, 'S3Bucket, S3Key, S3ObjectStorageMode and SourceKMSKeyArn alone', new Hidden(others[other]))
  for (const [name, one] of Object.entries(code)) {
    if (typeof one !== 'string') fail(`${path}.${name}`, 'a string', new Hidden(one))
  }
  const options = told('sourceKmsKeyArn', sourceKey || undefined)
  if (bucket === undefined) {
    if (key !== undefined || mode !== undefined) fail(`${path}.S3Bucket`, 'a bucket beside S3Key and S3ObjectStorageMode', undefined)
    return options
  }
  const s3 = { bucket, prefix: (key ?? '').slice(0, (key ?? '').lastIndexOf('/') + 1), always: true }
  if (mode === undefined) return { ...options, s3 }
  const objectStorageMode = checkValue(here, table.S3Options.objectStorageMode, mode, `${path}.S3ObjectStorageMode`, fail)
  return { ...options, s3: { ...s3, objectStorageMode } }
}

/** Whether it only tells that something is not set: a function outside of networks has lists without ids. */
function saysNothing(object) {
  return Object.values(object).every((value) => value === false || (Array.isArray(value) && value.length === 0))
}

function told(key, value) {
  return value === undefined ? {} : { [key]: value }
}

// AWS tells so what is not set, and the AWS CLI writes it so into its skeletons.
function isUnset(value) {
  return value === undefined || value === null
}

/** KMSKeyArn -> kmsKeyArn, MemorySize -> memorySize. */
function optionName(name) {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (start) => start.toLowerCase())
}

/** kmsKeyArn -> KMSKeyArn, s3FilesConfig -> S3FilesConfig. */
function awsName(key) {
  return key.replace(/^kms|^[a-z]/, (start) => start.toUpperCase())
}

module.exports = { withDefinition }
