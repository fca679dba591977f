// Whether two pieces are one: the ignition flickered between them, or the car drove through the
// silence.
import { legM } from './ellipsoid.ts'
import { startIfDriven, tripStartOf, type Piece } from './piece.ts'
import { stayOf } from './wander.ts'
import {
  drivenKmh,
  flickerMs,
  joinMs,
  joinReadingMs,
  movingKmh,
  odometerKmhMax,
  silenceMs,
  standingMs,
  townKmh,
  wanderM,
} from './trip-rules.ts'

const none = Number.isNaN

/** Whether two pieces are one: `driven` where the car came along in the silence between. */
export type Verdict = 'one' | 'driven' | 'two' | 'open'

/** The verdict on a piece and the one after it, which may be open until more is known of the
 *  latter. */
export function verdictOn(before: Piece, open: Piece, paceKmh: number): Verdict {
  if (before.parked === 1) return 'two'
  if (before.off === 1) return flickers(before, open)
  return open.begins === 1 ? startsAnew(before, open) : bridges(before, open, paceKmh)
}

const flickers = (before: Piece, open: Piece): Verdict =>
  before.speedKmh >= drivenKmh && before.lastAt - before.speedAt <= flickerMs ? drivesSoon(open, before.lastAt) : 'two'

/** A car that is switched on was off before; but a unit that starts anew as the car drives may say
 *  so too. Then the car came along in the meantime, and does not stand; where no way is told, it is
 *  driven soon. */
function startsAnew(before: Piece, open: Piece): Verdict {
  if (open.firstAt - before.lastAt > silenceMs || open.speedFirstKmh < movingKmh) return 'two'
  const isAwaited = (lastAt: number, firstAt: number): boolean =>
    lastAt >= before.lastAt - joinReadingMs && none(firstAt)
  const isAwaiting =
    isAwaited(before.speedAt, open.speedFirstAt) ||
    isAwaited(before.placeAt, open.placeFirstAt) ||
    isAwaited(before.odometerAt, open.odometerFirstAt)
  if (isAwaiting && open.lastAt - open.firstAt <= flickerMs) return 'open'
  const kmh = paceOf(before, open)
  return none(kmh) ? drivesSoon(open, open.firstAt) : kmh >= townKmh ? 'driven' : 'two'
}

/** How fast the car came along at least between two pieces, by the line between its places and by
 *  its odometer; NaN where neither is told. */
function paceOf(before: Piece, open: Piece): number {
  const readFrom = before.lastAt - joinReadingMs
  const placedMs = before.placeAt >= readFrom ? open.placeFirstAt - before.placeAt : NaN
  const countedMs = before.odometerAt >= readFrom ? open.odometerFirstAt - before.odometerAt : NaN
  const [fromM, toM] = [before.odometerM, open.odometerFirstM]
  const placedKmh = (legM(before.lat, before.lon, open.latFirst, open.lonFirst) / placedMs) * 3600
  const countedKmh = ((odometerWayM(fromM, toM, countedMs) - commonStepM(fromM, toM)) / countedMs) * 3600
  return none(countedKmh) || placedKmh > countedKmh ? placedKmh : countedKmh
}

/** One piece, where its car is driven by its first speed, which is told so soon that it cannot have
 *  stood before. */
function drivesSoon({ speedFirstAt, speedFirstKmh, lastAt }: Piece, fromAt: number): Verdict {
  if (none(speedFirstAt)) return lastAt - fromAt > flickerMs ? 'two' : 'open'
  return speedFirstKmh >= drivenKmh && speedFirstAt - fromAt <= flickerMs ? 'one' : 'two'
}

/** The odometer decides, else the places, else whether the car moved on both sides. The reading
 *  before the silence must be part of the trip that the two would be. */
