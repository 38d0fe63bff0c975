import { after, before, beforeEach } from 'node:test'
import { startBackend } from '../backend.mjs'
import { run } from '../command.mjs'
import { credentialHeader } from '../credentials.mjs'
import { startFront } from '../proxy.mjs'
import { findPython, pythonVariables } from '../python.mjs'

const MAKE_ZIP = `import io, sys, zipfile
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, 'w') as archive:
    archive.writestr(zipfile.ZipInfo('index.mjs'), sys.argv[1])
sys.stdout.buffer.write(buffer.getvalue())`

/**
 * A backend and a front for the tests of one suite, both as new before each test.
 *
 * @param {{ strict?: boolean }} [options]
 * @returns {{ backend: any, front: import('../proxy.mjs').Front }} filled when the suite begins
 */
export function stage({ strict = true } = {}) {
  const both = {}
  before(async () => {
    both.backend = await startBackend()
    both.front = await startFront({ target: both.backend.url, strict })
  })
  beforeEach(async () => {
    both.front.reset()
    await both.backend.reset()
  })
  after(async () => {
    await both.front?.close()
    await both.backend?.stop()
  })
  return both
}

/**
 * A function's archive with one handler, made by Python.
 *
 * @param {string} [expression] what the handler answers
 * @returns {Promise<string>} base64
 */
export async function codeOf(expression = '"hello"') {
  const source = `export const handler = async (event) => (${expression})`
  const options = { env: pythonVariables(), binary: true }
  const { stdout } = await run(await findPython(), ['-c', MAKE_ZIP, source], options)
  return stdout.toString('base64')
}

/**
 * Sends one request, without any retry.
 *
 * @param {string} url
 * @param {string} service
 * @param {string} method
 * @param {string} path
 * @param {{ body?: any, headers?: object, signal?: AbortSignal }} [options]
 * @returns {Promise<{ status: number, type: string | null, json: any, text: string, bytes: Buffer }>}
 *   `type` is AWS's error code
 */
export async function send(url, service, method, path, { body, headers = {}, signal } = {}) {
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
  const response = await fetch(url + path, {
    method,
    headers: { authorization: credentialHeader(service), ...headers },
    body: raw ? body : JSON.stringify(body),
    signal,
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = bytes.toString('utf8')
  const json = /json/.test(response.headers.get('content-type') ?? '') && text ? JSON.parse(text) : null
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), json, text, bytes }
}

/**
 * A small client of Lambda and S3 that shows every answer as it is.
 *
 * @param {{ backend: any, front: any }} both
 * @returns {object}
 */
export function clientOf(both) {
  const lambda = (method, path, body) => {
    return send(both.front.url, 'lambda', method, `/2015-03-31/functions${path}`, { body })
  }
  return {
    lambda,
    s3: (method, path, options) => send(both.front.url, 's3', method, path, options),
    create: async (name, more = {}) => lambda('POST', '', {
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: both.backend.role,
      Code: { ZipFile: more.code ?? await codeOf() },
      ...more.fields,
    }),
    updateCode: async (name, body = {}) => {
      return lambda('PUT', `/${name}/code`, body.S3Key ? body : { ZipFile: await codeOf('1'), ...body })
    },
    configure: (name, body = {}) => lambda('PUT', `/${name}/configuration`, body),
    look: async (name) => (await lambda('GET', `/${name}/configuration`)).json,
    // As a deployer waits: looks until the last change is over.
    settle: async (name) => {
      for (let looks = 0; looks < 10; looks += 1) {
        const { json } = await lambda('GET', `/${name}/configuration`)
        if (json.State === 'Active' && json.LastUpdateStatus === 'Successful') return json
      }
      throw new Error(`${name} did not settle`)
    },
  }
}
