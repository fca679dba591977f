import type { RegistryEntry, RegistryFields, Tariff, VehicleAssignment, VehicleGroup } from '../../model/registry.ts'
import type { CustomRole } from '../../rights/permissions.ts'
import type { Membership, RegistryChanges, RegistryStore, RegistryVersion } from '../registry-store.ts'
import { searchedOf } from '../registry-search.ts'
import type { Sql } from './sql.ts'
import { storableJson } from './storable-json.ts'

/** Columns of a table by the names they have in rows of ours. */
type Columns = Readonly<Record<string, string>>
type Table = {
  readonly table: string
  readonly key: readonly string[]
  readonly columns: Columns
  /** Of what is removed: the column, by its name in the key that is given. */
  readonly removedBy: Columns
}

const entryFields = {
  name: 'name',
  plate: 'plate',
  make: 'make',
  model: 'model',
  year: 'year',
  kind: 'kind',
  vin: 'vin',
  notes: 'notes',
  groups: 'groups',
  tags: 'tags',
  attributes: 'attributes',
  tariff: 'tariff',
  zone: 'zone',
  hours: 'hours',
  archivedAt: 'archived_at',
} as const satisfies Record<keyof RegistryFields, string>
const entryColumns = { tenant: 'tenant', vehicle: 'vehicle', ...entryFields } as const

const byId = { tenant: 'tenant', id: 'id' } as const
const tables = {
  entries: {
    table: 'vehicle_registry',
    key: ['tenant', 'vehicle'],
    columns: { ...entryColumns, search: 'search' },
    removedBy: { tenant: 'tenant', vehicle: 'vehicle' },
  },
  groups: {
    table: 'vehicle_groups',
    key: ['tenant', 'id'],
    columns: { ...byId, name: 'name', parent: 'parent' } satisfies Record<keyof VehicleGroup, string>,
    removedBy: byId,
  },
  assignments: {
    table: 'vehicle_assignments',
    key: ['tenant', 'id'],
    columns: {
      ...byId,
      vehicle: 'vehicle',
      person: 'person',
      from: 'from_at',
      until: 'until_at',
    } satisfies Record<keyof VehicleAssignment, string>,
    removedBy: byId,
  },
  roles: {
    table: 'custom_roles',
    key: ['tenant', 'name'],
    columns: { tenant: 'tenant', name: 'name', may: 'may' } satisfies Record<keyof CustomRole, string>,
    removedBy: { tenant: 'tenant', id: 'name' },
  },
  tariffs: {
    table: 'tariffs',
    key: ['tenant', 'id', 'valid_from'],
    columns: {
      ...byId,
      name: 'name',
      validFrom: 'valid_from',
      currency: 'currency',
      perKm: 'per_km',
      perHour: 'per_hour',
      perKwh: 'per_kwh',
      perLitre: 'per_litre',
    } satisfies Record<keyof Tariff, string>,
    removedBy: byId,
  },
} as const satisfies Record<keyof Omit<RegistryChanges, 'removed'>, Table>
const kinds = Object.keys(tables) as (keyof typeof tables)[]

/** Columns under the names of our rows. */
const selected = (columns: Columns, of = ''): string =>
  Object.entries(columns)
    .map(([name, column]) => (name === column ? `${of}${column}` : `${of}${column} as "${name}"`))
    .join(', ')

const registryColumns = { ...entryColumns, version: 'version' }

