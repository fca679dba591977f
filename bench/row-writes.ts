// Ways for a batch of rows into a table of a PostgreSQL server, by turns on one connection: rows
// as one JSON text; a list for each column (unnest), as text and in PostgreSQL's binary form,
// which is how the tables are written; and COPY into a table of the transaction's own, from which
// one statement takes them over. Each is the same upsert in one transaction. CPU is that of this
// process and the server.
import { performance } from 'node:perf_hooks'
import { Client, Query, type Connection } from 'pg'
import { overLists, rowsOfLists, type ColumnTypes } from '../src/storage/postgres/column-lists.ts'
import { startPostgres } from '../test/engines/postgres.ts'
import { median } from './support/measured-process.ts'
import { cpuMicros } from './support/process-family.ts'

export const title = 'PostgreSQL: ways to write a batch of rows'

/** A batch as it is at some hundreds of messages a second, and a large one. */
const batchSizes = [50, 5_000]
const rowsMax = 20_000
const batchesMax = 100
const roundsUsually = 5

/** Of the types of the tables; the last is a document. */
type Row = {
  readonly id: string
  readonly tenant: string
  readonly vehicle: string
  readonly start_at: number
  readonly end_at: number
  readonly status: string
} & { readonly [figure: `f${number}`]: number | null } & { readonly points: readonly number[]; readonly parts: object }

const figures = 14
const columns: readonly (readonly [name: keyof Row, type: string])[] = [
  ['id', 'text'],
  ['tenant', 'text'],
  ['vehicle', 'text'],
  ['start_at', 'bigint'],
  ['end_at', 'bigint'],
  ['status', 'text'],
  ...Array.from({ length: figures }, (_, n) => [`f${n}`, 'double precision'] as const),
  ['points', 'double precision[]'],
  ['parts', 'jsonb'],
]
const names = columns.map(([name]) => name)

const rowOf = (n: number, points: number): Row => ({
  id: `trip-${n}`,
  tenant: 'bench',
  vehicle: `car-${n % 10_000}`,
  start_at: 1_760_000_000_000 + n,
  end_at: 1_760_000_600_000 + n,
  status: 'ended',
  ...Object.fromEntries(
    Array.from({ length: figures }, (_, at) => [`f${at}`, at % 5 === 4 ? null : Math.sin(n + at) * 100]),
  ),
  points: Array.from({ length: points }, (_, at) => Math.cos(n + at) * 50),
  parts: { a: n, b: [{ c: 'd' }] },
})

const upsert = (source: string): string =>
  `insert into rows (${names.join(', ')}) select ${names.join(', ')} from ${source}
   on conflict (id) do update set ${names
     .slice(1)
     .map((name) => `${name} = excluded.${name}`)
     .join(', ')}`

type Way = (client: Client, rows: readonly Row[]) => Promise<unknown>

const json: Way = (client, rows) =>
  client.query(
    upsert(`json_to_recordset($1::json) as given (${columns.map((column) => column.join(' ')).join(', ')})`),
    [JSON.stringify(rows)],
  )

/** Lists of lists have to be texts: unnest takes them apart to the last number otherwise. */
const textOf = (value: Row[keyof Row] | undefined): string | number | null =>
  Array.isArray(value)
    ? `{${value.join()}}`
    : typeof value === 'object' && value !== null
      ? JSON.stringify(value)
      : (value ?? null)

const unnested: Way = (client, rows) => {
  const lists = columns.map(([, type], n) => `$${n + 1}::${/\[\]|jsonb/.test(type) ? 'text' : type}[]`)
  const cast = columns.map(([name, type]) => `${name}::${type} as ${name}`).join(', ')
  const source = `(select ${cast} from unnest(${lists.join(', ')}) as given (${names.join(', ')})) as given`
  return client.query(
    upsert(source),
    names.map((name) => rows.map((row) => textOf(row[name]))),
  )
}

const listed: ColumnTypes = Object.fromEntries(
  columns.map(([name, type]) => [
    name,
    type === 'bigint' || type === 'jsonb' ? type : type === 'double precision' ? 'float8' : 'text',
  ]),
)
const binary = (row: Row) => Object.fromEntries(names.map((name) => [name, textOf(row[name])]))

const inBinary: Way = async (client, rows) => {
  const cast = columns.map(([name, type]) => (type.endsWith('[]') ? `${name}::${type}` : name)).join(', ')
  const source = `(select ${cast} from (${rowsOfLists(listed)}) as given) as given`
  for (const { text, params = [] } of overLists(upsert(source), listed, rows.map(binary)))
    await client.query(text, [...params])
}

