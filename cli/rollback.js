'use strict'

const { rollbackLines } = require('./render.js')

module.exports = {
  name: 'rollback',
  summary: 'Point an alias at the version before.',
  description:
    'Points an alias at the version before the one that it points at, or at the one that is named. Nothing is built ' +
    'and nothing is sent.',
  options: [{ title: 'Options:', type: 'RollbackOptions' }],
  examples: [
    ['lambda-pack rollback --function-name api --alias live', 'Go back to the version before'],
    ['lambda-pack rollback --function-name api --alias live --to 12', 'Go to version 12'],
  ],
  stopped: 'The alias may have been moved already; rolling back to a version by its number does no harm twice.',
  run: (api, options) => api.rollback(options),
  render: rollbackLines,
}
