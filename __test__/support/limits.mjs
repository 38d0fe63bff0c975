const ZIPPED = 52_428_800
const REQUEST_WITH_CODE = 70_167_211
const REQUEST_OF_CONFIGURATION = 5120
const ENVIRONMENT = 4096
const LAYERS = 5
const RESERVED = new Set([
  '_HANDLER', '_X_AMZN_TRACE_ID', 'AWS_DEFAULT_REGION', 'AWS_REGION', 'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR',
])

/**
 * The limits of Lambda that MiniStack does not hold, with AWS's own answers.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 *
 * @param {string} operation
 * @param {object} request the parsed body
 * @param {number} bytes the size of the body
 * @returns {{ status: number, code: string, message: string } | null} null when all is within limits
 */
export function overLimit(operation, request, bytes) {
  return tooLarge(operation, request, bytes) ?? badFields(request) ?? badEnvironment(request)
}

/**
 * What Lambda refuses of an event before a function sees it.
 *
 * @param {{ headers: object, payload: Buffer }} call
 * @returns {{ status: number, code: string, message: string } | null}
 */
export function overInvokeLimit({ headers, payload }) {
  const limit = headers['x-amz-invocation-type'] === 'Event' ? 1_048_576 : 6_291_456
  if (payload.length > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`
    return { status: 413, code: 'RequestTooLargeException', message }
  }
  const context = headers['x-amz-client-context']
  if (context !== undefined && !isJson(Buffer.from(context, 'base64'))) {
    const message = 'Client context must be a valid Base64-encoded JSON object.'
    return { status: 400, code: 'InvalidRequestContentException', message }
  }
  if (payload.length === 0 || isJson(payload)) return null
  const message = 'Could not parse request body into json'
  return { status: 400, code: 'InvalidRequestContentException', message }
}

function isJson(bytes) {
  try {
    JSON.parse(bytes)
    return true
  } catch {
    return false
  }
}

/**
 * How many bytes a base64 text stands for, without decoding it.
 *
 * @param {string} text
 * @returns {number}
 */
export function decodedLength(text) {
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='))
  return Math.floor((text.length * 3) / 4) - padding
}

/**
 * The base64 code of a request, wherever its operation puts it.
 *
 * @param {object} request
 * @returns {string | undefined}
 */
export function zipFileOf(request) {
  return request.ZipFile ?? request.Code?.ZipFile ?? request.Content?.ZipFile
}

// AWS looks at the archive before it looks at the request, so that the clearer message wins.
function tooLarge(operation, request, bytes) {
  const code = 'RequestEntityTooLargeException'
  const zip = zipFileOf(request)
  if (typeof zip === 'string' && decodedLength(zip) > ZIPPED) {
    return { status: 413, code, message: `Zipped size must be smaller than ${ZIPPED} bytes` }
  }
  const limit = operation === 'UpdateFunctionConfiguration' ? REQUEST_OF_CONFIGURATION : REQUEST_WITH_CODE
  if (bytes <= limit) return null
  const message = `Request must be smaller than ${limit} bytes for the ${operation} operation`
  return { status: 413, code, message }
}

function badFields(request) {
  if (request.Layers?.length > LAYERS) return invalid(`Cannot reference more than ${LAYERS} layers.`)
  const { FunctionName: name, Description: description, Handler: handler } = request
  if (description?.length > 256) return constraint('description', 'length less than or equal to 256')
  if (handler?.length > 128) return constraint('handler', 'length less than or equal to 128')
  if (/\s/.test(handler ?? '')) return pattern(handler, 'handler', '[^\\s]+')
  if (name !== undefined && !isFunctionName(name)) {
    return pattern(name, 'functionName', '[a-zA-Z0-9-_]{1,64}')
  }
  return outOfRange('timeout', request.Timeout, 1, 900)
    ?? outOfRange('memorySize', request.MemorySize, 128, 10_240)
}

function isFunctionName(name) {
  return name.length <= 140 && /^(arn:[^:]+:lambda:[^:]+:\d{12}:function:)?[\w-]{1,64}(:[\w$-]+)?$/.test(name)
}

function outOfRange(name, value, least, most) {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return null
  return value > most
    ? constraint(name, `value less than or equal to ${most}`, value)
    : constraint(name, `value greater than or equal to ${least}`, value)
}

function badEnvironment(request) {
  const variables = request.Environment?.Variables ?? {}
  const names = Object.keys(variables)
  const bad = names.find((name) => !/^[a-zA-Z]\w+$/.test(name))
  if (bad !== undefined) return pattern(bad, 'environment.variables', '[a-zA-Z]([a-zA-Z0-9_])+')
  const reserved = names.filter((name) => RESERVED.has(name))
  const unable = 'Lambda was unable to configure your environment variables because the environment '
    + 'variables you '
  if (reserved.length > 0) {
    return invalid(`${unable}have provided contains reserved keys that are currently not supported for `
      + `modification. Reserved keys used in this request: ${reserved.join(', ')}`)
  }
  const measured = Buffer.byteLength(JSON.stringify(variables))
  if (measured <= ENVIRONMENT) return null
  const text = JSON.stringify(variables)
  return invalid(`${unable}have provided exceeded the 4KB limit. String measured: ${text}`)
}

function invalid(message) {
  return { status: 400, code: 'InvalidParameterValueException', message }
}

function constraint(name, rule, value = '...') {
  return failed(value, name, `Member must have ${rule}`)
}

function pattern(value, name, expression) {
  return failed(value, name, `Member must satisfy regular expression pattern: ${expression}`)
}

function failed(value, name, rule) {
  const message = `1 validation error detected: Value '${value}' at '${name}' failed to satisfy `
    + `constraint: ${rule}`
  return { status: 400, code: 'ValidationException', message }
}
