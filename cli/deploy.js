'use strict'

const { deployLines } = require('./render.js')

module.exports = {
  name: 'deploy',
  summary: 'Pack a folder and make a Lambda function run it.',
  description:
    'Packs a folder, or takes an archive, and makes a Lambda function run it: creates the function, or ' +
    'sends what differs and nothing else, and waits until Lambda has taken it. Settings that are not given ' +
    'stay as they are.',
  argument: 'root',
  options: [
    { title: 'Definition:', type: 'DefinitionOptions' },
    { title: 'Deployment options:', type: 'DeployOptions' },
    { title: 'Packing options:', type: 'PackOptions' },
  ],
  examples: [
    ['lambda-pack deploy --function-name api', 'Deploy the working directory'],
    ['lambda-pack deploy src/api --function-name api --dry-run', 'Tell what would change'],
    [
      'lambda-pack deploy --function-name api --role arn:aws:iam::123456789012:role/api --timeout 30',
      'Create a function, or set its time-out',
    ],
    [
      'lambda-pack deploy --function-name api --environment LOG_LEVEL=debug --environment STAGE=test',
      'Set environment variables',
    ],
    ['lambda-pack deploy --function-name api --alias live', 'Publish a version and point an alias at it'],
    ['lambda-pack deploy --function-name api --package dist/api.zip', 'Deploy an archive made before'],
  ],
  stopped: 'What was done until then stays done; deploying again goes on from there.',
  run: (api, options) => api.deploy(options),
  render: deployLines,
}
