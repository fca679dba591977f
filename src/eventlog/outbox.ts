// State and outputs that no transaction can hold together, as the log is elsewhere than the state.
// The outputs go into the state first, as an outbox, and from there into the log:
//
//   commit ──► state + outbox, one commit ──► outputs appended ──► resolves ──► the next commit replaces the outbox
//
// A start that finds an outbox, and an append of which it is not known whether it took effect, look
// into the log from where it ended before, and append what is not there. So an output is there
// once, but where the log dropped it meanwhile, or a process that was taken for dead goes on.
import { createHash } from 'node:crypto'
import type { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import { onceAnOutage } from '../base/once-an-outage.ts'
import { waitOut, type Pauses } from '../base/wait-out.ts'
import { epochKey, positionKey, type EventLog, type NewRecord, type Positions } from './event-log.ts'
import { openLogReader } from './log-reader.ts'
import { partitionOf } from './partition.ts'
import type { StateChange, StateStore, TaskCommit } from './state-store.ts'

export type OutboxOptions = {
  /** With one owner, of which no task has the name `#outbox`. */
  readonly state: StateStore
  /** Where outputs go. */
  readonly log: EventLog
  readonly logger: Logger
  /** Ends the wait for a log that is away; outputs then stay in the outbox. */
  readonly signal: AbortSignal
}

const ownTask = '#outbox'
const pauses: Pauses = { firstMs: 50, longestMs: 5_000 }
const stretch = { records: 5_000, bytes: 8 * 1024 * 1024 }

/** State whose commits take outputs for the log: when a commit resolves both are durable, and when
 *  the process dies before, the next opening appends what is missing. Commits are one after the
 *  other. Rejects, as `commit` does, with what state and log reject with. */
export async function openOutbox({ state, log, logger, signal }: OutboxOptions): Promise<StateStore> {
  /** Outputs that are in the state and may not be in the log, and where that ended before. */
  let open: Outbox | undefined = readOutbox(state)
  /** Entries of the outbox in the state, appended or not. */
  let kept = open?.outputs.length ?? 0
  let isUndecided = open !== undefined
  const ends = new Map<string, number>()
  let epoch = 0
  let last: Promise<unknown> = Promise.resolve()

  const append = async (): Promise<true> => {
    if (open === undefined) return true
    const outputs = isUndecided ? await missing(log, open) : open.outputs
    // Until it resolves nobody knows.
    isUndecided = true
    for (const { topic, partition, offset } of await log.append(outputs))
      ends.set(positionKey(topic, partition), offset + 1)
    open = undefined
    isUndecided = false
    return true
  }

  const unsent = onceAnOutage(({ code }) =>
    logger.warn({ code }, 'outputs that are stored with the state wait for the log'),
  )

  const empty = async (): Promise<void> => {
    let failure: Outage | undefined
    const appended = await waitOut(append, pauses, signal, (outage) => {
      failure = outage
      unsent(outage)
    })
    if (appended === undefined) throw failure
  }

  const endsOf = async (outputs: readonly NewRecord[]): Promise<Positions> => {
    // A log without epochs is new: whatever comes is after that.
    epoch ||= (await log.epochs()).at(-1) ?? 0
    const positions: Record<string, number> = { [epochKey(log.id)]: epoch }
    for (const { topic, key } of outputs) {
      const partition = partitionOf(key, log.partitionsOf(topic))
      const place = positionKey(topic, partition)
      if (!ends.has(place)) ends.set(place, (await log.bounds(topic, partition)).end)
      positions[place] = ends.get(place)!
    }
    return positions
  }

  const commit = async (commits: readonly TaskCommit[], outputs: readonly NewRecord[]): Promise<void> => {
    await empty()
    const positions = outputs.length === 0 ? {} : await endsOf(outputs)
    const changes = [...outputs.map(entryOf), ...keysFrom(outputs.length, kept)]
    await state.commit(changes.length === 0 ? commits : [...commits, { task: ownTask, positions, state: changes }], [])
    kept = outputs.length
    if (outputs.length > 0) open = { outputs, positions }
    await empty()
  }

  /** After what was begun before, whatever became of that. */
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  if (open !== undefined) {
    await empty()
    await commit([], [])
  }
  return {
    positions: (task) => state.positions(task),
    tasks: () => state.tasks().filter((task) => task !== ownTask),
    get: (task, key) => state.get(task, key),
    range: (task, prefix) => state.range(task, prefix),
    async commit(commits, outputs) {
      for (const { topic } of outputs) log.partitionsOf(topic)
      const copied = commits.map((each) => ({ ...each, state: each.state.map(copyOf) }))
      const records = outputs.map((output) => ({ ...output, value: Buffer.from(output.value) }))
      await inTurn(() => commit(copied, records))
    },
    clear: (task) => inTurn(() => state.clear(task)),
  }
}

type Outbox = { readonly outputs: readonly NewRecord[]; readonly positions: Positions }

const copyOf = ({ key, value }: StateChange): StateChange =>
  value === undefined ? { key } : { key, value: Buffer.from(value) }

/** Keys are in the order of the outputs. */
const keyOf = (index: number): string => String(index).padStart(9, '0')

function entryOf({ value, ...output }: NewRecord, index: number): StateChange {
  const head = Buffer.from(JSON.stringify(output))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.byteLength)
  return { key: keyOf(index), value: Buffer.concat([length, head, value]) }
}

function outputOf(bytes: Uint8Array): NewRecord {
  const entry = Buffer.from(bytes)
  const end = 4 + entry.readUInt32BE(0)
  const output = JSON.parse(entry.toString('utf8', 4, end)) as Omit<NewRecord, 'value'>
  return { ...output, value: entry.subarray(end) }
}

const keysFrom = (from: number, to: number): StateChange[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => ({ key: keyOf(from + index) }))

function readOutbox(state: StateStore): Outbox | undefined {
  const outputs = [...state.range(ownTask, '')].map(([, bytes]) => outputOf(bytes))
  return outputs.length === 0 ? undefined : { outputs, positions: state.positions(ownTask) }
}

/** The outputs that the log has not got from `positions` on, in their order. Equal ones count by
 *  their number. */
async function missing(log: EventLog, { outputs, positions }: Outbox): Promise<readonly NewRecord[]> {
  const partitionFor = ({ topic, key }: NewRecord): number => partitionOf(key, log.partitionsOf(topic))
  const byPlace = Map.groupBy(outputs, (output) => positionKey(output.topic, partitionFor(output)))
  const absent = new Set(outputs)
  for (const own of byPlace.values()) {
    const { topic } = own[0]!
    const partitions = [partitionFor(own[0]!)]
    const sought = Map.groupBy(own, nameOf)
    const reader = openLogReader(log, { topics: [topic], partitions, order: 'fair' }, positions)
    for (let isMore = true; isMore && sought.size > 0;) {
      const { records, behind } = await reader.poll(stretch)
      isMore = behind.length > 0
      for (const record of records) take(sought, record, absent)
    }
  }
  return outputs.filter((output) => absent.has(output))
}

function take(sought: Map<string, NewRecord[]>, record: NewRecord, absent: Set<NewRecord>): void {
  const name = nameOf(record)
  const equal = sought.get(name)
  if (equal === undefined) return
  absent.delete(equal.shift()!)
  if (equal.length === 0) sought.delete(name)
}

/** All that an output is made of but its receipt, which a log may round. */
function nameOf({ key, value, headers = {}, at }: NewRecord): string {
  const named = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify([key, at, named])} ${createHash('sha256').update(value).digest('base64url')}`
}
