'use strict'

/** What every public function rejects with. Its types are in dts-header.d.ts. */
class LambdaPackError extends Error {
  constructor(code, message, { hint, cause, details = {}, stack } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    if (hint !== undefined) this.hint = hint
    Object.assign(this, details)
    if (stack !== undefined) {
      const [, ...lines] = stack.split('\n')
      const frames = lines.map((line) => `\n${line}`).join('')
      const text = `${this.name} [${code}]: ${message}${frames}`
      Object.defineProperty(this, 'stack', { value: text, configurable: true, writable: true })
    }
  }

  /** Of the parts that the native side told, with the stack of `here`. */
  static of(failure, here) {
    const { failureCode, message, hint, causes, details } = failure
    const values = details.map(({ name, text, number, list }) => [name, text ?? number ?? list])
    const cause = causes.reduceRight((below, text) => {
      const error = new Error(text, below && { cause: below })
      error.stack = `Error: ${text}`
      return error
    }, undefined)
    return new LambdaPackError(failureCode, message, {
      hint,
      cause,
      details: Object.fromEntries(values),
      stack: here.stack,
    })
  }
}

// On the prototype, as the built-in errors have it, so that it is not listed with the fields.
Object.defineProperty(LambdaPackError.prototype, 'name', { value: 'LambdaPackError', configurable: true, writable: true })

module.exports = { LambdaPackError }
