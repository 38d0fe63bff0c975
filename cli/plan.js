'use strict'

const { planLines } = require('./render.js')

module.exports = {
  name: 'plan',
  summary: 'Tell what a deployment would do.',
  description:
    'Tells what lambda-pack deploy would do with the same options, and changes nothing at AWS. As JSON it can be kept, ' +
    'looked at, and done by lambda-pack deploy --plan, or refused when it is no longer true.',
  argument: 'root',
  options: [
    { title: 'Definition:', type: 'DefinitionOptions' },
    { title: 'Deployment options:', type: 'DeployOptions', without: ['dryRun', 'force', 'plan'] },
    { title: 'Packing options:', type: 'PackOptions' },
  ],
  examples: [
    ['lambda-pack plan --function-name api --timeout 30', 'Tell what would change'],
    ['lambda-pack plan --function-name api --json > ../plan.json', 'Keep the plan'],
    ['lambda-pack deploy --function-name api --plan ../plan.json', 'Do what it says, and nothing else'],
  ],
  stopped: 'Nothing was changed.',
  run: (api, options) => api.plan(options),
  render: planLines,
}
