// What the AWS CDK zips a folder with before it sends it (`cdk deploy`, `cdk-assets publish`). The function is the
// package's own and not exported, so it is loaded by its path.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const lib = dirname(require.resolve('@aws-cdk/cdk-assets-lib'))
const { zipDirectory } = require(join(lib, 'private', 'archive.js'))

const [folder, out] = process.argv.slice(2)
await zipDirectory(folder, out)
