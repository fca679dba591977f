// Whether a clock went back while a unit ran. Within a boot and stream numbers grow as time does,
// so what was measured in ten minutes has lower numbers than all that was measured after them. The
// memory is the lowest and the highest number of each ten minutes, so it follows from the set of
// messages, and a message that comes in order costs a look at the last of them.
//
//   measured in      the 1st ten minutes    the 2nd    the 3rd    the 4th
//   under numbers    0 … 59, 200            60 … 119   120 … 179  180 … 239      200 was measured after the 3rd began: its clock went back
import type { BootCount } from './ledger-state.ts'

/** Ten minutes since 1970, by number, with the lowest and the highest number of a message in
 *  them. */
export type Ten = [ten: number, low: number, high: number]

/** A clock may be set by less without being told: a unit's clock drifts, and is set while it
 *  runs. */
const tenMs = 600_000

/** Kept of a boot and stream, the last ones; what is older counts as of the first of them. */
export const tensMax = 64

/** Takes in that a message has the number and was measured at the instant. */
export function addInstant(boot: BootCount, at: number, seq: number): void {
  const { tens } = boot
  const ten = Math.floor(at / tenMs)
  const last = tens[tens.length - 1]
  if (last !== undefined && last[0] === ten && seq >= last[1]) {
    if (seq > last[2]) last[2] = seq
    return
  }
  let place = tens.length
  while (place > 0 && tens[place - 1]![0] >= ten) place -= 1
  const known = tens[place]
  if (known?.[0] === ten) widen(known, seq, seq)
  else if (place === 0 && tens.length === tensMax) widen(tens[0]!, seq, seq)
  else {
    tens.splice(place, 0, [ten, seq, seq])
    if (tens.length > tensMax) {
      const [, low, high] = tens.shift()!
      widen(tens[0]!, low, high)
    }
  }
  boot.back = countBacks(tens)
}

function widen(ten: Ten, low: number, high: number): void {
  ten[1] = Math.min(ten[1], low)
  ten[2] = Math.max(ten[2], high)
}

/** How many of them have a number above one that was measured at least ten minutes after them. */
export function countBacks(tens: readonly Ten[]): number {
  let count = 0
  let later = tens.length - 1
  let lowest = Infinity
  for (let place = tens.length - 1; place >= 0; place -= 1) {
    const [ten, , high] = tens[place]!
    for (; later > place && tens[later]![0] >= ten + 2; later -= 1) lowest = Math.min(lowest, tens[later]![1])
    if (high > lowest) count += 1
  }
  return count
}
