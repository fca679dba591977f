// Where trips begin and end. A vehicle's marks, in order of time, are cut into pieces where the
// ignition is switched off, where the car was silent, and where it was parked without a word; a
// piece in which it moved is a trip, if it went far enough.
//
//                 ┌── the car was driven between: one piece ──┐
//   marks ──► open ──switched off, silent──► before + open ───┤
//                                                             └── it was not, or too long ago: `before` is over
//
// What is remembered is two pieces and the last word of the ignition, so that marks may be taken in
// from any of them on.
import { ignition, type Ignition } from './drive-sample.ts'
import { joined, mayBeOn, verdictOn, type Verdict } from './joining.ts'
import { motion, motionOf, type Mark } from './marks.ts'
import { extend, isParked, isSwitchedOn, pieceOf, switchOn, type Piece } from './piece.ts'
import { flickerMs, placesTellMs, silenceMs, speedGapMs } from './trip-rules.ts'
import { endOuting, homeOf, stayOf } from './wander.ts'

export type Scan = {
  /** The piece before the open one, while both may turn out to be one. */
  before: Piece | null
  open: Piece | null
  /** The last word of the ignition, and when it was said; NaN = never. */
  word: Ignition
  wordAt: number
}

export const newScan = (): Scan => ({ before: null, open: null, word: ignition.unknown, wordAt: NaN })
const none = Number.isNaN

/** Takes marks in, and gives the pieces that are over for good. `paceKmh` is how fast a vehicle
 *  comes along that was driven in a silence. */
export function scanMarks(scan: Scan, marks: Iterable<Mark>, paceKmh: number): Piece[] {
  const over: Piece[] = []
  for (const mark of marks) takeMark(scan, mark, over, paceKmh)
  return over
}

/** The pieces that may still change, in order of time. */
export const piecesOf = ({ before, open }: Scan): Piece[] => [before, open].filter((piece) => piece !== null)

function takeMark(scan: Scan, mark: Mark, over: Piece[], paceKmh: number): void {
  const { open } = scan
  if (open === null) scan.open = pieceOf(mark, homeOf(scan.before))
  else if (mark.at - open.lastAt > silenceMs) {
    endOuting(open, mark)
    leave(scan, pieceOf(mark, homeOf(open)), over)
  } else if (isParked(open, mark)) {
    open.parked = 1
    leave(scan, { ...pieceOf(mark, stayOf(open)), leadAt: open.restAt }, over)
  } else if (wasLeft(open, mark)) {
    open.parked = 1
    leave(scan, pieceOf(mark, homeOf(open)), over)
  } else if (mark.at - open.lastAt > flickerMs && isSwitchedOn(mark)) leave(scan, pieceOf(mark, homeOf(open)), over)
  const piece = scan.open!
  const hasMoved = extend(piece, mark)
  // Its motion contradicts the words said since it last stood.
  if (hasMoved && mark.ignition === ignition.unknown && !(scan.wordAt >= piece.stillAt)) scan.word = ignition.unknown
  if (scan.before !== null) settle(scan, verdictOn(scan.before, piece, paceKmh), piece, over)
  hearIgnition(scan, mark, over)
}

/** Whether the car was left since it came to rest, though nobody heard its ignition go off: it is
 *  switched on. Places alone do not tell at once that it rests. */
const wasLeft = ({ restAt, speedAt, placeAt }: Piece, mark: Mark): boolean =>
  isSwitchedOn(mark) && !none(restAt) && (restAt - speedAt <= speedGapMs || !(placeAt - restAt < placesTellMs))

/** The open piece is the one before from now on. */
function leave(scan: Scan, next: Piece | null, over: Piece[]): void {
  if (scan.before !== null) over.push(scan.before)
  scan.before = scan.open
  scan.open = next
}

function settle(scan: Scan, verdict: Verdict, open: Piece, over: Piece[]): void {
  const { before } = scan
  if (verdict === 'open' || before === null) return
  scan.before = null
  if (verdict === 'two') over.push(before)
  else scan.open = joined(before, open, verdict === 'driven')
  // It was driven after what was said before.
  if (verdict !== 'two' && !(scan.wordAt >= open.firstAt && before.off === 0)) scan.word = ignition.unknown
}

/** OFF is a switch where it was not the word before. It is not believed of a car that is driven. */
function hearIgnition(scan: Scan, mark: Mark, over: Piece[]): void {
  if (mark.ignition === ignition.unknown) return
  const piece = scan.open!
  const wasOn = scan.word === ignition.on || (scan.word === ignition.unknown && mayBeDriven(scan, piece))
  const isOn = mark.ignition !== ignition.off
  scan.word = isOn ? ignition.on : ignition.off
  scan.wordAt = mark.at
  if (isOn) {
    if (none(piece.onAt)) switchOn(piece, mark)
  } else if (wasOn && motionOf(mark) !== motion.moving) switchOff(scan, piece, mark, over)
}

const mayBeDriven = ({ before }: Scan, piece: Piece): boolean =>
  !(none(piece.movedAt) && none(piece.outAt)) || (before !== null && mayBeOn(before, piece))

function switchOff(scan: Scan, piece: Piece, mark: Mark, over: Piece[]): void {
  endOuting(piece, mark)
  const { before } = scan
  if (before !== null && mayBeOn(before, piece)) {
    scan.open = joined(before, piece, true)
    scan.before = null
  }
  scan.open!.off = 1
  leave(scan, null, over)
}
