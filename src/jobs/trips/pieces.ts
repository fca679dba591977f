// Where trips begin and end. A vehicle's marks, in order of time, are cut into pieces where the ignition is switched off, where the car was
// silent, and where it was parked without a word; a piece in which it moved is a trip, if it went far enough.
//
//                 ┌── the car was driven between: one piece ──┐
//   marks ──► open ──switched off, silent──► before + open ───┤
//                                                             └── it was not, or too long ago: `before` is over
//
// What is remembered is two pieces and the last word of the ignition, so that marks may be taken in from any of them on.
import { ignition, isPlaced, type Ignition } from './drive-sample.ts'
import { legM } from './ellipsoid.ts'
import { motion, motionOf, type Mark, type Motion } from './marks.ts'
import {
  anchorAgeMs,
  anchorM,
  creepM,
  drivenKmh,
  endStandingMs,
  flickerMs,
  joinMs,
  joinReadingMs,
  leadGapMs,
  odometerKmhMax,
  silenceMs,
  speedGapMs,
  standingMs,
  walkingKmh,
} from './trip-rules.ts'

/** All numbers; NaN = none. */
export type Piece = {
  firstAt: number
  lastAt: number
  /** Since when it stood, as was reported without a gap. */
  leadAt: number
  /** The first mark with the ignition on. */
  onAt: number
  /** The first mark in motion, and the last before it that stood. */
  movedAt: number
  stillAt: number
  /** The last mark in motion, and the first after it that stands. */
  movedLastAt: number
  restAt: number
  /** 1 when it ends with the ignition, and when it ended because the car was parked without a word. */
  off: number
  parked: number
  /** 1 when its first instant is clock-marked. */
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
  /** Of a car that tells no speed: where it last was. */
  anchorAt: number
  anchorLat: number
  anchorLon: number
}

export type Scan = {
  /** The piece before the open one, while both may turn out to be one. */
  before: Piece | null
  open: Piece | null
  /** The last word of the ignition. */
  word: Ignition
}

export const newScan = (): Scan => ({ before: null, open: null, word: ignition.unknown })
const none = Number.isNaN

/** Takes marks in, and gives the pieces that are over for good. */
export function scanMarks(scan: Scan, marks: Iterable<Mark>): Piece[] {
  const over: Piece[] = []
  for (const mark of marks) takeMark(scan, mark, over)
  return over
}

/** The pieces that may still change, in order of time. */
export const piecesOf = ({ before, open }: Scan): Piece[] => [before, open].filter((piece) => piece !== null)

function takeMark(scan: Scan, mark: Mark, over: Piece[]): void {
  const { open } = scan
  if (open === null) scan.open = pieceOf(mark)
  else if (mark.at - open.lastAt > silenceMs) leave(scan, mark, over)
  else if (isParked(open, mark)) {
    open.parked = 1
    const standing = open.restAt
    leave(scan, mark, over)
    scan.open!.leadAt = standing
  }
  const piece = scan.open!
  const moved = extend(piece, mark)
  if (moved && mark.ignition === ignition.unknown) scan.word = ignition.unknown
  if (scan.before !== null) settle(scan, scan.before, piece, over)
  hearIgnition(scan, mark, over)
}

/** The open piece is the one before from now on. */
function leave(scan: Scan, mark: Mark | null, over: Piece[]): void {
  if (scan.before !== null) over.push(scan.before)
  scan.before = scan.open
  scan.open = mark && pieceOf(mark)
}

/** Whether the car of a piece has stood for so long that it is parked. While the ignition is known to be on, it is not. */
function isParked(piece: Piece, mark: Mark): boolean {
  if (!none(piece.onAt) || none(piece.restAt) || mark.at - piece.movedLastAt <= standingMs) return false
  const how = motionIn(piece, mark)
  return how === motion.place ? legM(piece.anchorLat, piece.anchorLon, mark.lat, mark.lon) < anchorM : how !== motion.moving
}

/** OFF is a switch where it was not the word before. It is not believed of a car that is driven. */
function hearIgnition(scan: Scan, mark: Mark, over: Piece[]): void {
  if (mark.ignition === ignition.unknown) return
  const piece = scan.open!
  const wasOn = scan.word === ignition.on || (scan.word === ignition.unknown && !none(piece.movedAt))
  scan.word = mark.ignition
  if (mark.ignition === ignition.on) {
    if (none(piece.onAt)) piece.onAt = mark.at
  } else if (wasOn && motionOf(mark) !== motion.moving) {
    piece.off = 1
    leave(scan, null, over)
  }
}

