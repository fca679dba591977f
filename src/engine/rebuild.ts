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
import { outputRecord, taskHeader } from './output-records.ts'
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
      const { topic, key, at } = record
      return [noteChange({ topic, id, key, at, value: record.value })]
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
    return [said, [...this.#held(own), ...own.filter(isNew).map(noteChange)]]
  }

  #held(outputs: readonly EngineOutput[]): StateChange[] {
    const { job } = this.#options
    const patched = new Map<string, EngineOutput>()
    return outputs.map((output) => {
      const key = heldPrefix + outputName(output.topic, output.id)
      let held = output
      if (job.addPatch !== undefined && output.text !== '') {
        const before = patched.get(key) ?? this.#heldAt(key)
        if (before !== undefined && before.text !== '')
          held = { ...output, text: JSON.stringify(job.addPatch(JSON.parse(before.text), JSON.parse(output.text))) }
        patched.set(key, held)
      }
      const { topic, id, at, text, headers, receivedAt } = held
      const stored: EngineOutput = { topic, id, key: held.key, at, text, headers, receivedAt }
      return { key, value: Buffer.from(JSON.stringify(stored)) }
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
    for (const [key, bytes] of held) {
      const output = parse(bytes) as EngineOutput
      const notedKey = notedPrefix + key.slice(heldPrefix.length)
      const noted = state.get(task, notedKey)
      changes.push({ key }, { key: notedKey })
      if (noted === undefined ? output.text !== '' : !this.#isSame(output, parse(noted) as Noted)) outputs.push(output)
    }
    return { state: changes, records: this.sign(outputs).map(outputRecord) }
  }

  /** A patch is never the same: what was noted is the last patch, not the sum. */
  #isSame(output: EngineOutput, noted: Noted): boolean {
    return (
      this.#options.job.addPatch === undefined &&
      output.text !== '' &&
      digestOf(output.at, Buffer.from(output.text)) === noted.digest
    )
  }

  #deleteGone(gone: readonly (readonly [string, Uint8Array])[]) {
    const outputs: EngineOutput[] = []
    for (const [name, bytes] of gone) {
      const { key, at } = parse(bytes) as Noted
      const [, topic, ...id] = name.split('/') as [string, string, ...string[]]
      const from = this.#coveredFrom(key)
      if (from === undefined || at < from) continue
      outputs.push({ topic, id: id.join('/'), key, at, text: '', headers: { id: id.join('/') }, receivedAt: undefined })
    }
    return { state: gone.map(([key]) => ({ key })), records: this.sign(outputs).map(outputRecord) }
  }

  #some(prefix: string): (readonly [string, Uint8Array])[] {
    const found: (readonly [string, Uint8Array])[] = []
    for (const entry of this.#options.state.range(this.#options.task, prefix)) {
      found.push(entry)
      if (found.length === switchedPerStep) break
    }
    return found
  }

  #heldAt(key: string): EngineOutput | undefined {
    const bytes = this.#options.state.get(this.#options.task, key)
    return bytes === undefined ? undefined : (parse(bytes) as EngineOutput)
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

type Said = { readonly topic: string; readonly id: string; readonly key: string; readonly at: number }

/** The last value that was said of an output; nothing once it was deleted. */
function noteChange({
  topic,
  id,
  key,
  at,
  ...said
}: Said & ({ readonly value: Uint8Array } | { readonly text: string })): StateChange {
  const name = notedPrefix + outputName(topic, id)
  const value = 'text' in said ? Buffer.from(said.text) : said.value
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
