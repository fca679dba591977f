// A `where` clause with its numbered parameters, from conditions that may be absent.
import type { SqlValue } from './sql.ts'

export type Conditions = {
  /** `text` holds `?` in place of each value. A condition with an undefined value is left out. */
  add(text: string, ...values: readonly (SqlValue | undefined)[]): Conditions
  /** Adds the value and gives its `$n`. */
  param(value: SqlValue): string
  readonly params: readonly SqlValue[]
  readonly where: string
}

export function openConditions(): Conditions {
  const params: SqlValue[] = []
  const texts: string[] = []
  const param = (value: SqlValue): string => `$${params.push(value)}`
  const conditions: Conditions = {
    add(text, ...values) {
      const given = values.filter((value) => value !== undefined)
      if (given.length < values.length) return conditions
      let next = 0
      texts.push(text.replaceAll('?', () => param(given[next++] ?? null)))
      return conditions
    },
    param,
    params,
    get where() {
      return texts.length === 0 ? '' : `where ${texts.join(' and ')}`
    },
  }
  return conditions
}
