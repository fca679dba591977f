// An installation whose sizes a test sets, looked at when time is told to pass.
import { tmpdir } from 'node:os'
import { silentLogger } from '../base/logger.ts'
import type { LogSize, TopicSize } from '../eventlog/topic-size.ts'
import type { RoomReport } from '../model/room-report.ts'
import type { StorageSize, TableSize } from '../storage/storage-size.ts'
import { forEver, type RoomSources } from './found-stores.ts'
import { dayMs } from './growth.ts'
import { lookTimes, openRoom } from './room.ts'

export const weekMs = 7 * dayMs
export const startAt = 1_800_000_000_000
const retention = { ms: weekMs, bytes: 20e9 }

export const topicSize = (topic: string, more: Partial<TopicSize> = {}): TopicSize => ({
  topic,
  bytes: 0,
  appended: 0,
  kept: 0,
  oldestAt: null,
  ...more,
})

/** Of the topics alone, in pages that are full. */
export const logSizeOf = (...topics: TopicSize[]): LogSize => {
  const recordBytes = topics.reduce((sum, { bytes }) => sum + bytes, 0)
  return { topics, recordBytes, stateBytes: 0, fileBytes: recordBytes }
}

export type Sizes = {
  readonly log: LogSize
  readonly derived: LogSize
  readonly tables: readonly TableSize[]
  readonly writeLog: StorageSize['writeLog']
  readonly cars: number
}

const nothing: Sizes = {
  log: logSizeOf(topicSize('telemetry'), topicSize('event')),
  derived: logSizeOf(topicSize('twin')),
  tables: [],
  writeLog: null,
  cars: 1,
}

type Given = Partial<RoomSources['tables']> & {
  readonly isOnKafka?: boolean
  /** Sizes when so many milliseconds have passed. */
  readonly sizes?: (ms: number) => Partial<Sizes>
}

export function openSetRoom({ isOnKafka = false, sizes = () => ({}), ...tables }: Given = {}) {
  const sizesNow = (): Sizes => ({ ...nothing, ...sizes(clock.ms) })
  const clock = { ms: 0 }
  const counted: number[] = []
  let looked = 0
  let look = async (): Promise<void> => {}
  const now = (): number => startAt + clock.ms
  const source = (part: 'log' | 'derived', ...names: string[]): RoomSources['logs'][number] => ({
    part,
    dir: tmpdir(),
    size: isOnKafka ? undefined : () => sizesNow()[part],
    topics: names.map((name) => ({ name, retention })),
    bytesMax: 64e9,
  })
  const room = openRoom({
    sources: {
      logs: [source('log', 'telemetry', 'event'), source('derived', 'twin')],
      tables: {
        dir: tmpdir(),
        isElsewhere: false,
        size: async () => {
          looked += 1
          return sizesNow()
        },
        retention: { trips: { ...forEver, keptMs: 30 * dayMs, settings: ['ROADSTREAM_TRIPS_RETENTION'] } },
        ...tables,
      },
      topicSettings: ['ROADSTREAM_LOG_RETENTION', 'ROADSTREAM_LOG_TOPIC_MAX'],
    },
    carsHeard: async (since) => {
      counted.push(since)
      return sizesNow().cars
    },
    time: { now, agedAt: (ms) => now() - ms },
    steady: { now: () => clock.ms },
    logger: silentLogger,
    every: (given) => {
      look = given
      return () => {}
    },
  })
  const report = async (): Promise<RoomReport> => {
    const told = await room.report()
    if (told === null) throw new Error('no look has succeeded')
    return told
  }
  return {
    clock,
    /** Since which instants vehicles were counted. */
    counted,
    /** How often the tables were asked. */
    looked: () => looked,
    report,
    async store(name: string) {
      const found = (await report()).stores.find((store) => store.name === name)
      if (found === undefined) throw new Error(`there is no ${name}`)
      return found
    },
    /** Waits for the look under way, or looks. */
    lookNow: () => look(),
    /** Looks every so often, as its timer does. */
    async pass(ms: number, everyMs: number = lookTimes.everyMs) {
      await report()
      for (const endMs = clock.ms + ms; clock.ms < endMs;) {
        clock.ms += everyMs
        await look()
      }
    },
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  }
}
