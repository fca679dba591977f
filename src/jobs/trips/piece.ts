// A piece: marks of a vehicle with no break between them, as far as they tell where its trip begins
// and ends.
import { ignition, isPlaced } from './drive-sample.ts'
import { arePlacesWithin } from './ellipsoid.ts'
import { motion, motionOf, type Mark, type MarkMotion } from './marks.ts'
import {
  anchorM,
  drivenKmh,
  endStandingMs,
  leadGapMs,
  movingKmh,
  silenceMs,
  speedGapMs,
  standingMs,
} from './trip-rules.ts'
import { move, setAnchor, stand, wander, type Stay } from './wander.ts'

/** All numbers; NaN = none. */
export type Piece = Stay & {
  firstAt: number
  lastAt: number
  /** Since when it stood, as was reported without a gap. */
  leadAt: number
  /** The first mark with the ignition on, and the last that said it is off, since when nothing else
   *  was said. */
  onAt: number
  offAt: number
  /** The first mark in motion, and the last before it that stood. */
  movedAt: number
  stillAt: number
  /** The last mark in motion, and the first after it that stands. */
  movedLastAt: number
  restAt: number
  /** 1 when it ends with the ignition, and when it ended because the car was parked without a word
   *  of when. */
  off: number
  parked: number
  /** 1 when it begins as the car is switched on, and when its first instant is clock-marked. */
  begins: number
  ahead: number
  speedFirstAt: number
  speedFirstKmh: number
  speedAt: number
  speedKmh: number
  /** Its first and last place and odometer. */
  placeFirstAt: number
  latFirst: number
  lonFirst: number
  placeAt: number
  lat: number
  lon: number
  odometerFirstAt: number
  odometerFirstM: number
  odometerAt: number
  odometerM: number
}

const none = Number.isNaN

/** A piece that begins with the mark. */
export function pieceOf(mark: Mark, stay: Stay): Piece {
  const { at, ahead } = mark
  return {
    firstAt: at,
    lastAt: at,
    leadAt: at,
    onAt: NaN,
    offAt: NaN,
    movedAt: NaN,
    stillAt: NaN,
    movedLastAt: NaN,
    restAt: NaN,
    off: 0,
    parked: 0,
    begins: isSwitchedOn(mark) ? 1 : 0,
    ahead,
    speedFirstAt: NaN,
    speedFirstKmh: NaN,
    speedAt: NaN,
    speedKmh: NaN,
    placeFirstAt: NaN,
    latFirst: NaN,
    lonFirst: NaN,
    placeAt: NaN,
    lat: NaN,
    lon: NaN,
    odometerFirstAt: NaN,
    odometerFirstM: NaN,
    odometerAt: NaN,
    odometerM: NaN,
    ...stay,
  }
}

/** Whether the car is switched on in it; one that moves was on before, whatever its unit says as it
 *  starts anew. */
export const isSwitchedOn = (mark: Mark): boolean =>
  mark.ignition === ignition.switchedOn && motionOf(mark) !== motion.moving

/** Takes a mark into a piece; whether the car moves in it. */
export function extend(piece: Piece, mark: Mark): boolean {
  const how = motionIn(piece, mark)
  const stepMs = none(mark.stepMs) ? mark.at - piece.lastAt : mark.stepMs
  const isParking = stepMs > leadGapMs || mark.ignition === ignition.off
  if (none(piece.movedAt) && none(piece.outAt) && how !== motion.moving && isParking) piece.leadAt = mark.at
  if ((how === motion.moving && isDriven(piece, mark) && !isLone(piece, mark)) || isCounted(piece, mark)) {
    move(piece, mark.at)
    return read(piece, mark, true)
  }
  if (how === motion.unknown) return read(piece, mark, false)
  if (isPlaced(mark)) return read(piece, mark, wander(piece, mark, how === motion.still))
  if (how === motion.moving) return read(piece, mark, wander(piece, { ...mark, lat: piece.lat, lon: piece.lon }, false))
  stand(piece, mark.at)
  return read(piece, mark, false)
}

/** Whether a car that moves does so by more than a receiver tells that wanders: by its speed, or
 *  with no place told for long. */
const isDriven = ({ placeAt }: Piece, mark: Mark): boolean =>
  mark.speedKmh >= drivenKmh || !(isPlaced(mark) || mark.at - placeAt <= silenceMs)

/** Whether the car stood by the speed told before, and is where it was: a receiver at rest tells a
 *  speed now and then. A second one shows that it is driven. */
const isLone = ({ speedKmh, lat, lon }: Piece, mark: Mark): boolean =>
  speedKmh < movingKmh && isPlaced(mark) && arePlacesWithin(lat, lon, mark.lat, mark.lon, anchorM)

/** Whether a car that tells neither a speed nor a place has moved, as its odometer has grown. */
const isCounted = ({ speedAt, placeAt, offAt, odometerM }: Piece, mark: Mark): boolean =>
  mark.odometerM > odometerM &&
  motionOf(mark) === motion.unknown &&
  ![speedAt, placeAt, offAt].some((toldAt) => mark.at - toldAt <= speedGapMs)

