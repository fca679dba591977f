// A job whose version was raised, or whose log is another one, is derived anew beside what it had
// said:
//
//   noting ──► deriving ──► switching ──► live
//
// noting     reads the topics it writes, and keeps of each output the job had said its place and a digest
// deriving   runs from the oldest kept record on; what it says is held back in its state
// switching in steps, each a commit: what differs is appended; what only the earlier version had
// said is deleted, as far
//            as the log still covers it
// live       what it says is appended
//
// Every stage is kept with the task and goes on where it was after a crash. A job that had said
// nothing is live at once.
import { createHash } from 'node:crypto'
import type { EventLog, NewRecord, StoredRecord } from '../eventlog/event-log.ts'
import { partitionOf } from '../eventlog/partition.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'
import { isInternal, type AnyJob } from './job.ts'
import { nodeText } from './node-text.ts'
import type { EngineOutput } from './outputs.ts'

export type RebuildOptions = {
  readonly job: AnyJob
  readonly partition: number
  /** Of the topics the job reads. */
  readonly partitions: number
  /** Name of the task in the state store. */
  readonly task: string
  readonly state: StateStore
  readonly derived: EventLog
  /** Whether records of a topic that name no task are the job's: those of before a second job wrote
   *  to it. */
  readonly isFirstWriter: (topic: string) => boolean
}

/** Names the task that said an output, where the topic and the partition do not. */
export const taskHeader = 'task'

export const versionOf = ({ name, version }: Pick<AnyJob, 'name' | 'version'>): string => `${name}@${version}`

/** Outputs compared in one commit. */
export const switchedPerStep = 500
/** Keys remembered in memory of how far back the log covers them. */
const coveredKeysMax = 20_000

const notedPrefix = 'was/'
const heldPrefix = 'held/'
const coveredPrefix = 'from/'
const firstKey = `${coveredPrefix}first`
/** Records by whose instants a job by text knows how far back its log reaches: a tenth of them may
 *  have come late. */
const firstRecords = 101
const outputName = (topic: string, id: string): string => `${topic}/${id}`

/** The value of an output that is deleted. */
const nothing = new Uint8Array()

/** An output as it is held back, its value as text. */
type Held = Pick<EngineOutput, 'topic' | 'key' | 'at' | 'headers' | 'receivedAt'> & {
  readonly id: string
  readonly text: string
}

/** An output the job had said before. */
type Noted = { readonly key: string; readonly at: number; readonly digest: string }

export class Rebuild {
  readonly #options: RebuildOptions
  /** `job/partition`: the same for all versions. */
  readonly #signature: string
  /** By key the least event time read. */
  #covered = new Map<string, number>()
  readonly #changed = new Map<string, number>()
  /** Instants of the first records. */
  #first: number[] | undefined

  constructor(options: RebuildOptions) {
    this.#options = options
    this.#signature = `${options.job.name}/${options.partition}`
  }

  /** The topics whose outputs are held back and compared. */
  topics(): string[] {
    return this.#options.job.writes.map(({ name }) => name).filter((name) => !isInternal(name))
  }

  /** The partitions that may hold outputs of the task: its own, or any where keys are not those of
   *  its records. */
  partitions(): readonly number[] | undefined {
    return this.#options.job.keyedBy === 'vehicle' ? [this.#options.partition] : undefined
  }

