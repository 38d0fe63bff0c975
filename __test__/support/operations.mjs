import { scopeOf } from './credentials.mjs'
import { isLocation } from './locations.mjs'

// From the public API model: method, path after the API's date, operation. `*` is one path part,
// `**` the rest. The first match wins, so a line with a query condition comes before the plain one.
const LAMBDA = parse(`
  POST   functions                                  CreateFunction
  GET    functions                                  ListFunctions
  GET    functions/*                                GetFunction
  DELETE functions/*                                DeleteFunction
  PUT    functions/*/code                           UpdateFunctionCode
  GET    functions/*/configuration                  GetFunctionConfiguration
  PUT    functions/*/configuration                  UpdateFunctionConfiguration
  POST   functions/*/invocations                    Invoke
  POST   functions/*/invoke-async                   InvokeAsync
  POST   functions/*/response-streaming-invocations InvokeWithResponseStream
  GET    functions/*/versions                       ListVersionsByFunction
  POST   functions/*/versions                       PublishVersion
  GET    functions/*/aliases                        ListAliases
  POST   functions/*/aliases                        CreateAlias
  GET    functions/*/aliases/*                      GetAlias
  PUT    functions/*/aliases/*                      UpdateAlias
  DELETE functions/*/aliases/*                      DeleteAlias
  GET    functions/*/policy                         GetPolicy
  POST   functions/*/policy                         AddPermission
  DELETE functions/*/policy/*                       RemovePermission
  GET    functions/*/concurrency                    GetFunctionConcurrency
  PUT    functions/*/concurrency                    PutFunctionConcurrency
  DELETE functions/*/concurrency                    DeleteFunctionConcurrency
  GET    functions/*/provisioned-concurrency?List   ListProvisionedConcurrencyConfigs
  GET    functions/*/provisioned-concurrency        GetProvisionedConcurrencyConfig
  PUT    functions/*/provisioned-concurrency        PutProvisionedConcurrencyConfig
  DELETE functions/*/provisioned-concurrency        DeleteProvisionedConcurrencyConfig
  GET    functions/*/event-invoke-config/list       ListFunctionEventInvokeConfigs
  GET    functions/*/event-invoke-config            GetFunctionEventInvokeConfig
  PUT    functions/*/event-invoke-config            PutFunctionEventInvokeConfig
  POST   functions/*/event-invoke-config            UpdateFunctionEventInvokeConfig
  DELETE functions/*/event-invoke-config            DeleteFunctionEventInvokeConfig
  GET    functions/*/code-signing-config            GetFunctionCodeSigningConfig
  PUT    functions/*/code-signing-config            PutFunctionCodeSigningConfig
  DELETE functions/*/code-signing-config            DeleteFunctionCodeSigningConfig
  GET    functions/*/runtime-management-config      GetRuntimeManagementConfig
  PUT    functions/*/runtime-management-config      PutRuntimeManagementConfig
  GET    functions/*/recursion-config               GetFunctionRecursionConfig
  PUT    functions/*/recursion-config               PutFunctionRecursionConfig
  GET    functions/*/urls                           ListFunctionUrlConfigs
  GET    functions/*/url                            GetFunctionUrlConfig
  POST   functions/*/url                            CreateFunctionUrlConfig
  PUT    functions/*/url                            UpdateFunctionUrlConfig
  DELETE functions/*/url                            DeleteFunctionUrlConfig
  GET    layers?find                                GetLayerVersionByArn
  GET    layers                                     ListLayers
  GET    layers/*/versions                          ListLayerVersions
  POST   layers/*/versions                          PublishLayerVersion
  GET    layers/*/versions/*                        GetLayerVersion
  DELETE layers/*/versions/*                        DeleteLayerVersion
  GET    layers/*/versions/*/policy                 GetLayerVersionPolicy
  POST   layers/*/versions/*/policy                 AddLayerVersionPermission
  DELETE layers/*/versions/*/policy/*               RemoveLayerVersionPermission
  GET    event-source-mappings                      ListEventSourceMappings
  POST   event-source-mappings                      CreateEventSourceMapping
  GET    event-source-mappings/*                    GetEventSourceMapping
  PUT    event-source-mappings/*                    UpdateEventSourceMapping
  DELETE event-source-mappings/*                    DeleteEventSourceMapping
  GET    tags/**                                    ListTags
  POST   tags/**                                    TagResource
  DELETE tags/**                                    UntagResource
  GET    account-settings                           GetAccountSettings
`)

