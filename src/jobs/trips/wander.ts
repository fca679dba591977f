// Whether a car is on its way, or stands while its receiver wanders: of a car that is not known to
// be switched on or driven, by its places, and by speeds that are no more than a wandering receiver
// tells. It stands at home, until it is further from there, or away for longer, than receivers
// wander.
//
//        ┌──────── came back within 100 m
//        ▼                     │
//     at home ──moved──► has set out ──came 350 m, or stayed away half an hour──► under way
//        ▲                                                                            │
//        └──────────────────── came no 100 m further in 300 s ────────────────────────┘
//
// Places are off before a car sets out too: what counts is how far it is both from home and from
// where it set out.
import { arePlacesWithin, legM } from './ellipsoid.ts'
import type { Mark } from './marks.ts'
import type { Piece } from './piece.ts'
import {
  anchorAgeMs,
  anchorM,
  creepM,
  movingKmh,
  nearM,
  silenceMs,
  standingMs,
  walkingKmh,
  wanderM,
} from './trip-rules.ts'

/** Where a car stands, and where it may have set out for. All numbers; NaN = none. */
export type Stay = {
  /** Where it was at most a minute ago. */
  anchorAt: number
  anchorLat: number
  anchorLon: number
  /** Home: since when it stands there, and when it was last near. */
  homeLat: number
  homeLon: number
  homeAt: number
  homeNearAt: number
  /** When and where it was before it set out, when it first moved; when it last did, how far from
   *  there that was, and the first mark after it that stands. While it has not set out there is no
   *  `outAt`. */
  outFromAt: number
  outLat: number
  outLon: number
  outAt: number
  outLastAt: number
  outLastM: number
  outRestAt: number
}

type Place = Pick<Mark, 'lat' | 'lon'>

const none = Number.isNaN

export const newStay = (): Stay => ({
  anchorAt: NaN,
  anchorLat: NaN,
  anchorLon: NaN,
  homeLat: NaN,
  homeLon: NaN,
  homeAt: NaN,
  homeNearAt: NaN,
  outFromAt: NaN,
  outLat: NaN,
  outLon: NaN,
  outAt: NaN,
  outLastAt: NaN,
  outLastM: NaN,
  outRestAt: NaN,
})

/** The piece's knowledge of where the car stands and may have set out for. */
export function stayOf(piece: Piece): Stay {
  const stay = newStay()
  for (const name of Object.keys(stay) as (keyof Stay)[]) stay[name] = piece[name]
  return stay
}

/** Where the car stands as it is heard anew. */
export function homeOf(piece: Piece | null): Stay {
  if (piece === null) return newStay()
  if (none(piece.outAt) && !none(piece.homeLat)) arrive(piece, piece.lastAt, piece)
  const { homeAt, homeNearAt, homeLat, homeLon } = piece
  return { ...newStay(), homeAt, homeNearAt, homeLat, homeLon }
}

/** The car is still at the mark. */
export function stand(piece: Piece, at: number): void {
  if (!none(piece.outAt)) {
    if (none(piece.outRestAt)) piece.outRestAt = at
  } else if (none(piece.movedAt)) piece.stillAt = at
  else if (none(piece.restAt)) piece.restAt = at
}

/** The car is driven at the mark, whatever its places say; it stands nowhere. */
export function move(piece: Piece, at: number): void {
  forgetOld(piece, at)
  if (!none(piece.outAt)) drive(piece)
  goOn(piece, at)
  piece.homeLat = piece.homeLon = NaN
}

function goOn(piece: Piece, at: number): void {
  if (none(piece.movedAt)) piece.movedAt = at
  piece.movedLastAt = at
  piece.restAt = NaN
  piece.outAt = NaN
}

export function setAnchor(stay: Stay, at: number, { lat, lon }: Place): void {
  stay.anchorAt = at
  stay.anchorLat = lat
  stay.anchorLon = lon
}

function setHome(stay: Stay, at: number, place: Place): void {
  stay.homeAt = stay.homeNearAt = at
  stay.outAt = NaN
  placeHome(stay, place)
}

function placeHome(stay: Stay, { lat, lon }: Place): void {
  stay.homeLat = lat
  stay.homeLon = lon
}

/** Takes in a place with a speed below that of a driven car, or none; `isStill` when the car is
 *  said to stand. Gives whether it moved. */
export function wander(piece: Piece, mark: Mark, isStill: boolean): boolean {
  const { at } = mark
  forgetOld(piece, at)
  if (none(piece.homeLat)) setHome(piece, at, mark)
  const isNear = isNearHome(piece, mark)
  if (isNear) comeHome(piece, mark)
  const isMoved = !isStill && (mark.speedKmh >= movingKmh || hasLeftAnchor(piece, mark))
  if (!isMoved) rest(piece, mark, isStill)
  else if (isUnderWay(piece, at)) {
    if (none(piece.movedAt) && none(mark.speedKmh)) piece.stillAt = piece.anchorAt
    goOn(piece, at)
    if (!isNear) setHome(piece, at, mark)
  } else setOut(piece, mark)
  if (isMoved || !(at - piece.anchorAt < anchorAgeMs)) setAnchor(piece, at, mark)
  if (!isNear) leaveHome(piece, mark)
  return isMoved
}

const hasLeftAnchor = ({ anchorLat, anchorLon }: Stay, { lat, lon }: Place): boolean =>
  !none(anchorLat) && !arePlacesWithin(anchorLat, anchorLon, lat, lon, anchorM)

