'use strict'

// One command: its flags, and what happens when it is called.

const { resolve } = require('node:path')

const { loadApi } = require('./addon.js')
const { describe, flagsOf, optionsOf } = require('./flags.js')
const { untilSignal } = require('./interrupt.js')
const { progressTo } = require('./progress.js')
const { warningLines } = require('./render.js')
const { colours } = require('./stream.js')
const { UsageError } = require('./usage.js')

/** Adds the command that a file of this folder defines. */
function addCommand(program, definition) {
  const { argument } = definition
  const groups = definition.options.map(({ title, type, without = [] }) => {
    return { title, flags: flagsOf(type).filter(({ path }) => !without.includes(path[0])) }
  })
  const flags = groups.flatMap((group) => group.flags)
  const command = program.command(definition.name).summary(definition.summary).description(definition.description)
  if (argument !== undefined) {
    const { doc } = flags.find(({ long }) => long === `--${argument}`)
    command.argument(argument === 'root' ? '[root]' : `<${argument}>`, describe(doc))
  }
  // What must be there is the argument alone.
  const shown = flags.filter(({ field, long }) => !(field.required && long === `--${argument}`))
  for (const { title, flags } of groups) {
    command.optionsGroup(title)
    for (const flag of flags.filter((one) => shown.includes(one))) {
      flag.options.forEach((option) => command.addOption(option))
    }
  }
  definition.extend?.(command)
  command
    .optionsGroup('Output:')
    .option('--json', 'Print the result, or the error, as JSON on stdout; all else goes to stderr.')
    .option('--quiet', 'Show no progress.')
    .helpOption('-h, --help', 'Show this help.')
    .addHelpText('after', examples(definition.examples))
    .action((...given) => {
      const options = optionsOf(command, shown)
      const output = command.opts()
      const all = argument === undefined ? options : withArgument(argument, options, given[0])
      return perform(definition, all, output)
    })
}

async function perform(definition, given, output) {
  const { json, quiet } = output
  const options = (await definition.prepare?.(given, output)) ?? given
  const api = loadApi()
  const progress = progressTo(process.stderr, { quiet })
  const onProgress = quiet ? undefined : progress.onProgress
  let ended
  try {
    const start = (signal) => definition.run(api, { ...options, signal, onProgress }, { json, endProgress: progress.end })
    ended = await untilSignal(start, definition.stopped)
  } finally {
    progress.end()
  }
  // What was told on the way is not told again.
  if (ended.result === undefined) {
    if (ended.exitCode) process.exitCode = ended.exitCode
    return
  }
  if (json) {
    const warnings = warningLines(ended.result, colours(process.stderr))
    if (!quiet) process.stderr.write(warnings.map((line) => `${line}\n`).join(''))
    process.stdout.write(`${definition.json?.(ended.result) ?? JSON.stringify(ended.result, null, 2)}\n`)
  } else {
    const aside = quiet ? [] : (definition.aside?.(ended.result, colours(process.stderr)) ?? [])
    process.stderr.write(aside.map((line) => `${line}\n`).join(''))
    if (definition.print) definition.print(ended.result, process.stdout)
    else process.stdout.write(definition.render(ended.result, colours(process.stdout)).map((line) => `${line}\n`).join(''))
  }
  if (definition.failed?.(ended.result)) process.exitCode = 1
  // What was done when the signal came was told; that it came still counts.
  if (ended.exitCode) process.exitCode = ended.exitCode
}

/** The folder is an argument of its own, and the flag of its name is there as every option's is. */
function withArgument(name, options, value) {
  return name === 'root' ? withRoot(options, value) : { ...options, [name]: value }
}

function withRoot(options, root) {
  if (root === undefined) return options
  if (options.environment !== undefined && /^[A-Za-z][A-Za-z0-9_]+=/.test(root)) {
    // It may be a secret, so it is not repeated.
    const hint = 'Repeat the flag for each variable: --environment A=1 --environment B=2.'
    throw new UsageError('--environment takes one KEY=VALUE each time', hint)
  }
  if (options.root !== undefined && resolve(options.root) !== resolve(root)) {
    const hint = 'Give the folder once, as an argument or by --root.'
    throw new UsageError(`The root is '${root}' as an argument and '${options.root}' by --root`, hint)
  }
  return { ...options, root }
}

function examples(list) {
  return `\nExamples:\n${list.map(([line, does]) => `  # ${does}\n  $ ${line}`).join('\n')}`
}

module.exports = { addCommand }