function bridges(before: Piece, open: Piece, paceKmh: number): Verdict {
  const silentMs = open.firstAt - before.lastAt
  if (silentMs > joinMs) return 'two'
  const readFrom = Math.max(
    before.lastAt - joinReadingMs,
    none(before.movedAt) ? startIfDriven(before) : tripStartOf(before),
  )
  const readTo = open.firstAt + joinReadingMs
  const leastM = (paceKmh / 3600) * silentMs
  const driven = (isDriven: boolean): Verdict => (isDriven ? 'driven' : mayBeOn(before, open) ? 'open' : 'two')
  const isCounted = before.odometerAt >= readFrom && open.odometerFirstAt <= readTo
  const countedM = isCounted ? odometerWayM(before.odometerM, open.odometerFirstM, silentMs) : NaN
  if (!none(countedM)) return driven(countedM >= leastM)
  const isPlacedBefore = before.placeAt >= readFrom
  // At walking pace a silence is further than receivers wander; a slower pace need not be.
  if (isPlacedBefore && open.placeFirstAt <= readTo)
    return driven(legM(before.lat, before.lon, open.latFirst, open.lonFirst) >= Math.max(leastM, wanderM))
  if ((isPlacedBefore || before.odometerAt >= readFrom) && open.lastAt <= readTo) return 'open'
  return !none(before.movedLastAt) && none(before.restAt) && open.movedAt === open.firstAt ? 'one' : 'two'
}

/** Whether a car that was under way before a silence stands since, as one that was on all along and
 *  may now be switched off. */
export const mayBeOn = (before: Piece, open: Piece): boolean =>
  before.off === 0 &&
  !none(before.movedLastAt) &&
  none(before.restAt) &&
  none(open.movedAt) &&
  none(open.onAt) &&
  open.lastAt - open.firstAt <= standingMs

/** Metres by two readings of an odometer; NaN where no car went as far, or the reading fell. */
export const odometerWayM = (fromM: number, toM: number, ms: number): number =>
  toM >= fromM && toM - fromM <= (odometerKmhMax / 3600) * ms ? toM - fromM : NaN

/** The step in which odometers count that told both readings: kilometres, tenths of them, or
 *  metres. */
export const commonStepM = (oneM: number, otherM: number): number =>
  [1000, 100, 10].find((stepM) => oneM % stepM === 0 && otherM % stepM === 0) ?? 1

/** Both as one. */
export function joined(before: Piece, open: Piece, driven: boolean): Piece {
  // Driven means from its last mark on.
  const moved = driven ? { movedAt: before.lastAt, movedLastAt: open.firstAt } : open
  const isResting = !none(none(open.movedLastAt) ? open.stillAt : open.restAt)
  const either = (preferred: number, other: number): number => (none(preferred) ? other : preferred)
  const isBeforeMoved = !none(before.movedAt)
  return {
    ...before,
    off: open.off,
    lastAt: open.lastAt,
    onAt: either(before.onAt, open.onAt),
    movedAt: either(before.movedAt, moved.movedAt),
    stillAt: isBeforeMoved ? before.stillAt : before.lastAt,
    movedLastAt: none(open.movedLastAt) ? moved.movedLastAt : open.movedLastAt,
    restAt: isResting ? (driven ? open.lastAt : open.restAt) : NaN,
    ...(none(before.speedFirstAt) && { speedFirstAt: open.speedFirstAt, speedFirstKmh: open.speedFirstKmh }),
    ...(none(before.placeFirstAt) && {
      placeFirstAt: open.placeFirstAt,
      latFirst: open.latFirst,
      lonFirst: open.lonFirst,
    }),
    ...(none(before.odometerFirstAt) && { odometerFirstAt: open.odometerFirstAt, odometerFirstM: open.odometerFirstM }),
    ...(!none(open.speedAt) && { speedAt: open.speedAt, speedKmh: open.speedKmh }),
    ...(!none(open.placeAt) && { placeAt: open.placeAt, lat: open.lat, lon: open.lon }),
    ...(!none(open.odometerAt) && { odometerAt: open.odometerAt, odometerM: open.odometerM }),
    ...stayOf(open),
  }
}
