'use strict'

// One process of ours: `node ours.cjs JOB`, where JOB is JSON:
// `{ options, repeat?, warmUp?, touch? }`. It prints the times as JSON.
//
// CommonJS, because Node.js takes 10 ms for its loader of ES modules, which is none of the package's time.

const { appendFileSync } = require('node:fs')

const { options, repeat = 1, warmUp = 0, touch } = JSON.parse(process.argv[2])

const loading = process.hrtime.bigint()
const { pack } = require('../index.js')
const load = since(loading)

/** Seconds. */
function since(start) {
  return Number(process.hrtime.bigint() - start) / 1e9
}

async function main() {
  const calls = []
  let result
  for (let call = 0; call < warmUp + repeat; call++) {
    if (touch) appendFileSync(touch, '\n')
    const start = process.hrtime.bigint()
    result = await pack(options)
    if (call >= warmUp) calls.push(since(start))
  }
  const excluded = result.excluded.map(({ path }) => path)
  console.log(JSON.stringify({ load, calls, excluded, fileCount: result.fileCount, size: result.size }))
}

main().catch(({ code, message }) => {
  console.log(JSON.stringify({ error: { code, message } }))
  process.exitCode = 1
})
