// Reports from a streaming replica, as long as it is known to be little behind its primary. How far
// it is behind is told without any clock of the two: whatever the primary had flushed at an instant
// of ours has arrived once the replica has replayed up to that place in the write-ahead log.
import { performance } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { passingOutage, pause } from '../../base/wait-out.ts'
import { openPgSql, pgPlace, type PgServer } from './pg-sql.ts'
import { saidBy } from './sql-outage.ts'
import type { Reports, Sql } from './sql.ts'

export type PgReplicaOptions = {
  readonly primary: Sql
  readonly server: PgServer
  /** Further behind it is not asked. Milliseconds; at least two looks. */
  readonly delayMsMax: number
  readonly logger: Logger
  readonly registry: Registry
}

/** Between two looks at both; what a report may lack besides. */
const lookEveryMs = 1_000

/** Why the replica is not asked. */
type Fault = 'behind' | 'away' | 'no standby' | 'of another server'

export type Primary = { readonly lsn: string; readonly system: string }
export type Standby = { readonly is_standby: boolean; readonly lsn: string | null; readonly system: string }

const system = '(select system_identifier from pg_control_system())::text as system'
export const primaryLook = `select pg_current_wal_flush_lsn()::text as lsn, ${system}`
export const standbyLook = `select pg_is_in_recovery() as is_standby, pg_last_wal_replay_lsn()::text as lsn, ${system}`

const remedies: Readonly<Record<Fault, string>> = {
  behind: 'it is further behind than ROADSTREAM_POSTGRES_REPLICA_DELAY',
  away: 'it does not answer',
  'no standby': 'it is no standby: name one in ROADSTREAM_POSTGRES_REPLICA',
  'of another server': 'it is no standby of the server in ROADSTREAM_POSTGRES: name one',
}

/** Queries that go to the replica where it is at most `delayMsMax` behind, and to the primary else,
 *  also those that fail there. The log says so once, when it begins and when it is over. */
export function openPgReplica(options: PgReplicaOptions): Reports & AsyncDisposable {
  const { primary, server, delayMsMax, logger, registry } = options
  const replica = openPgSql({ server, setting: 'ROADSTREAM_POSTGRES_REPLICA', logger: silentLogger })
  const stop = new AbortController()
  const standing = openStanding(delayMsMax)
  let told: Fault | 'asked' | undefined

  const tell = (fault: Fault | undefined, error?: unknown): void => {
    const now = fault ?? 'asked'
    if (now === told) return
    told = now
    const place = { replica: pgPlace(server) }
    if (fault === undefined) logger.info(place, 'reports are read from the replica')
    else {
      const reason = error === undefined ? {} : { reason: saidBy((error as Error).cause ?? error) }
      logger.warn(
        { ...place, ...reason },
        `reports are read from the primary and not from the replica: ${remedies[fault]}`,
      )
    }
  }
  const look = async (): Promise<void> => {
    const at = performance.now()
    const [here] = await primary.query<Primary>(primaryLook)
    try {
      const [there] = await replica.query<Standby>(standbyLook)
      if (here !== undefined && there !== undefined) tell(standing.take(at, here, there))
    } catch (error) {
      standing.forget()
      tell('away', passingOutage(error))
    }
  }
  const looking = (async () => {
    while (!stop.signal.aborted) {
      // Of a primary that is away its own calls tell; the replica grows old meanwhile.
      await look().catch(passingOutage)
      await pause(lookEveryMs, stop.signal)
    }
  })()
  // Only a call after the end of either, which is this one's end as well, is no outage that passes.
  looking.catch(() => {})

  const reads = replicaMetrics(registry, standing.behindMs)
  return {
    async query<Row>(...call: Parameters<Reports['query']>) {
      if (standing.isFresh()) {
        try {
          const rows = await replica.query<Row>(...call)
          reads.inc({ from: 'replica' })
          return rows
        } catch (error) {
          // The primary answers until the next look tells more.
          passingOutage(error)
          standing.forget()
        }
      }
      reads.inc({ from: 'primary' })
      return await primary.query<Row>(...call)
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await replica[Symbol.asyncDispose]()
      await looking.catch(() => {})
    },
  }
}

/** A place in the primary's write-ahead log at an instant of our steady clock. */
type Mark = { readonly at: number; readonly lsn: bigint }

function openStanding(delayMsMax: number) {
  /** Places that the replica had not reached when it was asked last, oldest first. */
  let marks: readonly Mark[] = []
  /** All that was committed then is in the replica; undefined: not known. */
  let freshAt: number | undefined
  const behindMs = (): number | undefined => (freshAt === undefined ? undefined : performance.now() - freshAt)
  const isFresh = (): boolean => (behindMs() ?? Infinity) <= delayMsMax
  return {
    behindMs,
    isFresh,
    forget: () => void (freshAt = undefined),
    take(at: number, here: Primary, there: Standby): Fault | undefined {
      const fault = !there.is_standby ? 'no standby' : there.system === here.system ? undefined : 'of another server'
      if (fault !== undefined || there.lsn === null) {
        marks = []
        freshAt = undefined
        return fault ?? 'behind'
      }
      const replayed = placeOf(there.lsn)
      const all = [...marks, { at, lsn: placeOf(here.lsn) }]
      freshAt = all.findLast(({ lsn }) => lsn <= replayed)?.at ?? freshAt
      // Older ones would not make it fresh.
      marks = all.filter((mark) => mark.lsn > replayed && mark.at >= at - delayMsMax)
      return isFresh() ? undefined : 'behind'
    },
  }
}

/** PostgreSQL writes a place as two halves, `16/B374D848`. */
function placeOf(lsn: string): bigint {
  const [high = '', low = ''] = lsn.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

function replicaMetrics(registry: Registry, behindMs: () => number | undefined): Counter<'from'> {
  const registers = [registry]
  // oxlint-disable-next-line eslint/no-new -- it registers itself and collects when it is asked
  new Gauge({
    name: 'roadstream_replica_behind_seconds',
    help: 'What the replica of the database lacks at most; absent where it is not known.',
    registers,
    collect() {
      const ms = behindMs()
      if (ms === undefined) this.remove()
      else this.set(ms / 1000)
    },
  })
  return new Counter({
    name: 'roadstream_replica_reads_total',
    help: 'Reports read, by whether the replica or the primary gave them.',
    labelNames: ['from'],
    registers,
  })
}
