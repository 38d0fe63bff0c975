import { errorAnswer, jsonAnswer, withJson } from './answers.mjs'
import { Attachments } from './attachments.mjs'
import { Changes } from './changes.mjs'
import { CodeStorage } from './code-storage.mjs'
import { LatestPublished } from './latest-published.mjs'
import { overInvokeLimit, overLimit } from './limits.mjs'
import { isLocation, located, ranged, signedTwice } from './locations.mjs'
import { filterLogEvents } from './logs.mjs'

const ACCOUNT = '000000000000'
const NOT_ASSUMABLE = 'The role defined for the function cannot be assumed by Lambda.'
const CHANGES = new Set(['UpdateFunctionCode', 'UpdateFunctionConfiguration', 'PublishVersion'])
const LIMITED = new Set([...CHANGES, 'CreateFunction', 'PublishLayerVersion'])

/**
 * What AWS does and MiniStack does not: limits, 409 while a change is in progress, DryRun, the
 * preconditions of PublishVersion, aliases of versions that exist, bucket owners, parts of the deployed code,
 * events of logs in pages.
 */
export class Strict {
  /** The changes under way, per function name. */
  changes = new Changes()
  /** What functions have beside their configuration. */
  attachments = new Attachments()
  /** How their code is kept. */
  codeStorage = new CodeStorage()
  /** Their versions without a number. */
  latestPublished = new LatestPublished()
  // Event source mappings are still seen once after they were removed.
  #leaving = []
  #settings
  #ask

  /**
   * @param {{ settle: number, settleVersions: number, rolePropagates: number, logsPage: number, emptyLogPages: number,
   *   ended: string[], hideTags: boolean }} settings read at each call
   * @param {(call: object, request: { service: string, path: string, method?: string }) =>
   *   Promise<{ status: number, json: any }>} ask a question of our own to the backend
   */
  constructor(settings, ask) {
    this.#settings = settings
    this.#ask = ask
  }

