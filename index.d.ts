/* Generated from the doc comments of src/binding and from dts-header.d.ts by `npm run build`. Do not edit. */
/// <reference types="node" />

/** What every call takes beside its own options. */
export interface CallOptions {
  /** Ends the call; the promise then rejects with the signal's reason, or, when something was changed at AWS before, with an `ABORTED` that tells what and has the reason as its `cause`. **Default** none. */
  signal?: AbortSignal
  /** Is told how far the call is. When it throws or rejects, the call ends and rejects with that. **Default** none. */
  onProgress?: (event: ProgressEvent) => void
}

export interface PackOptions extends CallOptions {}
export interface DeployOptions extends PackOptions, Partial<DefinitionOptions> {}
export interface InspectOptions extends CallOptions {}
export interface VersionsOptions extends CallOptions {}
export interface RollbackOptions extends CallOptions {}
export interface PruneOptions extends CallOptions {}
export interface InitOptions extends CallOptions {}
export interface InvokeOptions extends CallOptions {}
export interface LogsOptions extends CallOptions {}
export interface StatusOptions extends CallOptions {}
export interface RemoveOptions extends CallOptions {}

/** Where options can stand beside those that are given. */
export interface DefinitionOptions {
  /** A function's definition in the shape of AWS's CreateFunction request, or the path of its JSON, like lambroll's `function.json`. Options that are given beside it come first. **Default** none. */
  definition?: string | FunctionDefinition
}

/** Options of a deployment whose definition names the function. */
export type DefinedDeployOptions = Omit<DeployOptions, 'functionName'> & Required<DefinitionOptions> & { functionName?: string }

/** A function as AWS's CreateFunction takes it. What AWS fills in by itself may be there, and `Code` names the bucket alone. */
export interface FunctionDefinition {
  FunctionName?: string
  [name: string]: unknown
}

/** An operation of AWS's that a deployment or a removal takes. */
export type Operation = 'CreateFunction' | 'UpdateFunctionConfiguration' | 'UpdateFunctionCode' | 'TagResource' | 'UntagResource' | 'PutFunctionConcurrency' | 'DeleteFunctionConcurrency' | 'PutFunctionCodeSigningConfig' | 'DeleteFunctionCodeSigningConfig' | 'PutFunctionRecursionConfig' | 'PutRuntimeManagementConfig' | 'PublishVersion' | 'CreateAlias' | 'UpdateAlias' | 'AddPermission' | 'RemovePermission' | 'CreateFunctionUrlConfig' | 'UpdateFunctionUrlConfig' | 'DeleteFunctionUrlConfig' | 'PutFunctionEventInvokeConfig' | 'DeleteFunctionEventInvokeConfig' | 'PutProvisionedConcurrencyConfig' | 'DeleteProvisionedConcurrencyConfig' | 'DeleteEventSourceMapping' | 'DeleteFunction' | 'DeleteLogGroup'

/** The stable names of failures; docs/errors.md tells cause and cure of each. */
export type ErrorCode =
  | 'INVALID_OPTION'
  | 'UNKNOWN_OPTION'
  | 'ABORTED'
  | 'INTERNAL'
  | 'ROOT_NOT_FOUND'
  | 'READ_FAILED'
  | 'WRITE_FAILED'
  | 'OUT_NOT_A_FILE'
  | 'OUT_NOT_AN_ARCHIVE'
  | 'LINK_LEAVES_ROOT'
  | 'LINK_DANGLING'
  | 'LINK_LOOP'
  | 'SPECIAL_FILE'
  | 'FILE_CHANGED'
  | 'FILE_NAME_INVALID'
  | 'NAME_COLLISION'
  | 'INVALID_PATTERN'
  | 'INCLUDE_MATCHES_NOTHING'
  | 'EMPTY_PACKAGE'
  | 'UNZIPPED_TOO_LARGE'
  | 'INVALID_PACKAGE_JSON'
  | 'DEPENDENCY_NOT_INSTALLED'
  | 'PACKAGE_NOT_FOUND'
  | 'INVALID_ARCHIVE'
  | 'REGION_MISSING'
  | 'CREDENTIALS_MISSING'
  | 'CREDENTIALS_EXPIRED'
  | 'CREDENTIALS_INVALID'
  | 'ACCESS_DENIED'
  | 'CONNECTION_FAILED'
  | 'THROTTLED'
  | 'REQUEST_FAILED'
  | 'WAIT_TIMEOUT'
  | 'ROLE_REQUIRED'
  | 'ROLE_NOT_ASSUMABLE'
  | 'BUCKET_REQUIRED'
  | 'BUCKET_NOT_FOUND'
  | 'BUCKET_WRONG_REGION'
  | 'FUNCTION_IS_IMAGE'
  | 'ENVIRONMENT_UNREADABLE'
  | 'FUNCTION_NOT_FOUND'
  | 'PLAN_DIFFERS'
  | 'ALIAS_NOT_FOUND'
  | 'VERSION_NOT_FOUND'
  | 'CODE_UNAVAILABLE'
  | 'FILE_EXISTS'
  | 'FUNCTION_FAILED'
  | 'VERSION_FAILED'
  | 'UPDATE_FAILED'
  | 'PROVISIONED_CONCURRENCY_FAILED'
  | 'FUNCTION_CONFLICT'
  | 'PRECONDITION_FAILED'
  | 'CODE_STORAGE_EXCEEDED'

/** The stable names of what can be wrong with an archive; docs/archives.md tells what each means. */
export type ArchiveProblemCode =
  'END_RECORD_MISSING' |
  'SEVERAL_END_RECORDS' |
  'MULTI_DISK' |
  'ZIP64_BROKEN' |
  'ZIP64_DISAGREES' |
  'DIRECTORY_MISPLACED' |
  'DIRECTORY_SIZE_WRONG' |
  'DIRECTORY_TOO_LARGE' |
  'DIRECTORY_BROKEN' |
  'ENTRY_COUNT_WRONG' |
  'TRAILING_BYTES' |
  'NO_FILES' |
  'UNZIPPED_TOO_LARGE' |
  'READERS_DISAGREE' |
  'NOT_CHECKED' |
  'LOCAL_HEADER_MISSING' |
  'LOCAL_HEADER_DIFFERS' |
  'EXTRA_FIELD_BROKEN' |
  'DATA_DESCRIPTOR_WRONG' |
  'DATA_CUT_SHORT' |
  'ENTRIES_OVERLAP' |
  'HIDDEN_ENTRY' |
  'ENCRYPTED' |
  'VERSION_UNSUPPORTED' |
  'METHOD_UNSUPPORTED' |
  'DATA_BROKEN' |
  'SIZE_WRONG' |
  'CRC_WRONG' |
  'DATA_AFTER_STREAM' |
  'NAME_EMPTY' |
  'NAME_ABSOLUTE' |
  'NAME_DOT_DOT' |
  'NAME_BACKSLASH' |
  'NAME_NUL' |
  'NAME_NOT_UTF8' |
  'NAME_TOO_LONG' |
  'UNICODE_PATH_DIFFERS' |
  'NAME_DUPLICATE' |
  'FILE_IS_FOLDER' |
  'KIND_UNCLEAR' |
  'FOLDER_WITH_DATA' |
  'SPECIAL_FILE' |
  'MODE_UNREADABLE' |
  'LINK_ABSOLUTE' |
  'LINK_LEAVES_PACKAGE' |
  'LINK_INVALID' |
  'ENTRY_BELOW_LINK' |
  'LEADING_BYTES' |
  'HIDDEN_BYTES' |
  'ARCHIVE_COMMENT' |
  'STORED_WITH_DESCRIPTOR' |
  'NAME_WITHOUT_UTF8_FLAG' |
  'NAME_NOT_NORMAL' |
  'NAME_CONTROL_CHARACTER' |
  'NAMES_DIFFER_BY_CASE' |
  'NAMES_DIFFER_BY_NORMALIZATION' |
  'MODE_SPECIAL_BITS' |
  'LINK_DANGLING'

