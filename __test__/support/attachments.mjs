import { errorAnswer, jsonAnswer } from './answers.mjs'

const MODES = ['Auto', 'FunctionUpdate', 'Manual']

/**
 * What functions have beside their configuration, where MiniStack knows nothing of it or is not as AWS: the
 * management of runtimes, and the time that it takes to keep environments ready.
 */
export class Attachments {
  #runtimes = new Map()
  #provisioning = new Map()
  #failures = new Set()

  /**
   * The answer to a call that MiniStack does not know, or that AWS refuses.
   *
   * @param {object} call
   * @returns {import('./answers.mjs').Answer | null}
   */
  answer(call) {
    const { operation, name, request, qualifier } = call
    if (operation === 'PutProvisionedConcurrencyConfig' && (!qualifier || qualifier === '$LATEST')) {
      const message = 'Provisioned Concurrency Configs cannot be applied to unpublished function versions.'
      return errorAnswer(call, { status: 400, code: 'InvalidParameterValueException', message })
    }
    if (operation === 'GetRuntimeManagementConfig') return jsonAnswer(200, this.#runtimes.get(name) ?? managed('Auto'))
    if (operation !== 'PutRuntimeManagementConfig') return null
    const { UpdateRuntimeOn: mode, RuntimeVersionArn: arn = null } = request
    if (!MODES.includes(mode) || (mode === 'Manual') !== (arn !== null)) {
      const message = 'RuntimeVersionArn must be given with Manual, and with Manual alone.'
      return errorAnswer(call, { status: 400, code: 'InvalidParameterValueException', message })
    }
    this.#runtimes.set(name, managed(mode, arn))
    return jsonAnswer(200, managed(mode, arn))
  }

  /**
   * A change was taken.
   *
   * @param {object} call
   * @param {number} looks how many looks show it as in progress
   */
  note(call, looks) {
    if (call.operation === 'PutProvisionedConcurrencyConfig') this.#provisioning.set(keyOf(call), looks)
    if (call.operation === 'DeleteProvisionedConcurrencyConfig') this.#provisioning.delete(keyOf(call))
  }

  /** @param {string} name the environments of this function's aliases cannot be kept ready */
  failProvisioning(name) {
    this.#failures.add(name)
  }

  /** The configuration as it stands. */
  show(call, json) {
    if ((this.#provisioning.get(keyOf(call)) ?? 0) > 0) {
      return {
        ...json,
        Status: 'IN_PROGRESS',
        AvailableProvisionedConcurrentExecutions: 0,
        AllocatedProvisionedConcurrentExecutions: 0,
      }
    }
    if (!this.#failures.has(call.name)) return json
    return { ...json, Status: 'FAILED', StatusReason: 'FUNCTION_ERROR_INIT_FAILURE' }
  }

  /** The same for whoever looks, which brings it nearer to being ready. */
  look(call, json) {
    const shown = this.show(call, json)
    const left = this.#provisioning.get(keyOf(call)) ?? 0
    if (left > 0) this.#provisioning.set(keyOf(call), left - 1)
    return shown
  }

  /** @param {string} name a function that is no more */
  forget(name) {
    this.#runtimes.delete(name)
    for (const key of this.#provisioning.keys()) if (key.startsWith(`${name}:`)) this.#provisioning.delete(key)
  }

  /** No change is in progress, and none fails. */
  clear() {
    this.#provisioning.clear()
    this.#failures.clear()
  }
}

function managed(mode, arn = null) {
  return { UpdateRuntimeOn: mode, RuntimeVersionArn: arn }
}

function keyOf({ name, qualifier }) {
  return `${name}:${qualifier}`
}
