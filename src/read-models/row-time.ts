// The time that rows of a model tell of, and where something was, for those who show rows in part.
import { rowKey, type AnyModel, type AnyRow } from './read-model.ts'

/** Instants of what a row tells of, `first` ≤ `last`; epoch milliseconds. */
export type RowTime = { readonly first: number; readonly last: number }

/** Undefined of rows that tell of no time. */
export function timeOf(model: Pick<AnyModel, 'happened' | 'keys' | 'shape'>): (row: AnyRow) => RowTime | undefined {
  const { happened } = model
  if (happened === undefined) return () => undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what rows happened by is a number
  const [first, last] = [happened.first, happened.last].map((name) => rowKey(model, name) as (row: AnyRow) => number)
  return (row) => {
    const from = first!(row)
    return { first: from, last: Math.max(from, last!(row)) }
  }
}

/** The row without what says where something was: not known, as far as is told. */
export const withoutPlaces = <Row extends object>({ places = [] }: Pick<AnyModel, 'places'>, row: Row): Row => ({
  ...row,
  ...Object.fromEntries(places.map((name) => [name, null])),
})
