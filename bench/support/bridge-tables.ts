// Tables of what our bridge has carried: jobs and writers run to the end of the log, as the roles
// would, and what the ledger and the documents then have of the cars.
import { silentLogger } from '../../src/base/logger.ts'
import { openLogs, openStorage } from '../../src/compose/adapters.ts'
import { readConfig } from '../../src/config/config.ts'
import { markFor } from '../../src/engine/marks.ts'
import { markTopics } from '../../src/eventlog/topics.ts'
import { allRows, runJobsToEnd, writeOut } from '../../test/support/read-out.ts'
import { ownSettings, partitions, tenant, type Carrying } from './bridge-kinds.ts'
import { cars } from './car-messages.ts'
import { wholeReach } from '../../src/storage/reach.ts'

/** Sums over the cars. */
export type TableFigures = {
  /** Numbers of messages that the ledger has, each once. */
  readonly stored: number
  readonly missing: number
  /** Records that the ledger knows for repeats. */
  readonly duplicate: number
  /** Documents of messages, each once. */
  readonly documents: number
}

export async function tablesOf(carrying: Carrying): Promise<TableFigures> {
  const config = readConfig(ownSettings(carrying))
  if (!config.ok) throw new Error(config.detail)
  await using uplink = await openLogs(config.value, 'uplink', silentLogger)
  await using derived = await openLogs(config.value, 'derived', silentLogger)
  const { share } = derived
  if (share === undefined) throw new Error('Jobs on Kafka share the partitions.')
  const { signal } = new AbortController()
  while (share.given().size < partitions) await share.changed(signal)
  // Time passes after the last message, so that all that waits for its turn is said.
  const { log } = uplink
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  await log.append(all.map((partition) => markFor(log, markTopics.uplink, partition, log.now())))
  await runJobsToEnd(uplink.log, derived, share)
  await using storage = await openStorage(config.value, silentLogger)
  await writeOut(config.value, { uplink: uplink.log, derived: derived.log, storage })
  const sum = { stored: 0, missing: 0, duplicate: 0, documents: 0 }
  for (let car = 0; car < cars; car += 1) {
    const vehicle = `car-${car}`
    const documents = await allRows((page) => storage.messages.list({ tenant, vehicle }, { stream: 'telemetry' }, page))
    sum.documents += documents.length
    for (const { stored, missing, duplicate } of (
      await storage.ledger.list(wholeReach(tenant), { vehicle }, { limit: 10 })
    ).rows) {
      sum.stored += stored
      sum.missing += missing
      sum.duplicate += duplicate
    }
  }
  return sum
}
