import { randomUUID } from 'node:crypto'
import { errorAnswer, jsonAnswer } from './answers.mjs'

const NAME = '$LATEST.PUBLISHED'

/** The version without a number, which MiniStack does not know: each publishing replaces it. */
export class LatestPublished {
  #versions = new Map()

  /** Publishes what `$LATEST` is. */
  publish({ name }, latest) {
    const { FunctionArn: arn, ...others } = latest
    const own = { FunctionArn: `${arn}:${NAME}`, Version: NAME, RevisionId: randomUUID() }
    const version = { ...others, ...own, State: 'Active', LastUpdateStatus: 'Successful' }
    this.#versions.set(name, version)
    return jsonAnswer(201, version)
  }

  /** Answers a look at it. */
  answer(call) {
    if (!/^GetFunction(Configuration)?$/.test(call.operation) || call.qualifier !== NAME) return null
    const version = this.#versions.get(call.name)
    if (!version) {
      const message = `Function not found: ${call.name}:${NAME}`
      return errorAnswer(call, { status: 404, code: 'ResourceNotFoundException', message })
    }
    return jsonAnswer(200, call.operation === 'GetFunction' ? { Configuration: version, Code: {} } : version)
  }

  forget(name) {
    this.#versions.delete(name)
  }
}
