// A read model: rows that a job derives, of which stores keep the last of each id and the API gives
// lists. Its definition says all that differs from one to the next; the check of a row, the tables
// in memory and in SQL, the writer and the routes are made from it.
import assert from 'node:assert/strict'
import type { Static, TObject, TSchema } from 'typebox'
import { shapeFields } from './field-schema.ts'
import type { DerivedTopic } from '../eventlog/topics.ts'
import type { Permission } from '../rights/permissions.ts'
import type { Circle } from '../model/circle.ts'

/** The rows of a shape. */
export type RowOf<Shape extends TSchema> = Frozen<Static<Shape>>

export type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value

/** A key to sort or to select by that is no field: `of` computes it, and `sql` is the same over the
 *  columns, as its index has it. */
export type DerivedKey<Row> = { readonly of: (row: Row) => number | boolean; readonly sql: string }

/** Holds for a row whose key compares so with the value that is asked for. */
export type Filter<Key extends string = string> = {
  readonly on: Key
  readonly is: '=' | '>=' | '<' | '<='
  /** The value, as the API takes it. */
  readonly query: TSchema
}

/** The words of its routes. */
export type Routes = {
  readonly path: string
  readonly tag: string
  readonly needs: Permission
  readonly list: { readonly operationId: string; readonly summary: string; readonly page: string }
  /** The route of one row; absent where rows are known by no id of their own. */
  readonly one?: {
    readonly operationId: string
    readonly summary: string
    readonly answer: string
    readonly notFound: string
  }
}

export type ReadModel<
  Shape extends TObject = TObject,
  Keys extends Readonly<Record<string, DerivedKey<RowOf<Shape>>>> = Readonly<Record<string, DerivedKey<RowOf<Shape>>>>,
  Filters extends Readonly<Record<string, Filter>> = Readonly<Record<string, Filter>>,
> = {
  /** The table, and the list that a cursor is of. */
  readonly name: string
  readonly topic: DerivedTopic
  /** Field by field what a row is; of each vehicle, so `tenant` and `vehicle` are among them. A
   *  field that may be null is not known where it is null, and where rows of a time before do not
   *  have it. */
  readonly shape: Shape
  readonly keys: Keys
  /** Keys by which the list is sorted, the first foremost; together they are those of no other
   *  row. */
  readonly order: {
    readonly by: readonly (FieldOf<Shape> | Extract<keyof Keys, string>)[]
    readonly newestFirst: boolean
  }
  readonly filters: Filters
  /** Places of which the list can ask for those within a circle: one of them is enough. */
  readonly near?: Near<FieldOf<Shape>>
  /** The time that a row tells of: keys of its first and last instant. Absent: of none, or of all
   *  there was. */
  readonly happened?: {
    readonly first: FieldOf<Shape> | Extract<keyof Keys, string>
    readonly last: FieldOf<Shape> | Extract<keyof Keys, string>
  }
  /** Fields that say where something was. */
  readonly places?: readonly FieldOf<Shape>[]
  /** The instant by which a row has had its time, where rows grow without end; versions of a row
   *  move it by no more than late samples do. Absent: a vehicle has few rows, whatever it sends. */
  readonly agesBy?: FieldOf<Shape> | Extract<keyof Keys, string>
  /** A row as jobs of a time before wrote it, as a row of today. */
  readonly ofToday?: (row: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
  /** How soon its rows are wanted, and so how long its writer lets them gather
   *  (eventlog/gathering.ts). */
  readonly wanted: 'alert' | 'row' | 'figure'
  readonly routes?: Routes
}

export type Near<Field extends string = string> = {
  readonly on: readonly Field[]
  /** Of its rows, for the API. */
  readonly description: string
}

type FieldOf<Shape extends TObject> = Extract<keyof Static<Shape>, string>

/** Gives the definition as it is, with its types. */
export const defineReadModel = <
  const Shape extends TObject,
  const Keys extends Readonly<Record<string, DerivedKey<RowOf<Shape>>>>,
  const Filters extends Readonly<Record<string, Filter<FieldOf<Shape> | Extract<keyof Keys, string>>>>,
  const Places extends Near<FieldOf<Shape>> | undefined = undefined,
>(
  model: ReadModel<Shape, Keys, Filters> & (Places extends Near ? { readonly near: Places } : unknown),
): typeof model => model

export type ModelRow<Model> = Model extends { readonly shape: infer Shape extends TSchema } ? RowOf<Shape> : never

/** Values of the filters that are asked for; all of them must hold. Instants are whole numbers. */
export type ModelFilter<Model> = Model extends {
  readonly filters: infer Filters extends Readonly<Record<string, Filter>>
}
  ? { readonly [Name in keyof Filters]?: Static<Filters[Name]['query']> } & (Model extends { readonly near: Near }
      ? { readonly near?: Circle }
      : unknown)
  : never

/** Any model, as what is made of models sees it: its rows are of no type that is known. */
export type AnyModel = Omit<ReadModel, 'keys' | 'order' | 'agesBy' | 'near' | 'happened' | 'places'> & {
  readonly keys: Readonly<Record<string, DerivedKey<never>>>
  readonly order: { readonly by: readonly string[]; readonly newestFirst: boolean }
  readonly agesBy?: string
  readonly near?: Near
  readonly happened?: { readonly first: string; readonly last: string }
  readonly places?: readonly string[]
}
export type AnyRow = Readonly<Record<string, unknown>>

/** The key of that name of a row of the model. */
export function rowKey({ keys, shape }: Pick<AnyModel, 'keys' | 'shape'>, name: string): (row: AnyRow) => unknown {
  const derived = keys[name]
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of a model are of its rows
  if (derived !== undefined) return derived.of as (row: AnyRow) => unknown
  assert(name in shape.properties, `no field and no key is called ${name}`)
  return (row) => row[name]
}

/** The circle that is asked for among the filters. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by that name there is none but a circle
export const nearOf = (filter: AnyRow): Circle | undefined => filter['near'] as Circle | undefined

/** The key by which rows of the model have had their time. */
export function ageKey({ name, agesBy }: AnyModel): string {
  assert(agesBy !== undefined, `rows of ${name} are kept`)
  return agesBy
}

/** Whether that key of the model is a number; else it is a text. */
export const isNumberKey = ({ keys, shape }: AnyModel, name: string): boolean =>
  name in keys || ['integer', 'number'].includes(shapeFields(shape)[name]?.type ?? '')
