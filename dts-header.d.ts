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

