'use strict'

const { inspectLines } = require('./render.js')

module.exports = {
  name: 'inspect',
  summary: 'Tell what an archive holds, and what is wrong with it.',
  description:
    'Reads a ZIP archive, whoever made it, and tells what it holds and what is wrong with it. It fails when there is ' +
    'an error among that.',
  argument: 'package',
  options: [{ title: 'Options:', type: 'InspectOptions' }],
  examples: [
    ['lambda-pack inspect function.zip', 'Tell the totals, and what is wrong'],
    ['lambda-pack inspect function.zip --json', 'Print all of it, with each entry, for a script'],
  ],
  stopped: 'Nothing was changed.',
  run: (api, options) => api.inspect(options),
  render: inspectLines,
  failed: (result) => !result.ok,
}
