// The function of AWS's guide to Node.js packages: one file that uses aws-xray-sdk.

const AWSXRay = require('aws-xray-sdk')

const GREETING = 'Hello'

// On Lambda the segment is there already; anywhere else a missing one is only worth a line in the log.
AWSXRay.setContextMissingStrategy('LOG_ERROR')

exports.handler = async (event) => {
  const name = event?.name ?? 'Lambda'
  const segment = new AWSXRay.Segment('greeting')
  segment.addAnnotation('name', name)
  segment.close()
  return {
    statusCode: 200,
    body: JSON.stringify({ message: `${GREETING}, ${name}!`, traceId: segment.trace_id, node: process.version }),
  }
}
