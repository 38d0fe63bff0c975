'use strict'

// The API, loaded only when a command needs it: help must come also where the native addon does not.

class AddonError extends Error {
  constructor(cause) {
    const platform = `${process.platform}-${process.arch}`
    super(`The native addon for ${platform} cannot be loaded: ${innermost(cause)}`, { cause })
    this.code = 'ADDON_NOT_LOADED'
    this.hint =
      'Install the package again on this machine, with its optional dependencies (no --omit=optional, and ' +
      'no node_modules folder from another system). Where no addon is built for this platform, build it ' +
      'from source.'
  }
}

function loadApi() {
  try {
    return require('../index.js')
  } catch (error) {
    throw new AddonError(error)
  }
}

/**
 * The loader tries several files and chains what each of them said, the platform's own last. A file that is
 * there and does not load says why; one that is not there says only that.
 */
function innermost(error) {
  const texts = []
  for (let one = error; one instanceof Error; one = one.cause) texts.push(one)
  const loaded = texts.find(({ code }) => code === 'ERR_DLOPEN_FAILED')
  return (loaded ?? texts.at(-1)).message.split('\n')[0]
}

module.exports = { loadApi }
