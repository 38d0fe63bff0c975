/**
 * The changes of functions that are under way, as AWS shows them: after a creation or an update a function
 * is not ready at once, and the next change is refused until someone has seen that it is.
 */
export class Changes {
  #byName = new Map()
  #failures = new Map()
  #held = new Set()
  #versions = new Map()

  /**
   * A creation or an update was accepted.
   *
   * @param {string} name
   * @param {'create' | 'update'} kind
   * @param {number} looks how many looks at the function show it as in progress
   */
  begin(name, kind, looks) {
    this.#byName.set(name, { kind, left: looks, seen: false, failure: this.#failures.get(name) ?? null })
    this.#failures.delete(name)
  }

  /**
   * A version was published, and the next looks at it show it as pending.
   *
   * @param {string} name
   * @param {string} version
   * @param {number} looks
   */
  publish(name, version, looks) {
    const key = `${name}:${version}`
    if (looks > 0 && !this.#versions.has(key)) this.#versions.set(key, looks)
  }

  /**
   * The change in progress, or else the next one, ends as failed.
   *
   * @param {string} name
   * @param {{ reason: string, reasonCode: string }} failure
   */
  failNext(name, failure) {
    const change = this.#byName.get(name)
    if (change && !change.seen) change.failure = failure
    else this.#failures.set(name, failure)
  }

  /**
   * Claims a function for a change that is being sent on, so that of two at the same time one is refused.
   *
   * @param {string} name
   * @returns {boolean} whether it was free
   */
  hold(name) {
    if (this.#held.has(name)) return false
    this.#held.add(name)
    return true
  }

  /** @param {string} name */
  release(name) {
    this.#held.delete(name)
  }

  /**
   * Why a change cannot be made now, as AWS words it.
   *
   * @param {string} name
   * @param {string} arn
   * @returns {string | null}
   */
  obstacle(name, arn) {
    const change = this.#byName.get(name)
    const cannot = 'The operation cannot be performed at this time.'
    const inState = `${cannot} The function is currently in the following state:`
    if (change?.kind === 'create' && !change.seen) return `${inState} Pending`
    if (change?.kind === 'create' && change.failure) return `${inState} Failed`
    return change && !change.seen ? `${cannot} An update is in progress for resource: ${arn}` : null
  }

  /**
   * Someone looks at the function: one look nearer to its being ready.
   *
   * @param {string} name
   * @param {object} configuration
   * @returns {object} what the looker sees
   */
  look(name, configuration) {
    const change = this.#byName.get(name)
    const shown = this.show(name, configuration)
    if (change && change.left === 0) change.seen = true
    if (change && change.left > 0) change.left -= 1
    return shown
  }

  /**
   * The configuration of $LATEST as it stands, without counting a look.
   *
   * @param {string} name
   * @param {object} configuration
   * @param {{ answer?: boolean }} [options] `answer`: this answers the change itself, so it has only begun
   * @returns {object}
   */
  show(name, configuration, { answer = false } = {}) {
    const change = this.#byName.get(name)
    if (!change) return unknownToUs(configuration)
    const bare = withoutStates(configuration)
    return change.left > 0 || answer ? inProgress(change, bare) : over(change, bare)
  }

  /**
   * The configuration of a published version.
   *
   * @param {string} name
   * @param {object} configuration
   * @param {{ count?: boolean }} [options] whether this is a look that brings it nearer to being active
   * @returns {object}
   */
  showVersion(name, configuration, { count = true } = {}) {
    const key = `${name}:${configuration.Version}`
    const left = this.#versions.get(key) ?? 0
    const bare = withoutStates(configuration)
    if (left === 0) return { ...bare, State: 'Active', LastUpdateStatus: 'Successful' }
    if (count) this.#versions.set(key, left - 1)
    return { ...bare, ...CREATING }
  }

  /** @param {string} name a function that is no more */
  forget(name) {
    this.#byName.delete(name)
    for (const key of this.#versions.keys()) if (key.startsWith(`${name}:`)) this.#versions.delete(key)
  }

  /** Forgets everything. */
  clear() {
    for (const all of [this.#byName, this.#failures, this.#held, this.#versions]) all.clear()
  }
}

const CREATING = {
  State: 'Pending',
  StateReason: 'The function is being created.',
  StateReasonCode: 'Creating',
}
const UPDATING = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: 'The function is being created.',
  LastUpdateStatusReasonCode: 'Creating',
}

// AWS gives the function a new RevisionId once more when the change is over: whoever keeps the one
// from the answer to the change is refused with 412. https://github.com/aws/aws-sdk/issues/377
function inProgress({ kind }, bare) {
  const RevisionId = bare.RevisionId.replace(/^./, (digit) => (digit === 'f' ? '0' : 'f'))
  return { ...bare, ...(kind === 'create' ? CREATING : UPDATING), RevisionId }
}

function over({ kind, failure }, bare) {
  if (!failure) return { ...bare, State: 'Active', LastUpdateStatus: 'Successful' }
  const { reason, reasonCode } = failure
  if (kind === 'create') return { ...bare, State: 'Failed', StateReason: reason, StateReasonCode: reasonCode }
  return {
    ...bare,
    State: 'Active',
    LastUpdateStatus: 'Failed',
    LastUpdateStatusReason: reason,
    LastUpdateStatusReasonCode: reasonCode,
  }
}

// Changed by someone else than through this front: MiniStack's word, but for its Pending on updates,
// where AWS keeps the function Active.
function unknownToUs(configuration) {
  if (configuration.StateReasonCode !== 'Updating') return configuration
  return { ...withoutStates(configuration), ...UPDATING }
}

function withoutStates(configuration) {
  const names = /^(State|StateReason|StateReasonCode|LastUpdateStatus|LastUpdateStatusReason(Code)?)$/
  return Object.fromEntries(Object.entries(configuration).filter(([name]) => !names.test(name)))
}
