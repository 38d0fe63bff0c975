// Loaded before a program: tells that all it does at its start is done.
setImmediate(() => require('node:fs').writeSync(Number(process.env.READY), '.'))
