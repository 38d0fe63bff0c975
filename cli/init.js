'use strict'

const { table, warningLines } = require('./render.js')
const { counted, duration, exactSize, printable } = require('./words.js')

module.exports = {
  name: 'init',
  summary: 'Write the settings of a deployed function to a file, and its code to a folder.',
  description:
    'Writes the settings of a deployed function to function.json, in the shape of AWS\'s CreateFunction request, and on ' +
    'request its code to the folder src beside it. Nothing that is there is replaced unless that is asked for.',
  options: [{ title: 'Options:', type: 'InitOptions' }],
  examples: [
    ['lambda-pack init --function-name api', 'Write function.json in the working directory'],
    ['lambda-pack init --function-name api --out api --code', 'Write api/function.json and api/src'],
  ],
  stopped: 'Nothing was written.',
  run: (api, options) => api.init(options),
  render(result, colours) {
    const { functionName, definition, code, codeSha256, fileCount, unzippedSize, durationMs } = result
    return [
      `${colours.green('Wrote')} ${colours.bold(printable(functionName))}`,
      ...table(colours, [
        ['settings', printable(definition)],
        ['code', code && printable(code)],
        ['files', code && `${counted(fileCount, 'file')}, ${exactSize(unzippedSize)}`],
        ['sha256', code && codeSha256],
        ['time', duration(durationMs)],
      ]),
      ...warningLines(result, colours),
    ]
  },
}
