// Feeds the side tables of a partition: topics of facts are read whole before anything else, and
// followed from then on. Facts that were read are kept in the state store too, as compaction may
// drop it: a batch that is run again after a crash sees the very facts it saw before.
//
//   all tasks of the partition checkpoint + facts stored, in one commit ──► facts in the tables ──► batches that see them
import type { EventLog, StoredRecord } from '../eventlog/event-log.ts'
import { openLogReader, type LogReader } from '../eventlog/log-reader.ts'
import type { StateChange, StateStore, TaskCommit } from '../eventlog/state-store.ts'
import { nodeText } from './node-text.ts'
import type { SideTables } from './side-table.ts'

const taskOf = (partition: number): string => `facts/${partition}`
const perStep = { records: 1_000, bytes: 4 * 1024 * 1024 }

export type FactsStep = {
  readonly commit: TaskCommit
  /** To be called once it is committed. */
  readonly take: () => void
  readonly isBehind: boolean
}

export class Facts {
  readonly #sides: SideTables
  readonly #task: string
  readonly #reader: LogReader

  get topics(): readonly string[] {
    return this.#sides.topics
  }

  /** With the facts that the last batches before the start have seen. */
  constructor(sides: SideTables, partition: number, log: EventLog, state: StateStore) {
    this.#sides = sides
    this.#task = taskOf(partition)
    for (const [name, value] of state.range(this.#task, '')) {
      const topic = name.slice(0, name.indexOf('/'))
      sides.feed(topic, name.slice(topic.length + 1), nodeText.decodeLoosely(value))
    }
    this.#reader = openLogReader(log, { topics: sides.topics, order: 'fair' }, state.positions(this.#task))
  }

  /** The facts that came since, if any did. */
  async step(): Promise<FactsStep | undefined> {
    const { records, to, behind, isNews } = await this.#reader.poll(perStep)
    if (!isNews) return undefined
    return {
      commit: { task: this.#task, positions: to, state: records.map(changeOf) },
      take: () => {
        for (const record of records) this.#sides.feed(record.topic, record.key, textOf(record))
      },
      isBehind: behind.length > 0,
    }
  }
}

const textOf = ({ value }: StoredRecord): string | null =>
  value.byteLength === 0 ? null : nodeText.decodeLoosely(value)

const changeOf = ({ topic, key, value }: StoredRecord): StateChange =>
  value.byteLength === 0 ? { key: `${topic}/${key}` } : { key: `${topic}/${key}`, value }