/** `pg` answers a COPY with a refusal unless a query of its own sends the rows. */
class CopyIn extends Query {
  readonly #rows: string
  constructor(text: string, rows: string, done: (error: Error | undefined) => void) {
    super(text, done)
    this.#rows = rows
  }
  handleCopyInResponse(connection: Connection & { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }): void {
    connection.sendCopyFromChunk(Buffer.from(this.#rows))
    connection.endCopyFrom()
  }
}

const copyField = (value: Row[keyof Row] | undefined): string =>
  value === null
    ? String.raw`\N`
    : String(textOf(value)).replace(
        /[\\\t\n\r]/g,
        (sign) => `\\${{ '\\': '\\', '\t': 't', '\n': 'n', '\r': 'r' }[sign]}`,
      )

const copied: Way = async (client, rows) => {
  await client.query('create temporary table given (like rows) on commit drop')
  const text = rows.map((row) => `${names.map((name) => copyField(row[name])).join('\t')}\n`).join('')
  await new Promise<void>((resolve, reject) => {
    client.query(
      new CopyIn(`copy given (${names.join(', ')}) from stdin`, text, (error) => {
        if (error === undefined || error === null) resolve()
        else reject(error)
      }),
    )
  })
  await client.query(upsert('given'))
}

const ways: Readonly<Record<string, Way>> = {
  'one JSON text': json,
  unnest: unnested,
  'unnest, in binary': inBinary,
  'COPY, then taken over': copied,
}

type Measured = { readonly rowsPerS: number; readonly cpuMicrosPerRow: number }

async function measure(
  client: Client,
  way: Way,
  points: number,
  batchRows: number,
): Promise<readonly [put: Measured, again: Measured]> {
  await client.query('drop table if exists rows')
  const typed = columns.map(([name, type]) => `${name} ${type}${name === 'id' ? ' primary key' : ''}`)
  await client.query(`create table rows (${typed.join(', ')}) with (fillfactor = 80)`)
  const batches = Math.min(batchesMax, rowsMax / batchRows)
  const given = Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: batchRows }, (_row, n) => rowOf(batch * batchRows + n, points)),
  )
  const pass = async (): Promise<Measured> => {
    const [startedAt, cpu] = [performance.now(), cpuMicros()]
    for (const rows of given) {
      await client.query('begin')
      await way(client, rows)
      await client.query('commit')
    }
    const rows = batches * batchRows
    return { rowsPerS: rows / ((performance.now() - startedAt) / 1000), cpuMicrosPerRow: (cpuMicros() - cpu) / rows }
  }
  return [await pass(), await pass()]
}

export async function run({ rounds = roundsUsually }: { readonly rounds?: number } = {}): Promise<void> {
  await using postgres = await startPostgres(['fsync=on', 'full_page_writes=on', 'max_wal_size=4GB'])
  const { user, password, host, port } = postgres.server('postgres')
  const client = new Client({ user, password, host, port, database: 'postgres' })
  await client.connect()
  for (const batchRows of batchSizes)
    for (const [shape, points] of [
      ['20 columns', 0],
      ['20 columns and 60 numbers', 60],
    ] as const)
      await compare(`${batchRows.toLocaleString('en')} rows of ${shape}`, rounds, (way) =>
        measure(client, way, points, batchRows),
      )
  await client.end()
}

async function compare(
  what: string,
  rounds: number,
  measureOne: (way: Way) => Promise<readonly [put: Measured, again: Measured]>,
): Promise<void> {
  const found = new Map(Object.keys(ways).map((name) => [name, [[], []] as [Measured[], Measured[]]]))
  for (let round = 0; round < rounds; round++)
    for (const [name, way] of round % 2 === 0 ? Object.entries(ways) : Object.entries(ways).toReversed()) {
      const [put, again] = await measureOne(way)
      found.get(name)?.[0].push(put)
      found.get(name)?.[1].push(again)
    }
  for (const [name, [put, again]] of found)
    for (const [kind, all] of [
      ['new', put],
      ['corrected', again],
    ] as const) {
      const rowsPerS = Math.round(median(all.map((each) => each.rowsPerS))).toLocaleString('en')
      const cpu = median(all.map((each) => each.cpuMicrosPerRow)).toFixed(1)
      console.log(
        `${`${what}, ${kind}: ${name}`.padEnd(64)} ${rowsPerS.padStart(8)} rows/s  ${cpu.padStart(6)} µs CPU a row`,
      )
    }
}
