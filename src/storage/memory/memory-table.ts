// The table of a read model in memory, made from its definition.
import { Outage } from '../../base/errors.ts'
import { isInCircle, type Circle } from '../../model/circle.ts'
import {
  ageKey,
  isNumberKey,
  nearOf,
  rowKey,
  type AnyModel,
  type AnyRow,
  type Filter,
  type ModelRow,
} from '../../read-models/read-model.ts'
import { timeOf } from '../../read-models/row-time.ts'
import { rowCheck } from '../../read-models/row-check.ts'
import type { CursorKey } from '../page-cursor.ts'
import { inReach, type Reach } from '../reach.ts'
import { expiredRowsMax, type StoreOf } from '../table-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection } from './memory-projection.ts'

export type MemoryTable<Model> = StoreOf<Model> & { reached(reach: Reach): ModelRow<Model>[] }

export function openMemoryTable<const Model extends AnyModel>(guard: () => void, model: Model): MemoryTable<Model> {
  const order = orderOf(model)
  const holds = filtersOf(model)
  const check = rowCheck(model.topic, model.shape)
  const projection = openMemoryProjection<AnyRow>(
    guard,
    (row) => {
      const checked = check(row)
      if (!checked.ok) throw new Outage('ROW_REFUSED', checked.detail, { retryable: false })
    },
    (_, row) => row,
  )
  const reached = (reach: Reach): AnyRow[] => [...projection.rows.values()].filter(reachOf(model, reach))
  const table: MemoryTable<AnyModel> = {
    ...projection,
    reached,
    async get(reach, id) {
      guard()
      const row = projection.rows.get(id)
      return row !== undefined && reachOf(model, reach)(row) ? structuredClone(row) : undefined
    },
    async list(reach, filter, page) {
      guard()
      return pageInMemory(
        reached(reach).filter((row) => holds(row, filter)),
        order,
        page,
      )
    },
    async expire(olderThan) {
      guard()
      const age = rowKey(model, ageKey(model)) as (row: AnyRow) => number
      const old = Array.from(projection.rows, ([id, row]) => ({ id, at: age(row) }))
        .filter(({ at }) => at < olderThan)
        .sort((one, other) => one.at - other.at)
        .slice(0, expiredRowsMax)
      for (const { id } of old) projection.revise(id, undefined)
      return old.length
    },
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows are checked against the model's shape
  return table as unknown as MemoryTable<Model>
}

/** Whether a row of the model is reached. */
function reachOf(model: AnyModel, reach: Reach): (row: AnyRow) => boolean {
  const isReached = inReach(reach)
  const rowTime = timeOf(model)
  return (row) => row['tenant'] === reach.tenant && isReached(String(row['vehicle']), rowTime(row))
}

/** The order of the model's list. */
export function orderOf(model: AnyModel): Order<AnyRow> {
  const { by, newestFirst } = model.order
  const keys = by.map((name) => rowKey(model, name))
  return {
    list: model.name,
    shape: by.map((name) => (isNumberKey(model, name) ? 'n' : 's')),
    descending: newestFirst,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what lists are sorted by is a number or a text
    keyOf: (row) => keys.map((key) => key(row)) as CursorKey,
  }
}

const isPlace = (value: unknown): value is { readonly lat: number; readonly lon: number } =>
  typeof value === 'object' && value !== null

type Asked = string | number | boolean | undefined

const comparisons: Readonly<Record<Filter['is'], (key: number, asked: number) => boolean>> = {
  '=': (key, asked) => key === asked,
  '>=': (key, asked) => key >= asked,
  '<': (key, asked) => key < asked,
  '<=': (key, asked) => key <= asked,
}

/** Whether all that is asked holds for a row of the model. */
export function filtersOf(model: AnyModel): (row: AnyRow, asked: Readonly<Record<string, unknown>>) => boolean {
  const filters = Object.entries(model.filters).map(([name, { on, is }]) => ({
    name,
    key: rowKey(model, on),
    compare: comparisons[is],
  }))
  const places = model.near?.on ?? []
  const isNear = (row: AnyRow, circle: Circle | undefined): boolean =>
    circle === undefined || places.some((name) => isPlace(row[name]) && isInCircle(circle, row[name]))
  return (row, asked) =>
    isNear(row, nearOf(asked)) &&
    filters.every(({ name, key, compare }) => {
      const value = asked[name] as Asked
      return value === undefined || compare(key(row) as number, value as number)
    })
}
