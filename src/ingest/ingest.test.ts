// However the log fails and recovers: acknowledged once, in order, and only what is stored; and
// stored in the order it was published.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { systemClock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { defaultIngestLimits } from './ingest-limits.ts'
import { openIngestMetrics } from './ingest-metrics.ts'
import { openIngest, type IngestOwner } from './ingest.ts'

/** How an append ends: after some turns of the event loop, well, or with an outage after the first
 *  `stored` records. */
type Outcome = { readonly fails: boolean; readonly stored: number; readonly turns: number }
const well: Outcome = { fails: false, stored: 0, turns: 0 }

/** The memory log, whose appends end as the script says, and well after it. */
function scripted(log: EventLog, script: readonly Outcome[]): EventLog {
  let call = 0
  return {
    ...log,
    async append(records) {
      const { fails, stored, turns } = script[call++] ?? well
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
      if (!fails) return log.append(records)
      await log.append(records.slice(0, stored))
      throw new Outage('DISK', 'scripted', { retryable: true })
    },
  }
}

const options = { logger: silentLogger, nextTick: () => undefined, onDurable: () => undefined }

const item = {
  owner: undefined,
  ackFirst: 0,
  packetId: 0,
  reason: 0,
  explanation: undefined,
  bytes: 10,
  readAt: 1,
  message: undefined,
  step: undefined,
}

type Add = { readonly car: number; readonly pumps: boolean; readonly isRecord: boolean }

const script = fc.array(fc.record({ fails: fc.boolean(), stored: fc.nat(4), turns: fc.nat(3) }), { maxLength: 12 })
const adds = fc.array(fc.record({ car: fc.nat(3), pumps: fc.boolean(), isRecord: fc.boolean() }), {
  minLength: 1,
  maxLength: 40,
})

/** Puts the adds through ingest on a log that ends appends as the script says. Packet n is the n-th
 *  add, from 1. */
async function ingestAll(adds: readonly Add[], script: readonly Outcome[]) {
  const { log } = openMemoryLog({ partitions: 1 })
  /** The packets of which an append has ended well. */
  const appended = new Set<number>()
  const append: EventLog['append'] = async (records) => {
    const packets = records.map(({ value }) => Number(Buffer.from(value)))
    const positions = await log.append(records)
    for (const packet of packets) appended.add(packet)
    return positions
  }
  const limits = { ...defaultIngestLimits, batchRecords: 3, appendRetryMinMs: 0, appendRetryMaxMs: 0 }
  const metrics = openIngestMetrics(new Registry(), systemClock, () => 0)
  const failing = scripted({ ...log, append }, script)
  const ingest = openIngest({ ...options, store: failing, limits, metrics })
  /** The packets of a car that are in the log, each where it first stands. */
  const storedOf = async (car: number): Promise<number[]> => {
    const records = (await readWhole(log, 'telemetry')).filter(({ key }) => key === `t/${car}`)
    return [...new Set(records.map(({ value }) => Number(Buffer.from(value))))]
  }
  const cars = [0, 1, 2, 3].map((car) => {
    const acknowledged: number[] = []
    const owner: IngestOwner = {
      version: 4,
      isOpen: true,
      pendingBytes: 0,
      ackBytes: 0,
      ackAt: -1,
      exchangeCompleted: () => undefined,
      writeAcknowledgements(bytes) {
        for (let at = 0; at < bytes.length; at += 4) {
          const packetId = bytes.readUInt16BE(at + 2)
          acknowledged.push(packetId)
          if (adds[packetId - 1]!.isRecord) assert.ok(appended.has(packetId), 'acknowledged and not stored')
        }
      },
    }
    return { owner, acknowledged, stored: () => storedOf(car) }
  })
  for (const [index, { car, isRecord, pumps }] of adds.entries()) {
    const packetId = index + 1
    const record = isRecord
      ? ({ topic: 'telemetry', key: `t/${car}`, value: Buffer.from(String(packetId)), at: 0 } as const)
      : undefined
    const { owner } = cars[car]!
    ingest.add({ ...item, owner, ackFirst: 0x40, packetId, record })
    if (pumps) ingest.pump()
    // Lets appends end among the adds.
    if (pumps && index % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  ingest.pump()
  await ingest.drained()
  return cars
}

test('whatever appends fail, each connection is acknowledged once, in order, and only for what is stored', async () => {
  await fc.assert(
    fc.asyncProperty(adds, script, async (adds, script) => {
      for (const [car, { acknowledged, owner }] of (await ingestAll(adds, script)).entries()) {
        const wanted = adds.flatMap((add, index) => (add.car === car ? [index + 1] : []))
        assert.deepEqual(acknowledged, wanted)
        assert.equal(owner.pendingBytes, 0)
      }
    }),
    { numRuns: 200 },
  )
})

test('whatever appends fail, and whatever they stored before, the log holds each key in the order of its PUBLISHes', async () => {
  await fc.assert(
    fc.asyncProperty(adds, script, async (adds, script) => {
      for (const [car, { stored }] of (await ingestAll(adds, script)).entries()) {
        const published = adds.flatMap((add, index) => (add.car === car && add.isRecord ? [index + 1] : []))
        assert.deepEqual(await stored(), published)
      }
    }),
    { numRuns: 200 },
  )
})

test('while one append is under way nothing newer goes to the log; what came meanwhile goes together', async () => {
  const appends: { readonly values: readonly string[]; readonly end: () => void }[] = []
  const log: EventLog = {
    ...openMemoryLog({ partitions: 1 }).log,
    append: (records) =>
      new Promise((resolve) => {
        appends.push({ values: records.map(({ value }) => Buffer.from(value).toString()), end: () => resolve([]) })
      }),
  }
  const metrics = openIngestMetrics(new Registry(), systemClock, () => 0)
  const ingest = openIngest({ ...options, store: log, limits: defaultIngestLimits, metrics })
  for (const text of ['a', 'b', 'c', 'd']) {
    const record = { topic: 'telemetry', key: 't/v', value: Buffer.from(text), at: 0 } as const
    ingest.add({ ...item, record })
    ingest.pump()
  }
  assert.deepEqual(
    appends.map(({ values }) => values),
    [['a']],
  )
  appends[0]!.end()
  await Promise.resolve()
  assert.deepEqual(appends[1]?.values, ['b', 'c', 'd'])
  appends[1].end()
  await ingest.drained()
  assert.equal(appends.length, 2)
})

test('an outage is told once with its reason, and its end once, however often it was tried', async () => {
  const lines: string[] = []
  const { log } = openMemoryLog({ partitions: 1 })
  const failing = { fails: true, stored: 0, turns: 0 }
  const ingest = openIngest({
    ...options,
    logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    store: scripted(
      log,
      Array.from({ length: 70 }, () => failing),
    ),
    limits: { ...defaultIngestLimits, appendRetryMinMs: 0, appendRetryMaxMs: 0 },
    metrics: openIngestMetrics(new Registry(), systemClock, () => 0),
  })
  const record = { topic: 'telemetry', key: 't/1', value: Buffer.from('1'), at: 0 } as const
  ingest.add({ ...item, packetId: 1, record })
  ingest.pump()
  await ingest.drained()
  assert.equal(lines.length, 2, lines.join(''))
  assert.match(lines[0] ?? '', /"code":"DISK","reason":"scripted"/)
  assert.match(lines[1] ?? '', /"failures":70,.*takes records again/)
})
