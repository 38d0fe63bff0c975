'use strict'

const { pruneLines } = require('./render.js')

module.exports = {
  name: 'prune',
  summary: 'Remove old versions of a function.',
  description:
    'Removes old versions of a function: all but the newest ones that are to stay, and those that an alias points at ' +
    'or gives a share of its calls.',
  options: [{ title: 'Options:', type: 'PruneOptions' }],
  examples: [
    ['lambda-pack prune --function-name api --keep 5 --dry-run', 'Tell what would go'],
    ['lambda-pack prune --function-name api --keep 5', 'Keep the five newest, and those that are in use'],
  ],
  stopped: 'What was removed until then stays removed; pruning again goes on from there.',
  run: (api, options) => api.prune(options),
  render: pruneLines,
  failed: ({ refused }) => refused.length > 0,
}
