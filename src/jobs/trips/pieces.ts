// Where trips begin and end. A vehicle's marks, in order of time, are cut into pieces where the ignition is switched off, where the car was
// silent, and where it was parked without a word; a piece in which it moved is a trip, if it went far enough.
//
//                 ┌── the car was driven between: one piece ──┐
//   marks ──► open ──switched off, silent──► before + open ───┤
//                                                             └── it was not, or too long ago: `before` is over
//
// What is remembered is two pieces and the last word of the ignition, so that marks may be taken in from any of them on.
import { ignition, type Ignition } from './drive-sample.ts'
import { joined, verdictOn } from './joining.ts'
import { motion, motionOf, type Mark } from './marks.ts'
import { extend, isParked, isSwitchedOn, pieceOf, switchOn, type Piece } from './piece.ts'
import { silenceMs } from './trip-rules.ts'

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
  } else if (wasLeft(open, mark)) {
    open.parked = 1
    leave(scan, mark, over)
  }
  const piece = scan.open!
  const moved = extend(piece, mark)
  if (moved && mark.ignition === ignition.unknown) scan.word = ignition.unknown
  if (scan.before !== null) settle(scan, scan.before, piece, over)
  hearIgnition(scan, mark, over)
}

/** Whether the car was left since it came to rest, though nobody heard its ignition go off: it is switched on. */
const wasLeft = ({ restAt }: Piece, mark: Mark): boolean => !none(restAt) && isSwitchedOn(mark)

/** The open piece is the one before from now on. */
function leave(scan: Scan, mark: Mark | null, over: Piece[]): void {
  if (scan.before !== null) over.push(scan.before)
  scan.before = scan.open
  scan.open = mark && pieceOf(mark)
}

function settle(scan: Scan, before: Piece, open: Piece, over: Piece[]): void {
  const verdict = verdictOn(before, open)
  if (verdict === 'open') return
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
  const wasOn = scan.word === ignition.on || (scan.word === ignition.unknown && !none(piece.movedAt))
  const isOn = mark.ignition !== ignition.off
  scan.word = isOn ? ignition.on : ignition.off
  scan.wordAt = mark.at
  if (isOn) {
    if (none(piece.onAt)) switchOn(piece, mark)
  } else if (wasOn && motionOf(mark) !== motion.moving) {
    piece.off = 1
    leave(scan, null, over)
  }
}
