'use strict'

const { packLines } = require('./render.js')

module.exports = {
  name: 'pack',
  summary: 'Pack a function\'s folder into one ZIP archive.',
  description:
    'Packs a function\'s folder into one ZIP archive for Lambda. The same content gives the same bytes on ' +
    'every machine.',
  argument: 'root',
  options: [{ title: 'Options:', type: 'PackOptions' }],
  examples: [
    ['lambda-pack pack', 'Pack the working directory into function.zip'],
    ['lambda-pack pack src/api --out dist/api.zip', 'Pack a folder into an archive elsewhere'],
    ['lambda-pack pack --ignore \'*.md\' --ignore test', 'Leave files out'],
    ['lambda-pack pack --json', 'Print the archive\'s path, size and SHA-256 for a script'],
  ],
  stopped: 'No archive was written; what was at its path is as it was.',
  run: (api, options) => api.pack(options),
  render: packLines,
}
