// Drives as another platform tells them, held against the samples that are played of the same cars.
// It is a check of an import and changes nothing: where a drive begins and ends, and how far it
// went, must be in its positions, as it was made of them.
import { greatCircleM } from '../../model/geo.ts'
import type { SignalValue } from '../../model/message.ts'
import type { RecordedSample } from '../recorded-sample.ts'
import { legMinM } from '../way.ts'
import type { ToldDrive, ToldDrives } from './told-drives.ts'

/** A drive begins and ends with a position of its own, so the two differ by less than the seconds
 *  in which old versions stored them. */
const boundMs = 1000
/** Odometers are rounded to metres twice, and positions at the ends may tell none. */
const odometerOffMax = 0.01
const odometerOffM = 50
/** A line through positions cuts corners. */
const lineOffMax = 0.2

export type DriveDifference = {
  readonly drive: string
  /** The segment of the recording. */
  readonly car: string
  readonly startAt: number
  readonly endAt: number
  /** Each a text. */
  readonly what: readonly string[]
}

export type DriveCheck = {
  /** Drives of cars that were played. */
  readonly held: number
  readonly differing: readonly DriveDifference[]
  /** Those that could not be held against anything. */
  readonly ofOtherCars: number
  readonly endless: number
  readonly unreadable: number
  /** The first few that cannot be read, in words. */
  readonly unreadableTexts: readonly string[]
}

type Point = { readonly lat: number; readonly lon: number }
type Played = { firstAt: number; lastAt: number; firstM?: number; lastM?: number; lineM: number; point?: Point }

export type DriveChecking = {
  add(sample: RecordedSample): void
  /** Once all is played. `segments`: the cars that were. */
  result(segments: ReadonlySet<string>): DriveCheck
}

export function openDriveCheck({ drives, endless, unreadable, unreadableTexts }: ToldDrives): DriveChecking {
  const byCar = Map.groupBy(
    drives.toSorted((a, b) => a.startAt - b.startAt),
    ({ car }) => car,
  )
  const played = new Map<ToldDrive, Played>()
  return {
    add({ segment, at, signals }) {
      const drive = driveAt(byCar.get(segment) ?? [], at)
      if (drive === undefined) return
      let trace = played.get(drive)
      if (trace === undefined) played.set(drive, (trace = { firstAt: at, lastAt: at, lineM: 0 }))
      trace.firstAt = Math.min(trace.firstAt, at)
      trace.lastAt = Math.max(trace.lastAt, at)
      const toldM = numberOf(signals['Vehicle.TraveledDistance'])
      if (toldM !== undefined) {
        trace.firstM ??= toldM
        trace.lastM = toldM
      }
      const [lat, lon] = [
        numberOf(signals['Vehicle.CurrentLocation.Latitude']),
        numberOf(signals['Vehicle.CurrentLocation.Longitude']),
      ]
      if (lat !== undefined && lon !== undefined) addPoint(trace, { lat, lon })
    },
    result(segments) {
      const held = drives.filter(({ car }) => segments.has(car))
      const differing = held.flatMap((drive) => {
        const what = differences(drive, played.get(drive))
        return what.length === 0
          ? []
          : [{ drive: drive.id, car: drive.car, startAt: drive.startAt, endAt: drive.endAt, what }]
      })
      return {
        held: held.length,
        differing,
        ofOtherCars: drives.length - held.length,
        endless,
        unreadable,
        unreadableTexts,
      }
    },
  }
}

/** `drives` are of one car, by their starts; a car has one at a time. */
function driveAt(drives: readonly ToldDrive[], at: number): ToldDrive | undefined {
  let [from, to] = [0, drives.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((drives[middle]?.startAt ?? Infinity) <= at) from = middle + 1
    else to = middle
  }
  const drive = drives[from - 1]
  return drive !== undefined && at <= drive.endAt ? drive : undefined
}

function addPoint(trace: Played, point: Point): void {
  const legM = trace.point === undefined ? Infinity : greatCircleM(trace.point, point)
  if (legM < legMinM) return
  if (trace.point !== undefined) trace.lineM += legM
  trace.point = point
}

const numberOf = (value: SignalValue | undefined): number | undefined => (typeof value === 'number' ? value : undefined)

function differences({ startAt, endAt, distanceM }: ToldDrive, played: Played | undefined): readonly string[] {
  if (played === undefined) return ['no position of it is in the recording']
  const { firstAt, lastAt } = played
  return [
    ...(firstAt - startAt > boundMs ? [`its first position is ${seconds(firstAt - startAt)} after its start`] : []),
    ...(endAt - lastAt > boundMs ? [`its last position is ${seconds(endAt - lastAt)} before its end`] : []),
    ...(distanceM === undefined ? [] : distanceDifference(distanceM, played)),
  ]
}

function distanceDifference(toldM: number, { firstM, lastM, lineM, point }: Played): readonly string[] {
  const isByOdometer = firstM !== undefined && lastM !== undefined
  if (!isByOdometer && point === undefined)
    return [`${km(toldM)} are told, and its rows have neither an odometer nor a place`]
  const playedM = isByOdometer ? lastM - firstM : lineM
  const offMaxM = Math.max(odometerOffM, toldM * (isByOdometer ? odometerOffMax : lineOffMax))
  if (Math.abs(playedM - toldM) <= offMaxM) return []
  return [
    `${km(toldM)} are told, ${km(playedM)} by ${isByOdometer ? 'the odometer at' : 'the line through'} its positions`,
  ]
}

const km = (metres: number): string => `${(metres / 1000).toFixed(2)} km`
const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`
