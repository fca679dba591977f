// Whether two units speak under one id: two boots that ran at the same time. A boot is one run of one unit, so of one unit the next begins
// when the one before has ended.
//
//   measured   ├── boot a ──┤├─ boot b ─┤             one unit: it sends what it had kept of a while b runs,
//   received              ├ a ─ a ┤                   which overlaps by receipt and not by what was measured
//                      ├────── b ───────┤
//
// So both must overlap: what was measured, lest a backlog be taken for a unit, and what was received, lest a clock that was set be.
import type { AnomalyPart } from '../../model/anomaly.ts'

/** The first and last receipt of a boot's messages, and the first and last of their newest instants that are not marked (0: none). */
export type BootSpan = [boot: string, firstReceivedAt: number, lastReceivedAt: number, firstAt: number, lastAt: number]

/** Two boots overlap by more than this when they are of two units. A unit that is started anew may send the last of the boot before
 *  beside the first of the next, and its clock may be set by minutes in between. Milliseconds. */
export const unitsOverlapMs = 600_000

/** Boots whose spans are kept, those heard last: a unit that has been taken away is out of it after so many starts of the other. */
export const spansMax = 32

/** Takes in a message of a boot; `at` is NaN where its instants are all marked. */
export function spanBoot(spans: BootSpan[], boot: string, receivedAt: number, at: number): void {
  let span = spans.find((each) => each[0] === boot)
  if (span === undefined) spans.push((span = [boot, receivedAt, receivedAt, 0, 0]))
  span[1] = Math.min(span[1], receivedAt)
  span[2] = Math.max(span[2], receivedAt)
  if (!Number.isNaN(at)) {
    span[3] = span[3] === 0 ? at : Math.min(span[3], at)
    span[4] = Math.max(span[4], at)
  }
  if (spans.length <= spansMax) return
  const oldest = spans.reduce((one, other) => (other[2] < one[2] || (other[2] === one[2] && other[0] < one[0]) ? other : one))
  spans.splice(spans.indexOf(oldest), 1)
}

export type Overlaps = { readonly boots: readonly AnomalyPart[]; readonly lastReceivedAt: number }

/** The boots that ran while another did, in order of their ids, and when two of them were last heard side by side. */
export function overlapsOf(spans: readonly BootSpan[]): Overlaps {
  const boots = new Set<string>()
  let lastReceivedAt = 0
  for (const [index, one] of spans.entries())
    for (const other of spans.slice(index + 1)) {
      if (!areSideBySide(one, other)) continue
      boots.add(one[0]).add(other[0])
      lastReceivedAt = Math.max(lastReceivedAt, Math.min(one[2], other[2]))
    }
  return { boots: [...boots].sort().map((boot) => ({ subject: boot, reason: null, count: 1 })), lastReceivedAt }
}

const areSideBySide = (one: BootSpan, other: BootSpan): boolean =>
  Math.min(one[2], other[2]) - Math.max(one[1], other[1]) > unitsOverlapMs &&
  Math.min(one[4], other[4]) - Math.max(one[3], other[3]) > unitsOverlapMs
