import { randomUUID } from 'node:crypto'

// The model of Lambda spells the message one way for most errors and the other way for these.
const CAPITALISED = new Set(['ResourceNotFoundException', 'ResourceInUseException', 'ServiceException'])

/**
 * @typedef {object} Answer what a client gets
 * @property {number} status
 * @property {string[]} rawHeaders flat name, value list, as Node reads them
 * @property {Buffer} body
 */

/**
 * A JSON answer of Lambda.
 *
 * @param {number} status
 * @param {object} value
 * @param {object} [headers]
 * @returns {Answer}
 */
export function jsonAnswer(status, value, headers = {}) {
  return answer(status, { 'content-type': 'application/json', ...headers }, JSON.stringify(value))
}

/**
 * An error in the form of the service: JSON for Lambda, XML for S3 and the query services.
 *
 * @param {{ service: string, method: string }} call
 * @param {{ status: number, code: string, message?: string, headers?: object }} error
 * @returns {Answer}
 */
export function errorAnswer({ service, method }, { status, code, message = code, headers = {} }) {
  if (service === 'lambda') {
    const type = status >= 500 ? 'Service' : 'User'
    const key = CAPITALISED.has(code) ? 'Message' : 'message'
    return jsonAnswer(status, { Type: type, [key]: message }, { 'x-amzn-errortype': code, ...headers })
  }
  if (service === 'logs') return jsonAnswer(status, { __type: code, message }, { 'x-amzn-errortype': code, ...headers })
  const text = `<Code>${escape(code)}</Code><Message>${escape(message)}</Message>`
  const error = `<Error>${text}</Error>`
  const inner = service === 's3' ? error : `<ErrorResponse>${error}</ErrorResponse>`
  // An answer to HEAD has no body, so S3 names the error nowhere but in the status.
  const body = method === 'HEAD' ? '' : `<?xml version="1.0" encoding="UTF-8"?>\n${inner}`
  return answer(status, { 'content-type': 'application/xml', ...headers }, body)
}

/**
 * The same answer with another JSON body.
 *
 * @param {Answer} original
 * @param {object} value
 * @returns {Answer}
 */
export function withJson(original, value) {
  const body = Buffer.from(JSON.stringify(value))
  const rawHeaders = []
  for (let i = 0; i < original.rawHeaders.length; i += 2) {
    const [name, text] = original.rawHeaders.slice(i, i + 2)
    if (name.toLowerCase() !== 'content-length') rawHeaders.push(name, text)
  }
  return { ...original, rawHeaders: [...rawHeaders, 'content-length', String(body.length)], body }
}

function answer(status, headers, text) {
  const body = Buffer.from(text)
  const all = { 'x-amzn-requestid': randomUUID(), ...headers, 'content-length': String(body.length) }
  return { status, rawHeaders: Object.entries(all).flat(), body }
}

function escape(text) {
  return text.replace(/[<>&]/g, (sign) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[sign])
}
