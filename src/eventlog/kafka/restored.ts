// Reading a partition of the changelog into the local store, which knows how far it has come: it
// keeps that with the changes in one transaction, so what is read twice changes nothing.
import { Outage } from '../../base/errors.ts'
import type { EventLog, NewRecord, Positions, StoredRecord } from '../event-log.ts'
import { openLogReader } from '../log-reader.ts'
import type { StateChange, StateStore, TaskCommit } from '../state-store.ts'
import { copyMsMax } from '../topics.ts'
import { changelogPartition, changelogTopic, readChange } from './changelog.ts'

/** Under which the local store keeps how far it has come in a partition of the changelog; no job
 *  has this name. */
export const ownTaskOf = (partition: number): string => `#changelog/${partition}`
const isOwnTask = (task: string): boolean => task.startsWith('#changelog')
const stepLimits = { records: 20_000, bytes: 8 * 2 ** 20 }
/** When the local store was last as the changelog is. */
const currentKey = 'current-at'
/** How old what the local store says of itself may become while nothing comes. */
const stampedMs = 60_000

/** A partition of the changelog, and where its state is kept. */
export type Copy = { readonly log: EventLog; readonly local: StateStore; readonly partition: number }

/** The tasks whose state the partition has. */
export const tasksIn = ({ log, local, partition }: Copy): string[] =>
  local
    .tasks()
    .filter(
      (task) =>
        !isOwnTask(task) && changelogPartition({ key: task }, log.partitionsOf(changelogTopic.name)) === partition,
    )

/** How far the local store has come, to be committed with the changes up to there. */
export const comeTo = (partition: number, positions: Positions, now: number): TaskCommit => ({
  task: ownTaskOf(partition),
  positions,
  state: [{ key: currentKey, value: Buffer.from(String(now)) }],
})

/** By it a transaction is seen in the changelog when it counts, whatever else is in it. */
export const committing = (partition: number, at: number): NewRecord => ({
  topic: changelogTopic.name,
  key: ownTaskOf(partition),
  value: Buffer.from('{}'),
  at,
})

/** Empties the local store unless it is of this changelog and was as it is not long ago. */
export async function openLocal(copy: Copy): Promise<void> {
  if (!isCurrent(copy)) await emptyLocal(copy)
}

/** Whether the local store was as the partition of the changelog not long ago. */
export const isCurrent = (copy: Copy): boolean => ageMs(copy) <= copyMsMax

/** Since it was; Infinity when it never was. */
function ageMs({ log, local, partition }: Copy): number {
  const current = local.get(ownTaskOf(partition), currentKey)
  return current === undefined ? Infinity : log.now() - Number(Buffer.from(current).toString())
}

/** How far it has come goes last: cut short, it begins anew. */
async function emptyLocal(copy: Copy): Promise<void> {
  const { local, partition } = copy
  const own = ownTaskOf(partition)
  if (local.tasks().includes(own)) await local.commit([{ task: own, positions: {}, state: [{ key: currentKey }] }], [])
  for (const task of tasksIn(copy)) await local.clear(task)
  await local.clear(own)
}

/** Applies what was committed since; `found` is told how many records there are, before they are
 *  applied. Rejects with Outage LOG_DAMAGED when some cannot be read. */
export async function restoreLocal(copy: Copy, found: (records: number) => void = () => {}): Promise<void> {
  const { log, local, partition } = copy
  const follow = { topics: [changelogTopic.name], partitions: [partition], order: 'fair' } as const
  const reader = openLogReader(log, follow, local.positions(ownTaskOf(partition)))
  for (;;) {
    const { records, to, behind, gaps, restarted, isNews } = await reader.poll(stepLimits)
    if (gaps.length > 0) throw damagedOutage()
    if (restarted.length > 0) await emptyLocal(copy)
    found(records.length)
    await applyRecords(local, records)
    if (isNews || ageMs(copy) > stampedMs) await local.commit([comeTo(partition, to, log.now())], [])
    if (behind.length === 0) return
  }
}

async function applyRecords(local: StateStore, records: readonly StoredRecord[]): Promise<void> {
  const known = new Set(local.tasks())
  const open = new Map<string, { positions: Positions; readonly state: StateChange[] }>()
  const commit = async (): Promise<void> => {
    await local.commit(
      Array.from(open, ([task, own]) => ({ task, ...own })),
      [],
    )
    open.clear()
  }
  const taskOf = (task: string) => {
    let found = open.get(task)
    if (found === undefined) open.set(task, (found = { positions: local.positions(task), state: [] }))
    known.add(task)
    return found
  }
  for (const record of records) {
    const logged = readChange(record)
    const { task } = logged
    if (isOwnTask(task)) continue
    if (logged.kind === 'positions') taskOf(task).positions = logged.positions
    else if (logged.kind === 'forgotten') {
      await commit()
      await local.clear(task)
      known.delete(task)
    } else if (logged.change.value !== undefined || known.has(task)) {
      // That an entry is gone makes no task of one that was forgotten.
      taskOf(task).state.push(logged.change)
    }
  }
  await commit()
}

const damagedOutage = (): Outage =>
  new Outage(
    'LOG_DAMAGED',
    `Records of the topic ${changelogTopic.name} in Kafka are damaged or were dropped, and the state of the jobs is not whole without them: derive it anew, with another ROADSTREAM_KAFKA_PREFIX or after that topic was deleted.`,
    { retryable: false },
  )