  /** Adds which task said them, where that is not plain from topic and partition; to those of
   *  internal topics which version of the job, as its records of other versions are not to be
   *  read. */
  sign(outputs: readonly EngineOutput[]): readonly EngineOutput[] {
    return outputs.map((output) => {
      const { topic, key, headers } = output
      if (isInternal(topic)) return { ...output, headers: { ...headers, [taskHeader]: versionOf(this.#options.job) } }
      return this.#isPlain(topic, key) ? output : { ...output, headers: { ...headers, [taskHeader]: this.#signature } }
    })
  }

  /** Notes of what had been said, from records of the topics it writes. */
  note(records: readonly StoredRecord[]): StateChange[] {
    return records.flatMap((record): StateChange[] => {
      const id = record.headers?.['id']
      if (id === undefined || !this.#isOwn(record)) return []
      return [noteChange(id, record)]
    })
  }

  hasNoted(): boolean {
    return !isEmpty(this.#options.state.range(this.#options.task, notedPrefix))
  }

  /** Holds outputs back, but those of internal topics, and what is both of records received after
   *  `since` and of a time after it: an airbag is not to wait for a week to be derived. Such
   *  outputs are noted as if it had been said before. */
  hold(
    outputs: readonly EngineOutput[],
    since: number,
  ): readonly [said: readonly EngineOutput[], changes: StateChange[]] {
    const isNew = ({ receivedAt, at }: EngineOutput): boolean =>
      receivedAt !== undefined && receivedAt > since && at > since
    const said = outputs.filter((output) => isInternal(output.topic) || isNew(output))
    const own = outputs.filter(({ topic }) => !isInternal(topic))
    const notes = own.filter(isNew).map((output) => noteChange(output.headers.id, output))
    return [said, [...this.#held(own), ...notes]]
  }

  #held(outputs: readonly EngineOutput[]): StateChange[] {
    const { job } = this.#options
    const patched = new Map<string, string>()
    return outputs.map(({ topic, key, at, value, headers, receivedAt }) => {
      const { id } = headers
      const name = heldPrefix + outputName(topic, id)
      let text = nodeText.decodeLoosely(value)
      if (job.patches?.topic === topic && text !== '') {
        const before = patched.get(name) ?? this.#heldAt(name)?.text ?? ''
        if (before !== '') text = JSON.stringify(job.patches.add(JSON.parse(before), JSON.parse(text)))
        patched.set(name, text)
      }
      const held = { topic, id, key, at, text, headers, receivedAt } satisfies Record<keyof Held, unknown>
      return { key: name, value: Buffer.from(JSON.stringify(held)) }
    })
  }

  /** Takes in that the log holds a record. Of a job by vehicle the results of its vehicle from then
   *  on are covered; of one by text, whose keys may be others in each version, all results from the
   *  instants of the first records on. */
  covers({ key, at }: StoredRecord): void {
    if (this.#options.job.keyedBy === 'text') {
      this.#first ??= this.#loadFirst()
      if (this.#first.length < firstRecords) this.#first.push(at)
      return
    }
    const known = this.#coveredFrom(key)
    if (known !== undefined && known <= at) return
    this.#covered.set(key, at)
    this.#changed.set(key, at)
  }

  takeChanges(): StateChange[] {
    if (this.#first !== undefined) return [{ key: firstKey, value: Buffer.from(JSON.stringify(this.#first)) }]
    if (this.#changed.size === 0) return []
    const changes = [...this.#changed].map(([key, at]) => ({
      key: coveredPrefix + key,
      value: Buffer.from(String(at)),
    }))
    this.#changed.clear()
    return changes
  }

  /** The next of what there is to compare; `isLast` when nothing is left to do. */
  switchStep(): { readonly state: StateChange[]; readonly records: NewRecord[]; readonly isLast: boolean } {
    const held = this.#some(heldPrefix)
    if (held.length > 0) return { ...this.#release(held), isLast: false }
    const noted = this.#some(notedPrefix)
    if (noted.length > 0) return { ...this.#deleteGone(noted), isLast: false }
    const covered = this.#some(coveredPrefix)
    this.#covered.clear()
    this.#first = undefined
    return { state: covered.map(([key]) => ({ key })), records: [], isLast: covered.length === 0 }
  }

  #release(held: readonly (readonly [string, Uint8Array])[]) {
    const { task, state } = this.#options
    const outputs: EngineOutput[] = []
    const changes: StateChange[] = []
    for (const [name, bytes] of held) {
      const { topic, key, at, text, headers, receivedAt } = parse(bytes) as Held
      const value = Buffer.from(text)
      const notedName = notedPrefix + name.slice(heldPrefix.length)
      const noted = state.get(task, notedName)
      changes.push({ key: name }, { key: notedName })
      if (noted === undefined ? text !== '' : !this.#isSame(topic, at, value, parse(noted) as Noted))
        outputs.push({ topic, key, at, value, headers, ...(receivedAt !== undefined && { receivedAt }) })
    }
    return { state: changes, records: [...this.sign(outputs)] }
  }

  /** A patch is never the same: what was noted is the last patch, not the sum. */
  #isSame(topic: string, at: number, value: Uint8Array, noted: Noted): boolean {
    return this.#options.job.patches?.topic !== topic && value.byteLength > 0 && digestOf(at, value) === noted.digest
  }

  #deleteGone(gone: readonly (readonly [string, Uint8Array])[]) {
    const outputs: EngineOutput[] = []
    for (const [name, bytes] of gone) {
      const { key, at } = parse(bytes) as Noted
      const [, topic, ...id] = name.split('/') as [string, string, ...string[]]
      const from = this.#coveredFrom(key)
      if (from === undefined || at < from) continue
      outputs.push({ topic, key, at, value: nothing, headers: { id: id.join('/') } })
    }
    return { state: gone.map(([key]) => ({ key })), records: [...this.sign(outputs)] }
  }

  #some(prefix: string): (readonly [string, Uint8Array])[] {
    const found: (readonly [string, Uint8Array])[] = []
    for (const entry of this.#options.state.range(this.#options.task, prefix)) {
      found.push(entry)
      if (found.length === switchedPerStep) break
    }
    return found
  }

  #heldAt(key: string): Held | undefined {
    const bytes = this.#options.state.get(this.#options.task, key)
    return bytes === undefined ? undefined : (parse(bytes) as Held)
  }

  #loadFirst(): number[] {
    const bytes = this.#options.state.get(this.#options.task, firstKey)
    return bytes === undefined ? [] : (parse(bytes) as number[])
  }

  #coveredFrom(key: string): number | undefined {
    if (this.#options.job.keyedBy === 'text') {
      const first = this.#loadFirst().toSorted((a, b) => a - b)
      return first[Math.floor(first.length / 10)]
    }
    const known = this.#covered.get(key)
    if (known !== undefined) return known
    const bytes = this.#options.state.get(this.#options.task, coveredPrefix + key)
    if (bytes === undefined) return undefined
    // Keys that are in the state need not be remembered.
    if (this.#covered.size >= coveredKeysMax && this.#changed.size === 0) this.#covered = new Map()
    const at = Number(nodeText.decodeLoosely(bytes))
    this.#covered.set(key, at)
    return at
  }

  /** Whether an output of this topic and key needs no signature. */
  #isPlain(topic: string, key: string): boolean {
    const { derived, isFirstWriter, partition, partitions } = this.#options
    if (!isFirstWriter(topic) || derived.partitionsOf(topic) !== partitions) return false
    return this.#options.job.keyedBy === 'vehicle' || partitionOf(key, partitions) === partition
  }

  #isOwn(record: StoredRecord): boolean {
    const signature = record.headers?.[taskHeader]
    if (signature !== undefined) return signature === this.#signature
    return this.#options.isFirstWriter(record.topic) && record.partition === this.#options.partition
  }
}

/** The last value that was said of an output; nothing once it was deleted. */
function noteChange(id: string, { topic, key, at, value }: NewRecord): StateChange {
  const name = notedPrefix + outputName(topic, id)
  const noted: Noted = { key, at, digest: digestOf(at, value) }
  return value.byteLength === 0 ? { key: name } : { key: name, value: Buffer.from(JSON.stringify(noted)) }
}

const parse = (bytes: Uint8Array): unknown => JSON.parse(nodeText.decodeLoosely(bytes))

function isEmpty(entries: Iterable<unknown>): boolean {
  for (const _ of entries) return false
  return true
}

/** The event time counts: it is stored with the row. */
const digestOf = (at: number, value: Uint8Array): string =>
  createHash('sha256').update(`${at} `).update(value).digest('base64url').slice(0, 22)
