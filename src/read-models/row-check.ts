// The check of a derived row against its shape.
import type { TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { accepted, refused, type Result } from '../base/errors.ts'
import { shapeFields, isNull } from './field-schema.ts'
import type { RowOf } from './read-model.ts'

export type CheckRow<Row> = (row: Readonly<Record<string, unknown>>) => Result<Row, 'shape'>

/** Checks field by field; fields that the shape does not have are let through. A row that lacks a
 *  field which may be null has null there: it was derived before the field was kept. */
export function rowCheck<Shape extends TObject>(topic: string, shape: Shape): CheckRow<RowOf<Shape>> {
  const compiled = Compile(shape)
  const unknown = Object.fromEntries(nullableFields(shape).map((name) => [name, null]))
  return (given) => {
    const row: unknown = { ...unknown, ...given }
    if (compiled.Check(row)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- readonly is all that is added
      return accepted(row as RowOf<Shape>)
    }
    const [first] = compiled.Errors(row)
    const field = first === undefined || first.instancePath === '' ? 'The row' : `"${first.instancePath.slice(1)}"`
    return refused('shape', `${field} of a ${topic} ${first?.message ?? 'is none'}.`)
  }
}

const nullableFields = (shape: TObject): string[] =>
  Object.entries(shapeFields(shape)).flatMap(([name, { anyOf }]) => (anyOf?.some(isNull) === true ? [name] : []))
