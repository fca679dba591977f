// A job, or several, without a log: tests feed records and read outputs. The set of the newest
// output of each id is what the derived topics amount to. Jobs that read what others derive are fed
// with it, as the runner would do.
import type { StoredRecord, Topic } from '../eventlog/event-log.ts'
import type { CatalogueOf } from '../model/catalogue.ts'
import { clockAheadMs as usualAheadMs } from '../model/car-clock.ts'
import { messageAt } from '../model/message-check.ts'
import { encodeMessage } from '../model/message-codec.ts'
import type { Message, Sample } from '../model/message.ts'
import { Engine, type LateRecord } from './engine.ts'
import type { AnyJob, Output } from './job.ts'
import { nodeText } from './node-text.ts'
import type { EngineOutput } from './outputs.ts'
import { readInput } from './read-input.ts'
import type { SideTables } from './side-table.ts'

export type JobDriver = {
  /** Applies the records as one batch, which ends at log time `logAt`; gives what was said. */
  feed(records: readonly StoredRecord[], logAt?: number): Output[]
  /** Lets log time pass until nothing more is said. */
  pass(logAt: number): Output[]
  /** The newest value by `topic id`, without deleted ones. */
  results(): Map<string, object>
  late(): readonly LateRecord[]
  /** Stores what changed, as a checkpoint does; parts that were not in use between `kept` of them
   *  (1 when absent) leave memory. */
  save(kept?: number): void
  /** Parts in memory, of all jobs. */
  size(): number
  /** Bytes of the state as it was stored last, of all jobs. */
  stateBytes(): number
}

type DriverOptions = {
  /** Whether state is written and read back after every batch. */
  readonly reload?: boolean
  readonly sides?: SideTables
  readonly clockAheadMs?: number
  readonly catalogueOf?: CatalogueOf
}

type Driven = { readonly job: AnyJob; readonly stored: Map<string, Uint8Array>; engine: Engine }

/** Rounds in which jobs take in what others derived from one batch; more would be jobs that read
 *  each other in a circle. */
const roundsMax = 20

export function driveJobs(jobs: readonly AnyJob[], options: DriverOptions = {}): JobDriver {
  const { reload = false, sides, clockAheadMs = usualAheadMs, catalogueOf } = options
  const open = (job: AnyJob, stored: ReadonlyMap<string, Uint8Array>): Engine =>
    new Engine(job, {
      text: nodeText,
      get: (key) => stored.get(key)?.slice(),
      range: (prefix) => [...stored].filter(([key]) => key.startsWith(prefix)),
      sides,
      clockAheadMs,
    })
  const driven = jobs.map((job): Driven => {
    const stored = new Map<string, Uint8Array>()
    return { job, stored, engine: open(job, stored) }
  })
  const results = new Map<string, object>()
  const late: LateRecord[] = []
  let logAt = -Infinity
  let offset = 0

  const apply = (records: readonly StoredRecord[]): void => {
    for (const record of records) {
      const { input } = readInput(record, nodeText, clockAheadMs, catalogueOf?.(record.key))
      for (const { job, engine } of driven) if (job.reads.includes(input.record.topic)) engine.apply(input)
      if (!input.critical) logAt = Math.max(logAt, record.appendedAt)
    }
  }
  const patchesOf = (topic: Topic): AnyJob['patches'] => jobs.find(({ patches }) => patches?.topic === topic)?.patches
  const settle = (): Output[] => {
    const said: Output[] = []
    for (let round = 0; round < roundsMax; round += 1) {
      const outputs = driven.flatMap(({ engine }) => {
        const settled = engine.settle(logAt)
        late.push(...settled.late)
        return settled.outputs
      })
      for (const output of outputs) said.push(keep(results, output, patchesOf(output.topic)))
      const read = outputs.filter(({ topic }) => jobs.some((job) => job.reads.includes(topic)))
      if (read.length === 0) break
      apply(read.map((output) => derivedRecord(output, logAt, (offset += 1))))
    }
    if (!reload) return said
    for (const each of driven) {
      save(each)
      each.engine = open(each.job, each.stored)
    }
    return said
  }

  return {
    feed(records, until = -Infinity) {
      apply(records)
      logAt = Math.max(logAt, until)
      return settle()
    },
    pass(until) {
      logAt = Math.max(logAt, until)
      const outputs = settle()
      while (driven.some(({ engine }) => engine.isDue(logAt))) outputs.push(...settle())
      return outputs
    },
    results: () => results,
    late: () => late,
    save(kept) {
      for (const each of driven) save(each, kept)
    },
    size: () => driven.reduce((sum, { engine }) => sum + engine.size(), 0),
    stateBytes: () =>
      driven.reduce((sum, { stored }) => [...stored.values()].reduce((bytes, part) => bytes + part.length, sum), 0),
  }
}

function save({ engine, stored }: Driven, kept?: number): void {
  for (const { key, value } of engine.takeChanges(kept))
    if (value === undefined) stored.delete(key)
    else stored.set(key, value)
}

function keep(
  results: Map<string, object>,
  { topic, key, at, value: bytes, headers: { id } }: EngineOutput,
  patches: AnyJob['patches'],
): Output {
  const value = bytes.byteLength === 0 ? null : (JSON.parse(nodeText.decodeLoosely(bytes)) as object)
  const name = `${topic} ${id}`
  const before = results.get(name)
  if (value === null) results.delete(name)
  else results.set(name, patches === undefined || before === undefined ? value : patches.add(before, value))
  return { topic, id, key, at, value }
}

const derivedRecord = (output: EngineOutput, logAt: number, offset: number): StoredRecord => ({
  ...output,
  partition: 0,
  offset,
  appendedAt: logAt,
  receivedAt: output.receivedAt ?? logAt,
})

/** Records as the log would give them. */
export function recordsOf(
  messages: readonly Message[],
  key = 'demo/car-1',
  topic: Topic = 'telemetry',
  appendedAt?: number,
): StoredRecord[] {
  return messages.map((message, offset) => {
    const at = messageAt(message, appendedAt)
    const heardAt = appendedAt ?? at
    return {
      topic,
      key,
      value: encodeMessage(message),
      at,
      partition: 0,
      offset,
      appendedAt: heardAt,
      receivedAt: heardAt,
    }
  })
}

/** One message for each sample, numbered from 0. */
export const messagesOf = (samples: readonly Sample[], boot = '00000000000000aa'): Message[] =>
  samples.map((sample, seq) => ({ boot, seq, samples: [sample] }))