/** What every function here rejects with, but for an abort by a signal with a reason of its own. */
export declare class LambdaPackError extends Error {
  readonly name: 'LambdaPackError'
  /** The stable name of the failure. */
  readonly code: ErrorCode
  /** What to do about it, apart from what happened. */
  readonly hint?: string
  /** What lies below: the system's own words. */
  readonly cause?: Error
  /** The file or folder. */
  readonly path?: string
  /** Where a link leads. */
  readonly target?: string
  /** The option's name. */
  readonly option?: string
  /** What the option allows. */
  readonly expected?: string
  /** What the option was given. */
  readonly received?: string
  /** The pattern. */
  readonly pattern?: string
  /** From the root package to the missing dependency. */
  readonly chain?: string[]
  /** Bytes that are too many. */
  readonly size?: number
  /** Bytes that are allowed. */
  readonly limit?: number
  /** The function. */
  readonly functionName?: string
  /** The names of what somebody else changed meanwhile, or of what differs from the plan. */
  readonly changed?: string[]
  /** What a deployment had done when it ended. */
  readonly done?: Operation[]
  /** What it would have done then. */
  readonly notDone?: Operation[]
  /** The versions that prune() had removed when it ended, the newest first. */
  readonly removed?: string[]
  /** The bucket of an upload that is left, or that is left itself. */
  readonly bucket?: string
  /** The key of an upload that is left. */
  readonly key?: string
  /** S3's name of an upload that is left. */
  readonly uploadId?: string
  /** ARN of the execution role. */
  readonly role?: string
  /** The version. */
  readonly version?: string
  /** The alias. */
  readonly alias?: string
  /** Seconds until the deadline that was reached. */
  readonly seconds?: number
  /** AWS's reason for a failed state. */
  readonly reason?: string
  /** AWS's code for that reason. */
  readonly reasonCode?: string
  /** AWS's name of the operation. */
  readonly operation?: string
  /** The function, bucket or alias that the operation was about. */
  readonly resource?: string
  /** AWS's own error code. */
  readonly awsCode?: string
  /** HTTP status. */
  readonly status?: number
  /** AWS's id of the request. */
  readonly requestId?: string
}


/** Where an alias points. */
export interface AliasStatus {
  /** The alias. */
  name: string
  /** Its version. */
  version: string
  /** Other versions, with their shares of its calls, from 0 to 1. */
  weights: Record<string, number>
}

/** One entry of an archive, as its directory declares it. */
export interface ArchiveEntry {
  /** Its name; of one that is not UTF-8 such bytes are written as `\\xNN`. */
  name: string
  /** What it becomes when it is unpacked; `other` is a device, FIFO or socket. */
  type: 'file' | 'folder' | 'link' | 'other'
  /** Where a link leads; absent when that cannot be read. */
  target?: string
  /** Permission bits, like `0o644`; absent when it was made on a system without them. */
  mode?: number
  /** How its bytes are stored; `other` is a method that Lambda does not read. */
  method: 'stored' | 'deflated' | 'other'
  /** Bytes, unzipped. */
  size: number
  /** Bytes in the archive. */
  compressedSize: number
  /** CRC-32 of the unzipped bytes. */
  crc32: number
}

/** Something that is wrong with an archive. */
export interface ArchiveProblem {
  /** A stable name for it; docs/archives.md tells what each means. */
  code: ArchiveProblemCode
  /** `error`: unpacking it does harm or fails, or Lambda cannot use it; `warning`: unusual. */
  severity: 'error' | 'warning'
  /** A sentence for people. */
  message: string
  /** The name of the entry that it is about; absent when it is about the archive. */
  entry?: string
}

/** Instances of the account's own that a function runs on. */
export interface CapacityProviderConfig {
  /** Instances that Lambda manages. */
  lambdaManagedInstancesCapacityProviderConfig: LambdaManagedInstancesCapacityProviderConfig
}

/** A field that differed. */
export interface Change {
  /** Its name; a variable's is `environment.NAME`. */
  field: string
  /**
   * What was deployed; absent when there was nothing. Of a variable `(hidden)`; in a plan, a dry run and what is done by
   * a plan `(hidden, 1f2e3d4c)`, where the same digits mean the same value of the same variable.
   */
  before?: string
  /**
   * What was asked for; absent when it goes, or is not known before, like the number of a version in a dry run. Of a
   * variable as with `before`.
   */
  after?: string
}

/** Which files of the code differ, by the directories of both archives. Folders do not count. */
export interface CodeChanges {
  /** Files that are not deployed, by path. */
  added: Array<CodeFile>
  /** Files that are deployed and would go, by path. */
  removed: Array<CodeFile>
  /** Files that would be others, by path: of another size, CRC-32 or mode. The mode counts where both archives have one. */
  changed: Array<CodeFile>
  /** How many files stay as they are. */
  unchangedCount: number
}

/** A file or link that differs. */
export interface CodeFile {
  /** Its path in the package. */
  path: string
  /** Bytes as it is deployed, unzipped; absent when it is not. */
  sizeBefore?: number
  /** Bytes as it would be, unzipped; absent when it would go. */
  sizeAfter?: number
  /** Permission bits as it is deployed, like `0o644`; absent when they are no others. */
  modeBefore?: number
  /** Permission bits as it would be; absent when they are no others. */
  modeAfter?: number
}

