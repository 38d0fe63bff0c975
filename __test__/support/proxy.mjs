import { createServer, request as httpRequest } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { errorAnswer } from './answers.mjs'
import { asksForChange, callOf, completeEntry, entryOf, readBody } from './call.mjs'
import { credentialHeader, KEY } from './credentials.mjs'
import { corrupted, Faults } from './faults.mjs'
import { Strict } from './strict.mjs'

// Between two connections these are each connection's own; everything else passes as it came, Host
// included, because the signature covers it.
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/**
 * Starts a scripted proxy in front of the backend. It logs each call, plays faults, and with `strict`
 * behaves like AWS where MiniStack does not.
 *
 * @param {{ target: string, strict?: boolean }} options
 * @returns {Promise<Front>}
 */
export async function startFront({ target, strict = true }) {
  const front = new Front(target, strict)
  await front.listen()
  return front
}

/** A running proxy. Made by `startFront`. */
export class Front {
  /** Its address, set once it listens. */
  url = ''
  /** Each call so far, in order of arrival: see `entryOf`. */
  calls = []
  /** After a change, how many GetFunction or GetFunctionConfiguration answers show it in progress. */
  settle = 1
  /** The same for a version just published, which most functions have ready at once. */
  settleVersions = 0
  /** How many CreateFunction calls still find that the role cannot be assumed yet. */
  rolePropagates = 0
  /** Access keys whose session has ended: calls with them are refused (strict fronts only). */
  ended = []
  /** Whether the caller may not list tags: then GetFunction says so in their place (strict fronts only). */
  hideTags = false
  /** Where the deployed code is instead of here. */
  movedCode = null
  /** How many events of a log a page has at most. */
  logsPage = 10_000
  /** How many pages without events come before the first one that has some. */
  emptyLogPages = 0
  #target
  #strict
  #faults = new Faults()
  #server
  #hanging = new Set()
  #closing = new AbortController()

  /**
   * @param {string} target
   * @param {boolean} strict
   */
  constructor(target, strict) {
    this.#target = new URL(target)
    this.#strict = strict ? new Strict(this, (call, question) => this.#ask(call, question)) : null
    this.#server = createServer((request, response) => this.#serve(request, response))
    // Idle connections stay: a client that used one just as we closed it would see a fault nobody scripted.
    this.#server.keepAliveTimeout = 60_000
  }