// A bucket's sub-resources: query key, then the rest of the name after Get, Put or Delete.
const BUCKET_PARTS = {
  location: 'BucketLocation',
  versioning: 'BucketVersioning',
  policy: 'BucketPolicy',
  tagging: 'BucketTagging',
  encryption: 'BucketEncryption',
  lifecycle: 'BucketLifecycleConfiguration',
  acl: 'BucketAcl',
  publicAccessBlock: 'PublicAccessBlock',
  ownershipControls: 'BucketOwnershipControls',
}
const OBJECT_PARTS = { tagging: 'ObjectTagging', acl: 'ObjectAcl', attributes: 'ObjectAttributes' }
const VERBS = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' }

/**
 * Works out which AWS operation a request is.
 *
 * @param {{ method: string, path: string, query: URLSearchParams, headers: object, form?: string }} request
 *   `path` is still encoded; `form` is the body of a query-protocol request (IAM, STS), when known.
 * @returns {{ service: string, operation: string | null, args: string[] }} `args` are the decoded
 *   parts that the `*` of a Lambda path stand for; `operation` is null when it is not known
 */
export function operationOf({ method, path, query, headers, form = '' }) {
  const service = scopeOf(headers, query)?.service ?? (/^\/\d{4}-\d\d-\d\d\//.test(path) ? 'lambda' : 's3')
  // What AWS has in S3, the backend has at an address of its own.
  if (isLocation(path)) return { service: 's3', operation: 'GetObject', args: [] }
  if (path.startsWith('/_ministack/')) return { service: 'backend', operation: null, args: [] }
  if (service === 'lambda') return { service, ...lambdaOperation(method, path, query) }
  if (service === 's3') return { service, operation: s3Operation(method, path, query, headers), args: [] }
  const target = headers['x-amz-target']?.split('.').at(-1)
  return { service, operation: target ?? new URLSearchParams(form).get('Action'), args: [] }
}

/**
 * Whether an operation changes something on AWS (a function's own doings through Invoke left aside).
 *
 * @param {string | null} operation
 * @returns {boolean}
 */
export function isMutating(operation) {
  return /^(Create|Update|Put|Delete|Publish|Add|Remove|Tag|Untag|Upload|Complete|Abort|Copy|Attach|Detach)/
    .test(operation ?? '')
}

function lambdaOperation(method, path, query) {
  const rest = path.replace(/^\/\d{4}-\d\d-\d\d\//, '').replace(/\/$/, '')
  for (const route of LAMBDA) {
    if (route.method !== method || (route.condition && !query.has(route.condition))) continue
    const match = route.pattern.exec(rest)
    if (match) return { operation: route.operation, args: match.slice(1).map(decodeURIComponent) }
  }
  return { operation: null, args: [] }
}

function parse(table) {
  return table.trim().split('\n').map((line) => {
    const [method, route, operation] = line.trim().split(/\s+/)
    const [path, condition] = route.split('?')
    const source = path.replace(/\*\*|\*/g, (star) => (star === '**' ? '(.+)' : '([^/]+)'))
    return { method, condition, operation, pattern: new RegExp(`^${source}$`) }
  })
}

function s3Operation(method, path, query, headers) {
  const [bucket, ...key] = path.slice(1).split('/')
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : null
  return key.join('/') === '' ? bucketOperation(method, query) : objectOperation(method, query, headers)
}

function bucketOperation(method, query) {
  const part = Object.keys(BUCKET_PARTS).find((name) => query.has(name))
  if (part && VERBS[method]) return VERBS[method] + BUCKET_PARTS[part]
  if (method === 'POST') return query.has('delete') ? 'DeleteObjects' : null
  const whole = { PUT: 'CreateBucket', HEAD: 'HeadBucket', DELETE: 'DeleteBucket' }
  if (method !== 'GET') return whole[method] ?? null
  if (query.has('uploads')) return 'ListMultipartUploads'
  if (query.has('versions')) return 'ListObjectVersions'
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects'
}

function objectOperation(method, query, headers) {
  const part = Object.keys(OBJECT_PARTS).find((name) => query.has(name))
  if (part && VERBS[method]) return VERBS[method] + OBJECT_PARTS[part]
  const upload = query.has('uploadId')
  if (method === 'POST') {
    if (query.has('uploads')) return 'CreateMultipartUpload'
    return upload ? 'CompleteMultipartUpload' : null
  }
  if (method === 'PUT') {
    const copy = headers['x-amz-copy-source'] !== undefined
    if (upload) return copy ? 'UploadPartCopy' : 'UploadPart'
    return copy ? 'CopyObject' : 'PutObject'
  }
  if (method === 'DELETE') return upload ? 'AbortMultipartUpload' : 'DeleteObject'
  if (method === 'GET') return upload ? 'ListParts' : 'GetObject'
  return method === 'HEAD' ? 'HeadObject' : null
}
