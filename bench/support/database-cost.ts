// The cost of something that a database does.
import { performance } from 'node:perf_hooks'
import type { Sql } from '../../src/storage/postgres/sql.ts'
import { cpuMicros } from './process-family.ts'

export type DatabaseCost = {
  readonly ms: number
  /** Of this process and all below it, the server among them. */
  readonly cpuMs: number
  /** Write-ahead log. */
  readonly walMb: number
}

export async function costOf(sql: Sql, work: () => Promise<unknown>): Promise<DatabaseCost> {
  const wal = async (): Promise<number> =>
    (await sql.query<{ readonly at: number }>(`select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as at`))[0]?.at ?? 0
  const [walBefore, cpu, startedAt] = [await wal(), cpuMicros(), performance.now()]
  await work()
  const ms = performance.now() - startedAt
  return { ms, cpuMs: (cpuMicros() - cpu) / 1000, walMb: ((await wal()) - walBefore) / 1e6 }
}

/** Bytes on disk, indexes and all. */
export const sizeOf = async (sql: Sql, table: string): Promise<number> =>
  (await sql.query<{ readonly bytes: number }>('select pg_total_relation_size($1::regclass) as bytes', [table]))[0]
    ?.bytes ?? 0