/** What browsers may do from other places. */
export interface Cors {
  /** Whether cookies and the like may be sent along. */
  allowCredentials?: boolean
  /** Headers that requests may have. */
  allowHeaders?: Array<string>
  /** Methods of requests. */
  allowMethods?: Array<string>
  /** Origins of requests, like `https://example.com`, or `*`. */
  allowOrigins?: Array<string>
  /** Headers of answers that may be read. */
  exposeHeaders?: Array<string>
  /** How long browsers may remember this, in seconds, up to 86,400. */
  maxAge?: number
}

/** Where events go that could not be handled. */
export interface DeadLetterConfig {
  /** ARN of a queue or topic. */
  targetArn: string
}

/**
 * Packs `root`, or takes `package`, and makes the function run it: creates the function, or sends what differs and
 * nothing else, and waits until Lambda has taken it. When nothing differs, no changing call is made.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function deploy(options: DeployOptions | DefinedDeployOptions): Promise<DeployResult>

/**
 * What to deploy, and where. Every option of `pack()` is taken too. Of the function's settings only those that are
 * given are managed: the others stay as they are.
 */
export interface DeployOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /** An archive made before, instead of `root`; no option of packing goes with it. **Default** `root` is packed. */
  package?: string
  /** Lambda's name of the runtime. **Default** for a new function `nodejs24.x`. */
  runtime?: string
  /** File and export, like `src/index.handler`. **Default** for a new function `index.handler`. */
  handler?: string
  /** ARN of the execution role. **Default** none; a new function needs one. */
  role?: string
  /** Instruction set. **Default** for a new function `x86_64`. */
  architecture?: 'x86_64' | 'arm64'
  /**
   * Memory in megabytes, from 128; ordinary functions go to 10,240. `null` sets the default.
   * **Default** for a new function 128.
   */
  memorySize?: number | null
  /**
   * Time-out in seconds, from 1; ordinary functions go to 900. `null` sets the default.
   * **Default** for a new function 3.
   */
  timeout?: number | null
  /** Environment variables to set. At most 4 KB with their names. `null` removes all. **Default** none. */
  environment?: Record<string, string> | null
  /**
   * What becomes of variables that the function has and `environment` does not name: `merge` keeps them, `replace`
   * removes them. **Default** `merge`.
   */
  environmentMode?: 'merge' | 'replace'
  /** The function's description, at most 256 characters. `null` removes it. **Default** none. */
  description?: string | null
  /** ARNs of layer versions, all of them, in their order, at most 5. `null` removes all. **Default** none. */
  layers?: Array<string> | null
  /** ARN of the key that encrypts the environment. `null` for AWS's own. **Default** AWS's own. */
  kmsKeyArn?: string | null
  /** The function's network. `null` takes it out of the VPC. **Default** none. */
  vpcConfig?: VpcConfig | null
  /** Where events go that could not be handled. `null` for nowhere. **Default** nowhere. */
  deadLetterConfig?: DeadLetterConfig | null
  /** Tracing by X-Ray. `null` sets the default. **Default** for a new function `PassThrough`. */
  tracingConfig?: TracingConfig | null
  /** File systems, all of them. `null` removes all. **Default** none. */
  fileSystemConfigs?: Array<FileSystemConfig> | null
  /** Room in `/tmp`. `null` sets the default. **Default** for a new function 512 MB. */
  ephemeralStorage?: EphemeralStorage | null
  /** Snapshots of published versions. `null` for none. **Default** none. */
  snapStart?: SnapStart | null
  /**
   * Where logs go, and which. `null` sets what a new function has. **Default** for a new function text, to
   * `/aws/lambda/` and its name.
   */
  loggingConfig?: LoggingConfig | null
  /** Durable executions. Only a function that was made with them can have them. **Default** none. */
  durableConfig?: DurableConfig
  /** Tags to set; others that the function has stay. `null` removes all but AWS's own. **Default** none. */
  tags?: Record<string, string> | null
  /**
   * How many executions at once are kept for the function, out of those of the account; with 0 it is never executed.
   * `null` for none. **Default** none.
   */
  reservedConcurrentExecutions?: number | null
  /** ARN of the key that encrypts the deployed archive. `null` is AWS's own. **Default** for a new function AWS's own. */
  sourceKmsKeyArn?: string | null
  /**
   * How many environments are kept ready for the alias, which has to be named. They are waited for, up to 15 minutes,
   * also when AWS makes them anew because the alias moves. `null` for none. **Default** none.
   */
  provisionedConcurrentExecutions?: number | null
  /** The function's URL: of the alias where one is named, else of the function. `null` takes it away. **Default** none. */
  functionUrl?: FunctionUrlConfig | null
  /**
   * Who may invoke the function, or the alias where one is named: all that are declared so. Statements that were made
   * in other ways stay. `null` removes all that were declared. **Default** none.
   */
  permissions?: Array<Permission> | null
  /**
   * What becomes of events that are handled later than they are sent: of the alias where one is named, else of the
   * function. `null` sets the default. **Default** two more tries, within six hours.
   */
  eventInvokeConfig?: EventInvokeConfig | null
  /**
   * Whether a function that invokes itself in a loop is stopped. `null` sets the default.
   * **Default** for a new function `Terminate`.
   */
  recursiveLoop?: 'Allow' | 'Terminate' | null
  /**
   * When AWS changes the version of the runtime: of the function, and of the version that is released. `null` sets the
   * default. **Default** for a new function `Auto`.
   */
  runtimeManagementConfig?: RuntimeManagementConfig | null
  /** ARN of the configuration that says whose signatures the code needs. `null` for none. **Default** none. */
  codeSigningConfigArn?: string | null
  /**
   * Instances of the account's own that the function runs on. Only a function that was made with them can have them.
   * **Default** none.
   */
  capacityProviderConfig?: CapacityProviderConfig
  /** Whether tenants share environments. It cannot be changed later. **Default** they do. */
  tenancyConfig?: TenancyConfig
  /** Whether to publish a version. None is made when the last one is the same. **Default** `false`. */
  publish?: boolean
  /**
   * Publishes the function as `$LATEST.PUBLISHED`, which is what runs on instances of the account's own
   * (`capacityProviderConfig`) when no version is named. **Default** it is not published.
   */
  publishTo?: 'LATEST_PUBLISHED'
  /**
   * The alias to point at the published version; it is made when it does not exist. Implies `publish`.
   * **Default** none.
   */
  alias?: string
  /** Where an archive goes that has more than 52,428,800 bytes. **Default** none. */
  s3?: S3Options
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /**
   * URL of another endpoint than AWS's, for Lambda and S3. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the
   * rest.
   */
  endpoint?: string
  /** How long it may take. **Default** those of its parts. */
  timeouts?: Timeouts
  /**
   * Whether to go over what somebody else changes between the look at the function and the change; else that is an
   * error (`PRECONDITION_FAILED`). **Default** `false`.
   */
  force?: boolean
  /**
   * What `plan()` has answered, or what was read back from its JSON: it is done, or refused when the function, the code
   * or the options are no longer those of the plan. **Default** none.
   */
  plan?: DeployPlan
  /** Whether to change nothing at AWS and only tell what would be done; `out` is still written. **Default** `false`. */
  dryRun?: boolean
}

