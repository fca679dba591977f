// Lone jumps: a message whose instant is far ahead of its receipt, while those around it by `seq`
// are not, has no valid instant (a glitch of a receiver, a bit that fell over, a unit that wakes
// with the wrong time), and makes no figures. A clock that is ahead, from the first message of a
// boot on or from a moment on, is another thing: its instants count, under the car's own time.
//
//   seq    0 1 2 3 4 5 6 7          r = right, M = marked (car-clock.ts)
//          M r M r r M M M          0 and 2 are put aside; 5, 6 and 7 count
//
// A marked message is put aside when the nearest known one before it is right, and the nearest
// after it is not marked too; the first known one when the nearest after it is right. So it is a
// function of the set of the messages heard. One whose neighbours 1 away settle it is given out for
// good; the others stay open.
import { addSeq, hasSeq, neighboursOf, type SeqSet } from './seq-set.ts'

/** The messages of one stream of one boot, and the marked ones that are not settled, each with what
 *  it said. */
export type Jumps<Said> = { readonly right: SeqSet; readonly marked: SeqSet; open: OpenJump<Said>[] }
export type OpenJump<Said> = { readonly seq: number; readonly said: Said; readonly counts: boolean }

/** Open ones kept of a stream; the oldest is settled as it stands. There are as many only where
 *  messages are lost between them. */
const openMax = 64

export const newJumps = <Said>(): Jumps<Said> => ({ right: [], marked: [], open: [] })

export type SettledJumps<Said> = {
  /** Count for good, and are put aside for good. */
  readonly counted: readonly Said[]
  readonly aside: readonly Said[]
  /** Still open, and count now, or do not any more, other than before. */
  readonly turned: readonly Said[]
}

const nothing: SettledJumps<never> = { counted: [], aside: [], turned: [] }

/** Takes in a message, with what it said where it is marked. */
export function hearMessage<Said>(jumps: Jumps<Said>, seq: number, marked: Said | undefined): SettledJumps<Said> {
  if (marked === undefined) {
    if (!hasSeq(jumps.marked, seq)) addSeq(jumps.right, seq)
  } else if (addSeq(jumps.marked, seq)) jumps.open.push({ seq, said: marked, counts: false })
  return jumps.open.length === 0 ? nothing : settle(jumps)
}

function settle<Said>(jumps: Jumps<Said>): SettledJumps<Said> {
  const counted: Said[] = []
  const aside: Said[] = []
  const turned: Said[] = []
  const open: OpenJump<Said>[] = []
  const surplus = jumps.open.length - openMax
  for (const [index, jump] of jumps.open.entries()) {
    const { seq, said } = jump
    const counts = isCounted(jumps, seq)
    const besideMarked = hasSeq(jumps.marked, seq - 1) || hasSeq(jumps.marked, seq + 1)
    const besideRight = (seq === 0 || hasSeq(jumps.right, seq - 1)) && hasSeq(jumps.right, seq + 1)
    if (besideMarked || besideRight || index < surplus) (counts ? counted : aside).push(said)
    else open.push(counts === jump.counts ? jump : { seq, said, counts })
    if (counts !== jump.counts) turned.push(said)
  }
  jumps.open = open
  return { counted, aside, turned }
}

function isCounted({ right, marked }: Jumps<unknown>, seq: number): boolean {
  const [rightBelow, rightAbove] = neighboursOf(right, seq)
  const [markedBelow, markedAbove] = neighboursOf(marked, seq)
  if (markedAbove < rightAbove || markedBelow > rightBelow) return true
  const isFirst = markedBelow === rightBelow
  return isFirst && rightAbove === Infinity
}