export function openSqlRegistry(sql: Sql): RegistryStore {
  const rowsOf = <Row>(kind: keyof typeof tables, since: number): Promise<readonly Row[]> =>
    sql.query<Row>(`select ${selected(tables[kind].columns)} from ${tables[kind].table} where version > $1`, [since])
  return {
    async version() {
      const [row] = await sql.query<RegistryVersion>('select changed, removed from registry_version')
      return row ?? { changed: 0, removed: 0 }
    },
    async organisation(since = 0) {
      const [groups, assignments, roles, tariffs, memberships] = await Promise.all([
        rowsOf<VehicleGroup>('groups', since),
        rowsOf<VehicleAssignment>('assignments', since),
        rowsOf<CustomRole>('roles', since),
        rowsOf<Tariff>('tariffs', since),
        sql.query<Membership>(
          `select tenant, vehicle, groups from vehicle_registry
           where version > $1 and ($1::bigint > 0 or groups <> '{}')`,
          [since],
        ),
      ])
      return { groups, memberships, assignments, roles, tariffs }
    },
    entries: (tenant, vehicles) =>
      sql.query<RegistryEntry>(
        `select ${selected(registryColumns)} from vehicle_registry
         where tenant = $1 and vehicle in (select json_array_elements_text($2::json))`,
        [tenant, storableJson(vehicles)],
        tenant,
      ),
    listed: (tenant, after, limit) =>
      sql.query<RegistryEntry>(
        `select ${selected(registryColumns)} from vehicle_registry
         where tenant = $1 and vehicle > $2 order by vehicle limit $3`,
        [tenant, after, limit],
        tenant,
      ),
    async write({ removed = {}, entries, ...others }, expected) {
      const put = { ...others, entries: entries?.map((entry) => ({ ...entry, search: searchedOf(entry) })) }
      const isRemoving = Object.values(removed).some((keys) => keys.length > 0)
      const params = [
        expected,
        isRemoving,
        storableJson(byColumn(put, 'columns')),
        storableJson(byColumn(removed, 'removedBy')),
      ]
      const [row] = await sql.query<{ readonly changed: number }>(writeText, params)
      return row?.changed
    },
  }
}

type Rows = readonly Readonly<Record<string, unknown>>[]

/** Rows of each table under the names of its columns. */
function byColumn(
  given: { readonly [Kind in keyof typeof tables]?: Rows | undefined },
  names: 'columns' | 'removedBy',
): Record<string, Rows> {
  const rowOf = (row: Rows[number], columns: Columns) =>
    Object.fromEntries(Object.entries(columns).map(([name, column]) => [column, row[name]]))
  return Object.fromEntries(
    kinds.map((kind) => [kind, (given[kind] ?? []).map((row) => rowOf(row, tables[kind][names]))]),
  )
}

const givenRows = (parameter: string, kind: keyof typeof tables): string =>
  `jsonb_populate_recordset(null::${tables[kind].table}, ${parameter}::jsonb -> '${kind}')`

function putting(kind: keyof typeof tables): string {
  const { table, key, columns } = tables[kind]
  const names: readonly string[] = Object.values(columns)
  const set = [...names, 'version'].filter((name) => !(key as readonly string[]).includes(name))
  return `put_${kind} as (
    insert into ${table} (${names.join()}, version)
      select ${names.map((name) => `x.${name}`).join()}, raised.changed from raised, ${givenRows('$3', kind)} as x
    on conflict (${key.join()}) do update set ${set.map((name) => `${name} = excluded.${name}`).join()})`
}

function removing(kind: keyof typeof tables): string {
  const { table, removedBy } = tables[kind]
  const from = `raised, ${givenRows('$4', kind)} as x where ${Object.values(removedBy)
    .map((column) => `t.${column} = x.${column}`)
    .join(' and ')}`
  if (kind !== 'entries') return `gone_${kind} as (delete from ${table} t using ${from})`
  // A vehicle that was heard keeps its row, as it was before anybody wrote of it.
  const { groups, tags, attributes, hours, ...fields } = entryFields
  const cleared = [
    ...Object.values(fields).map((column) => `${column} = null`),
    ...[groups, tags, attributes, hours].map((column) => `${column} = default`),
    'version = 0',
    'search = upper(t.vehicle)',
  ]
  const isHeard = 'exists (select from twins w where w.tenant = t.tenant and w.vehicle = t.vehicle)'
  return `cleared_${kind} as (update ${table} t set ${cleared.join()} from ${from} and ${isHeard}),
    gone_${kind} as (delete from ${table} t using ${from} and not ${isHeard})`
}

/** One statement: whoever raises the version holds its row until all of it is stored, and finds
 *  everything as it was read with the version before. */
const writeText = `with raised as (
    insert into registry_version as now (only_one, changed, removed)
      select true, 1, case when $2::boolean then 1 else 0 end
        where $1::bigint = 0 or exists (select from registry_version)
    on conflict (only_one) do update set changed = now.changed + 1,
      removed = case when $2::boolean then now.changed + 1 else now.removed end where now.changed = $1::bigint
    returning changed
  ), ${kinds.flatMap((kind) => [removing(kind), putting(kind)]).join(', ')}
  select changed from raised`