/** What a deployment would do. It is all text and numbers, so it can be kept as JSON. */
export interface DeployPlan {
  /** The function, as it was named. */
  functionName: string
  /** Whether the function would be made. */
  created: boolean
  /** The function's Region. */
  region: string
  /** The revision of the function that was seen; absent when there was none. */
  revisionId?: string
  /** The alias that would be pointed; absent when none is named. */
  alias?: string
  /** SHA-256 of the archive that would be deployed, in base64. */
  codeSha256: string
  /** What differs. */
  changes: Array<Change>
  /** AWS's names of the operations, in their order. */
  operations: Array<Operation>
  /** How the archive would go. */
  upload: 'none' | 'direct' | 's3'
  /** The bucket that it would go through. */
  bucket?: string
  /**
   * Which files of the code differ; absent when the code is the same, or when that cannot be told (`CODE_NOT_COMPARED`
   * in `warnings`).
   */
  code?: CodeChanges
  /** What you should know, of packing too. */
  warnings?: Array<Warning>
}

/**
 * The function as AWS describes it, in camelCase, and what was done. In a dry run that would make the function,
 * AWS's fields are absent. The values of its environment are left out.
 */
export interface DeployResult {
  /** The function's name. */
  functionName: string
  /** Its ARN; with `publish`, the version's. */
  functionArn?: string
  /** Lambda's name of the runtime. */
  runtime?: string
  /** ARN of the execution role. */
  role?: string
  /** File and export. */
  handler?: string
  /** Bytes of the deployed archive. */
  codeSize?: number
  /** The description. */
  description?: string
  /** Time-out in seconds. */
  timeout?: number
  /** Memory in megabytes. */
  memorySize?: number
  /** When the function was last changed, in ISO 8601. */
  lastModified?: string
  /** SHA-256 of the deployed archive in base64; in a dry run, of the one that would be deployed. */
  codeSha256: string
  /** `$LATEST`, or with `publish` the version's number. */
  version?: string
  /** Tracing by X-Ray. */
  tracingConfig?: TracingConfig
  /** The network. */
  vpcConfig?: VpcConfig
  /** Where events go that could not be handled. */
  deadLetterConfig?: DeadLetterConfig
  /** File systems. */
  fileSystemConfigs?: Array<FileSystemConfig>
  /** Snapshots of published versions. */
  snapStart?: SnapStart
  /** Where logs go, and which. */
  loggingConfig?: LoggingConfig
  /** Durable executions. */
  durableConfig?: DurableConfig
  /** The tags, but for AWS's own. */
  tags?: Record<string, string>
  /** How many executions at once are kept for the function; absent when none are. */
  reservedConcurrentExecutions?: number
  /** The function's URL, when `functionUrl` is declared; of the alias where one is named. */
  functionUrl?: string
  /** Instances of the account's own that the function runs on. */
  capacityProviderConfig?: CapacityProviderConfig
  /** Whether tenants share environments. */
  tenancyConfig?: TenancyConfig
  /** Changes with every change of the function. */
  revisionId?: string
  /** The layers, in their order. */
  layers?: Array<Layer>
  /** `Zip`. */
  packageType?: string
  /** Instruction sets. */
  architectures?: Array<string>
  /** Room in `/tmp`. */
  ephemeralStorage?: EphemeralStorage
  /** The key that encrypts the environment. */
  kmsKeyArn?: string
  /** ARN of the main function, for Lambda@Edge. */
  masterArn?: string
  /** Whether the function was made, or in a dry run would be. */
  created: boolean
  /** What differed from what was deployed; nothing when nothing was changed. */
  changes: Array<Change>
  /**
   * AWS's names of the operations that this took, or in a dry run would take, in their order; those of S3 are not among
   * them.
   */
  operations: Array<Operation>
  /** How the archive went: it was there already, in the request, or through S3. */
  upload: 'none' | 'direct' | 's3'
  /**
   * In a dry run, which files of the code differ; absent when the code is the same, or when that cannot be told
   * (`CODE_NOT_COMPARED` in `warnings`).
   */
  code?: CodeChanges
  /** The alias that now points at `version`; absent in a dry run. */
  alias?: string
  /** Whether nothing was changed because of `dryRun`. */
  dryRun: boolean
  /**
   * The archive that was deployed, absolute: `package`, or `out` where that was given; else it is removed, and this
   * is absent.
   */
  package?: string
  /** What was packed; absent with `package`. */
  packed?: Packed
  /** What you should know, of packing too. */
  warnings: Array<Warning>
  /** How long it took, packing included, in milliseconds. */
  durationMs: number
}

/** Who is told. */
export interface Destination {
  /** ARN of a queue, topic, bus, bucket or function, or `kafka://` and a topic. */
  destination: string
}

/** Who is told of an event's end. */
export interface DestinationConfig {
  /** When it was handled. */
  onSuccess?: Destination
  /** When it was not. */
  onFailure?: Destination
}

/** Durable executions. Of what is not given the function keeps what it has. */
export interface DurableConfig {
  /** The key that encrypts what they keep. */
  kmsKeyArn?: string
  /** How long one may take, in seconds. */
  executionTimeout?: number
  /** How long its history is kept, in days. */
  retentionPeriodInDays?: number
}

/** Room in `/tmp`. */
export interface EphemeralStorage {
  /** Megabytes, from 512 to 10,240. */
  size: number
}

/**
 * What becomes of events that are handled later than they are sent: at least one part of it. Of what is not given the
 * function keeps what it has.
 */
export interface EventInvokeConfig {
  /** How often an event is tried again, from 0 to 2. */
  maximumRetryAttempts?: number
  /** How old an event may become, in seconds, from 60 to 21,600. */
  maximumEventAgeInSeconds?: number
  /** Who is told of an event's end, all of it; `{}` for nobody. */
  destinationConfig?: DestinationConfig
}

/** What reads events from somewhere and calls a function with them. */
export interface EventSourceMapping {
  /** AWS's id of it. */
  uuid: string
  /** ARN of the queue, stream or table; absent for sources without one. */
  eventSourceArn?: string
  /** ARN of the function that it calls, with its version or alias. */
  functionArn: string
}

