import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './command.mjs'
import { KEY, REGION, SECRET } from './credentials.mjs'
import { pythonEnv, pythonVariables } from './python.mjs'

/** What the AWS CLI failed with: the message is the CLI's own, `code` and `operation` are AWS's. */
export class AwsCliError extends Error {
  /**
   * @param {string[]} args
   * @param {{ code: number | null, signal: string | null, stderr: string }} result
   */
  constructor(args, { code, signal, stderr }) {
    super(stderr.trim() || `aws ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}`)
    this.name = 'AwsCliError'
    const [, errorCode, operation] = /error occurred \((\w+)\) when calling the (\w+)/.exec(stderr) ?? []
    this.code = errorCode ?? null
    this.operation = operation ?? null
  }
}

/**
 * Runs the AWS CLI, a client that is not ours, with the test credentials.
 *
 * @param {string[]} args as on the command line: `['lambda', 'get-function', '--function-name', 'f']`
 * @param {{ endpoint: string, region?: string, env?: object, timeout?: number }} options
 *   `env` is added last, for other credentials; `timeout` in milliseconds, 60,000 by default.
 * @returns {Promise<any>} the parsed JSON answer, or null when there is none
 */
export async function awsCli(args, { endpoint, region = REGION, env = {}, timeout = 60_000 }) {
  const { python } = await pythonEnv()
  const result = await run(python, ['-m', 'awscli', ...args, '--output', 'json'], {
    env: variables(endpoint, region, env), timeout,
  })
  if (result.code !== 0) throw new AwsCliError(args, result)
  return result.stdout.trim() === '' ? null : JSON.parse(result.stdout)
}

/**
 * Invokes a function through the AWS CLI.
 *
 * @param {string} functionName
 * @param {any} event
 * @param {{ endpoint: string, qualifier?: string }} options
 * @returns {Promise<{ payload: any, functionError: string | null, executedVersion: string }>}
 */
export async function invokeFunction(functionName, event, { endpoint, qualifier }) {
  const folder = await mkdtemp(join(tmpdir(), 'invoke-'))
  try {
    const out = join(folder, 'payload.json')
    const target = ['--function-name', functionName, ...(qualifier ? ['--qualifier', qualifier] : [])]
    const args = ['lambda', 'invoke', ...target, '--payload', JSON.stringify(event), out]
    const answer = await awsCli(args, { endpoint })
    return {
      payload: JSON.parse(await readFile(out, 'utf8')),
      functionError: answer.FunctionError ?? null,
      executedVersion: answer.ExecutedVersion,
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function variables(endpoint, region, extra) {
  const clean = Object.entries(pythonVariables()).filter(([name]) => !name.startsWith('AWS_'))
  return {
    ...Object.fromEntries(clean),
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    // The developer's own profile must play no part.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    // One failure is one failure: a test of the front must see each call that it makes.
    AWS_MAX_ATTEMPTS: '1',
    ...extra,
  }
}