const isNearHome = ({ homeLat, homeLon }: Stay, { lat, lon }: Place): boolean =>
  arePlacesWithin(homeLat, homeLon, lat, lon, nearM)

/** A car that is near home again did not leave; nor did one that set out long ago and is near
 *  still. A car that was away stands there anew. */
function comeHome(piece: Piece, mark: Mark): void {
  const { at } = mark
  const wasAway = piece.homeNearAt < piece.placeAt
  if (!none(piece.outAt) && (wasAway || at - piece.outAt > silenceMs)) {
    piece.outAt = NaN
    setAnchor(piece, at, mark)
  }
  if (wasAway && !(at - piece.movedLastAt <= silenceMs)) piece.homeAt = at
  piece.homeNearAt = at
}

/** A car that is too far away for a receiver that wanders drove; one that is away for long stands
 *  elsewhere now. */
function leaveHome(piece: Piece, mark: Mark): void {
  const { at } = mark
  if (at - piece.homeNearAt > standingMs) moveHome(piece, at, mark)
  else if (!none(piece.outAt) && wayM(piece, mark) >= wanderM) {
    drive(piece)
    setHome(piece, at, mark)
  }
}

/** The way from where it stood and from where it set out, whichever is less: places may have been
 *  off before. */
const wayM = ({ homeLat, homeLon, outLat, outLon }: Stay, { lat, lon }: Place): number =>
  Math.min(legM(homeLat, homeLon, lat, lon), legM(outLat, outLon, lat, lon))

/** A car that was on its way is, while it comes further; and so is one that is switched on. */
const isUnderWay = ({ homeAt, movedLastAt, onAt }: Piece, at: number): boolean =>
  (at - homeAt <= silenceMs && at - movedLastAt <= silenceMs) || !none(onAt)

/** The car moves, and may be on its way. It goes on from where it set out, unless it stood
 *  since. */
function setOut(piece: Piece, mark: Mark): void {
  const { at, speedKmh } = mark
  if (none(piece.outAt) || at - piece.outLastAt > silenceMs) {
    // A speed tells at once that it moves, a place when it is some way off.
    const isTold = !none(speedKmh)
    const { lat, lon } = none(piece.lat) ? mark : piece
    piece.outFromAt = isTold ? piece.lastAt : piece.anchorAt
    piece.outLat = isTold ? lat : piece.anchorLat
    piece.outLon = isTold ? lon : piece.anchorLon
    piece.outAt = at
    if (!none(piece.movedAt) && none(piece.restAt)) piece.restAt = piece.outFromAt
  }
  piece.outLastAt = at
  piece.outLastM = legM(piece.outLat, piece.outLon, mark.lat, mark.lon)
  piece.outRestAt = NaN
}

/** While it comes to rest, it may creep on. */
function rest(piece: Piece, { at, lat, lon }: Mark, isStill: boolean): void {
  const isOut = !none(piece.outAt)
  const isCreeping =
    !isStill &&
    at - (isOut ? piece.outLastAt : piece.movedLastAt) <= silenceMs &&
    !arePlacesWithin(piece.lat, piece.lon, lat, lon, creepM)
  if (!isCreeping || none(isOut ? piece.outRestAt : piece.restAt)) stand(piece, at)
  else if (isOut) piece.outRestAt = at
  else piece.restAt = at
  if (!isOut && at - piece.restAt > silenceMs) arrive(piece, at, { lat, lon })
}

/** A car that rests for long stands there: home was where it last came 100 m further. */
function arrive(piece: Piece, at: number, place: Place): void {
  if (!(piece.homeAt < piece.restAt)) return
  piece.homeAt = piece.restAt
  piece.homeNearAt = at
  placeHome(piece, place)
}

/** The car was on its way since it set out. */
function drive(piece: Piece): void {
  if (none(piece.movedAt)) {
    piece.stillAt = piece.outFromAt
    piece.movedAt = piece.outAt
  }
  piece.movedLastAt = piece.outLastAt
  piece.restAt = piece.outRestAt
  piece.outAt = NaN
}

/** The car stands elsewhere now. It drove there, if it came at walking pace at least from where it
 *  is known to have stood. */
function moveHome(piece: Piece, at: number, place: Place): void {
  const { outAt, outLastAt, homeAt, homeNearAt } = piece
  const leastM = Math.max(nearM, (walkingKmh / 3600) * (outLastAt - outAt))
  if (!none(outAt) && homeNearAt - homeAt >= standingMs && Math.min(piece.outLastM, wayM(piece, place)) >= leastM)
    drive(piece)
  setHome(piece, at, place)
}

/** Whether a car drove that was not heard for so long at the end of its half an hour is not
 *  known. */
function forgetOld(piece: Piece, at: number): void {
  if (at - piece.homeNearAt > standingMs + silenceMs) piece.outAt = NaN
}

/** So long after a mark it may show that the car set out from there: half an hour away, and 300 s
 *  each before the first mark that moves, near home and up to the mark that shows it. */
export const outingMs = standingMs + 3 * silenceMs

/** Takes note that the car was away when it was last heard before a silence or was switched off,
 *  which the mark tells: it has moved if it still is. */
export function endOuting(piece: Piece, mark: Mark): void {
  const isAway = !none(piece.outAt) && !isNearHome(piece, piece)
  if (isAway && !isNearHome(piece, mark)) moveHome(piece, piece.lastAt, piece)
}