/** A path that stayed out. */
export interface Excluded {
  /** Relative to the root. */
  path: string
  /**
   * `always`: secrets, `.git` and our own files; `ignore`: a pattern of yours; `production`: production does not
   * need it; `archive`: it is the archive itself; `link`: a link to something that stayed out.
   */
  reason: 'always' | 'ignore' | 'production' | 'archive' | 'link'
  /** The pattern or rule. */
  rule: string
}

/** A file system of a function. */
export interface FileSystemConfig {
  /** ARN of the access point. */
  arn: string
  /** Where it is: a folder in `/mnt`. */
  localMountPath: string
  /** How files that are in S3 are read. **Default** as it is. */
  s3FilesConfig?: S3FilesConfig
}

/** The URL of a function. Of what is not given it keeps what it has. */
export interface FunctionUrlConfig {
  /** `AWS_IAM` asks callers for a signature, `NONE` for nothing. */
  authType: 'AWS_IAM' | 'NONE'
  /** `BUFFERED` answers when the function has ended, `RESPONSE_STREAM` while it runs. */
  invokeMode?: 'BUFFERED' | 'RESPONSE_STREAM'
  /** What browsers may do from other places, all of it; `{}` for nothing. */
  cors?: Cors
  /** Who may call it, all of them; `[]` for nobody. **Default** with `NONE` everybody, else only those of the account who have the right. */
  permissions?: Array<UrlPermission>
}

/**
 * Writes the settings of a deployed function to `function.json`, in the shape of AWS's `CreateFunction` request, and on
 * request its code. All of it is written, or nothing.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function init(options: InitOptions): Promise<InitResult>

/** Which function, and where to. */
export interface InitOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /** The folder to write to; it is made when it is not there. **Default** the working directory. */
  out?: string
  /** Whether to unpack the deployed code too, into the folder `src` of `out`. **Default** `false`. */
  code?: boolean
  /**
   * Whether to replace a `function.json`, and with `code` all of a `src`, that is there; else that is an error
   * (`FILE_EXISTS`). **Default** `false`.
   */
  force?: boolean
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /** URL of another endpoint than AWS's. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the rest. */
  endpoint?: string
  /** How long it may take. **Default** those of its parts. */
  timeouts?: Timeouts
}

/** What was written. */
export interface InitResult {
  /** The function, as it was named. */
  functionName: string
  /** The file with its settings, absolute: `function.json` in `out`. */
  definition: string
  /** The folder with its code, absolute; absent without `code`. */
  code?: string
  /** SHA-256 of the deployed archive in base64. */
  codeSha256?: string
  /** Files and links that were unpacked; absent without `code`. */
  fileCount?: number
  /** Bytes of these files; absent without `code`. */
  unzippedSize?: number
  /** What you should know. */
  warnings: Array<Warning>
  /** How long it took, in milliseconds. */
  durationMs: number
}

/**
 * Reads a ZIP archive, whoever made it, and tells what it holds and what is wrong with it. It is safe with any bytes:
 * what is wrong is told, and is no failure.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function inspect(options: InspectOptions): Promise<InspectResult>

/** What to look into. */
export interface InspectOptions {
  /** The archive. */
  package: string
}

/** What an archive holds, and what is wrong with it. */
export interface InspectResult {
  /** The archive, absolute. */
  path: string
  /** Its SHA-256 in base64, as AWS names it. */
  codeSha256: string
  /** Its bytes. */
  size: number
  /** Bytes of all its files, unzipped, as it declares them. */
  unzippedSize: number
  /** Files and links in it; folders do not count. */
  fileCount: number
  /** Whether there is no problem of severity `error`. */
  ok: boolean
  /** What is wrong with it, errors first. */
  problems: Array<ArchiveProblem>
  /** What it holds, in the order of its directory. */
  entries: Array<ArchiveEntry>
  /** How long it took, in milliseconds. */
  durationMs: number
}

/**
 * Calls a function. That the function fails is its answer (`functionError`), and does not reject. It is not called again
 * unless it is sure that it did not run: when AWS refuses for too many requests, or there was no connection.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function invoke(options: InvokeOptions): Promise<InvokeResult>

/** Which function, and with what. */
export interface InvokeOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /** A version's number, an alias or `$LATEST.PUBLISHED`. **Default** `$LATEST`. */
  qualifier?: string
  /**
   * The event: what JSON can express, or its JSON as bytes: a buffer, or a view of one. At most 6,291,456
   * bytes of JSON, with `type: 'Event'` 1,048,576. **Default** none; Lambda then makes it an empty object.
   */
  payload?: unknown
  /**
   * `RequestResponse` waits for the function's answer, `Event` puts the event in Lambda's queue, `DryRun` runs nothing
   * and checks the rights. **Default** `RequestResponse`.
   */
  type?: 'RequestResponse' | 'Event' | 'DryRun'
  /** Whether to answer the last 4 KB of the function's log. Only with `RequestResponse`. **Default** `false`. */
  logs?: boolean
  /**
   * What the function finds in `context.clientContext`: what JSON can express, at most 3,583 bytes in base64.
   * Only with `RequestResponse`. **Default** none.
   */
  clientContext?: unknown
  /** Seconds to wait for the answer, from 1 to 6,000. **Default** 930, as functions run up to 900; 60 where none is waited for. */
  timeout?: number
  /**
   * Whether `payload` in the result is the answer's bytes as they are, a `Buffer`, instead of what they mean: numbers may
   * have more digits than JavaScript's. **Default** `false`.
   */
  raw?: boolean
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /** URL of another endpoint than AWS's. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the rest. */
  endpoint?: string
}

