// The part of a tenant that a call reaches: rows of vehicles, each perhaps for a time. Stores take
// it where they would take a tenant, so that lists and counts, pages and sums are of what somebody
// sees; who sees what, they do not know.

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

/** Whether the span has all of [first, last]. */
export const isInSpan = ({ from, until }: ReachSpan, first: number, last: number): boolean =>
  (from ?? -Infinity) <= first && Math.max(first, last) < (until ?? Infinity)

/** A check whether a row of a vehicle is reached, which tells of [first, last], or of no time. */
export function inReach({ windows }: Reach): (vehicle: string, first?: number, last?: number) => boolean {
  if (windows === 'all') return () => true
  const sets = windows.map(({ vehicles, ...span }) => ({ vehicles: vehicles && new Set(vehicles), span }))
  return (vehicle, first, last = first) =>
    sets.some(
      ({ vehicles, span }) =>
        (vehicles === null || vehicles.has(vehicle)) &&
        (first === undefined || last === undefined ? !isBounded(span) : isInSpan(span, first, last)),
    )
}
