// Where tasks have their place: which logs and topics they read, and how many partitions those
// have. Lanes of the same seat can become one.
import type { EventLog, Topic } from '../eventlog/event-log.ts'
import { markTopics, uplinkTopics } from '../eventlog/topics.ts'
import { isInternal, type AnyJob } from './job.ts'
import type { Source } from './lane-reader.ts'
import { versionOf } from './rebuild.ts'

type Placed = { readonly job: AnyJob; readonly partition: number }

export type TopicsByLog = { readonly uplink: readonly Topic[]; readonly derived: readonly Topic[] }

const inUplink: ReadonlySet<Topic> = new Set(uplinkTopics.map(({ name }) => name))

export class Seats {
  readonly #uplink: EventLog
  readonly #derived: EventLog
  readonly #jobs: readonly AnyJob[]
  /** By internal topic the job that writes it, with its version. */
  readonly #writers: ReadonlyMap<Topic, string>

  constructor(uplink: EventLog, derived: EventLog, jobs: readonly AnyJob[]) {
    this.#uplink = uplink
    this.#derived = derived
    this.#jobs = jobs
    const written = jobs.flatMap((job) => job.writes.map(({ name }) => [name, versionOf(job)] as const))
    this.#writers = new Map(written.filter(([name]) => isInternal(name)))
  }

  topicsOf(jobs: readonly AnyJob[]): TopicsByLog {
    const reads = [...new Set(jobs.flatMap((job) => job.reads))]
    return {
      uplink: reads.filter((topic) => inUplink.has(topic)),
      derived: reads.filter((topic) => !inUplink.has(topic)),
    }
  }

  sourcesOf(jobs: readonly AnyJob[]): Source[] {
    const { uplink, derived } = this.topicsOf(jobs)
    const sources: Source[] = []
    if (uplink.length > 0) sources.push({ log: this.#uplink, topics: [...uplink, markTopics.uplink] })
    if (derived.length > 0) sources.push({ log: this.#derived, topics: [...derived, markTopics.derived] })
    return sources
  }

  /** The seat that lanes share which can become one: logs, number of partitions and partition. */
  seatOf({ job, partition }: Placed): string {
    const { uplink, derived } = this.topicsOf([job])
    return `${uplink.length > 0} ${derived.length > 0} ${this.partitionsOf(job)} ${partition}`
  }

  /** Of all topics the job reads. Throws a RangeError when they differ, or have more than marks of
   *  time have. */
  partitionsOf(job: AnyJob): number {
    const counts = new Set(job.reads.map((topic) => this.#logOf(topic).partitionsOf(topic)))
    const [partitions] = counts
    if (partitions === undefined || counts.size > 1)
      throw new RangeError(
        `The job ${job.name} reads topics with different numbers of partitions: ${job.reads.join(', ')}.`,
      )
    const marked = Math.min(...this.sourcesOf([job]).map(({ log, topics }) => log.partitionsOf(topics.at(-1)!)))
    if (partitions > marked)
      throw new RangeError(
        `The job ${job.name} reads ${partitions} partitions, and only ${marked} have marks of time. Give its topics ${marked} or fewer.`,
      )
    return partitions
  }

  /** The inputs that the state of a job is made of: its topics, and of internal ones the version of
   *  who writes them. */
  readsOf(job: AnyJob): string[] {
    return job.reads.map((topic) => (isInternal(topic) ? `${topic} of ${this.writerOf(topic)}` : topic)).sort()
  }

  /** The job that writes an internal topic, with its version. */
  writerOf(topic: Topic): string | undefined {
    return this.#writers.get(topic)
  }

  /** Whether records of the topic that name no task are the job's: those of before a second job
   *  wrote to it. */
  isFirstWriter(job: AnyJob, topic: Topic): boolean {
    return this.#jobs.find(({ writes }) => writes.some(({ name }) => name === topic))?.name === job.name
  }

  /** The append time of the newest record that the job will read; null where there is none. */
  async newestAt({ job, partition }: Placed): Promise<number | null> {
    let newestAt: number | null = null
    for (const topic of job.reads) {
      const log = this.#logOf(topic)
      const { end } = await log.bounds(topic, partition)
      const [newest] = end === 0 ? [] : (await log.read(topic, partition, end - 1, { records: 1, bytes: 1 })).records
      if (newest !== undefined) newestAt = Math.max(newestAt ?? -Infinity, newest.appendedAt)
    }
    return newestAt
  }

  #logOf(topic: Topic): EventLog {
    return inUplink.has(topic) ? this.#uplink : this.#derived
  }
}
