// However the log fails and recovers: acknowledged once, in order, and only what is stored.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { systemClock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { defaultLimits } from './gateway-limits.ts'
import { openMetrics } from './gateway-metrics.ts'
import { openIngest, type IngestOwner } from './ingest.ts'

type Outcome = { readonly fails: boolean; readonly storesFirst: boolean; readonly turns: number }

/** The memory log, whose appends end as the script says; after the script all succeed. */
function scripted(log: EventLog, script: readonly Outcome[]): EventLog {
  let call = 0
  return {
    ...log,
    async append(records) {
      const outcome = script[call++] ?? { fails: false, storesFirst: false, turns: 0 }
      for (let turn = 0; turn < outcome.turns; turn++) await new Promise((resolve) => setImmediate(resolve))
      if (!outcome.fails) return log.append(records)
      if (outcome.storesFirst) await log.append(records)
      throw new Outage('DISK', 'scripted', { retryable: true })
    },
  }
}

test('whatever appends fail, each connection is acknowledged once, in order, and only for what is stored', async () => {
  const outcome = fc.record({ fails: fc.boolean(), storesFirst: fc.boolean(), turns: fc.nat(3) })
  const adds = fc.array(fc.record({ owner: fc.nat(3), pumps: fc.boolean(), isRecord: fc.boolean() }), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(adds, fc.array(outcome, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), async (adds, script, appendsInFlight) => {
      const { log } = openMemoryLog({ partitions: 1 })
      const limits = { ...defaultLimits, appendsInFlight, batchRecords: 3, appendRetryMinMs: 0, appendRetryMaxMs: 0 }
      const metrics = openMetrics(new Registry(), systemClock, { connections: () => 0, sessions: () => 0, pendingBytes: () => 0 })
      const ingest = openIngest({ log: scripted(log, script), limits, metrics, logger: silentLogger, onDurable: () => undefined })
      const isStored = (key: string): boolean =>
        log.read('telemetry', 0, 0, { records: 1e6, bytes: 1e9 }).some((record) => record.key === key)
      const owners = [0, 1, 2, 3].map((number) => {
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
              if (adds[packetId - 1]!.isRecord) assert.ok(isStored(`t/${number}-${packetId}`), 'acknowledged and not stored')
            }
          },
        }
        return { owner, acknowledged }
      })
      for (const [index, add] of adds.entries()) {
        const packetId = index + 1
        const record = { topic: 'telemetry', key: `t/${add.owner}-${packetId}`, value: Buffer.from('x'), at: 0 } as const
        const { owner } = owners[add.owner]!
        ingest.add({
          owner,
          ackFirst: 0x40,
          packetId,
          reason: 0,
          record: add.isRecord ? record : undefined,
          bytes: 10,
          readAt: 1,
          message: undefined,
        })
        if (add.pumps) ingest.pump()
      }
      ingest.pump()
      await ingest.drained()
      for (const [number, { acknowledged, owner }] of owners.entries()) {
        const wanted = adds.flatMap((add, index) => (add.owner === number ? [index + 1] : []))
        assert.deepEqual(acknowledged, wanted)
        assert.equal(owner.pendingBytes, 0)
      }
    }),
    { numRuns: 200 },
  )
})
