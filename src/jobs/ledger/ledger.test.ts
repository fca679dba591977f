import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import type { LedgerEntry } from '../../model/read-models.ts'
import { driveJobs, recordsOf } from '../../engine/job-driver.ts'
import { latenessMs } from '../../engine/lateness.ts'
import { ledger, ledgerEveryMs } from './ledger.ts'

const at = 1_700_000_000_000
const boot = '00000000000000aa'

const record = (seq: number, from = boot, when = at + seq * 1000): StoredRecord =>
  recordsOf([{ boot: from, seq, samples: [{ at: when, signals: { 'Vehicle.Speed': 1 } }] }])[0]!

const refused = (value: string): StoredRecord => ({
  ...record(0),
  topic: 'dead-letter',
  headers: { stream: 'telemetry', reason: 'shape' },
  value: Buffer.from(value),
})

function entryOf(records: readonly StoredRecord[]): LedgerEntry {
  const driver = driveJobs([ledger], { reload: true })
  driver.feed(records, at)
  driver.pass(Number.MAX_SAFE_INTEGER)
  const entry = driver.results().get('ledger demo/car-1/telemetry') as LedgerEntry
  assert.equal(entry.sent, entry.stored + entry.refused + entry.missing)
  assert.equal(entry.received, entry.stored + entry.duplicate + entry.refused)
  return entry
}

const counts = ({ sent, received, stored, duplicate, late, refused: refusals, missing }: LedgerEntry) => [
  sent,
  received,
  stored,
  duplicate,
  late,
  refusals,
  missing,
]

test('counts what came, what came twice and what is missing, over boots', () => {
  const entry = entryOf([record(0), record(1), record(1), record(4), record(0, 'bb'.repeat(8)), record(2, 'bb'.repeat(8))])
  assert.deepEqual(counts(entry), [8, 6, 5, 1, 0, 0, 3])
})

test('a refused message with a seq that can be read is not missing, nor counted twice', () => {
  const letter = refused(JSON.stringify({ boot, seq: 1, samples: 'none' }))
  assert.deepEqual(counts(entryOf([record(0), record(2), letter])), [3, 3, 2, 0, 0, 1, 0])
  assert.deepEqual(counts(entryOf([record(0), letter, record(2), letter])), [3, 4, 2, 1, 0, 1, 0])
})

test('a refused message that cannot be read is taken for one that would be missing', () => {
  assert.deepEqual(counts(entryOf([record(0), record(2), refused('{')])), [3, 3, 2, 0, 0, 1, 0])
  assert.deepEqual(counts(entryOf([record(0), record(1), refused('{')])), [3, 3, 2, 0, 0, 1, 0], 'it was the last one sent')
})

test('a message stored after it had been refused is stored', () => {
  assert.deepEqual(counts(entryOf([refused(JSON.stringify({ boot, seq: 0 })), record(0), record(1)])), [2, 3, 2, 1, 0, 0, 0])
})

test('a message too late to change anything is counted as late, once', () => {
  const late = record(1, boot, at - latenessMs - 1)
  assert.deepEqual(counts(entryOf([record(0), late, late])), [2, 3, 2, 1, 1, 0, 0])
})

test('a vehicle is spoken of at once, then at most every ten seconds, and in the end exactly', () => {
  const driver = driveJobs([ledger])
  const said: number[] = []
  for (let seq = 0; seq < 60; seq += 1)
    for (const output of driver.feed([record(seq)], at + seq * 1000 - 2001)) said.push((output.value as LedgerEntry).stored)
  assert.equal(said[0], 1)
  assert.ok(said.length >= 5 && said.length <= 60_000 / ledgerEveryMs + 2, `said ${said.length} times in a minute`)
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.equal((driver.results().get('ledger demo/car-1/telemetry') as LedgerEntry).stored, 60)
})

test('messages with an instant after their receipt are counted, each once, and the last receipt is kept beside the last instant', () => {
  const heard = (seq: number, receivedAt: number): StoredRecord => ({ ...record(seq), receivedAt })
  const ahead = heard(2, at + 2000 - 120_001)
  const { clock, lastAt, lastReceivedAt } = entryOf([heard(1, at + 1500), ahead, ahead, heard(0, at + 1600)])
  assert.deepEqual([clock, lastAt, lastReceivedAt], [1, at + 2000, at + 1600])
})
