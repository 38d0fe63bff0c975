'use strict'

// The smallest function: one file, no packages.

exports.handler = async (event) => {
  const name = event?.name ?? 'Lambda'
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: `Hello, ${name}!`, node: process.version }),
  }
}
