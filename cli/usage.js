'use strict'

// Wrong usage: what the parser finds, as an error with a hint and a code like every other.

const { Command } = require('commander')

class UsageError extends Error {
  constructor(message, hint) {
    super(message)
    this.code = 'WRONG_USAGE'
    this.hint = hint
  }
}

class UsageCommand extends Command {
  createCommand(name) {
    return new UsageCommand(name)
  }

  /** Commander tells everything that is wrong here, its suggestion in brackets on a second line. */
  error(text) {
    const [message, suggestion] = text.replace(/^error: /, '').split('\n(')
    throw new UsageError(capitalised(message), suggestion?.replace(/\)$/, '') ?? this.whereToLook())
  }

  parseOptions(args) {
    this.refuseFlagsAsValues(args)
    const { operands, unknown } = super.parseOptions(args)
    // What follows a subcommand's name is told as unknown as well, and is the subcommand's to read.
    const own = this.commands.length === 0 || operands.length === 0
    // The message names the first of these, and what is behind its `=` may be a secret.
    return { operands, unknown: own ? unknown.map((arg) => arg.replace(/^(--?[^=]*)=.*$/s, '$1')) : unknown }
  }

  /**
   * Commander takes whatever follows for the value. With an empty variable in a script, as in
   * `--function-name $NAME --publish`, that would make a function called `--publish`.
   */
  refuseFlagsAsValues(args) {
    const named = (arg) => this.options.find(({ long, short }) => arg === long || arg === short)
    for (let index = 0; index < args.length && args[index] !== '--'; index++) {
      const option = named(args[index])
      if (!option?.required) continue
      const value = args[++index]
      if (value !== undefined && (named(value) || value === '--help')) {
        const hint = `If ${value} is meant as the value, write ${option.long}=${value}.`
        throw new UsageError(`Option '${option.flags}' has no value: ${value} follows it`, hint)
      }
    }
  }

  whereToLook() {
    return this.parent
      ? `\`${this.parent.name()} ${this.name()} --help\` shows the options, and examples.`
      : `\`${this.name()} --help\` shows the commands.`
  }
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

module.exports = { UsageCommand, UsageError }
