'use strict'

const { versionsLines } = require('./render.js')

module.exports = {
  name: 'versions',
  summary: 'Tell the published versions of a function.',
  description: 'Tells the published versions of a function, the newest first, and which aliases use them.',
  options: [{ title: 'Options:', type: 'VersionsOptions' }],
  examples: [['lambda-pack versions --function-name api', 'Tell the versions of api']],
  stopped: 'Nothing was changed.',
  run: (api, options) => api.versions(options),
  render: versionsLines,
}
