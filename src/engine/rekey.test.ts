import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { samplesByGear } from './example-jobs.testing.ts'
import { driveJobs, recordsOf } from './job-driver.ts'
import { shuffled } from './shuffled.testing.ts'

const startAt = 1_700_000_000_000

const byGear = samplesByGear({ version: 1, reads: ['telemetry', 'critical'], named: (gear) => `${gear}/n` })

const gears = (car: string, seq: number, ats: readonly number[], gear: number, topic = 'telemetry'): StoredRecord[] =>
  recordsOf(
    [
      {
        boot: '00000000000000aa',
        seq,
        samples: ats.map((at) => ({ at: startAt + at, signals: { 'Vehicle.Gear': gear } })),
      },
    ],
    `demo/${car}`,
    topic,
  )

test('records of many vehicles meet under another key, once each', () => {
  const driver = driveJobs(byGear, { reload: true })
  const first = gears('car-1', 0, [0, 1000, 2000], 3)
  driver.feed([...first, ...gears('car-2', 0, [500], 3), ...gears('car-2', 1, [700], 4)])
  driver.feed(first)
  driver.pass(startAt + 600_000)
  const windows = [...driver.results()].filter(([id]) => id.startsWith('gear '))
  assert.deepEqual(
    windows.map(([, row]) => row),
    [
      { gear: '3/n', from: 1_699_999_980_000, samples: 4 },
      { gear: '4/n', from: 1_699_999_980_000, samples: 1 },
    ],
  )
})

test('a keyed record tells whose it was, when it was received and whether it was critical', () => {
  const driver = driveJobs(byGear)
  const said = driver.feed(gears('car-1', 7, [0], 3, 'critical'))
  assert.deepEqual(said[0], {
    topic: 'gears.keyed',
    id: 'demo/car-1/critical/00000000000000aa/7',
    key: '3/n',
    at: startAt,
    value: { items: [{ at: startAt, item: 1 }] },
  })
})

test('the figures by another key are a function of the set of records', () => {
  const message = fc.record({ car: fc.constantFrom('car-1', 'car-2', 'car-3'), at: fc.nat(900_000), gear: fc.nat(2) })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 25 }), fc.infiniteStream(fc.nat(1000)), (messages, random) => {
      const records = messages.flatMap(({ car, at, gear }, seq) => gears(car, seq, [at], gear))
      const resultsOf = (order: readonly StoredRecord[], reload: boolean) => {
        const driver = driveJobs(byGear, { reload })
        for (let from = 0; from < order.length;) {
          const to = from + 1 + (random.next().value! % 6)
          driver.feed(order.slice(from, to))
          from = to
        }
        driver.pass(startAt + 86_400_000)
        return [...driver.results()].filter(([id]) => id.startsWith('gear ')).sort(([a], [b]) => (a < b ? -1 : 1))
      }
      const someTwice = [...records, ...records.slice(0, 4)]
      assert.deepEqual(resultsOf(shuffled(someTwice, random), true), resultsOf(records, false))
    }),
  )
})
