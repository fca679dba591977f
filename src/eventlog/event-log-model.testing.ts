// Random appends, reads, sweeps and (where durable) reopenings against a plain model: arrays that
// keep everything. Part of the contract; apart from event-log.contract.ts only to keep both short.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { seeded } from '../base/seeded.testing.ts'
import { everything, settableClock, type LogSubject, type OpenedLog } from './event-log-subject.testing.ts'
import {
  positionKey,
  type NewRecord,
  type Position,
  type StoredRecord,
  type Topic,
  type TopicSpec,
} from './event-log.ts'
import { partitionOf } from './partition.ts'

const partitions = 3
const topics = ['telemetry', 'critical', 'dead-letter'] as const
const specs = [
  { name: 'telemetry', retention: { ms: 2000 } },
  { name: 'critical', retention: { bytes: 80_000 } },
  { name: 'dead-letter', retention: { ms: 4000, bytes: 40_000 } },
] as const satisfies readonly TopicSpec[]

const random = seeded(7)
/** Packing makes it no smaller: what a topic keeps is counted as it is stored. */
const large = Uint8Array.from({ length: 70_000 }, () => Math.floor(256 * random()))

const anyRecord = fc.record<NewRecord>(
  {
    topic: fc.constantFrom(...topics),
    key: fc.oneof(
      fc.constantFrom('acme/1', 'acme/2', 'acme/3', 'acme/4'),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
    ),
    value: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(new Uint8Array(0), large)),
    at: fc.double({ min: 0, max: 4e12, noNaN: true }),
    receivedAt: fc.oneof(fc.integer({ min: 1_699_999_000_000, max: 1_700_000_000_000 }), fc.maxSafeInteger()),
    headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 8 }), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    }),
  },
  { requiredKeys: ['topic', 'key', 'value', 'at'] },
)

