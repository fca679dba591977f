// Rows, as a mapping reads them: named texts, whatever file or message they came in.

/** Texts by the names of their fields. A field that a row does not have is not told by it; one that
 *  is there and empty is told to be unknown. */
export type Row = Readonly<Record<string, string>>

/** A row, and what JSON in it tells beside, as it is there. */
export type Cells = Readonly<Record<string, unknown>>

/** As a text: a number or a truth value of JSON as JSON writes it, its null as an empty one.
 *  Undefined for what is not told or has parts. */
export function textOf(told: unknown): string | undefined {
  if (typeof told === 'string') return told
  if (told === null) return ''
  return typeof told === 'number' || typeof told === 'boolean' ? String(told) : undefined
}