function pieceOf({ at, ahead }: Mark): Piece {
  return {
    firstAt: at,
    lastAt: at,
    leadAt: at,
    onAt: NaN,
    movedAt: NaN,
    stillAt: NaN,
    movedLastAt: NaN,
    restAt: NaN,
    off: 0,
    parked: 0,
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
    anchorAt: NaN,
    anchorLat: NaN,
    anchorLon: NaN,
  }
}

/** Takes a mark into a piece; whether the car moves in it. */
function extend(piece: Piece, mark: Mark): boolean {
  const how = motionIn(piece, mark)
  const stepMs = none(mark.stepMs) ? mark.at - piece.lastAt : mark.stepMs
  if (none(piece.movedAt) && how !== motion.moving && stepMs > leadGapMs) piece.leadAt = mark.at
  if (how === motion.still) stand(piece, mark.at)
  else if (how === motion.moving) move(piece, mark.at)
  else if (how === motion.place) return read(piece, mark, wander(piece, mark))
  return read(piece, mark, how === motion.moving)
}

/** A place says nothing of motion where a speed was told with it, or shortly before. */
function motionIn({ speedAt }: Piece, mark: Mark): Motion {
  const how = motionOf(mark)
  return how === motion.place && mark.at - speedAt <= speedGapMs ? motion.unknown : how
}

function stand(piece: Piece, at: number): void {
  if (none(piece.movedAt)) piece.stillAt = at
  else if (none(piece.restAt)) piece.restAt = at
}

function move(piece: Piece, at: number): void {
  if (none(piece.movedAt)) piece.movedAt = at
  piece.movedLastAt = at
  piece.restAt = NaN
}

/** Whether a car that tells no speed has moved from where it was. */
function wander(piece: Piece, { at, lat, lon }: Mark): boolean {
  const isMoved = legM(piece.anchorLat, piece.anchorLon, lat, lon) >= anchorM
  if (isMoved) {
    if (none(piece.movedAt)) piece.stillAt = piece.anchorAt
    move(piece, at)
  } else if (!none(piece.restAt) && legM(piece.lat, piece.lon, lat, lon) >= creepM) piece.restAt = at
  else stand(piece, at)
  if (isMoved || !(at - piece.anchorAt <= anchorAgeMs)) Object.assign(piece, { anchorAt: at, anchorLat: lat, anchorLon: lon })
  return isMoved
}

function read(piece: Piece, mark: Mark, isMoving: boolean): boolean {
  const { at, speedKmh, lat, lon, odometerM } = mark
  piece.lastAt = at
  if (!none(speedKmh)) {
    if (none(piece.speedFirstAt)) Object.assign(piece, { speedFirstAt: at, speedFirstKmh: speedKmh })
    Object.assign(piece, { speedAt: at, speedKmh, anchorAt: NaN, anchorLat: NaN, anchorLon: NaN })
  }
  if (isPlaced(mark)) {
    if (none(piece.placeFirstAt)) Object.assign(piece, { placeFirstAt: at, latFirst: lat, lonFirst: lon })
    Object.assign(piece, { placeAt: at, lat, lon })
  }
  if (!none(odometerM)) {
    if (none(piece.odometerFirstAt)) Object.assign(piece, { odometerFirstAt: at, odometerFirstM: odometerM })
    Object.assign(piece, { odometerAt: at, odometerM })
  }
  return isMoving
}

/** Whether two pieces are one: `driven` where the car came along in the silence between. */
type Verdict = 'one' | 'driven' | 'two' | 'open'

function settle(scan: Scan, before: Piece, open: Piece, over: Piece[]): void {
  const verdict = before.parked === 1 ? 'two' : before.off === 1 ? flickers(before, open) : bridges(before, open)
  if (verdict === 'open') return
  scan.before = null
  if (verdict === 'two') over.push(before)
  else scan.open = joined(before, open, verdict === 'driven')
  if (verdict === 'one' && before.off === 1) scan.word = ignition.unknown
}

function flickers(before: Piece, { speedFirstAt, speedFirstKmh, lastAt }: Piece): Verdict {
  if (!(before.speedKmh >= drivenKmh && before.lastAt - before.speedAt <= flickerMs)) return 'two'
  if (none(speedFirstAt)) return lastAt - before.lastAt > flickerMs ? 'two' : 'open'
  return speedFirstKmh >= drivenKmh && speedFirstAt - before.lastAt <= flickerMs ? 'one' : 'two'
}

