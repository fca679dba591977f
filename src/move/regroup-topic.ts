// A topic carried into one with another number of partitions. Records of all its partitions are
// taken in the order of their append times, those of equal times by partition, and go each into the
// partition of its key. All of a key were in one partition and are in one afterwards, so its order
// stays. How far a copy has come is told by the log that is filled, as that order is always the
// same.
import { createHash } from 'node:crypto'
import type { EventLog, StoredRecord, Topic } from '../eventlog/event-log.ts'
import { partitionOf } from '../eventlog/partition.ts'
import {
  changedSource,
  changedTarget,
  headOf,
  movedRecord,
  refuseDropped,
  type CopiedTopic,
  type FilledLog,
  type PartitionSum,
} from './copy-topic.ts'

/** Of all partitions together. */
const limits = { records: 20_000, bytes: 8 * 2 ** 20 }
const taskHeader = 'task'

/** A record, and the partition it goes to. */
type Placed = { readonly record: StoredRecord; readonly into: number }
type Source = {
  readonly partition: number
  next: number
  records: readonly StoredRecord[]
  at: number
  isDone: boolean
}

export type Regrouping = {
  readonly topic: Topic
  readonly from: EventLog
  /** Where each partition began when the move did, by its number. */
  readonly starts: readonly number[]
  /** How many partitions it goes into. */
  readonly partitions: number
}

/** Copies what is not there yet. Rejects as `copyTopic` does. */
export async function copyRegrouped(
  regrouping: Regrouping,
  to: FilledLog,
  told: (records: number) => void = () => {},
): Promise<CopiedTopic> {
  const { topic, partitions } = regrouping
  const damaged = new Set<string>()
  const held = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const { start, end } = await to.log.bounds(topic, partition)
      refuseDropped(topic, partition, start)
      return end
    }),
  )
  let records = held.reduce((sum, own) => sum + own, 0)
  let taking: Promise<void> = Promise.resolve()
  for await (const placed of inOrder(regrouping, damaged)) {
    const fresh = placed.filter(({ into }) => {
      const isThere = held[into]! > 0
      if (isThere) held[into]! -= 1
      return !isThere
    })
    await taking
    records += fresh.length
    if (fresh.length > 0) taking = to.take(fresh.map(({ record }) => movedRecord(record)))
    told(records)
  }
  await taking
  const tooMany = held.findIndex((own) => own > 0)
  if (tooMany >= 0)
    throw changedTarget(`has ${held[tooMany]} records more in ${topic}/${tooMany} than the log that is moved`)
  return { records, damaged: [...damaged] }
}

export type RegroupedSums = {
  /** Of each partition that is filled, as it must be there. */
  readonly sums: readonly Pick<PartitionSum, 'records' | 'digest'>[]
  /** Of each partition of the source, after its last record. */
  readonly ends: readonly number[]
}

/** Reads all of the topic. */
export async function sumRegrouped(regrouping: Regrouping): Promise<RegroupedSums> {
  const hashes = Array.from({ length: regrouping.partitions }, () => ({ hash: createHash('sha256'), records: 0 }))
  const ends: number[] = []
  for await (const placed of inOrder(regrouping, new Set(), ends))
    for (const { record, into } of placed) {
      const own = hashes[into]!
      own.hash.update(headOf(record)).update(record.value)
      own.records += 1
    }
  return { sums: hashes.map(({ hash, records }) => ({ records, digest: hash.digest('hex') })), ends }
}

/** `ends` takes where each partition ended. */
async function* inOrder(
  { topic, from, starts, partitions }: Regrouping,
  damaged: Set<string>,
  ends: number[] = [],
): AsyncGenerator<readonly Placed[]> {
  const sources = starts.map((start, partition): Source => ({
    partition,
    next: start,
    records: [],
    at: 0,
    isDone: false,
  }))
  const stretch = {
    records: Math.ceil(limits.records / sources.length),
    bytes: Math.ceil(limits.bytes / sources.length),
  }
  const fill = async (source: Source): Promise<void> => {
    const segment = await from.read(topic, source.partition, source.next, stretch)
    for (const { partition, from: first, to, why } of segment.gaps) {
      if (why === 'retention') throw changedSource(topic, partition)
      damaged.add(`${topic}/${partition} offsets ${first} to ${to - 1}`)
    }
    Object.assign(source, { records: segment.records, at: 0, next: segment.next, isDone: segment.next >= segment.end })
    ends[source.partition] = segment.end
  }
  for (;;) {
    await Promise.all(sources.filter((source) => isEmpty(source) && !source.isDone).map(fill))
    const placed: Placed[] = []
    // A partition that has more in the log may hold the next one.
    while (sources.every((source) => !isEmpty(source) || source.isDone)) {
      const first = earliest(sources)
      if (first === undefined) break
      const record = first.records[first.at++]!
      const into = partitionOf(record.key, partitions)
      placed.push({ record: signedAnew(record, into), into })
    }
    if (placed.length > 0) yield placed
    if (sources.every((source) => source.isDone && isEmpty(source))) return
  }
}

const isEmpty = ({ records, at }: Source): boolean => at >= records.length

function earliest(sources: readonly Source[]): Source | undefined {
  let found: Source | undefined
  for (const source of sources)
    if (!isEmpty(source) && (found === undefined || appendedAt(source) < appendedAt(found))) found = source
  return found
}

const appendedAt = ({ records, at }: Source): number => records[at]!.appendedAt

/** The task that said an output has the number of its partition (engine/rebuild.ts). */
function signedAnew(record: StoredRecord, into: number): StoredRecord {
  const task = record.headers?.[taskHeader]
  const end = `/${record.partition}`
  if (task?.endsWith(end) !== true) return record
  return { ...record, headers: { ...record.headers, [taskHeader]: `${task.slice(0, -end.length)}/${into}` } }
}
