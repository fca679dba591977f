// The readers of recordings by the form that a mapping names.
import type { Form } from '../../mapping/mapping.ts'
import type { Reader } from '../rows.ts'
import { csvReader } from './csv.ts'

/** A form in which every row has the same fields, so that a mapping can be held against the first. */
export const isTable = (form: Form): boolean => form.form === 'csv' && form.long === undefined

export function openReader(form: Form): Reader {
  return csvReader(form)
}
