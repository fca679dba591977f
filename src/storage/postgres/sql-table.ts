// The table of a read model in SQL, made from its definition. Rows go in as a list for each field,
// and come out as they were: what becomes of their fields is said in the statements (columns.ts).
import {
  ageKey,
  isNumberKey,
  nearOf,
  rowKey,
  type AnyModel,
  type AnyRow,
  type Filter,
} from '../../read-models/read-model.ts'
import { decodeCursor, type CursorKey } from '../page-cursor.ts'
import { pageLimit, pageOf } from '../page.ts'
import type { Reach } from '../reach.ts'
import { expiredRowsMax, type StoreOf } from '../table-store.ts'
import { overLists, rowsOfLists, type ColumnTypes, type ColumnValue } from './column-lists.ts'
import { columnName, columnsOf, type Column } from './columns.ts'
import { openConditions, type Conditions } from './sql-conditions.ts'
import { addNear, placeColumns } from './sql-near.ts'
import { deleteById, openSqlProjection } from './sql-projection.ts'
import { addReach, type HappenedText } from './sql-reach.ts'
import type { Reports, Sql, SqlValue } from './sql.ts'

/** Lists are read from `reports`, one row from `sql`. */
export function openSqlTable<const Model extends AnyModel>(sql: Sql, model: Model, reports: Reports): StoreOf<Model> {
  const { name: table } = model
  const columns = columnsOf(model.shape)
  const types: ColumnTypes = Object.fromEntries([
    ...columns.map(({ field, given }) => [field, given] as const),
    [idField, 'text'],
  ])
  const upsert = upsertText(table, columns, types)
  const select = `select ${columns.map(({ read }) => read).join(', ')} from ${table}`
  const { list, order, after, keyOfRow } = orderOf(model)
  const store: StoreOf<AnyModel> = {
    ...openSqlProjection<AnyRow>(sql, {
      sink: table,
      statements: (puts, deletes) => [
        ...deleteById(table, deletes),
        ...overLists(
          upsert,
          types,
          puts.map(({ id, row }) => givenOf(columns, id, row)),
        ),
      ],
    }),
    async get(reach, id) {
      const conditions = openConditions().add('id = ?', id)
      addReach(conditions, reach, happenedText(model))
      const [row] = await sql.query<AnyRow>(`${select} ${conditions.where}`, conditions.params, reach.tenant)
      return row
    },
    async list(reach, filter, page) {
      const limit = pageLimit(page.limit)
      const conditions = conditionsOf(model, reach, filter)
      if (page.after !== undefined) after(conditions, page.after)
      const rows = await reports.query<AnyRow>(
        `${select} ${conditions.where} ${order} limit ${limit + 1}`,
        conditions.params,
        reach.tenant,
      )
      return pageOf(list, rows, limit, keyOfRow)
    },
    async expire(olderThan) {
      const age = keyText(model, ageKey(model))
      const [gone] = await sql.query<{ readonly count: number }>(
        `with gone as (delete from ${table} where id = any (array(
           select id from ${table} where ${age} < $1 order by ${age} limit ${expiredRowsMax})) returning 1)
         select count(*) as count from gone`,
        [Math.ceil(olderThan)],
      )
      return gone?.count ?? 0
    },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns are those of the model's shape
  return store as StoreOf<Model>
}

const idField = '"id"'

function givenOf(columns: readonly Column[], id: string, row: AnyRow): Record<string, ColumnValue> {
  const given: Record<string, ColumnValue> = {}
  for (const { name, field, give } of columns) {
    const value = row[name] ?? null
    given[field] = value === null ? null : give(value)
  }
  given[idField] = id
  return given
}

/** `insert … on conflict (id) do update` of rows given as lists, every column overwritten. */
function upsertText(table: string, columns: readonly Column[], types: ColumnTypes): string {
  const stored = Object.assign({ id: idField }, ...columns.map((column) => column.stored)) as Readonly<
    Record<string, string>
  >
  const names = Object.keys(stored)
  const others = names.filter((name) => name !== 'id')
  return `insert into ${table} (${names.join(', ')})
    select ${Object.values(stored).join(', ')}
    from (${rowsOfLists(types)}) as given
    on conflict (id) do update set ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`
}

const keyText = ({ keys }: AnyModel, name: string): string => keys[name]?.sql ?? columnName(name)

/** Conditions and order of a list that goes on after a row. */
function orderOf(model: AnyModel) {
  const { by, newestFirst } = model.order
  const texts = by.map((name) => keyText(model, name))
  const keys = by.map((name) => rowKey(model, name))
  const shape = by.map((name) => (isNumberKey(model, name) ? 'n' : 's'))
  const list = model.name
  return {
    list,
    order: `order by ${texts.map((text) => `${text}${newestFirst ? ' desc' : ''}`).join(', ')}`,
    after: (conditions: Conditions, cursor: string) =>
      conditions.add(
        `(${texts.join(', ')}) ${newestFirst ? '<' : '>'} (${texts.map(() => '?').join(', ')})`,
        ...decodeCursor(list, shape, cursor),
      ),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what lists are sorted by is a number or a text
    keyOfRow: (row: AnyRow) => keys.map((key) => key(row)) as CursorKey,
  }
}

/** Conditions of rows that are reached and for which all that is asked holds. */
export function conditionsOf(model: AnyModel, reach: Reach, filter: AnyRow): Conditions {
  const conditions = openConditions()
  addReach(conditions, reach, happenedText(model))
  for (const [name, each] of Object.entries(model.filters))
    addFilter(conditions, model, each, filter[name] as SqlValue | undefined)
  const nears = (model.near?.on ?? []).map((field) => placeColumns(columnName(field)))
  addNear(conditions, nearOf(filter), nears)
  return conditions
}

const happenedText = (model: AnyModel): HappenedText | undefined =>
  model.happened && { first: keyText(model, model.happened.first), last: keyText(model, model.happened.last) }

/** A condition is written out for yes and no, so that the partial index of it is used. */
function addFilter(conditions: Conditions, model: AnyModel, { on, is }: Filter, asked: SqlValue | undefined): void {
  const text = keyText(model, on)
  if (typeof asked === 'boolean') conditions.add(asked ? text : `not (${text})`)
  else conditions.add(`${text} ${is} ?`, asked)
}
