// Messages to people about the jobs: what threw, what was passed over, and that a log is another
// one. Each once, with its place, and never with what a record says.
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { JobMetrics } from './job-metrics.ts'
import type { Lane, LaneTold } from './lane.ts'

export type Teller = {
  /** Tells of a step at once, and counts it when it is stored. */
  committed(lane: Lane, told: LaneTold, stored: Promise<boolean>): Promise<boolean>
  restarted(lane: Lane): void
}

type TellerOptions = {
  readonly metrics: JobMetrics
  readonly logger: Logger
  readonly clock: Clock
  readonly steady: Clock
}

export function createTeller({ metrics, logger, clock, steady }: TellerOptions): Teller {
  const tell = ({ partition }: Lane, { failures, gaps }: LaneTold): void => {
    for (const { job, key, record, cause } of failures)
      logger.error(
        { job, key, partition, topic: record?.topic, offset: record?.offset, where: placeOf(cause) },
        record === undefined
          ? 'a job threw on a key and leaves it alone from now on'
          : 'a job threw on a record and goes on without it',
      )
    for (const { topic, from, to, why } of gaps)
      logger.error(
        { topic, partition, from, to, why },
        why === 'retention'
          ? 'retention dropped records before the jobs had read them'
          : 'the jobs pass over records that are damaged in the log',
      )
  }
  return {
    async committed(lane, told, stored) {
      const computedMs = steady.now() - told.startedAt
      tell(lane, told)
      const isStored = await stored
      if (isStored) metrics.committed(told, computedMs, clock.now())
      return isStored
    },
    restarted(lane) {
      metrics.restarted(lane)
      for (const { topic, partition } of lane.restarted)
        logger.error(
          { topic, partition, jobs: lane.tasks.map(({ job }) => job.name) },
          'the log is another one, or an older copy of it, than the jobs have read: they are derived anew from what is there',
        )
    },
  }
}

/** Where an error was thrown. Its message stays out of the log: it may quote the payload. */
const placeOf = (cause: unknown): string =>
  cause instanceof Error
    ? `${cause.name} ${cause.stack?.split('\n').find((line) => line.startsWith('    at ')) ?? ''}`
    : typeof cause
