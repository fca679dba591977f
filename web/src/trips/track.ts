// A trip's track as replay, chart and map read it: where the car was at an instant, and where it is
// not known. A gap stays a gap.
import type { TrackColumns } from '../../../src/api/contract.ts'

export type Columns = Pick<TrackColumns, 'at' | 'lat' | 'lon' | 'speedKmh'>
export type TrackPoint = {
  readonly lat: number
  readonly lon: number
  readonly bearing: number | null
  readonly speedKmh: number | null
}

/** Nothing is known between two samples farther apart than this: the line is cut. */
export const gapMs = 20_000

/** The index of the last sample at or before `at`; −1 before the first. */
export function indexAt({ at: instants }: Pick<Columns, 'at'>, at: number): number {
  let low = 0
  let high = instants.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((instants[middle] ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Where the car was at `at`, between samples by straight line; null in a gap. Speed is that of the
 *  sample before. */
export function pointAt(track: Columns, at: number): TrackPoint | null {
  const index = indexAt(track, at)
  if (index === -1) return null
  const lat = track.lat[index] ?? null
  const lon = track.lon[index] ?? null
  if (lat === null || lon === null) return null
  const speedKmh = track.speedKmh[index] ?? null
  const fromAt = track.at[index] ?? 0
  const toAt = track.at[index + 1]
  const toLat = track.lat[index + 1] ?? null
  const toLon = track.lon[index + 1] ?? null
  if (toAt === undefined || toLat === null || toLon === null || toAt - fromAt > gapMs)
    return at - fromAt > gapMs ? null : { lat, lon, bearing: null, speedKmh }
  const part = (at - fromAt) / (toAt - fromAt)
  const stands = lat === toLat && lon === toLon
  const bearing = stands
    ? null
    : (Math.atan2((toLon - lon) * Math.cos((lat * Math.PI) / 180), toLat - lat) * 180) / Math.PI
  return {
    lat: lat + (toLat - lat) * part,
    lon: lon + (toLon - lon) * part,
    bearing: bearing === null ? null : (bearing + 360) % 360,
    speedKmh,
  }
}

/** The sample nearest to a place, as its instant; undefined without any position. */
export function instantNear(track: Columns, lat: number, lon: number): number | undefined {
  const narrowing = Math.cos((lat * Math.PI) / 180)
  let best = Number.POSITIVE_INFINITY
  let found: number | undefined
  track.lat.forEach((sampleLat, index) => {
    const sampleLon = track.lon[index] ?? null
    if (sampleLat === null || sampleLon === null) return
    const away = (sampleLat - lat) ** 2 + ((sampleLon - lon) * narrowing) ** 2
    if (away < best) {
      best = away
      found = track.at[index]
    }
  })
  return found
}

/** Lower ends of the speed steps, km/h. */
export const speedSteps = [0, 10, 30, 50, 70, 90] as const

export const speedStep = (speedKmh: number): number => speedSteps.findLastIndex((from) => speedKmh >= from)

/** The route as one feature a speed step, property `step`; −1 where the speed is not known. Gaps
 *  are left out. */
export function routeBySpeed(track: Columns): GeoJSON.FeatureCollection {
  const lines = new Map<number, [number, number][][]>()
  let previousStep: number | undefined
  for (let index = 0; index + 1 < track.at.length; index++) {
    const ends = [index, index + 1].map((end) => [track.lon[end] ?? null, track.lat[end] ?? null] as const)
    const [from, to] = ends.flatMap(([lon, lat]) =>
      lon === null || lat === null ? [] : [[lon, lat] as [number, number]],
    )
    if (from === undefined || to === undefined || (track.at[index + 1] ?? 0) - (track.at[index] ?? 0) > gapMs) {
      previousStep = undefined
      continue
    }
    const speedKmh = track.speedKmh[index + 1] ?? track.speedKmh[index] ?? null
    const step = speedKmh === null ? -1 : speedStep(speedKmh)
    const ofStep = lines.get(step) ?? []
    lines.set(step, ofStep)
    if (step === previousStep) ofStep.at(-1)?.push(to)
    else ofStep.push([from, to])
    previousStep = step
  }
  return {
    type: 'FeatureCollection',
    features: [...lines].map(([step, coordinates]) => ({
      type: 'Feature',
      properties: { step },
      geometry: { type: 'MultiLineString', coordinates },
    })),
  }
}

/** Seconds and speeds for the chart, with an empty value put into every time gap so that no line
 *  crosses it. */
export function chartColumns(track: Columns): [seconds: number[], speedKmh: (number | null)[]] {
  const seconds: number[] = []
  const speeds: (number | null)[] = []
  track.at.forEach((at, index) => {
    const before = track.at[index - 1]
    if (before !== undefined && at - before > gapMs) {
      seconds.push((before + 1) / 1000)
      speeds.push(null)
    }
    seconds.push(at / 1000)
    speeds.push(track.speedKmh[index] ?? null)
  })
  return [seconds, speeds]
}
