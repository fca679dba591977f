// State as records of a compacted topic: of each entry the newest record is its value.
//
//   key            value                         of what
//   TASK           positions as JSON             the task's positions; none: the task is forgotten
//   TASK \0 KEY    a byte 1, and then the bytes  an entry of the task's state; none: it is gone
//
// The byte before an entry's own ones parts an empty value from none. A task's records are all in
// one partition, in the order of its commits.
import type { NewRecord, Positions, StoredRecord, TopicSpec } from '../event-log.ts'
import { partitionOfTask, type StateChange, type TaskCommit } from '../state-store.ts'

/** Where the state is kept beside the topics of outputs. */
export const changelogTopic: TopicSpec = { name: 'changelog', cleanup: 'compact' }

const separator = '\0'
const present = Buffer.of(1)

/** The partition of a task's records: by the number of the partition that the task is on, so that
 *  who has a partition's tasks has their changelog. */
export const changelogPartition = ({ key }: Pick<NewRecord, 'key'>, partitions: number): number => {
  const [task = ''] = key.split(separator, 1)
  return partitionOfTask(task) % partitions
}

/** The record by which a task is forgotten. */
export const forgetting = (task: string, at: number): NewRecord => ({
  topic: changelogTopic.name,
  key: task,
  value: new Uint8Array(0),
  at,
})

/** The records of a commit, and the commit itself with its bytes copied. */
export function changelogOf(
  { task, positions, state }: TaskCommit,
  at: number,
): { readonly records: readonly NewRecord[]; readonly copied: TaskCommit } {
  if (task === '' || task.includes(separator)) throw new RangeError('A task has a name, and no zero byte in it.')
  const { name: topic } = changelogTopic
  const changes = state.map(({ key, value }) => ({
    key,
    value: value === undefined ? undefined : Buffer.concat([present, value]),
  }))
  const records = changes.map(({ key, value = new Uint8Array(0) }) => ({
    topic,
    key: `${task}${separator}${key}`,
    value,
    at,
  }))
  const where = { topic, key: task, value: Buffer.from(JSON.stringify(positions)), at }
  const copied = changes.map(({ key, value }): StateChange =>
    value === undefined ? { key } : { key, value: value.subarray(1) },
  )
  return { records: [...records, where], copied: { task, positions, state: copied } }
}

/** A record read again. */
export type LoggedChange =
  | { readonly task: string; readonly kind: 'entry'; readonly change: StateChange }
  | { readonly task: string; readonly kind: 'positions'; readonly positions: Positions }
  | { readonly task: string; readonly kind: 'forgotten' }

export function readChange({ key, value }: Pick<StoredRecord, 'key' | 'value'>): LoggedChange {
  const end = key.indexOf(separator)
  if (end >= 0) {
    const entry = key.slice(end + 1)
    const change = value.byteLength === 0 ? { key: entry } : { key: entry, value: value.subarray(1) }
    return { task: key.slice(0, end), kind: 'entry', change }
  }
  if (value.byteLength === 0) return { task: key, kind: 'forgotten' }
  const positions = JSON.parse(Buffer.from(value).toString()) as Positions
  return { task: key, kind: 'positions', positions }
}
