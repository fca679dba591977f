// What is stored, as a system of the simulated fleet that has run for a day would tell it.
import type { RoomReport, StoreRoom } from '../../src/api/contract.ts'

const dayMs = 86_400_000
const forEver = { keptMs: null, bytesMax: null, settings: [] }
const ofTopics = {
  keptMs: 7 * dayMs,
  bytesMax: 20e9,
  settings: ['ROADSTREAM_LOG_RETENTION', 'ROADSTREAM_LOG_TOPIC_MAX'],
}

/** Bytes that a car adds in a day. */
const topics: readonly (readonly [StoreRoom['part'], string, number])[] = [
  ['log', 'telemetry', 1_400_000],
  ['log', 'event', 5_100],
  ['log', 'critical', 310],
  ['log', 'snapshot', 0],
  ['log', 'result', 0],
  ['log', 'session', 1_100],
  ['log', 'dead-letter', 120],
  ['log', 'mark', 40],
  ['log', 'foreign', 0],
  ['log', 'rebirth', 0],
  ['derived', 'twin', 1_900_000],
  ['derived', 'track', 350_000],
  ['derived', 'trip', 90_000],
  ['derived', 'alert', 2_100],
  ['derived', 'ledger', 210_000],
  ['derived', 'anomaly', 9_000],
  ['derived', 'late', 0],
]

export function roomOf(cars: number, startedAt: number): RoomReport {
  const measured = (part: StoreRoom['part'], kind: StoreRoom['kind'], name: string, perCar: number): StoreRoom => ({
    part,
    kind,
    name,
    bytes: Math.round(perCar * cars * (kind === 'topic' ? 7 : 3)),
    bytesPerDay: Math.round(perCar * cars),
    bytesPerDayPerCar: cars === 0 ? null : perCar,
    isSteady: kind === 'topic' || perCar === 0,
    retention: kind === 'topic' ? ofTopics : forEver,
    unknown: null,
  })
  const moment = { bytesPerDay: null, bytesPerDayPerCar: null, isSteady: true, retention: forEver, unknown: null }
  return {
    measuredMs: dayMs,
    measuredMsLeast: 1_800_000,
    cars,
    stores: [
      ...topics.map(([part, name, perCar]) => measured(part, 'topic', name, perCar)),
      measured('derived', 'state', 'state', 3_100),
      { ...moment, part: 'derived', kind: 'free', name: 'free', bytes: 214_000_000 },
      measured('tables', 'table', 'alerts', 3_400),
      {
        ...measured('tables', 'table', 'message_index', 140_000),
        isSteady: true,
        retention: { keptMs: dayMs, bytesMax: null, settings: ['ROADSTREAM_MESSAGES_RETENTION'] },
      },
      measured('tables', 'table', 'tracks', 800_000),
      measured('tables', 'table', 'trips', 61_000),
      measured('tables', 'table', 'twins', 800),
      measured('tables', 'table', 'messages', 0),
      {
        ...{ ...moment, part: 'tables', kind: 'write-log', name: 'write-log', bytes: 218_000_000 },
        retention: { keptMs: null, bytesMax: 268_435_456, settings: [] },
      },
    ],
    disks: [
      {
        holds: ['log', 'derived', 'tables'],
        freeBytes: 612e9,
        totalBytes: 960e9,
        fullAt: cars === 0 ? null : startedAt + Math.round((612e9 / (870_000 * cars)) * dayMs),
        why: cars === 0 ? 'rests' : null,
        bytesToCome: cars === 0 ? 0 : null,
      },
    ],
    logs: [
      { part: 'log', bytes: 14e9, bytesMax: 64e9, fullAt: null, why: 'rests', bytesToCome: 0 },
      { part: 'derived', bytes: 26e9, bytesMax: 64e9, fullAt: null, why: 'rests', bytesToCome: 0 },
    ],
    elsewhere: [],
  }
}

/** The same soon after a start, with the log on Kafka and the tables on a server of one's own. */
export function unknownRoom(room: RoomReport | null): RoomReport | null {
  if (room === null) return null
  const none = { bytesPerDay: null, bytesPerDayPerCar: null, isSteady: null }
  const stores = room.stores.flatMap((store): StoreRoom[] => {
    if (store.part !== 'tables')
      return store.kind === 'topic' ? [{ ...store, ...none, bytes: null, unknown: 'kafka' }] : []
    return store.kind === 'write-log' ? [] : [{ ...store, ...none, unknown: 'measuring' }]
  })
  const elsewhere = [
    { part: 'log', at: 'kafka' },
    { part: 'derived', at: 'kafka' },
    { part: 'tables', at: 'postgres' },
  ] as const
  return { ...room, measuredMs: 300_000, stores, disks: [], logs: [], elsewhere }
}
