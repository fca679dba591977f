// The work of PostgreSQL's background processes: the embedded one has none. Without checkpoints its
// write-ahead log would grow for ever, and without vacuum its tables.
import type { Logger } from '../../base/logger.ts'
import { readModels } from '../../read-models/read-models.ts'
import type { Sql } from './sql.ts'

/** Checkpoints cost a pause of some 50 to 150 ms; this much log is written in about ten seconds of
 *  10,000 messages/s. */
const walBytesMax = 192e6
const checkpointEveryMs = 5 * 60_000
const vacuumEveryMs = 10 * 60_000
const lookEveryMs = 2_000
const vacuumed = ['twins', ...Object.keys(readModels), 'sink_positions']

/** Looks after the database until disposal, which waits for what is under way. Failures are logged
 *  and tried again. */
export function openUpkeep(sql: Sql, logger: Logger): AsyncDisposable {
  let lsn: string | undefined
  let checkpointAt = performance.now()
  let vacuumAt = performance.now()
  let running: Promise<void> = Promise.resolve()
  let busy = false

  const look = async (): Promise<void> => {
    const now = performance.now()
    type Wal = { readonly lsn: string; readonly bytes: number }
    const [wal] = await sql.query<Wal>(
      'select pg_current_wal_lsn()::text as lsn, pg_wal_lsn_diff(pg_current_wal_lsn(), $1::pg_lsn)::float8 as bytes',
      [lsn ?? '0/0'],
    )
    if (wal === undefined) return
    if (lsn === undefined) lsn = wal.lsn
    else if (wal.bytes > walBytesMax || (wal.bytes > 0 && now - checkpointAt > checkpointEveryMs)) {
      await sql.query('checkpoint')
      lsn = wal.lsn
      checkpointAt = now
    }
    if (now - vacuumAt < vacuumEveryMs) return
    vacuumAt = now
    for (const table of vacuumed) await sql.query(`vacuum (analyze) ${table}`)
  }

  const timer = setInterval(() => {
    if (busy) return
    busy = true
    running = look()
      .catch((error: unknown) => logger.warn({ err: error }, 'the upkeep of the database failed; it is tried again'))
      .finally(() => (busy = false))
  }, lookEveryMs)
  timer.unref()

  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await running
    },
  }
}
