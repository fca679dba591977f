// A table in partitions by the hour of an instant: what has had its time goes with its partition.
import { Outage } from '../../base/errors.ts'
import type { Reports, Sql, Statement } from './sql.ts'

export const hourMs = 3_600_000
export const hourOf = (instant: number): number => Math.floor(instant / hourMs)

/** The oldest and the newest hour that has a partition; null where there is none. */
export type Hours = { readonly first: number | null; readonly last: number | null }

export type HourlyPartitions = {
  /** Statements that make the partitions of these instants, unless they are known to be there. */
  statements(instants: readonly number[]): readonly Statement[]
  /** Runs a transaction with these statements; when it is refused, once more, as another process
   *  may have dropped a partition: a row without one is refused like any other. */
  put(instants: readonly number[], attempt: () => Promise<void>): Promise<void>
  hours(reports: Reports): Promise<Hours>
  /** Drops the partitions of whole hours before `olderThan`. */
  expire(olderThan: number): Promise<void>
}

const dropWaitMs = 2_000

export function openHourlyPartitions(sql: Sql, table: string): HourlyPartitions {
  /** Hours known to have a partition. */
  const made = new Set<number>()
  const nameOf = (hour: number): string => `${table}_h${hour}`
  const createPartition = (hour: number): Statement => ({
    text: `create table if not exists ${nameOf(hour)} partition of ${table} for values from (${hour * hourMs}) to (${(hour + 1) * hourMs})`,
  })
  // The server may ask it of every relation there is, before it knows which ones are partitions:
  // their indexes have such names too.
  const hourOfPartition = `substring(relname::text, '^${table}_h([0-9]+)$')::bigint`
  const partitions = `pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = '${table}'::regclass`

  return {
    statements: (instants) => [...new Set(instants.map(hourOf))].filter((hour) => !made.has(hour)).map(createPartition),
    async put(instants, attempt) {
      try {
        await attempt()
      } catch (error) {
        if (!(error instanceof Outage && error.code === 'ROW_REFUSED') || made.size === 0) throw error
        made.clear()
        await attempt()
      }
      for (const instant of instants) made.add(hourOf(instant))
    },
    async hours(reports) {
      const [hours] = await reports.query<Hours>(
        `select min(${hourOfPartition}) as first, max(${hourOfPartition}) as last from ${partitions}`,
      )
      return hours ?? { first: null, last: null }
    },
    async expire(olderThan) {
      const old = await sql.query<{ readonly hour: number }>(
        `select ${hourOfPartition} as hour from ${partitions} and ${hourOfPartition} < $1`,
        [hourOf(olderThan)],
      )
      for (const { hour } of old) {
        // A reader under way is waited for, and all others wait behind: not for long.
        await sql.transaction([
          { text: `set local lock_timeout = ${dropWaitMs}` },
          { text: `drop table if exists ${nameOf(hour)}` },
        ])
        made.delete(hour)
      }
    },
  }
}
