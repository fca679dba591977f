// Data of a vehicle that cannot be right, by kind: refused, invalid, doubted beside other values,
// under a wrong clock, from a second unit, under a number that was used before or that no unit can
// have reached, more than is kept. Each is counted; none of it is an error of this system.

/** In the order in which they are shown: what loses data first. */
export const anomalyKinds = ['refused', 'invalid', 'doubted', 'units', 'reused', 'number', 'clock', 'excess'] as const

/** The kinds, each with the count that an anomaly of it has:
 *  - `refused`: records, those sent again included
 *  - `invalid`: values, and what else was set aside, those sent again included
 *  - `doubted`: places, speeds and odometers, of each instant one, however often it was sent
 *  - `units`: boots
 *  - `reused`: messages under a number that another one has
 *  - `number`: jumps of the number
 *  - `clock`: messages with an instant that cannot be right, and samples set aside for theirs,
 *    those sent again included; ten minutes that were measured under numbers above later ones, and
 *    boots that began before the one before them had ended
 *  - `excess`: bounds that the vehicle exceeds
 *
 *  Its receipt is the newest of what gave cause: of `doubted` that by which an instant was first
 *  heard of, of `reused` that of a boot whose numbers are used twice, of `number` that of one past
 *  the jump, of `excess` that of a message with anything the bound is on. */
export type AnomalyKind = (typeof anomalyKinds)[number]

/** A part of an anomaly.
 *  - `refused`: stream and reason of dead letters
 *  - `invalid`: path and reason of values, and of what else was set aside
 *  - `doubted`: path and reason (value-doubt.ts); of a place the path of the branch,
 *    `Vehicle.CurrentLocation`
 *  - `clock`: stream and reason (instant.ts); of a boot that began before the one before it had
 *    ended the boot
 *  - `units`: a boot that ran while another did
 *  - `reused`, `number`: stream
 *  - `excess`: the first, by name, of what is left out, and the name of the bound
 *    (docs/limits.md) */
export type AnomalyPart = { readonly subject: string; readonly reason: string | null; readonly count: number }

/** The most frequent parts are told, so many at most; what is more is in the count alone. */
export const anomalyPartsMax = 20
