// The schema of a field of a shape, as JSON Schema: as much of it as shapes use.
import type { TObject } from 'typebox'

export type FieldSchema = {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly anyOf?: readonly FieldSchema[]
  readonly items?: FieldSchema
  /** Of a text that stands for bytes. */
  readonly contentEncoding?: string
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly patternProperties?: Readonly<Record<string, FieldSchema>>
}

/** The fields of a shape, in its order. */
export const shapeFields = ({ properties }: TObject): Readonly<Record<string, FieldSchema>> => properties

export const isNull = ({ type }: FieldSchema): boolean => type === 'null'

/** The schema of the values that are known. */
export const withoutNull = (schema: FieldSchema): FieldSchema => schema.anyOf?.find((each) => !isNull(each)) ?? schema
