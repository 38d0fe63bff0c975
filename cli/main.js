#!/usr/bin/env node
'use strict'

// The command line. It calls the public API alone, and what it offers is read from the table of the API's
// options.

const { CommanderError } = require('commander')

const { addCommand } = require('./command.js')
const { tellFailure } = require('./failure.js')
const { guardStreams } = require('./stream.js')
const { UsageCommand } = require('./usage.js')
const { version } = require('../package.json')

const NAMES = [
  'pack', 'deploy', 'plan', 'inspect', 'versions', 'rollback', 'prune', 'init', 'invoke', 'logs', 'status',
  'remove',
]
const COMMANDS = NAMES.map((name) => require(`./${name}.js`))

function createProgram() {
  const program = new UsageCommand('lambda-pack')
    .description('Packs Node.js code for AWS Lambda and deploys it.')
    .version(version, '-V, --version', 'Show the version.')
    .helpOption('-h, --help', 'Show this help.')
    .helpCommand('help [command]', 'Show the help of a command.')
    // What comes after a command's name is that command's: `--description --version` is no question to us.
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText('after', '\n`lambda-pack help <command>` shows the options of a command, and examples.')
    .addHelpText('after', 'Exit codes: 0 done, 1 failed, 2 wrong usage, 129, 130 or 143 stopped by a signal.')
  for (const definition of COMMANDS) addCommand(program, definition)
  return program
}

async function main(args) {
  guardStreams((error) => {
    process.exitCode = tellFailure(error, { json: false })
  })
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    // Help and version end this way too. Help that nobody asked for stands for a missing command.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else process.exitCode = tellFailure(error, { json: asksForJson(args) })
  }
}

/** Whether the result is wanted as JSON, also when the arguments are too wrong to be parsed. */
function asksForJson(args) {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).includes('--json')
}

main(process.argv.slice(2))
