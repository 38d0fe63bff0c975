import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const DOCS = fileURLToPath(new URL('../../docs/faults.md', import.meta.url))
const SLOWDOWN = { status: 503, code: 'SlowDown' }

/** What can go wrong with one call: for Lambda, and for S3 where that says it in other words. */
export const FAULTS = {
  '429': { do: { status: 429, code: 'TooManyRequestsException' }, s3: SLOWDOWN },
  '500': { do: { status: 500, code: 'ServiceException' }, s3: { status: 500, code: 'InternalError' } },
  '503, twice': { times: 2, do: { status: 503, code: 'ServiceUnavailableException' }, s3: SLOWDOWN },
  'reset before': { do: 'resetBefore' },
  'reset after': { do: 'resetAfter' },
  'answer lost': { do: 'loseResponse' },
  'answer damaged': { do: { corrupt: true } },
  'answer cut off': { do: { truncate: true } },
  'no answer': { do: 'hang' },
  '409, in progress': {
    do: { status: 409, code: 'ResourceConflictException', message: 'An update is in progress for resource: it' },
    s3: { status: 409, code: 'OperationAborted' },
  },
  'credentials expired': {
    do: { status: 403, code: 'ExpiredTokenException' }, s3: { status: 400, code: 'ExpiredToken' },
  },
}

/** The calls that are hit, and what is deployed for it. */
export const OPERATIONS = {
  GetFunction: 'change',
  CreateFunction: 'create',
  UpdateFunctionConfiguration: 'change',
  UpdateFunctionCode: 'change',
  TagResource: 'change',
  PutFunctionConcurrency: 'change',
  PublishVersion: 'change',
  CreateAlias: 'change',
  UpdateAlias: 'move',
  AddPermission: 'attach',
  CreateFunctionUrlConfig: 'attach',
  PutFunctionEventInvokeConfig: 'attach',
  RemovePermission: 'detach',
  DeleteFunctionUrlConfig: 'detach',
  HeadObject: 'object',
  PutObject: 'object',
  CreateMultipartUpload: 'parts',
  UploadPart: 'parts',
  CompleteMultipartUpload: 'parts',
}

/** What takes minutes before it counts as no answer: an attempt has time for its bytes on the slowest line. */
export const NOT_PLAYED = [['UploadPart', 'no answer']]

/** Whether it is a call of S3's. */
export const isOfS3 = (operation) => /Object|Upload/.test(operation)

/** The table in docs/faults.md, as an object of rows that are objects of cells. */
export async function documented() {
  const lines = (await readFile(DOCS, 'utf8')).split('\n').filter((line) => line.startsWith('| '))
  const cells = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim().replaceAll('`', ''))
  const [, ...columns] = cells(lines[0])
  return Object.fromEntries(lines.slice(1).map(cells).map(([row, ...values]) => [
    row, Object.fromEntries(columns.map((column, index) => [column, values[index]]).filter(([, cell]) => cell !== '–')),
  ]))
}

/** The same form of what was measured. */
export function markdown(table) {
  const columns = Object.keys(FAULTS)
  const line = (cells) => `| ${cells.join(' | ')} |`
  const rows = Object.entries(table).map(([row, cells]) => line([`\`${row}\``, ...columns.map((column) => cells[column] ?? '–')]))
  return [line(['', ...columns]), `|${'---|'.repeat(columns.length + 1)}`, ...rows].join('\n')
}
