// Compiled, never run: what must compile does, and each @ts-expect-error marks what must not.
import {
  deploy,
  init,
  LambdaPackError,
  pack,
  plan,
  prune,
  rollback,
  versions,
  type CallOptions,
  type Change,
  type CodeChanges,
  type CodeFile,
  type DeployOptions,
  type DeployPlan,
  type DeployResult,
  type ErrorCode,
  type Excluded,
  type InitResult,
  type PackOptions,
  type Operation,
  type Packed,
  type PackResult,
  type ProgressEvent,
  type ProgressPhase,
  type S3Options,
  type Version,
  type VersionsResult,
  type Warning,
} from 'lambda-pack-native'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_ extends true>(): void {}

export async function packs(): Promise<void> {
  const result = await pack()
  same<Equal<typeof result, PackResult>>()
  await pack({})
  await pack({
    root: '.',
    out: 'function.zip',
    include: ['index.js'],
    ignore: ['*.md', '!README.md'],
    mode: 'all',
    level: 9,
    prefix: 'nodejs',
    symlinks: 'external',
    executable: ['bootstrap'],
    threads: 2,
    cache: false,
    signal: AbortSignal.timeout(1000),
    onProgress: (event) => same<Equal<typeof event, ProgressEvent>>(),
  })
  await pack({ level: 'fast', cache: 'folder' })
  const options: PackOptions = { mode: 'production', symlinks: 'keep', level: 'max' }
  same<Equal<PackOptions['level'], number | 'fast' | 'max' | undefined>>()
  same<Equal<PackOptions['cache'], false | string | undefined>>()
  const call: CallOptions = options
  await pack({ ...options, ...call, symlinks: 'dereference' })

  // @ts-expect-error an option that does not exist
  await pack({ incldue: [] })
  // @ts-expect-error an option of deploy() alone
  await pack({ functionName: 'f' })
  // @ts-expect-error a mode that does not exist
  await pack({ mode: 'development' })
  // @ts-expect-error a way with links that does not exist
  await pack({ symlinks: 'follow' })
  // @ts-expect-error one pattern that is not in an array
  await pack({ include: '*.js' })
  // @ts-expect-error a number as text
  await pack({ level: '9' })
  // @ts-expect-error a word that is no level
  await pack({ level: 'best' })
  // @ts-expect-error a cache that is neither a folder nor false
  await pack({ cache: true })
  // @ts-expect-error no signal
  await pack({ signal: {} })
  // @ts-expect-error no function
  await pack({ onProgress: true })
  // @ts-expect-error null is not undefined
  await pack({ root: null })
  // @ts-expect-error null is not undefined
  await pack(null)
  // @ts-expect-error the result is a promise
  pack().size
}

export async function results(result: PackResult): Promise<void> {
  same<Equal<PackResult['path' | 'codeSha256'], string>>()
  same<Equal<PackResult['size' | 'unzippedSize' | 'fileCount' | 'compressedCount' | 'durationMs'], number>>()
  same<Equal<PackResult['reused'], boolean>>()
  same<Equal<PackResult['excluded'], Excluded[]>>()
  same<Equal<PackResult['warnings'], Warning[]>>()
  for (const { path, reason, rule } of result.excluded) {
    same<Equal<typeof path | typeof rule, string>>()
    same<Equal<typeof reason, 'always' | 'ignore' | 'production' | 'archive' | 'link'>>()
    // @ts-expect-error a reason that does not exist
    if (reason === 'never') return
  }
  for (const warning of result.warnings) {
    same<Equal<typeof warning.severity, 'warning' | 'note'>>()
    same<Equal<typeof warning.path, string | undefined>>()
    // @ts-expect-error a code that does not exist
    if (warning.code === 'NO_SUCH_WARNING') return
    if (warning.code === 'NAMES_DIFFER_BY_CASE' || warning.code === 'NAMES_DIFFER_BY_NORMALIZATION') return
    if (warning.code === 'CACHE_UNUSABLE') same<Equal<typeof warning.severity, 'warning' | 'note'>>()
  }
  // @ts-expect-error a field that does not exist
  result.sha
}

