// How much is stored and what a day adds to it: looked at every few minutes, and somewhat more
// often while somebody asks. Who asks is told of the look before and waits for none but the first.
import { Outage } from '../base/errors.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { shared } from '../base/wait-out.ts'
import type { RoomReport } from '../model/room-report.ts'
import { findStores, type RoomSources } from './found-stores.ts'
import { measuring, settledFrom } from './growth.ts'
import { roomOf, type Look, type LogTime } from './room-of.ts'

export type RoomOptions = {
  readonly sources: RoomSources
  /** Vehicles heard since that instant, of all tenants. */
  readonly carsHeard: (since: number) => Promise<number>
  readonly time: LogTime
  readonly steady: Clock
  readonly logger: Logger
  /** Calls it again and again until what it gives is called. */
  readonly every?: (look: () => Promise<void>, ms: number) => () => void
}

/** The report is null while no look has succeeded. */
export type RoomWatch = AsyncDisposable & { report(): Promise<RoomReport | null> }

/** Between two looks: those of the timer, and one that somebody asked for. The former is a second
 *  longer than a third of what a measure takes, as timers may be early by a moment. */
export const lookTimes = { everyMs: 5 * 60_000 + 1000, askedMs: 30_000 } as const

const onTimer = (look: () => Promise<void>, ms: number): (() => void) => {
  const timer = setInterval(() => void look(), ms).unref()
  return () => clearInterval(timer)
}

export function openRoom(options: RoomOptions): RoomWatch {
  const { sources, time, steady, logger, every = onTimer } = options
  /** Oldest first. */
  let looks: readonly Look[] = []
  let told: RoomReport | null = null
  let isClosed = false

  const carsSince = async (since: number): Promise<number | null> => {
    try {
      return await options.carsHeard(since)
    } catch (error) {
      if (error instanceof Outage) return null
      throw error
    }
  }

  const look = shared(async () => {
    // By when it begins: the first one of a start, when all is busy, takes a while.
    const [atMs, at] = [steady.now(), time.now()]
    const found = await findStores(sources)
    const kept = measuredBy(looks, atMs)
    const [began = { atMs, at }] = kept
    const base = kept.find((each) => each.atMs >= settledFrom(began.atMs)) ?? began
    looks = [...kept, { ...found, atMs, at, cars: await carsSince(base.at) }]
    told = { ...roomOf(looks, time), elsewhere: elsewhereOf(sources) }
  })
  const tryLook = async (): Promise<void> => {
    try {
      if (!isClosed) await look()
    } catch (error) {
      logger.warn({ err: error }, 'the sizes of what is stored could not be looked at; tried again in five minutes')
    }
  }
  let underWay = tryLook()
  const stop = every(() => (underWay = tryLook()), lookTimes.everyMs)

  return {
    async report() {
      const last = looks.at(-1)
      if (last === undefined) await (underWay = tryLook())
      else if (steady.now() - last.atMs >= lookTimes.askedMs) underWay = tryLook()
      return told
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      stop()
      await underWay
    },
  }
}

/** The looks that growth is measured by at that instant: all of the timer, early or late by a
 *  moment as they are, and of those that were asked for between no more than one. */
const measuredBy = (looks: readonly Look[], atMs: number): readonly Look[] =>
  looks.filter(({ atMs: lookedMs }, index) => {
    const sinceMs = lookedMs - (looks[index - 1]?.atMs ?? -Infinity)
    const isMeasure = index < looks.length - 1 || sinceMs >= lookTimes.everyMs / 2
    return isMeasure && lookedMs >= atMs - measuring.mostMs - measuring.settleMs
  })

const elsewhereOf = ({ logs, tables }: RoomSources): RoomReport['elsewhere'] => [
  ...logs.flatMap(({ part, size }) => (size === undefined ? [{ part, at: 'kafka' as const }] : [])),
  ...(tables.isElsewhere ? [{ part: 'tables' as const, at: 'postgres' as const }] : []),
]
