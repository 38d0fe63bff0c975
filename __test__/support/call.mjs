import { REGION, scopeOf } from './credentials.mjs'
import { decodedLength, zipFileOf } from './limits.mjs'
import { isMutating, operationOf } from './operations.mjs'

/**
 * Reads what a request is from its head: enough to pick a fault before the body has come.
 *
 * @param {import('node:http').IncomingMessage} request
 * @returns {object} the call; `readBody` completes it
 */
export function callOf(request) {
  const [path, search = ''] = request.url.split('?', 2)
  const query = new URLSearchParams(search)
  const { method, headers } = request
  const scope = scopeOf(headers, query)
  const known = operationOf({ method, path, query, headers })
  const reference = /Function|Alias|Invo|Version|Permission|Policy|Concurrency|RuntimeManagement/.test(known.operation ?? '')
    ? functionOf(known.args[0] ?? '')
    : {}
  return {
    method,
    path,
    query,
    headers,
    ...known,
    name: reference.name ?? null,
    qualifier: numbered(query.get('Qualifier') ?? reference.qualifier),
    key: scope?.key ?? '',
    region: scope?.region ?? REGION,
    request: {},
    bytes: 0,
  }
}

/**
 * Completes a call with its body.
 *
 * @param {object} call
 * @param {Buffer} body
 */
export function readBody(call, body) {
  call.bytes = body.length
  if (call.service === 'lambda' && !/^Invo/.test(call.operation ?? '')) {
    call.request = parsed(body)
    if (call.operation === 'CreateFunction') call.name = functionOf(call.request.FunctionName ?? '').name
  }
  if (call.operation !== null || call.service === 'backend') return
  call.operation = operationOf({ ...call, form: body.toString('utf8') }).operation
}

/**
 * The call as a test reads it in `front.calls`.
 *
 * @param {object} call
 * @returns {object}
 */
export function entryOf(call) {
  const { method, path, operation } = call
  return {
    method,
    path,
    query: Object.fromEntries(call.query),
    operation,
    // What the client got; null for a connection that was cut or has no answer yet.
    status: null,
    // What the backend answered; null for a call that never reached it.
    backendStatus: null,
    bytes: 0,
    // Bytes of the body that the client got.
    answerBytes: 0,
    at: Date.now(),
    body: null,
    fault: null,
  }
}

/**
 * Puts what the body tells into the entry.
 *
 * @param {object} entry
 * @param {object} call
 */
export function completeEntry(entry, call) {
  entry.operation = call.operation
  entry.bytes = call.bytes
  if (call.service === 'lambda' && call.bytes > 0) entry.body = withoutCode(call.request)
}

/**
 * Whether a call asks for a change. A dry run does not.
 *
 * @param {object} entry
 * @returns {boolean}
 */
export function asksForChange(entry) {
  return isMutating(entry.operation) && entry.body?.DryRun !== true
}

// `name`, `name:qualifier`, `account:function:name` or a whole ARN.
function functionOf(reference) {
  const bare = reference.includes('function:') ? reference.replace(/^.*function:/, '') : reference
  const [name, qualifier] = bare.split(':')
  return { name, qualifier }
}

function numbered(qualifier) {
  return qualifier === '$LATEST' ? null : qualifier ?? null
}

function parsed(body) {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'))
  } catch {
    // The backend says what it thinks of such a body.
    return {}
  }
}

function withoutCode(request) {
  const zip = zipFileOf(request)
  if (typeof zip !== 'string') return request
  const bytes = decodedLength(zip)
  if (request.ZipFile !== undefined) return { ...request, ZipFile: bytes }
  const part = request.Code ? 'Code' : 'Content'
  return { ...request, [part]: { ...request[part], ZipFile: bytes } }
}