/** The odometer decides, else the places, else whether the car moved on both sides. What is read before the silence must be part of the
 *  trip that the two would be. */
function bridges(before: Piece, open: Piece): Verdict {
  const silentMs = open.firstAt - before.lastAt
  if (silentMs > joinMs) return 'two'
  const readFrom = Math.max(before.lastAt - joinReadingMs, none(before.movedAt) ? startIfDriven(before) : startOf(before))
  const readTo = open.firstAt + joinReadingMs
  const driven = (wayM: number): Verdict => (wayM >= (walkingKmh / 3600) * silentMs ? 'driven' : 'two')
  const isCounted = before.odometerAt >= readFrom && open.odometerFirstAt <= readTo
  const countedM = isCounted ? odometerWayM(before.odometerM, open.odometerFirstM, silentMs) : NaN
  if (!none(countedM)) return driven(countedM)
  const isPlacedBefore = before.placeAt >= readFrom
  if (isPlacedBefore && open.placeFirstAt <= readTo) return driven(legM(before.lat, before.lon, open.latFirst, open.lonFirst))
  if ((isPlacedBefore || before.odometerAt >= readFrom) && open.lastAt <= readTo) return 'open'
  return !none(before.movedLastAt) && none(before.restAt) && open.movedAt === open.firstAt ? 'one' : 'two'
}

/** Metres by two readings of an odometer; NaN where no car went as far, or the reading fell. */
export const odometerWayM = (fromM: number, toM: number, ms: number): number =>
  toM >= fromM && toM - fromM <= (odometerKmhMax / 3600) * ms ? toM - fromM : NaN

function joined(before: Piece, open: Piece, driven: boolean): Piece {
  const moved = driven ? { movedAt: open.firstAt, movedLastAt: open.firstAt } : open
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
    ...(none(before.placeFirstAt) && { placeFirstAt: open.placeFirstAt, latFirst: open.latFirst, lonFirst: open.lonFirst }),
    ...(none(before.odometerFirstAt) && { odometerFirstAt: open.odometerFirstAt, odometerFirstM: open.odometerFirstM }),
    ...(!none(open.speedAt) && { speedAt: open.speedAt, speedKmh: open.speedKmh }),
    ...(!none(open.placeAt) && { placeAt: open.placeAt, lat: open.lat, lon: open.lon }),
    ...(!none(open.odometerAt) && { odometerAt: open.odometerAt, odometerM: open.odometerM }),
    ...((!none(open.anchorAt) || !none(open.speedAt)) && { anchorAt: open.anchorAt, anchorLat: open.anchorLat, anchorLon: open.anchorLon }),
  }
}

/** A trip starts when the ignition was switched on, where that was said before the car moved; else it has the standing before it, where
 *  that is short, or starts with the last mark that stood. NaN of a car that has not moved. */
export function startOf({ onAt, movedAt, stillAt, leadAt }: Piece): number {
  if (onAt <= movedAt) return onAt
  return none(stillAt) ? Math.min(leadAt, movedAt) : leadOf(leadAt, stillAt)
}

const leadOf = (leadAt: number, stillAt: number): number => (stillAt - leadAt <= endStandingMs ? Math.min(leadAt, stillAt) : stillAt)

/** Where the trip would start of a car that was driven after it stood in a piece. */
const startIfDriven = ({ onAt, leadAt, lastAt }: Piece): number => (none(onAt) ? leadOf(leadAt, lastAt) : onAt)

/** It ends with the piece; where nothing was said of the ignition and it stood for long at the end, when it came to rest. */
export const endOf = ({ off, onAt, lastAt, restAt }: Piece): number =>
  off === 1 || !none(onAt) || none(restAt) || lastAt - restAt <= endStandingMs ? lastAt : restAt

/** Where a trip of the piece may begin, whatever comes after it. */
export function startsOf(piece: Piece): number[] {
  if (!none(piece.movedAt)) return [startOf(piece)]
  const starts = none(piece.onAt) ? [piece.leadAt, piece.stillAt, piece.anchorAt, piece.lastAt] : [piece.onAt]
  return starts.filter((at) => !none(at))
}

/** Where it may end among its marks so far. */
export const endsOf = ({ restAt, lastAt }: Piece): number[] => (none(restAt) ? [lastAt] : [restAt, lastAt])
