// Rows of any shape that a read model may have, for properties: made from the shape itself.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { TObject } from 'typebox'
import { shapeFields, type FieldSchema } from './field-schema.ts'
import type { AnyRow } from './read-model.ts'

/** A valid row, of one of a few tenants and vehicles. */
export const anyRow = (shape: TObject): fc.Arbitrary<AnyRow> =>
  fc
    .record({
      ...Object.fromEntries(Object.entries(shapeFields(shape)).map(([name, schema]) => [name, valueOf(schema)])),
      tenant: fc.constantFrom('acme', 'acme', 'other'),
      vehicle: fc.constantFrom('v1', 'V2', 'v.10'),
    })
    // As it comes from the log: JSON has no minus zero, and objects of a kind.
    .map((row) => JSON.parse(JSON.stringify(row)) as AnyRow)

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((each) => !each.includes('\0'))

function valueOf(schema: FieldSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valueOf))
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const value = byType[schema.type ?? '']
  assert.ok(value !== undefined, `nothing is known of ${JSON.stringify(schema)}`)
  return value(schema)
}

const byType: Readonly<Record<string, (schema: FieldSchema) => fc.Arbitrary<unknown>>> = {
  null: () => fc.constant(null),
  boolean: () => fc.boolean(),
  string: () => text,
  integer: ({ minimum, maximum }) =>
    fc.oneof(
      // Few, so that there are ties; and as large as a sum of several can hold.
      fc.integer({ min: Math.max(0, minimum ?? 0), max: 3 }),
      fc.integer({ min: minimum ?? -(2 ** 40), max: maximum ?? 2 ** 40 }),
    ),
  number: ({ minimum, maximum }) =>
    fc.double({
      ...(minimum === undefined ? {} : { min: minimum }),
      ...(maximum === undefined ? {} : { max: maximum }),
      noNaN: true,
      noDefaultInfinity: true,
    }),
  array: ({ items }) => fc.array(valueOf(items ?? {}), { maxLength: 3 }),
  object({ properties, patternProperties }) {
    const [values] = Object.values(patternProperties ?? {})
    if (values !== undefined) return fc.dictionary(text, valueOf(values), { maxKeys: 3 })
    return fc.record(Object.fromEntries(Object.entries(properties ?? {}).map(([name, each]) => [name, valueOf(each)])))
  },
}
