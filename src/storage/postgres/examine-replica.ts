// A streaming replica as `doctor` looks at it: whether it is one, and how far it is behind.
import { findingsOf, sizeText, type Examination } from '../../base/finding.ts'
import { Outage } from '../../base/errors.ts'
import { passingOutage } from '../../base/wait-out.ts'
import { openExamined } from './examine-server.ts'
import { firstAnswer } from './pg-check.ts'
import { primaryLook, standbyLook, type Primary, type Standby } from './pg-replica.ts'
import { pgPlace, type PgServer } from './pg-sql.ts'

const { ok, problem, unknown, warning } = findingsOf('replica of the database')
/** A segment of the write-ahead log. */
const behindBytesMax = 16 * 1024 * 1024

/** The server of ROADSTREAM_POSTGRES_REPLICA, held against that of ROADSTREAM_POSTGRES. */
export const examineReplica = (server: PgServer, primary: PgServer): Examination => ({
  name: 'replica of the database',
  async look() {
    await using primarySql = openExamined(primary)
    await using sql = openExamined(server, 'ROADSTREAM_POSTGRES_REPLICA')
    const [is] = await firstAnswer<Standby>(sql, standbyLook)
    const place = pgPlace(server)
    const primaryAnswer = await primarySql.query<Primary>(primaryLook).catch(passingOutage)
    if (primaryAnswer instanceof Outage)
      return [
        unknown(
          `${place} answers, and cannot be held against the server in ROADSTREAM_POSTGRES, which does not answer`,
        ),
      ]
    const [of] = primaryAnswer
    if (of === undefined || is?.lsn == null || !is.is_standby || is.system !== of.system)
      return [
        problem(
          `${place} is no standby of the server in ROADSTREAM_POSTGRES: reports are read from that`,
          'name a streaming replica of it in ROADSTREAM_POSTGRES_REPLICA',
        ),
      ]
    const [told] = await sql.query<{ readonly bytes: number }>(
      'select greatest(0, pg_wal_lsn_diff($1, pg_last_wal_replay_lsn()))::double precision as bytes',
      [of.lsn],
    )
    const bytes = told?.bytes ?? 0
    const says = `${place}: a standby, ${sizeText(bytes)} behind`
    return [
      bytes <= behindBytesMax
        ? ok(says)
        : warning(says, 'see whether it still receives (pg_stat_wal_receiver there) and how fast it is'),
    ]
  },
})
