import { createHash } from 'node:crypto'
import { errorAnswer, withJson } from './answers.mjs'

const NEWEST_FIRST_FROM = Date.UTC(2024, 0)

/**
 * FilterLogEvents as AWS answers it: each event with an id, a page at a time, pages that are empty, and the newest first
 * where that is asked for. MiniStack answers all at once, the oldest first, and what Lambda has logged without ids.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
 *
 * @param {object} call
 * @param {(body: Buffer) => Promise<import('./answers.mjs').Answer>} forward
 * @param {{ logsPage: number, emptyLogPages: number }} settings
 * @returns {Promise<import('./answers.mjs').Answer>}
 */
export async function filterLogEvents(call, forward, settings) {
  const { limit = 10_000, nextToken, startFromHead = true, ...asked } = call.request
  if (!startFromHead && (asked.startTime ?? 0) < NEWEST_FIRST_FROM) {
    const message = 'startTime must be on or after 2024-01-01 when startFromHead is false.'
    return errorAnswer(call, { status: 400, code: 'InvalidParameterException', message })
  }
  const at = nextToken ? JSON.parse(Buffer.from(nextToken, 'base64')) : { head: startFromHead, empty: 0 }
  const answer = await forward(Buffer.from(JSON.stringify(asked)))
  if (answer.status !== 200) return answer
  if (at.empty < settings.emptyLogPages) return page(answer, [], { ...at, empty: at.empty + 1 })
  const sign = at.head ? 1 : -1
  const all = withIds(JSON.parse(answer.body).events).sort((a, b) => sign * compare(a, b))
  // What has come before this place since the last page is not on the next one either.
  const rest = at.last ? all.filter((event) => sign * compare(event, at.last) > 0) : all
  const events = rest.slice(0, Math.min(limit, settings.logsPage))
  const { timestamp, ingestionTime, eventId } = events.at(-1) ?? {}
  return page(answer, events, rest.length > events.length && { ...at, last: { timestamp, ingestionTime, eventId } })
}

function page(answer, events, next) {
  const nextToken = next ? Buffer.from(JSON.stringify(next)).toString('base64') : undefined
  return withJson(answer, { events, searchedLogStreams: [], nextToken })
}

function compare(a, b) {
  return a.timestamp - b.timestamp || a.ingestionTime - b.ingestionTime || (a.eventId < b.eventId ? -1 : Number(a.eventId > b.eventId))
}

// Lines that are the same are events of their own. Ids are in the order in which a stream got them.
function withIds(events) {
  const count = new Map()
  return events.map((event) => {
    const { logStreamName, timestamp } = event
    const key = `${timestamp} ${logStreamName}`
    count.set(key, (count.get(key) ?? 0) + 1)
    const stream = createHash('sha256').update(logStreamName).digest('hex').slice(0, 16)
    return { ...event, eventId: `${timestamp}${String(count.get(key)).padStart(8, '0')}${stream}` }
  })
}
