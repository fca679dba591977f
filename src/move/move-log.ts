// The log of an installation moved: what cars published and what jobs derived, with the state
// beside both. Everything is copied first, then compared whole, then the positions are said anew;
// nothing of it is used before all is there, so each step may be done again.
import { Outage } from '../base/errors.ts'
import { withPositions } from '../engine/journal.ts'
import { positionKey, type EventLog, type Positions, type Topic } from '../eventlog/event-log.ts'
import type { TakeMoved } from '../eventlog/moved-record.ts'
import { carryState, seePositions, type CarriedEntries, type StateToCarry } from './carry-state.ts'
import { copyTopic, refuseDifference, sumPartition } from './copy-topic.ts'
import { movedPositions, OffsetsWanted, pairOf, type LogPair } from './positions.ts'

export type LogName = 'uplink' | 'derived'
type Opened = { readonly log: EventLog; readonly state: StateToCarry }
export type LogToMove = {
  readonly name: LogName
  readonly topics: readonly Topic[]
  readonly from: Opened
  readonly to: Opened & { readonly take: TakeMoved }
  /** Topics in which the log that is filled has state, and which no record is copied to. */
  readonly stateTopics?: readonly Topic[]
  /** Tells what of the state cannot be read, once it was carried. */
  readonly unreadable?: () => readonly string[]
}

export type MoveProgress = {
  copied(log: LogName, topic: Topic, records: number): void
  compared(log: LogName, topic: Topic, records: number, digest: string): void
  carried(log: LogName, entries: CarriedEntries): void
  damaged(log: LogName, what: string): void
}

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
export const startKey = (name: LogName, topic: Topic, partition: number): string =>
  `${name}/${positionKey(topic, partition)}`

/** Where each partition of the logs that are moved begins. */
export async function partitionStarts(logs: readonly LogToMove[]): Promise<Readonly<Record<string, number>>> {
  const starts: Record<string, number> = {}
  for (const { name, topics, from } of logs)
    for (const topic of topics) {
      const partitions = from.log.partitionsOf(topic)
      const bounds = await Promise.all(numbers(partitions).map((each) => from.log.bounds(topic, each)))
      for (const [partition, { start }] of bounds.entries()) starts[startKey(name, topic, partition)] = start
    }
  return starts
}

/** Rejects with MOVE_TARGET_USED where a log that is to be filled has anything. */
export async function refuseUsed(logs: readonly LogToMove[], where: string): Promise<void> {
  for (const { name, topics, to, stateTopics = [] } of logs) {
    const used = await firstUsed([...topics, ...stateTopics], to.log)
    if (used !== undefined || to.state.tasks().length > 0)
      throw new Outage(
        'MOVE_TARGET_USED',
        `${where} is not empty (${used ?? `state beside the log ${name}`}), and a move fills only what is: name another prefix in ROADSTREAM_KAFKA_PREFIX, or remove what is there (in the data folder: log.moving and derived.moving).`,
        { retryable: false },
      )
  }
}

async function firstUsed(topics: readonly Topic[], log: EventLog): Promise<Topic | undefined> {
  for (const topic of topics)
    for (const partition of numbers(log.partitionsOf(topic)))
      if ((await log.bounds(topic, partition)).end > 0) return topic
  return undefined
}

export type MovedLogs = {
  /** Positions of the writers as they are in the logs that were filled. */
  readonly moved: (positions: Positions) => Positions
  /** Rejects with MOVE_SOURCE_CHANGED where the logs that were moved have grown since. */
  refuseGrown(): Promise<void>
}

/** Copies, compares and carries. `sinks`: the positions of the writers as they are now. */
export async function moveLogs(
  logs: readonly LogToMove[],
  starts: Readonly<Record<string, number>>,
  sinks: readonly Positions[],
  told: MoveProgress,
): Promise<MovedLogs> {
  for (const { name, topics, from, to } of logs)
    for (const topic of topics) {
      const own = numbers(from.log.partitionsOf(topic)).map((each) => starts[startKey(name, topic, each)] ?? 0)
      const { damaged } = await copyTopic(topic, from.log, to, own, (records) => told.copied(name, topic, records))
      for (const what of damaged) told.damaged(name, what)
    }
  const wanted = new OffsetsWanted()
  const seeing = {
    positions: wanted.add,
    value: (key: string, value: Uint8Array) => withPositions(key, value, wanted.add),
  }
  for (const positions of sinks) wanted.add(positions)
  for (const { name, from } of logs)
    seePositions(from.state, name === 'derived' ? seeing : { ...seeing, value: asItIs })
  const compared: Compared[] = []
  for (const log of logs) compared.push(await compare(log, wanted, told))
  const pairs = compared.map(({ pair }) => pair)
  const moved = (positions: Positions): Positions => movedPositions(positions, pairs)
  const moving = { positions: moved, value: (key: string, value: Uint8Array) => withPositions(key, value, moved) }
  for (const { name, from, to, unreadable } of logs) {
    const move = name === 'derived' ? moving : { ...moving, value: asItIs }
    told.carried(name, await carryState(from.state, to.state, move))
    for (const what of unreadable?.() ?? []) told.damaged(name, what)
  }
  const ends = new Map(compared.flatMap((each) => each.ends))
  return {
    moved,
    refuseGrown: async () => {
      for (const { name, topics, from } of logs)
        for (const topic of topics)
          for (const partition of numbers(from.log.partitionsOf(topic)))
            if ((await from.log.bounds(topic, partition)).end !== ends.get(startKey(name, topic, partition)))
              throw grown(topic, partition)
    },
  }
}

export const grown = (topic: Topic, partition: number): Outage =>
  new Outage(
    'MOVE_SOURCE_CHANGED',
    `The log that is moved has grown in ${topic}/${partition} meanwhile: stop every process that writes to it, and give the same move again.`,
    { retryable: false },
  )

/** Beside the uplink log no entry holds positions: those of the gateway and of the translator. */
const asItIs = (_: string, value: Uint8Array): Uint8Array => value

type Compared = { readonly pair: LogPair; readonly ends: readonly (readonly [key: string, end: number])[] }

async function compare(
  { name, topics, from, to }: LogToMove,
  wanted: OffsetsWanted,
  told: MoveProgress,
): Promise<Compared> {
  const ends: (readonly [string, number])[] = []
  const before = new Map<string, ReadonlyMap<number, number>>()
  for (const topic of topics) {
    let records = 0
    let digest = ''
    for (const partition of numbers(from.log.partitionsOf(topic))) {
      const [there, here] = await Promise.all([
        sumPartition(from.log, topic, partition, wanted.of(topic, partition)),
        sumPartition(to.log, topic, partition),
      ])
      refuseDifference(topic, partition, there, here)
      ends.push([startKey(name, topic, partition), there.end])
      before.set(positionKey(topic, partition), there.before)
      records += here.records
      digest += here.digest.slice(0, 8)
    }
    told.compared(name, topic, records, digest)
  }
  return { pair: await pairOf(from.log, to.log, topics, before), ends }
}
