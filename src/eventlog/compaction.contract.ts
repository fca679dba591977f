// Compaction, under random appends, sweeps that stop half-way and reopenings: part of the contract
// of event-log.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { NewRecord, StoredRecord } from './event-log.ts'
import { everything, settableClock, type LogSubject } from './event-log-subject.testing.ts'
import type { SweptLog } from './state-store.ts'

const times = { lagMs: 1000, tombstoneMs: 3000 } as const
const topics = [{ name: 'twin', cleanup: 'compact' }] as const

const anyRecord = fc.record<NewRecord>(
  {
    topic: fc.constant('twin'),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    value: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom(new Uint8Array(0), new Uint8Array(30_000).fill(7)),
    ),
    at: fc.nat(1e6),
    receivedAt: fc.nat(1e6),
    headers: fc.constant({ id: 'x' }),
  },
  { requiredKeys: ['topic', 'key', 'value', 'at'] },
)

type Operation =
  | { readonly kind: 'append'; readonly records: readonly NewRecord[] }
  | { readonly kind: 'tick'; readonly ms: number }
  | { readonly kind: 'sweep' | 'reopen' }

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      records: fc.array(anyRecord, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.nat(1500) }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'sweep' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
)

/** Everything ever appended, by offset, and what the clock says. */
type Model = { readonly all: StoredRecord[]; readonly clock: ReturnType<typeof settableClock> }

export function compactionContract(subject: LogSubject, runs = 60): void {
  const property = (workBytes: number, check: (opened: SweptLog, model: Model) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(fc.array(anyOperation, { minLength: 5, maxLength: 60, size: 'max' }), (operations) =>
        runOn(subject, operations, workBytes, check),
      ),
      { numRuns: runs },
    )

  test(`${subject.name}: a compacted topic says the last value of each key, and never an older one after a newer one`, () =>
    property(1, async () => {}))

  test(`${subject.name}: what is old enough has one record a key in the end, and no tombstone`, () =>
    property(1e9, async ({ log, sweep }, { clock }) => {
      clock.at += times.lagMs + 1
      await sweep()
      const keys = (await log.read('twin', 0, 0, everything)).records.map(({ key }) => key)
      assert.equal(new Set(keys).size, keys.length)
      clock.at += times.tombstoneMs
      await sweep()
      const { records } = await log.read('twin', 0, 0, everything)
      assert.ok(records.every(({ value }) => value.byteLength > 0))
    }))
}

async function runOn(
  subject: LogSubject,
  operations: readonly Operation[],
  workBytes: number,
  check: (opened: SweptLog, model: Model) => Promise<void>,
): Promise<void> {
  await using place = subject.place()
  const model: Model = { all: [], clock: settableClock() }
  const { clock } = model
  const open = (): Promise<SweptLog> =>
    place.open({ partitions: 1, topics, clock, compaction: { ...times, workBytes } })
  let opened = await open()
  try {
    for (const operation of operations) {
      if (operation.kind === 'tick') clock.at += operation.ms
      else if (operation.kind === 'append') await appendBoth(opened, model, operation.records)
      else if (operation.kind === 'reopen') {
        if (!subject.durable) continue
        await opened[Symbol.asyncDispose]()
        opened = await open()
      } else await opened.sweep()
      await compare(opened, model)
    }
    await check(opened, model)
    await compare(opened, model)
  } finally {
    await opened[Symbol.asyncDispose]()
  }
}

async function appendBoth({ log }: SweptLog, { all, clock }: Model, records: readonly NewRecord[]): Promise<void> {
  await log.append(records)
  for (const record of records)
    all.push({
      ...record,
      partition: 0,
      offset: all.length,
      appendedAt: clock.at,
      receivedAt: record.receivedAt ?? clock.at,
    })
}

const plain = (record: StoredRecord): unknown => ({ ...record, value: Buffer.from(record.value).toString('hex') })

async function compare({ log }: SweptLog, { all, clock }: Model): Promise<void> {
  const { records, gaps, start, end, next } = await log.read('twin', 0, 0, everything)
  assert.deepEqual([gaps, start, end, next], [[], 0, all.length, all.length])
  assert.deepEqual(
    records.map(plain),
    records.map(({ offset }) => plain(all[offset]!)),
  )
  const offsets = records.map(({ offset }) => offset)
  assert.deepEqual(
    offsets,
    [...new Set(offsets)].sort((a, b) => a - b),
  )
  const kept = new Set(offsets)
  for (const { offset, appendedAt } of all)
    if (appendedAt >= clock.at - times.lagMs) assert.ok(kept.has(offset), 'a young record stays')
  const last = new Map(all.map((record) => [record.key, record]))
  const lastKept = new Map(records.map((record) => [record.key, record]))
  for (const [key, { offset, value, appendedAt }] of last) {
    const isForgettable = value.byteLength === 0 && appendedAt < clock.at - times.tombstoneMs
    assert.ok(lastKept.get(key)?.offset === offset || (isForgettable && !lastKept.has(key)), `the last value of ${key}`)
  }
  const from = Math.floor(all.length / 2)
  const rest = await log.read('twin', 0, from, { records: 3, bytes: 1e9 })
  assert.deepEqual(
    rest.records.map(({ offset }) => offset),
    offsets.filter((offset) => offset >= from).slice(0, 3),
  )
}