/** What a function has answered. */
export interface InvokeResult {
  /** The function, as it was named. */
  functionName: string
  /** HTTP status: 200, for an event in the queue 202, for a dry run 204. It says nothing of the function's success. */
  statusCode: number
  /** The version that ran; absent where AWS does not tell it. */
  executedVersion?: string
  /** Absent when the function has not failed. `Unhandled`: it threw, or was ended. */
  functionError?: 'Handled' | 'Unhandled'
  /**
   * The function's answer, or its error: parsed, or as text where it is no JSON; its bytes with `raw`. Absent where
   * there is none.
   */
  payload?: unknown
  /** The last 4 KB of its log, with `logs`. */
  logs?: string
  /** AWS's id of the request, which the function's log has too. */
  requestId?: string
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** Instances of the account's own that Lambda manages. Of what is not given the function keeps what it has. */
export interface LambdaManagedInstancesCapacityProviderConfig {
  /** ARN of the capacity provider. */
  capacityProviderArn: string
  /** How many executions at once an environment takes. */
  perExecutionEnvironmentMaxConcurrency?: number
  /** Memory of an environment in GiB for each of its processors, from 2 to 8. */
  executionEnvironmentMemoryGiBPerVCpu?: number
}

/** A layer of a function. */
export interface Layer {
  /** ARN of the layer's version. */
  arn: string
}

/** One event of a log. */
export interface LogEvent {
  /** When it was logged, in milliseconds since 1970. */
  timestamp: number
  /** The stream that it is in: one for each environment of the function. */
  logStream: string
  /** What was logged, mostly with a line end. */
  message: string
  /** CloudWatch's id of it. */
  eventId: string
}

/** The logs of a function. Of what is not given the function keeps what it has. */
export interface LoggingConfig {
  /** How lines are written. */
  logFormat?: 'JSON' | 'Text'
  /** The least that is kept of the function's own logs; with `JSON` alone. */
  applicationLogLevel?: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL'
  /** The least that is kept of Lambda's logs; with `JSON` alone. */
  systemLogLevel?: 'DEBUG' | 'INFO' | 'WARN'
  /** The log group that they go to. */
  logGroup?: string
}

/**
 * Tells what a function has logged, and goes on with what it logs when that is asked for.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function logs(options: LogsOptions): Promise<LogsResult>

/** Which events of which function's log. */
export interface LogsOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /**
   * A version's number, an alias, `$LATEST` or `$LATEST.PUBLISHED`: only what these log, of an alias the versions that it
   * has when the call begins. **Default** all.
   */
  qualifier?: string
  /**
   * The time from which on: a span before now like `10m` (s, m, h, d, w), a time of ISO 8601 with its zone, a day
   * (`2026-04-30`, in UTC), or milliseconds since 1970. **Default** `10m`.
   */
  since?: string | number
  /** The time up to which, in the same forms. **Default** now, by the clock of AWS. */
  until?: string | number
  /** CloudWatch's filter pattern, like `ERROR` or `{ $.level = "error" }`. **Default** all events. */
  filter?: string
  /**
   * Whether to go on with the events that come, until the signal ends it; a call from JavaScript needs `onEvent` for that.
   * **Default** `false`.
   */
  follow?: boolean
  /**
   * At most so many events of those that are there, the newest, from 1 to 1,000,000.
   * **Default** 10,000 where they are told as one result, else all.
   */
  limit?: number
  /**
   * Is given each event in turn, instead of `events` in the result; the next one waits for a promise that it answers.
   * When it throws or rejects, the call ends and rejects with that. **Default** none.
   */
  onEvent?: (event: LogEvent) => void | Promise<void>
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /**
   * URL of another endpoint than AWS's, for Lambda and CloudWatch. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the
   * rest.
   */
  endpoint?: string
}

/** A function's log. */
export interface LogsResult {
  /** The function, as it was named. */
  functionName: string
  /** The log group that was read. */
  logGroup: string
  /** The oldest first; none with `onEvent`. */
  events: Array<LogEvent>
  /** Whether there were more events than `limit`. */
  more: boolean
  /** How long it took, in milliseconds. */
  durationMs: number
}

