// Storage over any PostgreSQL of version 15 or later: every store over one `Sql`.
import { tablesOf, type Storage } from '../storage.ts'
import { firstTables } from './migrations/0001-read-models.ts'
import { threeTimes } from './migrations/0002-three-times.ts'
import { tripSources } from './migrations/0003-trip-sources.ts'
import { listsByReceipt } from './migrations/0004-lists-by-receipt.ts'
import { anomalyTables } from './migrations/0005-anomalies.ts'
import { tripCoverage } from './migrations/0006-trip-coverage.ts'
import { tripUnheard } from './migrations/0007-trip-unheard.ts'
import { clocks } from './migrations/0008-clocks.ts'
import { columnsByName } from './migrations/0009-columns-by-name.ts'
import { foldedNames } from './migrations/0010-folded-names.ts'
import { ages } from './migrations/0011-ages.ts'
import { places } from './migrations/0012-places.ts'
import { messageIndex } from './migrations/0013-message-index.ts'
import { signalsOfLists } from './migrations/0014-listed-signals.ts'
import { packedTracks } from './migrations/0015-packed-tracks.ts'
import { grants } from './migrations/0016-grants.ts'
import { identities } from './migrations/0017-identities.ts'
import { registry } from './migrations/0018-registry.ts'
import { auditTables } from './migrations/0020-audit.ts'
import { openSqlAudit } from './sql-audit.ts'
import { accounts } from './migrations/0022-accounts.ts'
import { openSqlAccountLinks, openSqlSignIns } from './sql-accounts.ts'
import { openSqlMessageIndex } from './sql-message-index.ts'
import { openSqlMessages } from './sql-messages.ts'
import { openSqlRegistry } from './sql-registry.ts'
import { shares } from './migrations/0019-shares.ts'
import { openSqlShares } from './sql-shares.ts'
import { programTables } from './migrations/0021-programs.ts'
import { openSqlPrograms } from './sql-programs.ts'
import { sqlSize } from './sql-size.ts'
import { openSqlAnomalies, openSqlLedger, openSqlTrips } from './sql-sums.ts'
import { openSqlTable } from './sql-table.ts'
import { openSqlTracks } from './sql-tracks.ts'
import { openSqlTwins } from './sql-twins.ts'
import { openSqlUsers } from './sql-users.ts'
import type { Reports, Sql } from './sql.ts'

export const migrations = [
  firstTables,
  threeTimes,
  tripSources,
  listsByReceipt,
  anomalyTables,
  tripCoverage,
  tripUnheard,
  clocks,
  columnsByName,
  foldedNames,
  ages,
  places,
  messageIndex,
  signalsOfLists,
  packedTracks,
  grants,
  identities,
  registry,
  shares,
  auditTables,
  programTables,
  accounts,
]

/** The tables are there and up to date. Disposing the storage disposes `sql`, and not `reports`.
 *  `isOurs`: the server is one of our own, and nobody else's rows are in it. */
export const openSqlStorage = (sql: Sql, reports: Reports = sql, isOurs = false): Storage => ({
  ...tablesOf((model) => openSqlTable(sql, model, reports)),
  trips: openSqlTrips(sql, reports),
  ledger: openSqlLedger(sql, reports),
  anomalies: openSqlAnomalies(sql, reports),
  tracks: openSqlTracks(sql, reports),
  twins: openSqlTwins(sql),
  messages: openSqlMessages(sql, reports),
  messageIndex: (logId) => openSqlMessageIndex(sql, reports, logId),
  users: openSqlUsers(sql),
  registry: openSqlRegistry(sql),
  shares: openSqlShares(sql),
  audit: openSqlAudit(sql, reports),
  programs: openSqlPrograms(sql),
  signIns: openSqlSignIns(sql),
  accountLinks: openSqlAccountLinks(sql),
  size: () => sqlSize(sql, isOurs),
  [Symbol.asyncDispose]: () => sql[Symbol.asyncDispose](),
})
