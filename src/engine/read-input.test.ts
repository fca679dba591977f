// Instants of clocks that are not set reach the jobs and move nobody's time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { jobs } from '../jobs/jobs.ts'
import { driveJobs, messagesOf, recordsOf } from './job-driver.ts'
import { nodeText } from './node-text.ts'
import { readInput } from './read-input.ts'
import { shuffled } from './shuffled.testing.ts'

const startAt = 1_767_877_200_000
const boot = '00000000000000aa'

const read = (json: object, receivedAt: number) => {
  const value = new TextEncoder().encode(JSON.stringify(json))
  const record: StoredRecord = {
    topic: 'critical',
    key: 'demo/car-1',
    value,
    at: receivedAt,
    partition: 0,
    offset: 0,
    appendedAt: receivedAt,
    receivedAt,
  }
  return readInput(record, nodeText, 120_000)
}

test('an event of 1970, of 2200 or of no instant is an input like any other, and names no instant', () => {
  for (const at of [9000, Date.UTC(2200, 0, 1), 'noon']) {
    const { input, refusal } = read({ boot, seq: 0, event: 'airbag-deployed', at }, startAt)
    assert.equal(refusal, null)
    assert.ok(input.message !== null && 'event' in input.message)
    assert.equal(input.message.at, typeof at === 'number' ? at : 0)
    assert.ok(Number.isNaN(input.newestAt) && Number.isNaN(input.markedAt))
  }
})

test('a message all of whose samples were set aside is an input and names no instant', () => {
  const { input, refusal } = read({ boot, seq: 0, samples: [{ at: 5000, signals: { 'Vehicle.Speed': 50 } }] }, startAt)
  assert.equal(refusal, null)
  assert.deepEqual(input.message, {
    boot,
    seq: 0,
    samples: [],
    setAside: [{ path: null, reason: 'time-1970', sample: 0, value: '5000', count: 1 }],
  })
  assert.ok(Number.isNaN(input.newestAt) && Number.isNaN(input.markedAt))
})

test('whatever a car says beside its samples under clocks that are not set, its trips and tracks are what they would be', () => {
  const samples = Array.from({ length: 240 }, (_, n) => ({
    at: startAt + n * 5000,
    signals: { 'Vehicle.Speed': n % 60 < 50 ? 40 : 0 },
  }))
  const drive = recordsOf(messagesOf(samples))
  const resultsOf = (records: readonly StoredRecord[]) => {
    const driver = driveJobs(jobs, { reload: true })
    for (const record of records) driver.feed([record])
    driver.pass(startAt + 86_400_000)
    return [...driver.results()].sort(([a], [b]) => (a < b ? -1 : 1))
  }
  const tripsOf = (records: readonly StoredRecord[]) =>
    resultsOf(records).filter(([name]) => /^(trip|track) /.test(name))
  const right = tripsOf(drive)
  assert.ok(right.length > 1)
  const at = fc.oneof(
    fc.integer({ min: 0, max: 90_000_000 }),
    fc.constantFrom(315_964_800_000, Date.UTC(2100, 0, 1), Date.UTC(2200, 0, 1), 2 ** 52),
  )
  const odd = fc.record({
    at,
    place: fc.nat(239),
    event: fc.constantFrom('trouble-code', 'ignition-off', 'ignition-on', null),
  })
  fc.assert(
    fc.property(fc.array(odd, { minLength: 1, maxLength: 5 }), fc.infiniteStream(fc.nat()), (added, random) => {
      const records = added.map(({ at, place, event }, seq) => {
        const heardAt = startAt + place * 5000 + 1000
        const json =
          event === null ? { boot, seq, samples: [{ at, signals: { 'Vehicle.Speed': 90 } }] } : { boot, seq, event, at }
        return { ...read(json, heardAt).input.record, topic: 'event', offset: 1000 + seq }
      })
      const all = [...drive, ...records].sort((a, b) => a.appendedAt - b.appendedAt)
      assert.deepEqual(tripsOf(all), right)
      // Every job says the same in any order, some of it twice.
      assert.deepEqual(resultsOf(shuffled([...all, ...records], random)), resultsOf([...all, ...records]))
    }),
    { numRuns: 20 },
  )
})