type Operation =
  | { readonly kind: 'append'; readonly calls: readonly (readonly NewRecord[])[] }
  | {
      readonly kind: 'read'
      readonly topic: Topic
      readonly partition: number
      readonly from: number
      readonly records: number
      readonly bytes: number
    }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'tick'; readonly ms: number }
  | { readonly kind: 'reopen' }

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      calls: fc.array(fc.array(anyRecord, { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      topic: fc.constantFrom(...topics),
      partition: fc.nat(partitions - 1),
      from: fc.nat(60),
      records: fc.integer({ min: 1, max: 20 }),
      bytes: fc.integer({ min: 1, max: 3000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.integer({ min: -500, max: 3000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
)

/** A log that drops nothing of itself has no `sweep`. */
type ModelLog = OpenedLog & { sweep?(): Promise<void> }

/** Everything ever appended, by topic and partition, and where the kept part starts. */
type Model = {
  readonly kept: Map<string, StoredRecord[]>
  readonly starts: Map<string, number>
  /** Without it the times that the log itself gives are not compared. */
  readonly isClockGiven: boolean
}

export function eventLogModelContract(subject: LogSubject<ModelLog>, runs = 60): void {
  test(`${subject.name}: random operations agree with a plain model`, () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyOperation, { maxLength: 25 }), (operations) => runAgainstModel(subject, operations)),
      { numRuns: runs },
    ))
}

async function runAgainstModel(subject: LogSubject<ModelLog>, operations: readonly Operation[]): Promise<void> {
  await using place = subject.place()
  const clock = settableClock()
  const model: Model = { kept: new Map(), starts: new Map(), isClockGiven: subject.isClockGiven }
  let opened = await place.open({ partitions, clock, topics: specs })
  try {
    for (const operation of operations) {
      if (operation.kind === 'tick') clock.at += operation.ms
      else if (operation.kind === 'append') await appendBoth(opened, model, operation.calls, clock.at)
      else if (operation.kind === 'read') await readBoth(opened, model, operation)
      else if (operation.kind === 'sweep') {
        await opened.sweep?.()
        if (opened.sweep !== undefined) for (const spec of specs) await dropFromModel(opened, model, spec, clock.at)
      } else if (subject.durable) {
        await opened[Symbol.asyncDispose]()
        opened = await place.open({ partitions, clock, topics: specs })
      }
    }
    await compareAll(opened, model)
  } finally {
    await opened[Symbol.asyncDispose]()
  }
}

async function appendBoth(
  { log }: OpenedLog,
  model: Model,
  calls: readonly (readonly NewRecord[])[],
  now: number,
): Promise<void> {
  const given = await Promise.all(calls.map((records) => log.append(records)))
  for (const [call, records] of calls.entries())
    assert.deepEqual(
      given[call],
      records.map((record) => appendToModel(model, record, now)),
    )
}

function appendToModel({ kept }: Model, record: NewRecord, now: number): Position {
  const partition = partitionOf(record.key, partitions)
  const key = positionKey(record.topic, partition)
  const all = kept.get(key) ?? []
  kept.set(key, all)
  const offset = all.length
  const appendedAt = Math.max(now, all.at(-1)?.appendedAt ?? 0)
  all.push({
    ...record,
    value: record.value.slice(),
    partition,
    offset,
    appendedAt,
    receivedAt: record.receivedAt ?? appendedAt,
  })
  return { topic: record.topic, partition, offset }
}

async function readBoth(
  { log }: OpenedLog,
  { kept, starts, isClockGiven }: Model,
  { topic, partition, from, records, bytes }: Operation & { kind: 'read' },
): Promise<void> {
  const key = positionKey(topic, partition)
  const expected: StoredRecord[] = []
  let total = 0
  for (const record of (kept.get(key) ?? []).slice(Math.max(from, starts.get(key) ?? 0))) {
    total += record.value.byteLength
    if (expected.length > 0 && (expected.length >= records || total > bytes)) break
    expected.push(record)
  }
  const read = (await log.read(topic, partition, from, { records, bytes })).records
  assert.deepEqual(plain(read, isClockGiven), plain(expected, isClockGiven))
}

/** Where dropping stops depends on the blocks an adapter made; what it may never do does not. */
async function dropFromModel(
  { log }: OpenedLog,
  model: Model,
  { name, retention }: (typeof specs)[number],
  now: number,
): Promise<void> {
  const { ms = Infinity, bytes = Infinity }: NonNullable<TopicSpec['retention']> = retention
  let keptBytes = 0
  for (let partition = 0; partition < partitions; partition++) {
    const key = positionKey(name, partition)
    const all = model.kept.get(key) ?? []
    const before = model.starts.get(key) ?? 0
    const { start, end } = await log.bounds(name, partition)
    assert.equal(end, all.length)
    assert.ok(start >= before && start <= end)
    for (const record of all.slice(start)) {
      keptBytes += record.value.byteLength
      assert.ok(record.appendedAt >= now - ms, 'kept a record that is too old')
    }
    if (bytes === Infinity)
      for (const record of all.slice(before, start)) assert.ok(record.appendedAt < now - ms, 'dropped too much')
    model.starts.set(key, start)
  }
  assert.ok(keptBytes <= bytes, `${keptBytes} bytes kept of at most ${bytes}`)
}

async function compareAll({ log }: OpenedLog, { kept, starts, isClockGiven }: Model): Promise<void> {
  for (const topic of topics)
    for (let partition = 0; partition < partitions; partition++) {
      const key = positionKey(topic, partition)
      const all = kept.get(key) ?? []
      const start = starts.get(key) ?? 0
      assert.deepEqual(await log.bounds(topic, partition), { start, end: all.length })
      const read = (await log.read(topic, partition, 0, everything)).records
      assert.deepEqual(plain(read, isClockGiven), plain(all.slice(start), isClockGiven))
    }
}

const plain = (records: readonly StoredRecord[], isClockGiven: boolean): unknown[] =>
  records.map(({ appendedAt, receivedAt, ...record }) => ({
    ...record,
    value: Buffer.from(record.value).toString('hex'),
    receivedAt: isClockGiven || receivedAt !== appendedAt ? receivedAt : 'when it was appended',
    appendedAt: isClockGiven ? appendedAt : 'by the log',
  }))