export async function deploys(): Promise<void> {
  const result = await deploy({ functionName: 'f', root: '.' })
  same<Equal<typeof result, DeployResult>>()
  await deploy({
    functionName: 'f',
    package: 'function.zip',
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    role: 'arn:aws:iam::123456789012:role/lambda-ex',
    architecture: 'arm64',
    memorySize: 256,
    timeout: 30,
    environment: { NODE_ENV: 'production' },
    description: '',
    layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:l:1'],
    publish: true,
    alias: 'live',
    s3: { bucket: 'b', prefix: 'p/' },
    region: 'eu-west-1',
    profile: 'default',
    endpoint: 'http://127.0.0.1:4566',
    timeouts: { total: 600, attempt: 5 },
    dryRun: true,
    mode: 'all',
    level: 1,
    signal: new AbortController().signal,
    onProgress: ({ phase, files, totalFiles, bytes, totalBytes, message }) => {
      same<Equal<typeof phase, ProgressPhase>>()
      same<Equal<typeof files | typeof totalFiles | typeof bytes | typeof totalBytes, number>>()
      same<Equal<typeof message, string | undefined>>()
    },
  })
  same<Equal<DeployResult['upload'], 'none' | 'direct' | 's3'>>()
  same<Equal<DeployResult['created' | 'dryRun'], boolean>>()
  same<Equal<DeployResult['changes'], Change[]>>()
  same<Equal<DeployResult['packed'], Packed | undefined>>()
  same<Equal<DeployResult['codeSha256' | 'functionName'], string>>()
  same<Equal<DeployResult['tags'], Record<string, string> | undefined>>()
  same<Equal<DeployResult['reservedConcurrentExecutions'], number | undefined>>()
  const mode: string | undefined = result.tracingConfig?.mode
  const bucket: S3Options = { bucket: mode ?? 'b' }
  const options: DeployOptions = { functionName: 'f', s3: bucket }
  await deploy(options)

  await deploy({
    functionName: 'f',
    environmentMode: 'replace',
    force: true,
    vpcConfig: { subnetIds: ['subnet-1'] },
    fileSystemConfigs: [{ arn: 'arn:aws:elasticfilesystem:…', localMountPath: '/mnt/data' }],
    tracingConfig: { mode: 'Active' },
    loggingConfig: { logFormat: 'JSON', applicationLogLevel: 'DEBUG' },
    durableConfig: { executionTimeout: 60 },
    tags: { team: 'api' },
    reservedConcurrentExecutions: 5,
    s3: { bucket: 'b', always: true, createBucket: true, expectedBucketOwner: '123456789012' },
  })
  // null sets what a new function has.
  await deploy({
    functionName: 'f', timeout: null, memorySize: null, environment: null, description: null, layers: null,
    kmsKeyArn: null, vpcConfig: null, deadLetterConfig: null, tracingConfig: null, fileSystemConfigs: null,
    ephemeralStorage: null, snapStart: null, loggingConfig: null, tags: null, reservedConcurrentExecutions: null,
  })
  // @ts-expect-error there is no function without a role
  await deploy({ functionName: 'f', role: null })
  // @ts-expect-error a mode that does not exist
  await deploy({ functionName: 'f', tracingConfig: { mode: 'On' } })
  // @ts-expect-error a path is needed
  await deploy({ functionName: 'f', fileSystemConfigs: [{ arn: 'arn:…' }] })
  // @ts-expect-error options are needed
  await deploy()
  // @ts-expect-error a name is needed
  await deploy({ root: '.' })
  // @ts-expect-error a bucket is needed
  await deploy({ functionName: 'f', s3: {} })
  // @ts-expect-error an option that does not exist
  await deploy({ functionName: 'f', s3: { bucket: 'b', buket: 'b' } })
  // @ts-expect-error an architecture that does not exist
  await deploy({ functionName: 'f', architecture: 'x64' })
  // @ts-expect-error values of the environment are strings
  await deploy({ functionName: 'f', environment: { PORT: 80 } })
  // @ts-expect-error an option that does not exist
  await deploy({ functionName: 'f', memorysize: 128 })
  // @ts-expect-error a time-out as text
  await deploy({ functionName: 'f', timeout: '3' })
}