/** A place says nothing of motion where a speed was told with it, or shortly before. */
function motionIn({ speedAt }: Piece, mark: Mark): MarkMotion {
  const how = motionOf(mark)
  return how === motion.place && mark.at - speedAt <= speedGapMs ? motion.unknown : how
}

function read(piece: Piece, mark: Mark, isMoving: boolean): boolean {
  const { at, speedKmh, lat, lon, odometerM } = mark
  piece.lastAt = at
  if (mark.ignition !== ignition.unknown) piece.offAt = mark.ignition === ignition.off ? at : NaN
  if (!none(speedKmh)) readSpeed(piece, at, speedKmh)
  if (isPlaced(mark)) readPlace(piece, at, lat, lon)
  if (!none(odometerM)) readOdometer(piece, at, odometerM)
  return isMoving
}

function readSpeed(piece: Piece, at: number, speedKmh: number): void {
  if (none(piece.speedFirstAt)) {
    piece.speedFirstAt = at
    piece.speedFirstKmh = speedKmh
  }
  piece.speedAt = at
  piece.speedKmh = speedKmh
  if (speedKmh < movingKmh || speedKmh >= drivenKmh) setAnchor(piece, NaN, { lat: NaN, lon: NaN })
}

function readPlace(piece: Piece, at: number, lat: number, lon: number): void {
  if (none(piece.placeFirstAt)) {
    piece.placeFirstAt = at
    piece.latFirst = lat
    piece.lonFirst = lon
  }
  piece.placeAt = at
  piece.lat = lat
  piece.lon = lon
}

function readOdometer(piece: Piece, at: number, odometerM: number): void {
  if (none(piece.odometerFirstAt)) {
    piece.odometerFirstAt = at
    piece.odometerFirstM = odometerM
  }
  piece.odometerAt = at
  piece.odometerM = odometerM
}

/** Notes that the ignition is on: of a car that has not moved nothing told before counts. */
export function switchOn(piece: Piece, { at, lat, lon, speedKmh }: Mark): void {
  piece.onAt = at
  if (!none(piece.movedAt)) return
  piece.outAt = NaN
  setAnchor(piece, none(lat) ? NaN : at, { lat, lon })
  piece.speedAt = none(speedKmh) ? NaN : at
  piece.speedKmh = speedKmh
}

/** Whether the car of a piece has stood for so long that it is parked. While the ignition is known
 *  to be on, it is not. */
export const isParked = (piece: Piece, mark: Mark): boolean =>
  none(piece.onAt) &&
  !none(piece.restAt) &&
  mark.at - piece.movedLastAt > standingMs &&
  !(motionOf(mark) === motion.moving && isDriven(piece, mark))

/** A trip starts when the ignition was switched on, where that was said before the car moved; else
 *  it has the standing before it, where that is short, or starts with the last mark that stood. NaN
 *  of a car that has not moved. */
export function tripStartOf({ onAt, movedAt, stillAt, leadAt }: Piece): number {
  if (onAt < movedAt || onAt <= stillAt) return onAt
  return none(stillAt) ? Math.min(leadAt, movedAt) : leadOf(leadAt, stillAt)
}

const leadOf = (leadAt: number, stillAt: number): number =>
  stillAt - leadAt <= endStandingMs ? Math.min(leadAt, stillAt) : stillAt

/** Where the trip would start of a car that was driven after it stood in a piece. */
export const startIfDriven = ({ onAt, leadAt, lastAt }: Piece): number => (none(onAt) ? leadOf(leadAt, lastAt) : onAt)

/** It ends with the piece; where it was parked without a word, or nothing was said of the ignition
 *  and it stood for long at the end, when it came to rest. */
export const tripEndOf = ({ off, parked, onAt, lastAt, restAt }: Piece): number =>
  parked === 1 ? restAt : off === 1 || !none(onAt) || none(restAt) || lastAt - restAt <= endStandingMs ? lastAt : restAt

/** Where a trip of the piece may begin, or one that turns out to have begun in it, whatever comes
 *  after it. */
export function startsOf(piece: Piece): number[] {
  const { onAt, leadAt, stillAt, restAt, anchorAt, outAt, outFromAt, lastAt } = piece
  const starts = !none(piece.movedAt) ? [tripStartOf(piece)] : none(onAt) ? [leadAt, stillAt, anchorAt, lastAt] : [onAt]
  return [...starts, ...(none(outAt) ? [] : [restAt, outFromAt])].filter((at) => !none(at))
}

/** Where it may end among its marks so far. */
export function endsOf({ restAt, anchorAt, outAt, outRestAt, lastAt }: Piece): number[] {
  return [none(restAt) ? anchorAt : restAt, none(outAt) ? NaN : outRestAt, lastAt].filter((at) => !none(at))
}
