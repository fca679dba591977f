// Words and sums of what is stored: how long it is kept, what a day adds, and when a disk is full.
import type { DiskRoom, RoomReport, StoreRoom } from '../../../src/api/contract.ts'
import { formatAge, formatSpan } from '../format/time.ts'
import { formatCount, formatSize } from '../format/units.ts'

type Part = StoreRoom['part']

export const partWords: Readonly<Record<Part, string>> = {
  log: 'What cars sent',
  derived: 'What jobs derived',
  tables: 'Tables',
}

const kindWords: Readonly<Record<Exclude<StoreRoom['kind'], 'topic' | 'table'>, string>> = {
  state: 'remembered beside it',
  free: 'free in the file, used for what comes',
  'write-log': 'log of writes, for recovery',
}

export const storeWords = ({ kind, name }: Pick<StoreRoom, 'kind' | 'name'>): string =>
  kind === 'topic' || kind === 'table' ? name : kindWords[kind]

/** `7 d, at most 20 GB`, `for ever`; empty where nothing is kept for its own sake. */
export function keptWords({ kind, retention: { keptMs, bytesMax } }: Pick<StoreRoom, 'kind' | 'retention'>): string {
  if (kind === 'state') return 'while it is needed'
  if (kind === 'free') return ''
  const most = bytesMax === null ? [] : [`at most ${formatSize(bytesMax)}`]
  const long = keptMs === null ? [] : [formatSpan(keptMs)]
  return [...long, ...most].join(', ') || 'for ever'
}

/** Sums of what is known; null where nothing of it is. */
export type RoomSum = {
  readonly bytes: number | null
  readonly bytesPerDay: number | null
  readonly bytesPerDayPerCar: number | null
  /** Something that belongs to it is not known. */
  readonly isPartial: boolean
}

const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((all, value) => (value === null ? all : (all ?? 0) + value), null)

export const sumOf = (stores: readonly StoreRoom[]): RoomSum => ({
  bytes: sum(stores.map(({ bytes }) => bytes)),
  bytesPerDay: sum(stores.map(({ bytesPerDay }) => bytesPerDay)),
  bytesPerDayPerCar: sum(stores.map(({ bytesPerDayPerCar }) => bytesPerDayPerCar)),
  isPartial: stores.some(({ unknown }) => unknown !== null),
})

/** Nothing is there, nothing comes, and that is known. */
export const isEmpty = ({ bytes, bytesPerDay }: StoreRoom): boolean => bytes === 0 && (bytesPerDay ?? 0) === 0

export const isOnKafka = ({ unknown }: StoreRoom): boolean => unknown === 'kafka'

/** The time by which a day is reckoned, and the cars. */
export function measureWords({ measuredMs, measuredMsLeast, cars }: RoomReport): string {
  if (measuredMs < measuredMsLeast)
    return `What a day adds is known after ${formatAge(measuredMsLeast)}; measured for ${formatAge(measuredMs)} so far.`
  const heard = cars === null ? 'how many vehicles were heard is not known' : `${formatCount(cars)} in that time`
  return `What a day adds is measured over the last ${formatSpan(measuredMs)}, and the share of a car by the vehicles heard: ${heard}.`
}

/** When the disk is full, where no instant can be said. */
export function restWords({ why, bytesToCome }: Pick<DiskRoom, 'why' | 'bytesToCome'>): string {
  if (why === 'years') return 'not within ten years at this rate'
  if (why !== 'rests') return 'not known yet'
  return bytesToCome === null || bytesToCome === 0
    ? 'never at this rate: all is at its retention'
    : `never at this rate: ${formatSize(bytesToCome)} more until all is at its retention`
}

const holdsWords: Readonly<Record<Part, string>> = { log: 'log', derived: 'derived', tables: 'postgres' }

/** Folders of the data folder that lie on a disk; all of them are not named one by one. */
export const diskWords = ({ holds }: Pick<DiskRoom, 'holds'>, disks: number): string =>
  disks === 1 ? 'Free on the disk' : `Free on the disk of ${holds.map((part) => holdsWords[part]).join(', ')}`

export const elsewhereWords = ({ elsewhere }: Pick<RoomReport, 'elsewhere'>): readonly string[] => [
  ...(elsewhere.some(({ at }) => at === 'kafka')
    ? [
        'What cars sent and what jobs derived is on Kafka’s brokers: how much, and how much room they have, is not known here.',
      ]
    : []),
  ...(elsewhere.some(({ at }) => at === 'postgres')
    ? ['The tables are on a server of your own: how much room its disk has is not known here.']
    : []),
]

/** Logs that come to the most they may take before all in them is at its retention. */
export const fullLogWords = ({ logs }: Pick<RoomReport, 'logs'>, now: number): readonly string[] =>
  logs.flatMap(({ part, bytesMax, fullAt }) =>
    fullAt === null
      ? []
      : [
          `${partWords[part]} comes to the ${formatSize(bytesMax)} it may take ${fullAt <= now ? 'now' : `in ${formatSpan(fullAt - now)}`}, and nothing more is taken then: raise ROADSTREAM_LOG_MAX, or keep less by ROADSTREAM_LOG_TOPIC_MAX or ROADSTREAM_LOG_RETENTION.`,
        ],
  )