export async function plans(): Promise<void> {
  const planned = await plan({ functionName: 'f', timeout: 3 })
  same<Equal<typeof planned, DeployPlan>>()
  same<Equal<DeployPlan['operations'] | DeployResult['operations'], Operation[]>>()
  same<Equal<DeployPlan['changes'], Change[]>>()
  await deploy({ functionName: 'f', timeout: 3, plan: planned })
  same<Equal<DeployPlan['code'] | DeployResult['code'], CodeChanges | undefined>>()
  same<Equal<CodeChanges['added'] | CodeChanges['removed'] | CodeChanges['changed'], CodeFile[]>>()
  same<Equal<CodeFile['sizeBefore'] | CodeFile['modeAfter'], number | undefined>>()
  same<Equal<DeployPlan['warnings'], Warning[] | undefined>>()
  // @ts-expect-error no plan
  await deploy({ functionName: 'f', plan: {} })
}

export async function managesVersions(): Promise<void> {
  const told = await versions({ functionName: 'f' })
  same<Equal<typeof told, VersionsResult>>()
  same<Equal<VersionsResult['versions'], Version[]>>()
  same<Equal<Version['aliases'], string[]>>()
  const { before, after } = await rollback({ functionName: 'f', alias: 'live', to: '3' })
  same<Equal<typeof before | typeof after, string>>()
  const { removed, kept } = await prune({ functionName: 'f', keep: 5, dryRun: true })
  same<Equal<typeof removed | typeof kept, Version[]>>()
  // @ts-expect-error an alias is needed
  await rollback({ functionName: 'f' })
  // @ts-expect-error how many stay has to be said
  await prune({ functionName: 'f' })
}

export async function writesDown(): Promise<void> {
  const written = await init({ functionName: 'f', out: 'f', code: true, force: false })
  same<Equal<typeof written, InitResult>>()
  same<Equal<InitResult['definition'], string>>()
  same<Equal<InitResult['code'], string | undefined>>()
  // @ts-expect-error a name is needed
  await init({ out: 'f' })
  // @ts-expect-error an option of deploy() alone
  await init({ functionName: 'f', dryRun: true })
}

export function errors(error: unknown): string | undefined {
  if (!(error instanceof LambdaPackError)) return undefined
  const asError: Error = error
  same<Equal<typeof error.name, 'LambdaPackError'>>()
  same<Equal<typeof error.code, ErrorCode>>()
  same<Equal<typeof error.cause, Error | undefined>>()
  same<
    Equal<
      typeof error.hint | typeof error.path | typeof error.target | typeof error.option,
      string | undefined
    >
  >()
  same<Equal<typeof error.size | typeof error.limit | typeof error.status, number | undefined>>()
  same<Equal<typeof error.chain | typeof error.changed, string[] | undefined>>()
  same<Equal<typeof error.version | typeof error.alias, string | undefined>>()
  switch (error.code) {
    case 'ROOT_NOT_FOUND':
      return error.path
    case 'DEPENDENCY_NOT_INSTALLED':
      return error.chain?.join(' > ')
    // @ts-expect-error a code that does not exist
    case 'NO_SUCH_CODE':
      return undefined
    default:
      return asError.message
  }
}

export function writes(error: LambdaPackError): void {
  // @ts-expect-error fields are not to be written
  error.code = 'ABORTED'
}

export const phases: Record<ProgressPhase, string> = {
  select: '',
  compress: '',
  inspect: '',
  upload: '',
  configure: '',
  wait: '',
  release: '',
}