  /**
   * Answers a call itself, or lets `forward` answer and puts its answer right.
   *
   * @param {object} call
   * @param {() => Promise<import('./answers.mjs').Answer>} forward
   * @returns {Promise<import('./answers.mjs').Answer>}
   */
  async handle(call, forward) {
    if (isLocation(call.path)) return signedTwice(call) ?? ranged(call, await forward())
    if (this.#settings.ended.includes(call.key)) return expired(call)
    if (call.service === 's3') return (await this.#wrongOwner(call)) ?? forward()
    if (call.operation === 'FilterLogEvents') return filterLogEvents(call, forward, this.#settings)
    if (call.service !== 'lambda') return forward()
    const held = CHANGES.has(call.operation)
    if (held && !this.changes.hold(call.name)) return conflict(call, busy(call))
    try {
      const refusal = await this.#refuse(call)
      return refusal ?? this.#putRight(call, await forward())
    } finally {
      if (held) this.changes.release(call.name)
    }
  }

  async #refuse(call) {
    const { operation, request, bytes, name } = call
    if (LIMITED.has(operation)) {
      const over = overLimit(operation, request, bytes)
      if (over) return errorAnswer(call, over)
    }
    const over = operation === 'Invoke' ? overInvokeLimit(call) : null
    if (over) return errorAnswer(call, over)
    const obstacle = this.changes.obstacle(name, arnOf(call))
    if (obstacle && CHANGES.has(operation)) return conflict(call, obstacle)
    if (obstacle && operation === 'Invoke' && /state: /.test(obstacle)) return conflict(call, obstacle)
    if (operation === 'CreateFunction' && this.#settings.rolePropagates > 0) {
      this.#settings.rolePropagates -= 1
      return invalid(call, NOT_ASSUMABLE)
    }
    if (/FunctionUrlConfig$/.test(operation) && /^\d+$/.test(call.qualifier ?? '')) {
      const pattern = '((?!^\\d+$)^[0-9a-zA-Z-_]+$)'
      const message = `1 validation error detected: Value '${call.qualifier}' at 'qualifier' failed to satisfy `
        + `constraint: Member must satisfy regular expression pattern: ${pattern}`
      return errorAnswer(call, { status: 400, code: 'ValidationException', message })
    }
    if (operation === 'PublishVersion') return this.#refusePublish(call)
    if (operation === 'CreateAlias' || operation === 'UpdateAlias') return this.#refuseAlias(call)
    const own = this.latestPublished.answer(call) ?? this.attachments.answer(call)
    return own ?? (await this.#refuseObject(call)) ?? this.#dryRun(call)
  }

  async #refusePublish(call) {
    const { CodeSha256: sha, RevisionId: revision, PublishTo: to } = call.request
    if (sha === undefined && revision === undefined && to === undefined) return null
    const { status, json } = await this.#ask(call, { service: 'lambda', path: configurationPath(call) })
    if (status !== 200) return null
    if (sha !== undefined && sha !== json.CodeSha256) {
      return invalid(call, `CodeSHA256 (${sha}) is different from current CodeSHA256 in $LATEST `
        + `(${json.CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`)
    }
    return staleRevision(call, json) ?? (to === undefined ? null : this.latestPublished.publish(call, json))
  }

  async #refuseAlias(call) {
    const weights = call.request.RoutingConfig?.AdditionalVersionWeights ?? {}
    const versions = [call.request.FunctionVersion, ...Object.keys(weights)]
    for (const version of versions.filter((text) => text !== undefined && text !== '$LATEST')) {
      const path = `${configurationPath(call)}?Qualifier=${encodeURIComponent(version)}`
      const { status } = await this.#ask(call, { service: 'lambda', path })
      // A name in the place of a number would find an alias: a version it is not.
      if (status === 404 || !/^\d+$/.test(version)) {
        const message = `Function not found: ${arnOf(call)}:${version}`
        return errorAnswer(call, { status: 404, code: 'ResourceNotFoundException', message })
      }
    }
    return null
  }

  // What is not there has no owner.
  async #wrongOwner(call) {
    const expected = call.headers['x-amz-expected-bucket-owner']
    if (expected === undefined || expected === accountOf(call)) return null
    const [, bucket] = call.path.split('/')
    if ((await this.#ask(call, { service: 's3', method: 'HEAD', path: `/${bucket}` })).status === 404) return null
    return errorAnswer(call, { status: 403, code: 'AccessDenied', message: 'Access Denied' })
  }

  // MiniStack makes a function without code when the object is not there.
  async #refuseObject(call) {
    const { S3Bucket: bucket, S3Key: key } = call.request.Code ?? call.request.Content ?? call.request
    if (bucket === undefined || key === undefined) return null
    const path = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
    const head = { service: 's3', method: 'HEAD' }
    if ((await this.#ask(call, { ...head, path })).status !== 404) return null
    const { status } = await this.#ask(call, { ...head, path: `/${bucket}` })
    const [code, text] = status === 404
      ? ['NoSuchBucket', 'The specified bucket does not exist']
      : ['NoSuchKey', 'The specified key does not exist.']
    return invalid(call, `Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${text}`)
  }

  async #dryRun(call) {
    if (call.operation !== 'UpdateFunctionCode' || call.request.DryRun !== true) return null
    const { status, json } = await this.#ask(call, { service: 'lambda', path: configurationPath(call) })
    if (status !== 200) return jsonAnswer(status, json, { 'x-amzn-errortype': json.__type })
    return staleRevision(call, json) ?? jsonAnswer(200, this.changes.show(call.name, json))
  }

  #putRight(call, answer) {
    const { operation, name } = call
    if (answer.status === 404 && /^GetFunction(Configuration)?$/.test(operation) && !call.qualifier) this.changes.forget(name)
    if (answer.status >= 300) return operation === 'CreateFunction' ? roleWorded(call, answer) : answer
    if (operation === 'DeleteFunction' && !call.qualifier) {
      this.changes.forget(name)
      this.attachments.forget(name)
      this.latestPublished.forget(name)
    }
    if (operation === 'CreateFunction') this.attachments.forget(name)
    this.attachments.provisioning.note(call, this.#settings.settle)
    this.codeStorage.note(call)
    const rewrite = this.#rewriteOf(operation)
    return rewrite ? withJson(answer, rewrite(call, JSON.parse(answer.body))) : answer
  }

  #rewriteOf(operation) {
    const { changes } = this
    const { settle, settleVersions } = this.#settings
    const begin = (kind) => ({ name }, json) => {
      changes.begin(name, kind, settle)
      return changes.show(name, json, { answer: true })
    }
    const look = ({ name }, json) => (json.Version === '$LATEST'
      ? changes.look(name, json)
      : changes.showVersion(name, json))
    const glance = (json) => (json.Version === '$LATEST'
      ? changes.show(json.FunctionName, json)
      : changes.showVersion(json.FunctionName, json, { count: false }))
    return {
      CreateFunction: begin('create'),
      UpdateFunctionCode: begin('update'),
      UpdateFunctionConfiguration: begin('update'),
      GetFunctionConfiguration: look,
      GetFunction: (call, json) => ({
        ...(this.#settings.hideTags ? withoutTags(call, json) : json),
        Configuration: look(call, json.Configuration),
        Code: this.codeStorage.show(call, located(json.Code, this.#settings.movedCode ?? this.#settings.url)),
      }),
      ListFunctions: (_, json) => ({ ...json, Functions: json.Functions.map(glance) }),
      ListVersionsByFunction: (_, json) => ({ ...json, Versions: json.Versions.map(glance) }),
      GetProvisionedConcurrencyConfig: (call, json) => this.attachments.provisioning.look(call, json),
      PutProvisionedConcurrencyConfig: (call, json) => this.attachments.provisioning.show(call, json),
      CreateFunctionUrlConfig: this.attachments.url,
      GetFunctionUrlConfig: this.attachments.url,
      UpdateFunctionUrlConfig: this.attachments.url,
      DeleteEventSourceMapping: (_, json) => {
        this.#leaving.push({ ...json, State: 'Deleting' })
        return { ...json, State: 'Deleting' }
      },
      ListEventSourceMappings: (_, json) => {
        const leaving = this.#leaving.splice(0)
        return { ...json, EventSourceMappings: [...json.EventSourceMappings, ...leaving] }
      },
      PublishVersion: ({ name }, json) => {
        changes.publish(name, json.Version, settleVersions)
        return changes.showVersion(name, json, { count: false })
      },
    }[operation]
  }
}

// Each service has its own word for it.
function expired(call) {
  return call.service === 's3'
    ? errorAnswer(call, { status: 400, code: 'ExpiredToken', message: 'The provided token has expired.' })
    : errorAnswer(call, {
      status: 403, code: 'ExpiredTokenException', message: 'The security token included in the request is expired',
    })
}

/** What the caller may not list is left out of the answer, and no reason to refuse it. */
function withoutTags(call, { Tags: _, ...json }) {
  const message = `User: arn:aws:iam::${accountOf(call)}:user/deployer is not authorized to perform: lambda:ListTags `
    + `on resource: ${arnOf(call)} because no identity-based policy allows the lambda:ListTags action`
  return { ...json, TagsError: { ErrorCode: 'AccessDeniedException', Message: message } }
}

function staleRevision(call, current) {
  const { RevisionId: revision } = call.request
  if (revision === undefined || revision === current.RevisionId) return null
  const message = 'The RevisionId provided does not match the latest RevisionId for the Lambda function or '
    + 'alias. Call the GetFunction/GetFunctionConfiguration or the GetAlias API to retrieve the latest '
    + 'RevisionId for your resource.'
  return errorAnswer(call, { status: 412, code: 'PreconditionFailedException', message })
}

// AWS says the same of a role that does not exist as of one that it may not assume.
function roleWorded(call, answer) {
  return /"The role with name .* cannot be found/.test(answer.body) ? invalid(call, NOT_ASSUMABLE) : answer
}

function invalid(call, message) {
  return errorAnswer(call, { status: 400, code: 'InvalidParameterValueException', message })
}

function conflict(call, message) {
  return errorAnswer(call, { status: 409, code: 'ResourceConflictException', message })
}

function busy(call) {
  const arn = arnOf(call)
  return `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`
}

function configurationPath({ name }) {
  return `/2015-03-31/functions/${encodeURIComponent(name)}/configuration`
}

function arnOf(call) {
  return `arn:aws:lambda:${call.region}:${accountOf(call)}:function:${call.name}`
}

function accountOf({ key }) {
  return /^\d{12}$/.test(key) ? key : ACCOUNT
}
