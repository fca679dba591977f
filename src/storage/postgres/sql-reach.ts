// The condition of a reach (storage/reach.ts) on rows of a table.
import { isBounded, type Reach } from '../reach.ts'
import type { Conditions } from './sql-conditions.ts'

/** Of rows that tell of a time, the texts of its first and last instant. */
export type HappenedText = { readonly first: string; readonly last: string }

/** Adds that a row, with `tenant` and `vehicle`, is reached; for every row of the tenant that it is
 *  of the tenant. */
export function addReach(conditions: Conditions, { tenant, windows }: Reach, happened?: HappenedText): void {
  conditions.add('tenant = ?', tenant)
  if (windows === 'all') return
  const always = windows.filter((window) => !isBounded(window))
  if (always.some(({ vehicles }) => vehicles === null)) return
  const texts = ['vehicle = any(?::text[])']
  const values = [textArray(always.flatMap(({ vehicles }) => vehicles ?? []))]
  const bounded = happened === undefined ? [] : windows.filter(isBounded)
  if (happened !== undefined && bounded.length > 0) {
    const rows = bounded.flatMap(({ vehicles, from, until }) =>
      (vehicles ?? [null]).map((vehicle) => [vehicle, from, until] as const),
    )
    const { first, last } = happened
    texts.push(`exists (select from unnest(?::text[], ?::bigint[], ?::bigint[]) as seen (of_vehicle, from_at, until_at)
      where coalesce(of_vehicle = vehicle, true) and ${first} >= coalesce(from_at, ${first})
        and coalesce(greatest(${first}, ${last}) < until_at, true))`)
    values.push(
      textArray(rows.map(([vehicle]) => vehicle)),
      numberArray(rows.map(([, from]) => from)),
      numberArray(rows.map(([, , until]) => until)),
    )
  }
  conditions.add(`(${texts.join(' or ')})`, ...values)
}

// Array literals of PostgreSQL. A vehicle's id has no quote and no backslash (model/vehicle-id.ts).
const textArray = (texts: readonly (string | null)[]): string =>
  `{${texts.map((text) => (text === null ? 'null' : `"${text}"`)).join(',')}}`
const numberArray = (numbers: readonly (number | null)[]): string =>
  `{${numbers.map((number) => number ?? 'null').join(',')}}`
