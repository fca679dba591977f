// Whether two units speak under one id: two boots that ran at the same time. A boot is one run of
// one unit, so of one unit the next begins when the one before has ended.
//
//   measured   ├── boot a ──┤├─ boot b ─┤             one unit: it sends what it had kept of a while b runs,
//   received              ├ a ─ a ┤                   which overlaps by receipt and not by what was measured
//                      ├────── b ───────┤
//
// So both must overlap: what was measured, lest a backlog be taken for a unit, and what was
// received, lest a clock that was set be. Where only what was measured overlaps, the clock went
// back.
import type { AnomalyPart } from '../../model/anomaly.ts'

/** The first and last receipt of messages, and the first and last of their newest instants that are
 *  not marked (0: none). */
export type ReceiptSpan = [firstReceivedAt: number, lastReceivedAt: number, firstAt: number, lastAt: number]
export type BootSpan = readonly [boot: string, span: ReceiptSpan]

/** Two boots overlap by more than this when they are of two units. A unit that is started anew may
 *  send the last of the boot before beside the first of the next, and its clock may be set by
 *  minutes in between. Milliseconds. */
export const unitsOverlapMs = 600_000

/** Boots whose spans are kept, those heard last: a unit that has been taken away is out of it after
 *  so many starts of the other. */
export const spansMax = 32

/** The span of one message; `at` is NaN where its instants are all marked. */
export const spanOf = (receivedAt: number, at: number): ReceiptSpan =>
  Number.isNaN(at) ? [receivedAt, receivedAt, 0, 0] : [receivedAt, receivedAt, at, at]

/** Makes `span` reach over a message as well. */
export function widen(span: ReceiptSpan, receivedAt: number, at: number): void {
  if (receivedAt < span[0]) span[0] = receivedAt
  if (receivedAt > span[1]) span[1] = receivedAt
  if (Number.isNaN(at)) return
  if (at < span[2] || span[2] === 0) span[2] = at
  if (at > span[3]) span[3] = at
}

/** Takes in what a boot spans in one of its streams. */
export function addSpan(
  spans: BootSpan[],
  boot: string,
  [firstReceivedAt, lastReceivedAt, firstAt, lastAt]: ReceiptSpan,
): void {
  const known = spans.find((each) => each[0] === boot)
  if (known === undefined) spans.push([boot, [firstReceivedAt, lastReceivedAt, firstAt, lastAt]])
  else {
    widen(known[1], firstReceivedAt, firstAt === 0 ? NaN : firstAt)
    widen(known[1], lastReceivedAt, lastAt === 0 ? NaN : lastAt)
  }
  if (spans.length <= spansMax) return
  const oldest = spans.reduce((one, other) => (isOlder(other, one) ? other : one))
  spans.splice(spans.indexOf(oldest), 1)
}

/** Whether it was heard last longer ago. */
const isOlder = ([boot, span]: BootSpan, [otherBoot, other]: BootSpan): boolean =>
  span[1] < other[1] || (span[1] === other[1] && boot < otherBoot)

export type Overlaps = { readonly boots: readonly AnomalyPart[]; readonly lastReceivedAt: number }
const noOverlaps: Overlaps = { boots: [], lastReceivedAt: 0 }

/** The boots that ran while another did, in order of their ids, and when two of them were last
 *  heard side by side. */
export function overlapsOf(spans: readonly BootSpan[]): Overlaps {
  if (spans.length < 2) return noOverlaps
  const boots = new Set<string>()
  let lastReceivedAt = 0
  for (const [index, one] of spans.entries())
    for (const other of spans.slice(index + 1)) {
      if (!areSideBySide(one[1], other[1])) continue
      boots.add(one[0]).add(other[0])
      lastReceivedAt = Math.max(lastReceivedAt, Math.min(one[1][1], other[1][1]))
    }
  return { boots: [...boots].sort().map((boot) => ({ subject: boot, reason: null, count: 1 })), lastReceivedAt }
}

/** The boots that began, by their own time, before one that was received before them had ended: the
 *  clock went back between them. */
export function setBackOf(spans: readonly BootSpan[]): Overlaps {
  if (spans.length < 2) return noOverlaps
  const boots = new Map<string, number>()
  for (const [index, one] of spans.entries())
    for (const other of spans.slice(index + 1)) {
      if (areSideBySide(one[1], other[1]) || !areMeasuredTogether(one[1], other[1])) continue
      const [boot, span] = isReceivedAfter(one, other) ? one : other
      boots.set(boot, span[1])
    }
  const told = [...boots].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    boots: told.map(([boot]) => ({ subject: boot, reason: null, count: 1 })),
    lastReceivedAt: Math.max(0, ...boots.values()),
  }
}

const isReceivedAfter = ([boot, span]: BootSpan, [otherBoot, other]: BootSpan): boolean =>
  span[0] > other[0] || (span[0] === other[0] && boot > otherBoot)

const areMeasuredTogether = (one: ReceiptSpan, other: ReceiptSpan): boolean =>
  Math.min(one[3], other[3]) - Math.max(one[2], other[2]) > unitsOverlapMs

const areSideBySide = (one: ReceiptSpan, other: ReceiptSpan): boolean =>
  Math.min(one[1], other[1]) - Math.max(one[0], other[0]) > unitsOverlapMs && areMeasuredTogether(one, other)
