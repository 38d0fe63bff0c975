const WORDS = ['resetBefore', 'resetAfter', 'loseResponse', 'hang']
const KEYS = ['status', 'code', 'message', 'headers', 'delayMs', 'corrupt', 'corruptRequest', 'truncate', 'meanwhile']

/** The scripted faults of a front: which calls they hit, and how often still. */
export class Faults {
  #scripts = []

  /**
   * @param {{ operation: string | RegExp, times?: number, after?: number, do: string | object }} script
   * @returns {{ readonly fired: number }} counts the calls that it has hit
   */
  add({ operation, times = 1, after = 0, do: action, ...unknown }) {
    if (!(operation instanceof RegExp) && !/^[A-Z]\w+$/.test(operation)) {
      throw new TypeError(`Expected an AWS operation for \`operation\` but received ${String(operation)}`)
    }
    const [extra] = Object.keys(unknown)
    if (extra) throw new TypeError(`Unknown key \`${extra}\` in a fault`)
    const script = { operation, left: times, skip: after, action: checked(action), fired: 0 }
    this.#scripts.push(script)
    return { get fired() { return script.fired } }
  }

  /**
   * The fault for one call, used up by asking.
   *
   * @param {string | null} operation
   * @returns {object | null} `{ word }` or the object given as `do`
   */
  take(operation) {
    for (const script of this.#scripts) {
      if (operation === null || script.left <= 0 || !matches(script.operation, operation)) continue
      if (script.skip > 0) {
        script.skip -= 1
        continue
      }
      script.left -= 1
      script.fired += 1
      return script.action
    }
    return null
  }

  /** Forgets every script. */
  clear() {
    this.#scripts = []
  }
}

/**
 * The body with one bit of its middle byte turned over.
 *
 * @param {Buffer} body
 * @returns {Buffer}
 */
export function corrupted(body) {
  const copy = Buffer.from(body)
  if (copy.length > 0) copy[copy.length >> 1] ^= 1
  return copy
}

// A misspelt fault would do nothing, and the test that asked for it would pass for no reason.
function checked(action) {
  if (typeof action === 'string') {
    if (WORDS.includes(action)) return { word: action }
    throw new TypeError(`Expected one of ${WORDS.join(', ')} but received ${action}`)
  }
  const keys = Object.keys(action ?? {})
  const unknown = keys.find((key) => !KEYS.includes(key))
  if (unknown) throw new TypeError(`Unknown key \`${unknown}\` in a fault's \`do\``)
  if (keys.length === 0) throw new TypeError('Expected a word or an object for `do` but received nothing')
  if (!('status' in action) && ('code' in action || 'message' in action || 'headers' in action)) {
    throw new TypeError('Expected `status` beside `code`, `message` or `headers`')
  }
  return action
}

function matches(wanted, operation) {
  return wanted instanceof RegExp ? operation.search(wanted) >= 0 : wanted === operation
}
