import { errorAnswer } from './answers.mjs'

const REASON = 'FUNCTION_ERROR_INIT_FAILURE'

/**
 * Environments that are kept ready for aliases, as AWS does it: they take time, they are made anew when the alias moves,
 * what has failed stays so until it is asked for again, and all together they fit into the function's reserved
 * concurrency.
 */
export class Provisioning {
  // By function and alias: how many, how many looks still find them in progress, whether they fail then.
  #all = new Map()
  #versions = new Map()
  #reserved = new Map()
  #failing = new Set()

  /**
   * What AWS refuses.
   *
   * @param {object} call
   * @returns {import('./answers.mjs').Answer | null}
   */
  refuse(call) {
    const { operation, name, request, qualifier } = call
    if (operation === 'PutProvisionedConcurrencyConfig') {
      if (!qualifier) {
        return invalid(call, 'Provisioned Concurrency Configs cannot be applied to unpublished function versions.')
      }
      const sum = this.#sum(name, keyOf(call)) + request.ProvisionedConcurrentExecutions
      if (sum > (this.#reserved.get(name) ?? Infinity)) {
        return invalid(call, 'Requested Provisioned Concurrency should not be greater than the '
          + 'reservedConcurrentExecution for function')
      }
    }
    if (operation === 'PutFunctionConcurrency' && request.ReservedConcurrentExecutions < this.#sum(name)) {
      return invalid(call, `ReservedConcurrentExecutions for function should not be lower than function's total `
        + `provisioned concurrency [${this.#sum(name)}].`)
    }
    return null
  }

  /**
   * A change was taken.
   *
   * @param {object} call
   * @param {number} looks how many looks show it as in progress
   */
  note(call, looks) {
    const { operation, name, request, args } = call
    if (operation === 'PutFunctionConcurrency') this.#reserved.set(name, request.ReservedConcurrentExecutions)
    if (operation === 'DeleteFunctionConcurrency') this.#reserved.delete(name)
    if (operation === 'PutProvisionedConcurrencyConfig') {
      this.#allocate(keyOf(call), request.ProvisionedConcurrentExecutions, looks)
    }
    if (operation === 'DeleteProvisionedConcurrencyConfig') this.#all.delete(keyOf(call))
    if (operation !== 'CreateAlias' && operation !== 'UpdateAlias') return
    const key = `${name}:${args[1] ?? request.Name}`
    const moves = request.FunctionVersion !== undefined && request.FunctionVersion !== this.#versions.get(key)
    if (moves) this.#versions.set(key, request.FunctionVersion)
    if (moves && this.#all.has(key)) this.#allocate(key, this.#all.get(key).count, looks)
  }

  /**
   * @param {string} name the environments of this function's aliases that are asked for from now on
   * @param {boolean} fail whether they cannot be kept ready
   */
  fail(name, fail) {
    if (fail) this.#failing.add(name)
    else this.#failing.delete(name)
  }

  /** The configuration as it stands. */
  show(call, json) {
    const one = this.#all.get(keyOf(call))
    if (!one) return json
    if (one.left === 0 && !one.fails) return json
    const none = { AvailableProvisionedConcurrentExecutions: 0, AllocatedProvisionedConcurrentExecutions: 0 }
    if (one.left > 0) return { ...json, ...none, Status: 'IN_PROGRESS' }
    return { ...json, ...none, Status: 'FAILED', StatusReason: REASON }
  }

  /** The same for whoever looks, which brings it nearer to being ready. */
  look(call, json) {
    const shown = this.show(call, json)
    const one = this.#all.get(keyOf(call))
    if (one && one.left > 0) one.left -= 1
    return shown
  }

  /** @param {string} name a function that is no more */
  forget(name) {
    this.#reserved.delete(name)
    for (const all of [this.#all, this.#versions]) {
      for (const key of all.keys()) if (key.startsWith(`${name}:`)) all.delete(key)
    }
  }

  /** No change is in progress, and none will fail. */
  clear() {
    for (const one of this.#all.values()) one.left = 0
    this.#failing.clear()
  }

  #allocate(key, count, left) {
    this.#all.set(key, { count, left, fails: this.#failing.has(key.split(':')[0]) })
  }

  #sum(name, but) {
    const own = [...this.#all].filter(([key]) => key.startsWith(`${name}:`) && key !== but)
    return own.reduce((sum, [, { count }]) => sum + count, 0)
  }
}

function invalid(call, message) {
  return errorAnswer(call, { status: 400, code: 'InvalidParameterValueException', message })
}

function keyOf({ name, qualifier }) {
  return `${name}:${qualifier}`
}
