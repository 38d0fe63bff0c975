/** The key pair that the backend takes without a signature check. */
export const KEY = 'test'
/** Its secret. */
export const SECRET = 'test'
/** The Region of all tests that do not choose another one. */
export const REGION = 'us-east-1'

/**
 * An Authorization header that names a caller, a Region and a service, and carries no real signature:
 * enough for the backend when the caller is the test key.
 *
 * @param {string} service `lambda`, `s3`, `iam`
 * @param {{ key?: string, region?: string }} [options]
 * @returns {string}
 */
export function credentialHeader(service, { key = KEY, region = REGION } = {}) {
  const scope = `${key}/20200101/${region}/${service}/aws4_request`
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=00`
}

/**
 * Who calls which service where, as the request's signature says it (header or presigned query).
 *
 * @param {object} headers lower-case names
 * @param {URLSearchParams} query
 * @returns {{ key: string, region: string, service: string } | null} null for an unsigned request
 */
export function scopeOf(headers, query) {
  const signed = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1]
  const parts = (signed ?? query.get('X-Amz-Credential') ?? '').split('/')
  if (parts.length < 5) return null
  const [service, region] = [parts.at(-2), parts.at(-3)]
  return { key: parts.slice(0, -4).join('/'), region, service }
}
