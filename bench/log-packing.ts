// Bytes that the embedded log takes on the disk for a message of the simulated city, committed as
// they come, before it is packed and after; the CPU of packing; how fast both are read; and the
// bytes that Kafka takes for the same records with zstd, a batch for each partition and 50 ms.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { kafkaVersion, noKafka, startKafka } from '../test/engines/kafka.ts'
import { loadCity } from '../src/city/city.ts'
import type { NewRecord } from '../src/eventlog/event-log.ts'
import { openLmdbLog, type LmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { openKafkaLog } from '../src/eventlog/kafka/kafka-log.ts'
import { formOn, newPrefix } from '../src/eventlog/kafka/kafka.testing.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'
import { encodeMessage } from '../src/model/message-codec.ts'
import { vehicleKey } from '../src/model/vehicle-id.ts'
import { usualRates } from '../src/sim/incidents.ts'
import { simulateOffline } from '../src/sim/offline.ts'
import { ownMicros } from './support/own-cpu.ts'

export const title = 'Event log (LMDB): bytes a message of the simulated city, packed and not, beside Kafka with zstd'

const partitions = 8
const cars = 300
const minutes = 10
/** Between two commits of the demonstration. */
const commitMs = 15
/** Of Kafka's producer: as long as it lets records gather. */
const lingerMs = 50
const startAt = 1_767_877_200_000

/** Of a log that nobody has open. */
function printReading(dir: string, name: string): void {
  const reader = join(import.meta.dirname, 'log-packing.reader.ts')
  const said = execFileSync(process.execPath, [...process.execArgv, reader, dir, String(partitions)], {
    encoding: 'utf8',
  })
  process.stdout.write(`  reading them ${name}: ${Number(said).toFixed(2)} µs CPU a message\n`)
}

type Commit = { readonly at: number; readonly records: NewRecord[] }

/** Messages that come within a few milliseconds are a commit. */
async function commits(everyMs: number): Promise<readonly Commit[]> {
  const found = new Map<number, NewRecord[]>()
  const world = { city: await loadCity(), cars, seed: 7, startAt, rates: usualRates }
  for (const { ref, stream, message, sentAt } of simulateOffline({ ...world, durationMs: minutes * 60_000 })) {
    const tick = Math.floor(sentAt / everyMs)
    const records = found.get(tick) ?? []
    found.set(tick, records)
    const at = 'event' in message ? message.at : message.samples.at(-1)!.at
    records.push({ topic: stream, key: vehicleKey(ref), value: encodeMessage(message), at, receivedAt: sentAt + 3 })
  }
  return [...found]
    .toSorted(([one], [other]) => one - other)
    .map(([tick, records]) => ({ at: (tick + 1) * everyMs, records }))
}

/** Pages in use, without those that are free for what comes. */
async function usedBytes(dir: string): Promise<number> {
  const root = open({ path: dir, noSubdir: false, readOnly: true })
  try {
    let bytes = 0
    for (const name of ['blocks', 'meta']) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- lmdb-js types its statistics as {}
      const stats = root.openDB(name, {}).getStats() as Record<string, number>
      bytes +=
        stats['pageSize']! * (stats['treeBranchPageCount']! + stats['treeLeafPageCount']! + stats['overflowPages']!)
    }
    return bytes
  } finally {
    await root.close()
  }
}

/** Prints what Kafka's log takes once it has the same records. */
async function printKafka(): Promise<void> {
  if (noKafka !== false) {
    process.stdout.write(`  Kafka: ${noKafka}\n`)
    return
  }
  await using kafka = await startKafka({ nodes: 1 })
  const prefix = newPrefix()
  const topics = uplinkTopics.map(({ name }) => ({ name }))
  const servers = { brokers: kafka.brokers, tls: undefined, sasl: undefined }
  await using opened = await openKafkaLog({
    servers,
    form: formOn(kafka, prefix),
    partitions,
    topics,
    compression: 'zstd',
  })
  let [count, batches] = [0, 0]
  for (const { records } of await commits(lingerMs)) {
    const places = await opened.log.append(records)
    count += places.length
    batches += new Set(places.map(({ topic, partition }) => `${topic} ${partition}`)).size
  }
  const names = topics.map(({ name }) => `${prefix}${name}`)
  const said = kafka.tool('LogDirsCommand', '--describe', '--topic-list', names.join(','))
  const sizes = Array.from(said.matchAll(/"size":(\d+)/g), ([, size]) => Number(size))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  process.stdout.write(
    `  Kafka ${kafkaVersion}, zstd, linger ${lingerMs} ms: ${(bytes / count).toFixed(0)} bytes a message, ${(count / batches).toFixed(1)} messages a batch\n`,
  )
}

async function blockCount(dir: string): Promise<number> {
  const root = open({ path: dir, noSubdir: false, readOnly: true })
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- lmdb-js types its statistics as {}
    return (root.openDB('blocks', {}).getStats() as Record<string, number>)['entryCount']!
  } finally {
    await root.close()
  }
}

export async function run(): Promise<void> {
  const dir = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'roadstream-bench-'))
  const clock = { at: startAt, now: () => clock.at }
  const openLog = (): LmdbLog =>
    openLmdbLog({ dir, partitions, topics: uplinkTopics, clock, steady: clock, sweepEveryMs: 0 })
  const print = (text: string): void => void process.stdout.write(`  ${text}\n`)
  try {
    let [count, payload] = [0, 0]
    const bytesEach = async (): Promise<string> => `${((await usedBytes(dir)) / count).toFixed(0)} bytes a message`
    {
      await using opened = openLog()
      for (const { at, records } of await commits(commitMs)) {
        clock.at = Math.max(clock.at, at)
        await opened.log.append(records)
        count += records.length
        for (const { value } of records) payload += value.byteLength
      }
    }
    printReading(dir, 'as appended')
    print(`${count.toLocaleString('en')} messages of ${cars} cars, ${(payload / count).toFixed(0)} bytes each`)
    print(`as appended: ${await bytesEach()}; file ${(statSync(join(dir, 'data.mdb')).size / count).toFixed(0)}`)
    clock.at += 3_600_000
    {
      await using opened = openLog()
      const cpu = process.cpuUsage()
      await opened.sweep()
      print(`packing: ${(ownMicros(cpu) / count).toFixed(2)} µs CPU a message`)
    }
    printReading(dir, 'packed')
    print(`packed: ${await bytesEach()}, ${(count / (await blockCount(dir))).toFixed(0)} messages a block`)
    await printKafka()
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