/**
 * Packs a function's folder into one ZIP archive for Lambda. The same content gives the same bytes on every
 * machine. Whatever is at `out` stays whole until the new archive takes its place.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function pack(options?: PackOptions): Promise<PackResult>

/** What was packed for a deployment. */
export interface Packed {
  /** The archive's bytes. */
  size: number
  /** Bytes of all files in it, unzipped. */
  unzippedSize: number
  /** Files and links in it; folders do not count. */
  fileCount: number
  /** What stayed out, as `pack()` tells it. */
  excluded: Array<Excluded>
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** What to pack, and how. */
export interface PackOptions {
  /** The function's folder. **Default** the working directory. */
  root?: string
  /**
   * The archive to write, relative to the working directory. Missing folders are made. Only an archive is ever
   * replaced. **Default** `function.zip`; `deploy()` uses a temporary file unless it is named.
   */
  out?: string
  /**
   * What goes in: gitignore patterns that start at the root; a folder stands for all that is in it.
   * **Default** everything.
   */
  include?: Array<string>
  /**
   * What stays out: gitignore patterns, after those of the root's `.lambdaignore`; `!` brings back, and `./` starts
   * at the root.
   * **Default** none.
   */
  ignore?: Array<string>
  /**
   * Which packages of `node_modules` go in: those that `production` needs, by the installed package.json files,
   * or `all`. A folder without package.json is packed whole. **Default** `production`.
   */
  mode?: 'production' | 'all'
  /**
   * How much time goes into a smaller archive: `fast`, `max` (a few percent smaller, and up to 15 times slower), or one
   * for all files, from 1, the quickest, to 12, the smallest. **Default** for each file what gains the most for its
   * time, about 6.
   */
  level?: number | 'fast' | 'max'
  /** A folder in the archive that everything is put under, like `nodejs` for a layer. **Default** none. */
  prefix?: string
  /**
   * Symbolic links: `keep` keeps links inside the root and refuses those that leave it; `external` packs what
   * leaving links lead to in their place; `dereference` does so with every link (not for pnpm's trees, whose
   * packages find each other by their links). **Default** `keep`.
   */
  symlinks?: 'keep' | 'external' | 'dereference'
  /**
   * Files that are made executable whatever the disk says: gitignore patterns that start at the root.
   * **Default** none; the owner's execute bit counts, on Windows programs and scripts are known by their content.
   */
  executable?: Array<string>
  /**
   * Threads that compress, from 1 to 256, at most four for each core. The archive's bytes do not depend on it.
   * **Default** the cores that this process may use.
   */
  threads?: number
  /**
   * A folder in which to remember what was compressed, in a folder of its own, or `false` to remember nothing. It
   * saves time and changes nothing else. **Default** `node_modules/.cache/lambda-pack-native` of the root, else the same in the user's folder
   * for caches.
   */
  cache?: false | string
}

/** What `pack()` made. */
export interface PackResult {
  /** The archive, absolute. */
  path: string
  /** The archive's SHA-256 in base64, as AWS names it. */
  codeSha256: string
  /** The archive's bytes. */
  size: number
  /** Bytes of all files in it, unzipped. */
  unzippedSize: number
  /** Files and links in it; folders do not count. */
  fileCount: number
  /** Files that had to be compressed, those of the same content counted once; of all others the result was known. */
  compressedCount: number
  /** Whether the archive at `out` was the same already. Nothing was written then. */
  reused: boolean
  /**
   * What stayed out, sorted by path; a folder stands for all that is in it. What no `include` pattern names is
   * not listed.
   */
  excluded: Array<Excluded>
  /** What you should know. */
  warnings: Array<Warning>
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** Who may invoke a function. The names are those of AWS's `AddPermission`. */
export interface Permission {
  /** What may be done, like `lambda:InvokeFunction`. */
  action: string
  /** Who may: a service like `s3.amazonaws.com`, an account, an ARN, or `*`. */
  principal: string
  /** ARN of what invokes the function, like a bucket's. */
  sourceArn?: string
  /** Account of what invokes the function. */
  sourceAccount?: string
  /** Organisation that all who may must be of. */
  principalOrgId?: string
  /** What the invoker, an Alexa skill, must send along. */
  eventSourceToken?: string
  /** The kind of authorisation of URLs that it is for. */
  functionUrlAuthType?: 'AWS_IAM' | 'NONE'
  /** Whether it is for invocations through the URL alone. */
  invokedViaFunctionUrl?: boolean
}

/**
 * Tells what `deploy()` would do with these options, and changes nothing at AWS. What it answers is for `deploy({ plan })`.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function plan(options: DeployOptions | DefinedDeployOptions): Promise<DeployPlan>

/** One report of a running call. Counts are totals so far; the final truth is in the result. */
export interface ProgressEvent {
  /** What the call is doing. */
  phase: ProgressPhase
  /** Files done. */
  files: number
  /** Files in all; 0 while not known. */
  totalFiles: number
  /** Bytes done, before compression. */
  bytes: number
  /** Bytes in all; 0 while not known. */
  totalBytes: number
  /** What is being done or waited for, in words. */
  message?: string
}

/** What a running call is doing. */
export type ProgressPhase = 'select' | 'compress' | 'inspect' | 'upload' | 'configure' | 'wait' | 'release'

/**
 * Removes old versions: all but the newest ones that are to stay, and those that an alias points at or gives a share of
 * its calls.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function prune(options: PruneOptions): Promise<PruneResult>

/** What is to stay. */
export interface PruneOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /** How many of the newest versions stay, beside those that an alias uses. */
  keep: number
  /** Whether to remove nothing and only tell what would go. **Default** `false`. */
  dryRun?: boolean
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /** URL of another endpoint than AWS's. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the rest. */
  endpoint?: string
  /** How long it may take. **Default** those of its parts. */
  timeouts?: Timeouts
}

/** What went and what stays. */
export interface PruneResult {
  /** The function, as it was named. */
  functionName: string
  /** The versions that were removed, or in a dry run would be, the newest first. */
  removed: Array<Version>
  /** The versions that stay, the newest first. */
  kept: Array<Version>
  /** Those that AWS has refused to remove, the newest first; they stay too. */
  refused: Array<RefusedVersion>
  /** Whether nothing was removed because of `dryRun`. */
  dryRun: boolean
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** A version that AWS has refused to remove. */
export interface RefusedVersion {
  /** Its number. */
  version: string
  /** AWS's reason. */
  reason: string
}

/**
 * Removes a function with its versions, aliases and URLs, and first the event source mappings that call it. Archives in S3
 * and roles stay. A function that does not exist is no failure.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function remove(options: RemoveOptions): Promise<RemoveResult>

/** Which function, and what of it. */
export interface RemoveOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /**
   * Whether its log group goes too: only the one named after it, and only when no other function has written to it.
   * **Default** `false`.
   */
  logs?: boolean
  /** Whether to remove nothing and only tell what would go. **Default** `false`. */
  dryRun?: boolean
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /**
   * URL of another endpoint than AWS's, for Lambda and CloudWatch. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the
   * rest.
   */
  endpoint?: string
  /** How long it may take. **Default** those of its parts. */
  timeouts?: Timeouts
}

/** What went, or in a dry run would go. */
export interface RemoveResult {
  /** The function, as it was named. */
  functionName: string
  /** Whether there was such a function. */
  removed: boolean
  /** Its versions, the newest first. */
  versions: Array<string>
  /** Its aliases. */
  aliases: Array<string>
  /** Its URLs, and those of its aliases. */
  functionUrls: Array<string>
  /** The event source mappings that called it, its versions or its aliases. */
  eventSourceMappings: Array<EventSourceMapping>
  /** The log group that went; absent without `logs`, or when there was none. */
  logGroup?: string
  /**
   * The log group that stays though `logs` was given: it is not named after the function, so that others may write to it,
   * or another function has written to it, or `functionName` is of another account than the caller's.
   */
  keptLogGroup?: string
  /** AWS's names of the operations that this took, or in a dry run would take, in their order. */
  operations: Array<Operation>
  /** Whether nothing was removed because of `dryRun`. */
  dryRun: boolean
  /** How long it took, in milliseconds. */
  durationMs: number
}

/**
 * Points an alias at the version before the one that it points at, or at the one that is named. Nothing is built and
 * nothing is sent.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function rollback(options: RollbackOptions): Promise<RollbackResult>

/** Which alias, and where to. */
export interface RollbackOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /** The alias that is moved. */
  alias: string
  /** The version that it is to point at. **Default** the one before the version that it points at. */
  to?: string
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /** URL of another endpoint than AWS's. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the rest. */
  endpoint?: string
  /** How long it may take. **Default** those of its parts. */
  timeouts?: Timeouts
}

/** Where an alias pointed, and points now. */
export interface RollbackResult {
  /** The function, as it was named. */
  functionName: string
  /** The alias. */
  alias: string
  /** The version that it pointed at. */
  before: string
  /** The version that it points at now. */
  after: string
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** When AWS changes the version of the runtime. */
export interface RuntimeManagementConfig {
  /** `Auto`: when there is a new one; `FunctionUpdate`: when the function changes; `Manual`: never. */
  updateRuntimeOn: 'Auto' | 'FunctionUpdate' | 'Manual'
  /** ARN of the runtime's version, with `Manual` alone. */
  runtimeVersionArn?: string
}

/** How files that are in S3 are read. */
export interface S3FilesConfig {
  /** Whether they are read from S3 itself. */
  directS3Read?: 'AUTO' | 'ENABLED' | 'DISABLED'
}

/** A bucket for archives that are too large to be sent directly. */
export interface S3Options {
  /** The bucket's name. It must be in the function's Region. */
  bucket: string
  /** What the keys begin with; after it comes the content's hash. **Default** nothing. */
  prefix?: string
  /** The account that must own the bucket, so that nobody else's is written to. **Default** any. */
  expectedBucketOwner?: string
  /** Whether archives go through S3 that could be sent directly. **Default** `false`. */
  always?: boolean
  /**
   * Whether Lambda makes a copy of the archive, or reads it in the bucket for as long as the function runs: then the
   * bucket keeps versions, lets Lambda read, and nobody removes the object. `REFERENCE` sends small archives there too.
   * **Default** `COPY`.
   */
  objectStorageMode?: 'COPY' | 'REFERENCE'
  /**
   * Whether to make the bucket when it is not there: private, encrypted, without artefacts that are older than 30 days
   * and uploads that were given up. **Default** `false`.
   */
  createBucket?: boolean
}

/** Snapshots of published versions, which then start sooner. */
export interface SnapStart {
  /** `PublishedVersions`, or `None`. */
  applyOn: 'PublishedVersions' | 'None'
}

/**
 * Looks at a function, by four calls to AWS, five for an alias, one when it does not exist. Changes nothing.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function status(options: StatusOptions): Promise<StatusResult>

/** Which function. */
export interface StatusOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /** A version's number, an alias or `$LATEST.PUBLISHED`. **Default** `$LATEST`. */
  qualifier?: string
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /** URL of another endpoint than AWS's. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the rest. */
  endpoint?: string
  /** How long it may take. **Default** those of its parts. */
  timeouts?: Timeouts
}