  /** Starts to listen on a free port of 127.0.0.1. */
  listen() {
    return new Promise((resolve, reject) => {
      this.#server.on('error', reject)
      this.#server.listen(0, '127.0.0.1', () => {
        this.url = `http://127.0.0.1:${this.#server.address().port}`
        resolve()
      })
    })
  }

  /**
   * The operations that were asked for and change something, in order, refused ones included.
   *
   * @returns {string[]}
   */
  mutating() {
    return this.calls.filter(asksForChange).map(({ operation }) => operation)
  }

  /**
   * Of these, the ones that the backend carried out, whatever the client got to see of it.
   *
   * @returns {string[]}
   */
  changed() {
    const done = ({ backendStatus: status }) => status !== null && status < 300
    return this.calls.filter((entry) => asksForChange(entry) && done(entry)).map(({ operation }) => operation)
  }

  /**
   * Scripts a fault for calls to come.
   *
   * `do` is one of
   * - `{ status, code, message, headers }`: this error instead of the backend's answer;
   * - `'resetBefore'`: the connection is reset as soon as the head has come, nothing is forwarded;
   * - `'resetAfter'`: forwarded, then the connection is reset instead of an answer;
   * - `'loseResponse'`: forwarded, then the connection is closed in good order without an answer;
   * - `'hang'`: never an answer, nothing is forwarded;
   * - `{ delayMs }`: forwarded, and the answer held back;
   * - `{ corrupt: true }`, `{ truncate: true }`: a damaged body of the answer;
   * - `{ corruptRequest: true }`: a damaged body on its way to the backend;
   * - `{ meanwhile }`: forwarded when this function is done: what somebody else does just before.
   *
   * @param {{ operation: string | RegExp, times?: number, after?: number, do: string | object }} script
   *   `after` calls are let through first; then it hits `times` calls, 1 by default
   * @returns {{ readonly fired: number }} how many calls it has hit
   */
  fault(script) {
    return this.#faults.add(script)
  }

  /**
   * The function's change in progress, or else its next one, ends as Failed (strict fronts only).
   *
   * @param {string} functionName
   * @param {{ reason?: string, reasonCode?: string }} [failure]
   */
  failNext(functionName, { reason = 'An internal error occurred.', reasonCode = 'InternalError' } = {}) {
    if (this.#strict === null) throw new TypeError('failNext needs a strict front')
    this.#strict.changes.failNext(functionName, { reason, reasonCode })
  }

  /**
   * Provisioned concurrency that is asked for from now on fails (strict fronts only).
   *
   * @param {string} functionName
   * @param {boolean} [fail] whether it fails, or no longer
   */
  failProvisioning(functionName, fail = true) {
    if (this.#strict === null) throw new TypeError('failProvisioning needs a strict front')
    this.#strict.attachments.provisioning.fail(functionName, fail)
  }

  /** As new: no calls, faults, changes in progress or settings. Ends hanging calls. */
  reset() {
    this.calls.length = 0
    this.#faults.clear()
    this.#strict?.changes.clear()
    this.#strict?.attachments.provisioning.clear()
    Object.assign(this, {
      settle: 1, settleVersions: 0, rolePropagates: 0, logsPage: 10_000, emptyLogPages: 0, movedCode: null, ended: [],
      hideTags: false,
    })
    for (const socket of this.#hanging) socket.destroy()
  }

  /** Stops listening and ends every connection. */
  close() {
    this.#closing.abort()
    this.reset()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #serve(request, response) {
    const call = callOf(request)
    const entry = entryOf(call)
    this.calls.push(entry)
    try {
      const answer = await this.#play(request, call, entry)
      if (answer) await this.#send(response, call, entry, answer)
    } catch (error) {
      // The client has gone, the backend cut us off, or we are closing: the client sees a cut as well.
      entry.fault ??= { error: error.message }
      request.socket.destroy()
    }
  }

  // The answer, or null when the connection was dealt with.
  async #play(request, call, entry) {
    const pickFault = () => {
      if (call.operation !== null) entry.fault = this.#faults.take(call.operation)
      return entry.fault
    }
    const early = call.operation !== null
    if (early && pickFault()?.word === 'resetBefore') return cut(request, 'resetAndDestroy')
    const body = await bodyOf(request)
    readBody(call, body)
    completeEntry(entry, call)
    const fault = early ? entry.fault : pickFault()
    if (fault?.word === 'resetBefore') return cut(request, 'resetAndDestroy')
    if (fault?.word === 'hang') return this.#hang(request)
    if (fault?.status) return errorAnswer(call, { code: 'InternalFailure', ...fault })
    await fault?.meanwhile?.()
    const sent = fault?.corruptRequest ? corrupted(body) : body
    const forward = (changed = sent) => this.#forward(request.rawHeaders, request, changed, entry)
    const answer = await (this.#strict ? this.#strict.handle(call, forward) : forward())
    if (fault?.word === 'resetAfter') return cut(request, 'resetAndDestroy')
    return fault?.word === 'loseResponse' ? cut(request, 'destroy') : answer
  }

  async #send(response, call, entry, { status, rawHeaders, body }) {
    const { delayMs, corrupt, truncate } = entry.fault ?? {}
    if (delayMs) await pause(delayMs, undefined, { signal: this.#closing.signal })
    const shown = corrupt ? corrupted(body) : body
    response.writeHead(status, rawHeaders)
    if (!response.destroyed) Object.assign(entry, { status, answerBytes: call.method === 'HEAD' ? 0 : shown.length })
    if (truncate) {
      response.write(shown.subarray(0, shown.length >> 1), () => response.socket?.destroy())
      return
    }
    // The answer to a HEAD names the length of a body that does not come.
    response.end(call.method === 'HEAD' ? undefined : shown)
  }

  #hang({ socket }) {
    this.#hanging.add(socket)
    socket.once('close', () => this.#hanging.delete(socket))
    return null
  }

  async #forward(rawHeaders, { method, url }, body, entry) {
    const headers = withLength(endToEnd(rawHeaders), body)
    const answer = await this.#exchange({ method, path: url, headers }, body)
    entry.backendStatus = answer.status
    return answer
  }

  async #ask({ key, region }, { service, path, method = 'GET' }) {
    const caller = /^\d{12}$/.test(key) ? key : KEY
    const authorization = credentialHeader(service, { key: caller, region })
    const headers = ['host', this.#target.host, 'authorization', authorization]
    const { status, body } = await this.#exchange({ method, path, headers }, Buffer.alloc(0))
    return { status, json: service === 'lambda' ? JSON.parse(body) : null }
  }

  #exchange(options, body) {
    const { hostname, port } = this.#target
    const { signal } = this.#closing
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({ ...options, hostname, port, signal, agent: false }, (incoming) => {
        bodyOf(incoming).then((received) => {
          resolve({ status: incoming.statusCode, rawHeaders: sized(incoming, received), body: received })
        }, reject)
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }
}

async function bodyOf(message) {
  const chunks = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function endToEnd(rawHeaders) {
  const kept = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!HOP_BY_HOP.has(rawHeaders[i].toLowerCase())) kept.push(rawHeaders[i], rawHeaders[i + 1])
  }
  return kept
}

// An answer that came in chunks is sent on in one piece.
function sized(incoming, body) {
  const headers = endToEnd(incoming.rawHeaders)
  const chunked = incoming.headers['transfer-encoding'] !== undefined
  return chunked ? [...headers, 'content-length', String(body.length)] : headers
}

// What the strict front asks instead has another length.
function withLength(rawHeaders, body) {
  return rawHeaders.map((text, i) => {
    return i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === 'content-length' ? String(body.length) : text
  })
}

function cut({ socket }, how) {
  socket[how]()
  return null
}
