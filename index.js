'use strict'

// The public API. The work is native; what JavaScript does better is here: checking what callers pass, their
// signals and callbacks, and errors with the callers' own stacks.

const { setImmediate: turn } = require('node:timers/promises')

const binding = require('./binding.js')
const { withDefinition } = require('./js/definition.js')
const { LambdaPackError } = require('./js/error.js')
const { withBytes, withValue } = require('./js/invoke.js')
const { readLog } = require('./js/logs.js')
const { checkOptions, isObject } = require('./js/options.js')

function pack(options) {
  const given = options === undefined ? {} : options
  return call(pack, ['PackOptions'], given, async (own, native) => withLists(await binding.pack(own, native), ['excluded']))
}

function deploy(options) {
  const start = async (own, native, look, cleared) => {
    const outcome = await binding.deploy(own, own, cleared, native)
    if (outcome.packed) await withLists(outcome.packed, ['excluded'])
    return withCode(outcome, look)
  }
  return call(deploy, ['DefinitionOptions', 'DeployOptions', 'PackOptions'], withoutTold(options), start)
}

function plan(options) {
  const start = async (own, native, look, cleared) => {
    return withCode(await binding.plan(own, own, cleared, native), look)
  }
  return call(plan, ['DefinitionOptions', 'DeployOptions', 'PackOptions'], withoutTold(options), start)
}

function inspect(options) {
  const start = async (own, native, look) => withLists(await binding.inspect(own, native), ['problems', 'entries'], look)
  return call(inspect, ['InspectOptions'], options, start)
}

function versions(options) {
  return call(versions, ['VersionsOptions'], options, (own, native) => binding.versions(own, native))
}

function rollback(options) {
  return call(rollback, ['RollbackOptions'], options, (own, native) => binding.rollback(own, native))
}

function prune(options) {
  return call(prune, ['PruneOptions'], options, (own, native) => binding.prune(own, native))
}

function init(options) {
  return call(init, ['InitOptions'], options, (own, native) => binding.init(own, native))
}

function invoke(options) {
  const start = async ({ raw, ...own }, native, look, cleared, here) => {
    const outcome = await binding.invoke(withBytes(here, own), native)
    return raw ? outcome : withValue(outcome)
  }
  return call(invoke, ['InvokeOptions'], options, start)
}

function logs(options) {
  const start = ({ onEvent, ...own }, native, look, cleared, here, signal) => {
    const reader = new binding.LogReader()
    const next = () => binding.logs({ ...own, onEvent: onEvent !== undefined }, reader, native)
    return readLog(reader, next, { onEvent, look, signal })
  }
  return call(logs, ['LogsOptions'], options, start)
}

function status(options) {
  return call(status, ['StatusOptions'], options, (own, native) => binding.status(own, native))
}

function remove(options) {
  return call(remove, ['RemoveOptions'], options, (own, native) => binding.remove(own, native))
}

/**
 * Without what a plan only tells: whether it is done does not hang on that, and to look at each of a hundred thousand files
 * would hold up the event loop.
 */
function withoutTold(options) {
  if (!isObject(options) || !isObject(options.plan)) return options
  return { ...options, plan: { ...options.plan, code: undefined, warnings: undefined } }
}

async function withCode(outcome, look) {
  if (outcome.code) await withLists(outcome.code, ['added', 'removed', 'changed'], look)
  return outcome
}

/**
 * Long lists come as bytes: lines of JSON, each a part of the list. After each the event loop has a turn, and `look`
 * may end it all.
 */
async function withLists(outcome, names, look) {
  if (outcome.failureCode !== undefined) return outcome
  for (const name of names) {
    const bytes = outcome[name]
    const list = (outcome[name] = [])
    for (let at = 0, end; at < bytes.length; at = end + 1) {
      if (at > 0) await turn()
      look?.()
      end = bytes.indexOf('\n', at)
      for (const one of JSON.parse(bytes.toString('utf8', at, end))) list.push(one)
    }
  }
  return outcome
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
  const whole = types.includes('DefinitionOptions') && isObject(options) ? withDefinition(here, options) : options
  const { signal, onProgress, cleared, ...own } = checkOptions(here, types, whole)
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
  const look = () => {
    if (thrown) throw thrown.error
    signal?.throwIfAborted()
  }
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const outcome = await start(own, native, look, cleared, here, signal)
    if (thrown) throw thrown.error
    if (outcome.failureCode === undefined) return outcome
    const error = LambdaPackError.of(outcome, here)
    if (outcome.failureCode !== 'ABORTED' || !signal?.aborted) throw error
    // One that has changed something tells what; the reason is the caller's, and may be that of other calls too.
    throw error.done || error.removed ? Object.assign(error, { cause: signal.reason }) : signal.reason
  } finally {
    settled = true
    signal?.removeEventListener('abort', abort)
    // Also keeps it from being collected before: that would end the call.
    native.end()
  }
}

module.exports = {
  pack, deploy, plan, inspect, versions, rollback, prune, init, invoke, logs, status, remove,
  LambdaPackError,
}
