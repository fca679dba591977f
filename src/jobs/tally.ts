// How often something was heard, by subject and reason, in bounded space. Of more pairs than fit
// those that come first by name are counted apart, the others in sum: a pair that is among them in
// the end was never put aside, so its count is whole in any order.
import { anomalyPartsMax, type AnomalyPart } from '../model/anomaly.ts'
import type { Anomaly } from '../read-models/anomalies/anomalies.ts'

/** `parts` in no order that matters. */
export type Tally = { total: number; lastReceivedAt: number; readonly parts: TallyPart[] }
export type TallyPart = [subject: string, reason: string, count: number]

/** Pairs counted apart. The catalogue has some ninety signals, a maker's overlay adds some
 *  hundreds, of which few are invalid; more are only named by a unit that makes names up. */
export const tallyPartsMax = 200

export const newTally = (): Tally => ({ total: 0, lastReceivedAt: 0, parts: [] })

/** The fields of a tally in an anomaly. */
export const tallied = (tally: Tally): Pick<Anomaly, 'count' | 'parts' | 'lastReceivedAt'> => ({
  count: tally.total,
  parts: mostFrequent(tally, anomalyPartsMax),
  lastReceivedAt: tally.lastReceivedAt,
})

export function addToTally(tally: Tally, subject: string, reason: string, receivedAt: number, times = 1): void {
  tally.total += times
  tally.lastReceivedAt = Math.max(tally.lastReceivedAt, receivedAt)
  const known = tally.parts.find((part) => part[0] === subject && part[1] === reason)
  if (known !== undefined) {
    known[2] += times
    return
  }
  if (tally.parts.length < tallyPartsMax) {
    tally.parts.push([subject, reason, times])
    return
  }
  const added: TallyPart = [subject, reason, times]
  const last = tally.parts.reduce((place, part, index, parts) => (isBefore(parts[place]!, part) ? index : place), 0)
  if (isBefore(added, tally.parts[last]!)) tally.parts[last] = added
}

const isBefore = (a: TallyPart, b: TallyPart): boolean => (a[0] === b[0] ? a[1] < b[1] : a[0] < b[0])

/** The most frequent first, those as frequent by name. */
export const mostFrequent = ({ parts }: Tally, max: number): AnomalyPart[] =>
  parts
    .toSorted((a, b) => b[2] - a[2] || (isBefore(a, b) ? -1 : 1))
    .slice(0, max)
    .map(([subject, reason, count]) => ({ subject, reason, count }))
