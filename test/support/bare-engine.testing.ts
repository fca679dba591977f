// All jobs and the engine core, and nothing of a host: what is bundled for a bare JavaScript
// engine. Jobs with windows and with keys of their own are among them.
import { summing, type Summary } from '../../src/engine/accumulator.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { HostText } from '../../src/engine/host.ts'
import type { AnyJob } from '../../src/engine/job.ts'
import { readInput } from '../../src/engine/read-input.ts'
import { itemsOf, keyedTopic, rekeyed } from '../../src/engine/rekey.ts'
import { windowJob } from '../../src/engine/window-job.ts'
import { session, tumbling } from '../../src/engine/windows.ts'
import type { StoredRecord } from '../../src/eventlog/event-log.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { clockAheadMs } from '../../src/model/car-clock.ts'
import type { Message } from '../../src/model/message.ts'

type Speed = { readonly at: number; readonly kmh: number }

const speedsOf = (message: Message | null): Speed[] =>
  message === null || 'event' in message
    ? []
    : message.samples.flatMap(({ at, signals }) => {
        const kmh = signals['Vehicle.Speed']
        return typeof kmh === 'number' ? [{ at, kmh }] : []
      })

const spells = windowJob<'vehicle', number, Summary>({
  name: 'spells',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry'],
  writes: [{ name: 'spell' }],
  windows: session(60_000),
  allowedLatenessMs: 3_600_000,
  take: ({ message }) => speedsOf(message).map(({ at, kmh }) => ({ at, value: kmh })),
  accumulator: summing(2),
  topic: 'spell',
  result: (_vehicle, window, acc) => ({ ...window, ...acc }),
})

const bands = rekeyed(
  windowJob<'text', number, Summary>({
    name: 'bands',
    version: 1,
    keyedBy: 'text',
    reads: [keyedTopic('bands')],
    writes: [{ name: 'band' }],
    windows: tumbling(60_000),
    allowedLatenessMs: 3_600_000,
    take: (input) => itemsOf<number>(input).map(({ at, item }) => ({ at, value: item })),
    accumulator: summing(2),
    topic: 'band',
    result: (band, window, acc) => ({ band, ...window, ...acc }),
  }),
  {
    version: 1,
    reads: ['telemetry'],
    of: ({ message }) =>
      speedsOf(message).map(({ at, kmh }) => ({ key: `to ${Math.ceil(kmh / 10) * 10} km/h`, at, item: kmh })),
  },
)

export const bareJobs: readonly AnyJob[] = [...jobs, spells, ...bands]

/** Batches of records through all jobs, with state stored and read back now and then; gives every
 *  output as a line: topic, id, instant and value as JSON, with tabs between. */
export function runBare(batches: readonly (readonly StoredRecord[])[], text: HostText, endAt: number): string[] {
  const lines: string[] = []
  const tasks = bareJobs.map((job) => ({
    job,
    stored: new Map<string, Uint8Array>(),
    engine: undefined as Engine | undefined,
  }))
  const engineOf = (task: (typeof tasks)[number]): Engine =>
    (task.engine ??= new Engine(task.job, {
      text,
      get: (key) => task.stored.get(key),
      range: (prefix) => [...task.stored].filter(([key]) => key.startsWith(prefix)),
    }))
  const run = (records: readonly StoredRecord[], logAt: number): void => {
    for (const record of records) {
      const { input } = readInput(record, text, clockAheadMs)
      for (const task of tasks) if (task.job.reads.includes(input.record.topic)) engineOf(task).apply(input)
    }
    const derived = tasks.flatMap((task) => engineOf(task).settle(logAt).outputs)
    for (const { topic, headers, at, value } of derived)
      lines.push([topic, headers.id, at, text.decode(value)].join('\t'))
    const keyed = derived.filter(({ topic }) => topic === keyedTopic('bands'))
    if (keyed.length === 0) return
    run(
      keyed.map((record, offset) => ({
        ...record,
        receivedAt: record.receivedAt ?? logAt,
        offset,
        partition: 0,
        appendedAt: logAt,
      })),
      logAt,
    )
  }
  for (const [number, records] of batches.entries()) {
    run(records, records.at(-1)?.appendedAt ?? -Infinity)
    if (number % 5 !== 0) continue
    for (const task of tasks) {
      for (const { key, value } of engineOf(task).takeChanges())
        if (value === undefined) task.stored.delete(key)
        else task.stored.set(key, value)
      task.engine = undefined
    }
  }
  run([], endAt)
  while (tasks.some((task) => engineOf(task).isDue(endAt))) run([], endAt)
  return lines
}
