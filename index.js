'use strict'

// The public API. The work is native; what JavaScript does better is here: checking what callers pass, their
// signals and callbacks, and errors with the callers' own stacks.

const binding = require('./binding.js')
const { LambdaPackError } = require('./js/error.js')
const { checkOptions } = require('./js/options.js')

function pack(options) {
  const given = options === undefined ? {} : options
  return call(pack, ['PackOptions'], given, (own, native) => binding.pack(own, native).then(withExcluded))
}

function deploy(options) {
  const start = async (own, native) => {
    const outcome = await binding.deploy(own, own, native)
    if (outcome.packed) withExcluded(outcome.packed)
    return outcome
  }
  return call(deploy, ['DeployOptions', 'PackOptions'], options, start)
}

function inspect(options) {
  const start = async (own, native) => {
    const outcome = await binding.inspect(own, native)
    if (outcome.entries === undefined) return outcome
    return { ...outcome, problems: JSON.parse(outcome.problems), entries: JSON.parse(outcome.entries) }
  }
  return call(inspect, ['InspectOptions'], options, start)
}

/** What stayed out comes as one string, which is read faster than the binding makes many objects. */
function withExcluded(packed) {
  if (packed.excluded === undefined) return packed
  const { rules, paths, of } = JSON.parse(packed.excluded)
  packed.excluded = paths.map((path, index) => {
    const [reason, rule] = rules[of[index]]
    return { path, reason, rule }
  })
  return packed
}

/**
 * One call of `caller`, whose options have the given types. Never throws: what is wrong rejects.
 */
function call(caller, types, options, start) {
  // The stack is taken here, while the caller is still on it.
  const here = {}
  Error.captureStackTrace(here, caller)
  return settle(here, types, options, start)
}

async function settle(here, types, options, start) {
  const { signal, onProgress, ...own } = checkOptions(here, types, options)
  signal?.throwIfAborted()
  let settled = false
  let thrown
  const stop = (error) => {
    thrown ??= { error }
    native.cancel()
  }
  const native = new binding.Call(
    onProgress &&
      ((event) => {
        // The result is the last word, so reports that come after it are not passed on.
        if (settled || thrown) return
        try {
          // A promise that rejects would otherwise end the process.
          Promise.resolve(onProgress(event)).catch(stop)
        } catch (error) {
          stop(error)
        }
      })
  )
  const abort = () => native.cancel()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const outcome = await start(own, native)
    if (thrown) throw thrown.error
    if (outcome.failureCode === undefined) return outcome
    if (outcome.failureCode === 'ABORTED') signal?.throwIfAborted()
    throw LambdaPackError.of(outcome, here)
  } finally {
    settled = true
    signal?.removeEventListener('abort', abort)
    // Also keeps it from being collected before: that would end the call.
    native.end()
  }
}

module.exports = { pack, deploy, inspect, LambdaPackError }
