// Data folders that earlier states left, whole: what they hold is in content.json beside them, as
// those states read it.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, zstdDecompressSync } from 'node:zlib'
import { silentLogger as logger } from '../../src/base/logger.ts'
import { resultsIn } from '../../src/engine/runner.testing.ts'
import type { EventLog } from '../../src/eventlog/event-log.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { readWhole } from '../../src/eventlog/read-whole.testing.ts'
import { derivedLogTopics, uplinkTopics } from '../../src/eventlog/topics.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { uplinkStreams } from '../../src/model/topic.ts'
import { openServer } from '../../src/storage/postgres/embedded/server.ts'
import { decodeChunk } from '../../src/storage/postgres/message-chunk.ts'
import { openPgSql } from '../../src/storage/postgres/pg-sql.ts'
import type { Sql } from '../../src/storage/postgres/sql.ts'

export type KeptContent = {
  /** Of each table; of raw messages, those that can be listed. */
  readonly rows: Readonly<Record<string, number>>
  /** By log and topic: where its partitions end, and a digest of every record before that. */
  readonly log: Readonly<Record<string, { readonly ends: readonly number[]; readonly sha256: string }>>
  /** By store and partition: the next offset. */
  readonly positions: Readonly<Record<string, number>>
}

const partitions = 8
const everything = { records: 1e6, bytes: 1e9 }
const fileOf = (name: string, file: string): URL => new URL(`../old-data/${name}/${file}`, import.meta.url)

export const keptContent = (name: string): KeptContent =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the program in the README there
  JSON.parse(readFileSync(fileOf(name, 'content.json'), 'utf8')) as KeptContent

/** Of a header of an archive of POSIX 1003.1 (ustar): where its fields begin, and their bytes. */
const field = { name: [0, 100], mode: [100, 8], size: [124, 12], type: [156, 1], prefix: [345, 155] } as const
const blockBytes = 512

/** Lays the folder of that name into `dir`, with the rights its files had. */
export function unpackKept(name: string, dir: string): void {
  const archive = zstdDecompressSync(readFileSync(fileOf(name, 'data.tar.zst')), {
    // A window over all of it: the databases of a cluster are nearly equal, and megabytes apart.
    params: { [constants.ZSTD_d_windowLogMax]: 27 },
  })
  for (let at = 0; archive[at] !== 0;) {
    const header = archive.subarray(at, (at += blockBytes))
    const text = (of: keyof typeof field): string => {
      const [from, bytes] = field[of]
      return header.toString('utf8', from, from + bytes).replace(/\0[^]*$/, '')
    }
    const [size, mode] = [Number.parseInt(text('size'), 8), Number.parseInt(text('mode'), 8)]
    const path = join(dir, text('prefix'), text('name'))
    if (text('type') === '5') mkdirSync(path, { recursive: true, mode })
    else writeFileSync(path, archive.subarray(at, at + size), { mode })
    at += Math.ceil(size / blockBytes) * blockBytes
  }
}

export type ContentNow = KeptContent & {
  /** Of each table that is written from the log: how many rows that tells of. */
  readonly told: Readonly<Record<string, number>>
}

/** Reads a folder as it is now; of the log, the digests are of what is before the ends of `kept`.
 *  Nobody else may have the folder open. */
export async function contentNow(dir: string, kept: KeptContent): Promise<ContentNow> {
  const { log, told } = await logsNow(dir, kept)
  await using server = await openServer({ dir: join(dir, 'postgres'), logger })
  await using sql = openPgSql({ server: server.address, logger })
  const rows: Record<string, number> = {}
  for (const table of Object.keys(kept.rows))
    rows[table] = (await sql.query<{ readonly count: number }>(`select count(*) from ${table}`))[0]?.count ?? Number.NaN
  rows['messages'] = await listedMessages(sql)
  const found = await sql.query<{ readonly place: string; readonly next: number }>(
    `select sink || ' ' || log_partition as place, next_offset as next from sink_positions`,
  )
  return { log, told, rows, positions: Object.fromEntries(found.map(({ place, next }) => [place, next])) }
}

/** Documents, and those whose place in the log is known. */
async function listedMessages(sql: Sql): Promise<number> {
  const documents = await sql.query<{ readonly id: string }>('select id from messages')
  const chunks = await sql.query<{ readonly place: string; readonly entries: string }>(
    `select stream || '/' || log_partition as place, encode(entries, 'base64') as entries from message_index`,
  )
  const indexed = chunks.flatMap(({ place, entries }) =>
    decodeChunk(Buffer.from(entries, 'base64')).map(({ offset }) => `${place}/${offset}`),
  )
  return new Set([...documents.map(({ id }) => id), ...indexed]).size
}

const tableOf: Readonly<Record<string, string>> = {
  alert: 'alerts',
  anomaly: 'anomalies',
  ledger: 'ledger',
  track: 'tracks',
  trip: 'trips',
  twin: 'twins',
}

async function logsNow(dir: string, kept: KeptContent): Promise<Pick<ContentNow, 'log' | 'told'>> {
  await using uplink = openLmdbLog({ dir: join(dir, 'log'), partitions, topics: uplinkTopics })
  await using derived = openLmdbLog({ dir: join(dir, 'derived'), partitions, topics: derivedLogTopics })
  const log: Record<string, KeptContent['log'][string]> = {}
  for (const [place, { ends }] of Object.entries(kept.log)) {
    const [name, topic = ''] = place.split('/')
    log[place] = { ends, sha256: await digest(name === 'log' ? uplink.log : derived.log, topic, ends) }
  }
  const messages = await Promise.all(uplinkStreams.map((stream) => readWhole(uplink.log, stream)))
  const told: Record<string, number> = { messages: messages.flat().length }
  for (const place of (await resultsIn(derived.log, jobs)).keys()) {
    const table = tableOf[place.split(' ')[0] ?? '']
    if (table !== undefined) told[table] = (told[table] ?? 0) + 1
  }
  return { log, told }
}

async function digest(log: EventLog, topic: string, ends: readonly number[]): Promise<string> {
  const hash = createHash('sha256')
  for (const [partition, end] of ends.entries()) {
    const { start } = await log.bounds(topic, partition)
    const { records } = await log.read(topic, partition, start, everything)
    for (const { offset, key, value, at, appendedAt } of records.filter((record) => record.offset < end))
      hash.update(`${partition} ${offset} ${key} ${at} ${appendedAt} ${value.length} `).update(value)
  }
  return hash.digest('hex')
}
