// The way of a car through its places, where it tells no speed. It has moved when it is 30 m from
// where it was, which is beyond the noise of a receiver at rest; its way there is the line through
// places a few metres apart, so that corners count as driven.
import { legM } from './ellipsoid.ts'
import { anchorM, bendM, bendMost, speedGapMs } from './trip-rules.ts'

/** Numbers, none of them NaN. A path is not changed: one that goes on is another one. */
export type Path = {
  /** Its first and its last place. */
  readonly firstAt: number
  readonly firstLat: number
  readonly firstLon: number
  readonly lastAt: number
  readonly lastLat: number
  readonly lastLon: number
  /** Metres up to the anchor, where the car last was counted as having moved to. */
  readonly drivenM: number
  readonly anchorLat: number
  readonly anchorLon: number
  /** The way from there through places a leg apart, and the last of them. */
  readonly pathM: number
  readonly bendLat: number
  readonly bendLon: number
  /** How much of its time lies between places that are far apart. */
  readonly gapMs: number
}

/** Stands for the path of one place, where that is known besides: nearly every sample tells one,
 *  and few of these paths are ever asked for. */
export const onePlace = 'one place'
export type LazyPath = Path | typeof onePlace | null

/** The names of its fields, in the order in which they are stored. */
export const pathFields = [
  'firstAt',
  'firstLat',
  'firstLon',
  'lastAt',
  'lastLat',
  'lastLon',
  'drivenM',
  'anchorLat',
  'anchorLon',
  'pathM',
  'bendLat',
  'bendLon',
  'gapMs',
] as const satisfies readonly (keyof Path)[]

export const pathOf = (at: number, lat: number, lon: number): Path => ({
  firstAt: at,
  firstLat: lat,
  firstLon: lon,
  lastAt: at,
  lastLat: lat,
  lastLon: lon,
  drivenM: 0,
  anchorLat: lat,
  anchorLon: lon,
  pathM: 0,
  bendLat: lat,
  bendLon: lon,
  gapMs: 0,
})

/** Both as one; `b` is later. */
export function joinPaths(a: Path | null, b: Path | null): Path | null {
  if (a === null || b === null) return a ?? b
  const lineM = legM(a.anchorLat, a.anchorLon, b.firstLat, b.firstLon)
  const lastLegM = legM(a.bendLat, a.bendLon, b.firstLat, b.firstLon)
  const legMs = b.firstAt - a.lastAt
  const ends = {
    firstAt: a.firstAt,
    firstLat: a.firstLat,
    firstLon: a.firstLon,
    lastAt: b.lastAt,
    lastLat: b.lastLat,
    lastLon: b.lastLon,
    gapMs: a.gapMs + (legMs > speedGapMs ? legMs : 0) + b.gapMs,
  }
  if (lineM >= anchorM || b.drivenM > 0)
    return { ...b, ...ends, drivenM: a.drivenM + wayM(a.pathM + lastLegM, lineM) + b.drivenM }
  if (lastLegM < bendM && b.pathM === 0) return { ...a, ...ends }
  return { ...a, ...ends, pathM: a.pathM + lastLegM + b.pathM, bendLat: b.bendLat, bendLon: b.bendLon }
}

/** Metres from its first place to its last. */
export function lengthM({ drivenM, anchorLat, anchorLon, pathM, bendLat, bendLon, lastLat, lastLon }: Path): number {
  return drivenM + wayM(pathM + legM(bendLat, bendLon, lastLat, lastLon), legM(anchorLat, anchorLon, lastLat, lastLon))
}

/** Whether it ends where it began, as far as a receiver at rest can tell. */
export const isRound = ({ firstLat, firstLon, lastLat, lastLon }: Path): boolean =>
  legM(firstLat, firstLon, lastLat, lastLon) < anchorM

/** Wandering at rest makes a way of any length: it counts for no more than bends would. */
const wayM = (pathM: number, lineM: number): number => Math.min(pathM, bendMost * lineM)
