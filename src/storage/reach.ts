// The part of a tenant that a call reaches: rows of vehicles, each perhaps for a time. Stores take
// it where they would take a tenant, so that lists and counts, pages and sums are of what somebody
// sees; who sees what, they do not know.
import type { RowTime } from '../read-models/row-time.ts'

/** [from, until), epoch milliseconds; null: no bound. */
export type ReachSpan = { readonly from: number | null; readonly until: number | null }

export type ReachWindow = ReachSpan & {
  /** Null: any vehicle of the tenant. */
  readonly vehicles: readonly string[] | null
}

export type Reach = {
  readonly tenant: string
  /** Windows add up; `all`: every row. A row is reached by a window if all that it tells of lies
   *  within; one that tells of no time, by windows without bounds alone. */
  readonly windows: 'all' | readonly ReachWindow[]
}

/** Every row of a tenant. */
export const wholeReach = (tenant: string): Reach => ({ tenant, windows: 'all' })

export const isBounded = ({ from, until }: ReachSpan): boolean => from !== null || until !== null

/** Whether all of that time lies in the span. */
export const isInSpan = ({ from, until }: ReachSpan, { first, last }: RowTime): boolean =>
  (from ?? -Infinity) <= first && last < (until ?? Infinity)

/** A check whether a row of a vehicle is reached, which tells of that time, or of none. */
export function inReach({ windows }: Reach): (vehicle: string, time?: RowTime) => boolean {
  if (windows === 'all') return () => true
  const sets = windows.map(({ vehicles, ...span }) => ({ vehicles: vehicles && new Set(vehicles), span }))
  return (vehicle, time) =>
    sets.some(
      ({ vehicles, span }) =>
        (vehicles === null || vehicles.has(vehicle)) && (time === undefined ? !isBounded(span) : isInSpan(span, time)),
    )
}
