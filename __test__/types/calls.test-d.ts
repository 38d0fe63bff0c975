// Compiled, never run: invoke(), logs(), status() and remove().
import {
  invoke,
  logs,
  remove,
  status,
  type AliasStatus,
  type EventSourceMapping,
  type InvokeOptions,
  type InvokeResult,
  type LogEvent,
  type LogsOptions,
  type LogsResult,
  type Operation,
  type RemoveOptions,
  type RemoveResult,
  type StatusOptions,
  type StatusResult,
} from 'lambda-pack-native'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_ extends true>(): void {}

export async function invokes(): Promise<void> {
  const result = await invoke({ functionName: 'f' })
  same<Equal<typeof result, InvokeResult>>()
  const options: InvokeOptions = {
    functionName: 'f',
    qualifier: 'live',
    payload: { id: 1 },
    type: 'RequestResponse',
    logs: true,
    clientContext: { custom: {} },
    timeout: 30,
    raw: true,
    region: 'eu-west-1',
    profile: 'default',
    endpoint: 'http://127.0.0.1:4566',
    signal: AbortSignal.timeout(1000),
    onProgress: () => {},
  }
  for (const payload of ['text', 7, null, [1], new Uint8Array()]) await invoke({ ...options, payload })
  same<Equal<InvokeResult['payload'], unknown>>()
  same<Equal<InvokeResult['functionError'], 'Handled' | 'Unhandled' | undefined>>()
  same<Equal<InvokeResult['statusCode' | 'durationMs'], number>>()
  same<Equal<InvokeResult['executedVersion' | 'logs' | 'requestId'], string | undefined>>()
  // @ts-expect-error the function's name is needed
  await invoke({ payload: 1 })
  // @ts-expect-error nothing to call
  await invoke()
  // @ts-expect-error a type that does not exist
  await invoke({ functionName: 'f', type: 'Stream' })
  // @ts-expect-error an answer that must be looked at first
  result.payload.id
}

export async function reads(): Promise<void> {
  const result = await logs({ functionName: 'f' })
  same<Equal<typeof result, LogsResult>>()
  const options: LogsOptions = {
    functionName: 'f',
    qualifier: '3',
    since: '10m',
    until: 1_700_000_000_000,
    filter: 'ERROR',
    follow: false,
    limit: 100,
    onEvent: (event) => same<Equal<typeof event, LogEvent>>(),
  }
  await logs({ ...options, onEvent: async ({ message }) => console.log(message) })
  same<Equal<LogsResult['events'], LogEvent[]>>()
  same<Equal<LogsResult['more'], boolean>>()
  same<Equal<LogEvent['timestamp'], number>>()
  same<Equal<LogEvent['logStream' | 'message' | 'eventId'], string>>()
  // @ts-expect-error no function
  await logs({ functionName: 'f', onEvent: true })
  // @ts-expect-error a Date is given as its milliseconds, or as text
  await logs({ functionName: 'f', since: new Date() })
}

export async function looks(): Promise<void> {
  const options: StatusOptions = { functionName: 'f', qualifier: 'live' }
  const result = await status(options)
  same<Equal<typeof result, StatusResult>>()
  same<Equal<StatusResult['exists' | 'healthy'], boolean>>()
  same<Equal<StatusResult['aliases'], AliasStatus[] | undefined>>()
  same<Equal<AliasStatus['weights'], Record<string, number>>>()
  same<Equal<StatusResult['latestDiffers'], boolean | undefined>>()
  // @ts-expect-error a function that does not exist has no state
  result.state.length
}

export async function removes(): Promise<void> {
  const options: RemoveOptions = { functionName: 'f', logs: true, dryRun: true }
  const result = await remove(options)
  same<Equal<typeof result, RemoveResult>>()
  same<Equal<RemoveResult['operations'], Operation[]>>()
  same<Equal<RemoveResult['eventSourceMappings'], EventSourceMapping[]>>()
  same<Equal<RemoveResult['logGroup' | 'keptLogGroup'], string | undefined>>()
  // @ts-expect-error versions are removed by prune()
  await remove({ functionName: 'f', qualifier: '1' })
}