/**
 * A function as it is: `$LATEST`, or what `qualifier` names. Of a function that does not exist, only the first three fields
 * and the last one are there.
 */
export interface StatusResult {
  /** The function, as it was named. */
  functionName: string
  /** Whether there is such a function. */
  exists: boolean
  /** Whether it exists, can be called (its state is `Active`), and has no change that is under way or has failed. */
  healthy: boolean
  /** Its ARN, with `qualifier`. */
  functionArn?: string
  /** `$LATEST`, or the version's number. */
  version?: string
  /** AWS's name of its state, like `Active` or `Pending`. */
  state?: string
  /** Why it is in that state. */
  stateReason?: string
  /** AWS's code for that reason. */
  stateReasonCode?: string
  /** How its last update went: `Successful`, `InProgress` or `Failed`. */
  lastUpdateStatus?: string
  /** Why it went so. */
  lastUpdateStatusReason?: string
  /** AWS's code for that reason. */
  lastUpdateStatusReasonCode?: string
  /** SHA-256 of its archive in base64. */
  codeSha256?: string
  /** Bytes of its archive. */
  codeSize?: number
  /** `Zip` or `Image`. */
  packageType?: string
  /** Lambda's name of the runtime; absent for an image. */
  runtime?: string
  /** The day (`2026-04-30`) since which that runtime is deprecated; absent when it is not. */
  runtimeDeprecatedSince?: string
  /** When it was last changed, in ISO 8601. */
  lastModified?: string
  /** Changes with every change of it. */
  revisionId?: string
  /** All aliases of the function, by their names. */
  aliases?: Array<AliasStatus>
  /** The function's newest version; absent when none was published. */
  newestVersion?: string
  /**
   * Whether `$LATEST` has other code or settings than the version of `qualifier`, or, without one, than the newest
   * version; absent when there is none. What cannot be read of the two counts as other.
   */
  latestDiffers?: boolean
  /** How many executions at once are kept for the function; absent when none are. */
  reservedConcurrentExecutions?: number
  /** The URL of the function, or of the alias in `qualifier`; absent when there is none. */
  functionUrl?: string
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** Whether tenants share environments. */
export interface TenancyConfig {
  /** `PER_TENANT`: each has environments of its own. */
  tenantIsolationMode: 'PER_TENANT'
}

/** How long a call may take at AWS. Waits for Lambda have their own ends, at 300 seconds. */
export interface Timeouts {
  /**
   * Seconds for all of it, from 1 to 86,400; packing is not counted. When they are over the call ends as by an abort
   * (`WAIT_TIMEOUT`). **Default** 3,600.
   */
  total?: number
  /**
   * Seconds until the answer to one attempt of one request begins, from 1 to 86,400; a request without an answer is
   * tried again. One that carries an archive has a second more for each 50 KiB of it. **Default** 15, and 60 for one
   * that carries an archive.
   */
  attempt?: number
}

/** Tracing by X-Ray. */
export interface TracingConfig {
  /** `Active` traces a share of all calls, `PassThrough` those that come with a trace. */
  mode: 'Active' | 'PassThrough'
}

/** Who may call a URL. */
export interface UrlPermission {
  /** An account, an ARN, a service, or `*`. */
  principal: string
  /** ARN of what calls it, like a distribution's. */
  sourceArn?: string
  /** Account of what calls it. */
  sourceAccount?: string
  /** Organisation that all who may must be of. */
  principalOrgId?: string
}

/** A version of a function. */
export interface Version {
  /** Its number. */
  version: string
  /** SHA-256 of its archive in base64. */
  codeSha256?: string
  /** Bytes of its archive. */
  codeSize: number
  /** Its description. */
  description?: string
  /** When it was published, in ISO 8601. */
  lastModified?: string
  /** The aliases that point at it, or give it a share of their calls. */
  aliases: Array<string>
}

/**
 * Tells the published versions of a function, and which aliases use them.
 *
 * Rejects with `LambdaPackError`; the codes are in docs/errors.md.
 */
export declare function versions(options: VersionsOptions): Promise<VersionsResult>

/** Which function. */
export interface VersionsOptions {
  /** The function's name or ARN, without a version or alias. */
  functionName: string
  /** AWS Region. **Default** the SDK's chain: `AWS_REGION`, then the profile. */
  region?: string
  /**
   * Profile of the shared AWS configuration files; its credentials then come before those of the environment.
   * **Default** the SDK's chain.
   */
  profile?: string
  /** URL of another endpoint than AWS's. **Default** the SDK's chain: `AWS_ENDPOINT_URL` and the rest. */
  endpoint?: string
  /** How long it may take. **Default** those of its parts. */
  timeouts?: Timeouts
}

/** The versions of a function. */
export interface VersionsResult {
  /** The function, as it was named. */
  functionName: string
  /** The newest first. */
  versions: Array<Version>
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** The network of a function. Of what is not given the function keeps what it has. */
export interface VpcConfig {
  /** Subnets, all of them, at most 16. */
  subnetIds?: Array<string>
  /** Security groups, all of them, at most 5. */
  securityGroupIds?: Array<string>
  /** Whether it may speak IPv6 in subnets that have both. */
  ipv6AllowedForDualStack?: boolean
}

/** Something that is no failure, and that you should know. */
export interface Warning {
  /** A stable name for it. */
  code: 'NEEDS_S3' | 'NO_CONSOLE_EDITOR' | 'LINK_LEFT_OUT' | 'NAMES_DIFFER_BY_CASE' | 'NAMES_DIFFER_BY_NORMALIZATION' | 'CACHE_UNUSABLE' | 'DEPENDENCY_NOT_INSTALLED' | 'RUNTIME_DEPRECATED' | 'OVER_ORDINARY_LIMIT' | 'CODE_NOT_COMPARED' | 'SECRETS_WRITTEN' | 'ENVIRONMENT_UNREADABLE' | 'TAGS_UNREADABLE' | 'NOT_REMOVED'
  /** `warning` may be wrong, `note` is good to know. */
  severity: 'warning' | 'note'
  /** A sentence for people. */
  message: string
  /** The file, folder or package that it is about. */
  path?: string
}
