import { errorAnswer, jsonAnswer } from './answers.mjs'
import { Provisioning } from './provisioning.mjs'

const MODES = ['Auto', 'FunctionUpdate', 'Manual']

/**
 * What functions have beside their configuration, where MiniStack knows nothing of it or is not as AWS: the
 * management of runtimes, the names of headers, and the time that it takes to keep environments ready.
 */
export class Attachments {
  /** Environments that are kept ready. */
  provisioning = new Provisioning()
  // Of each version apart.
  #runtimes = new Map()

  /**
   * The answer to a call that MiniStack does not know, or that AWS refuses.
   *
   * @param {object} call
   * @returns {import('./answers.mjs').Answer | null}
   */
  answer(call) {
    return /RuntimeManagementConfig$/.test(call.operation) ? this.#runtime(call) : this.provisioning.refuse(call)
  }

  #runtime(call) {
    const { operation, request, qualifier } = call
    if (qualifier !== null && !/^\d+$/.test(qualifier)) {
      return invalid(call, 'The qualifier must be $LATEST or the number of a published version.')
    }
    const key = `${call.name}:${qualifier ?? '$LATEST'}`
    if (operation === 'GetRuntimeManagementConfig') return jsonAnswer(200, this.#runtimes.get(key) ?? managed('Auto'))
    const { UpdateRuntimeOn: mode, RuntimeVersionArn: arn = null } = request
    if (!MODES.includes(mode) || (mode === 'Manual') !== (arn !== null)) {
      return invalid(call, 'RuntimeVersionArn must be given with Manual, and with Manual alone.')
    }
    this.#runtimes.set(key, managed(mode, arn))
    return jsonAnswer(200, managed(mode, arn))
  }

  /** A URL's configuration: AWS tells the names of headers in lower case. */
  url(_, json) {
    const { Cors: cors } = json
    if (!cors) return json
    const lower = (names) => names && names.map((name) => name.toLowerCase())
    const { AllowHeaders, ExposeHeaders } = cors
    return { ...json, Cors: { ...cors, AllowHeaders: lower(AllowHeaders), ExposeHeaders: lower(ExposeHeaders) } }
  }

  /** @param {string} name a function that is no more */
  forget(name) {
    for (const key of this.#runtimes.keys()) if (key.startsWith(`${name}:`)) this.#runtimes.delete(key)
    this.provisioning.forget(name)
  }
}

function invalid(call, message) {
  return errorAnswer(call, { status: 400, code: 'InvalidParameterValueException', message })
}

function managed(mode, arn = null) {
  return { UpdateRuntimeOn: mode, RuntimeVersionArn: arn }
}
