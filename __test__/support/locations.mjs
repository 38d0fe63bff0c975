import { errorAnswer } from './answers.mjs'

const PLACE = '/_ministack/lambda-code/'

/** Whether a path is that of the deployed code, which `Code.Location` of GetFunction leads to. */
export function isLocation(path) {
  return path.startsWith(PLACE)
}

/**
 * The `Code` of a GetFunction answer, with a location that leads through the front.
 *
 * @param {{ Location?: string }} code
 * @param {string} front
 */
export function located(code, front) {
  if (code?.Location === undefined) return code
  const { pathname, search } = new URL(code.Location)
  return { ...code, Location: front + pathname + search }
}

/** S3 takes the signature of the address or that of a header, and never both. */
export function signedTwice(call) {
  if (call.headers.authorization === undefined) return null
  const message = 'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string '
    + 'parameter or the Authorization header should be specified'
  return errorAnswer(call, { status: 400, code: 'InvalidArgument', message })
}

/**
 * The part of an object that a request asks for, as S3 gives it. MiniStack always gives the whole.
 *
 * @param {object} call
 * @param {import('./answers.mjs').Answer} answer
 * @returns {import('./answers.mjs').Answer}
 */
export function ranged(call, answer) {
  if (answer.status !== 200) return answer
  const size = answer.body.length
  const whole = withHeaders(answer, { 'accept-ranges': 'bytes', 'content-length': size })
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(call.headers.range ?? '') ?? []
  const suffix = first === ''
  if (first === undefined || (suffix && last === '') || (!suffix && last !== '' && Number(last) < Number(first))) {
    return whole
  }
  const start = suffix ? Math.max(0, size - Number(last)) : Number(first)
  const end = suffix || last === '' ? size : Math.min(Number(last) + 1, size)
  if (start >= size) {
    return errorAnswer(call, {
      status: 416, code: 'InvalidRange', message: 'The requested range is not satisfiable',
      headers: { 'content-range': `bytes */${size}` },
    })
  }
  const body = answer.body.subarray(start, end)
  const headers = { 'content-range': `bytes ${start}-${end - 1}/${size}`, 'content-length': body.length }
  return { ...withHeaders(whole, headers), status: 206, body }
}

function withHeaders(answer, headers) {
  const rawHeaders = []
  for (let i = 0; i < answer.rawHeaders.length; i += 2) {
    const [name, text] = answer.rawHeaders.slice(i, i + 2)
    if (!(name.toLowerCase() in headers)) rawHeaders.push(name, text)
  }
  return { ...answer, rawHeaders: [...rawHeaders, ...Object.entries(headers).flat().map(String)] }
}
