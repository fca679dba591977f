// Promise: rows that are not in the order of time are told, where they cost trips and where they do
// not.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as fc from 'fast-check'
import { latenessMs } from '../engine/lateness.ts'
import type { CarOrder } from './time-order.ts'
import { openTimeOrder, orderDoubts } from './time-order.ts'
import { openServer } from './import-server.testing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-time-order-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

const dayMs = 86_400_000
/** A drive of ten minutes each day at 72 km/h, the days in the order given, as rows of
 *  TeslaMate. */
function writeDays(name: string, days: readonly number[], car = 7): string {
  const rows = days.flatMap((day) =>
    Array.from({ length: 121 }, (_, row) => {
      const at = new Date(Date.UTC(2026, 2, 1, 8) + day * dayMs + row * 5000)
        .toISOString()
        .slice(0, 19)
        .replace('T', ' ')
      return `${row},${at},${(52 + (row * 100) / 111_253).toFixed(6)},13.4,72,${10_000 + day * 12 + row * 0.1},${car}`
    }),
  )
  writeFileSync(join(scratch, name), `id,date,latitude,longitude,speed,odometer,car_id\n${rows.join('\n')}\n`)
  return join(scratch, name)
}
const cars = join(scratch, 'cars.json')
writeFileSync(cars, '{"7": "golf", "8": "golf"}')
const call = (...files: readonly string[]): string[] => [
  ...files,
  '--mapping',
  'teslamate-positions',
  '--vehicles',
  cars,
  '--speed',
  'max',
]

async function play(
  words: readonly string[],
): Promise<{ trips: number; doubts: readonly string[]; disorders: readonly CarOrder[] }> {
  await using server = await openServer()
  const dry = await server.say([...words, '--dry-run'])
  const { out } = await server.say([...words, '--json'])
  const { doubts, disorders } = JSON.parse(out) as { doubts: string[]; disorders: CarOrder[] }
  for (const doubt of doubts) assert.ok(dry.out.includes(`doubtful  ${doubt}\n`), dry.out)
  const trips = [...(await server.derived()).keys()].filter((name) => name.startsWith('trip ')).length
  return { trips, doubts, disorders }
}

test('days of which the newest stands first lose their trips, and a dry run and a run say so', async () => {
  assert.deepEqual(await play(call(writeDays('sorted.csv', [0, 1, 2]))), { trips: 3, doubts: [], disorders: [] })
  const { trips, doubts, disorders } = await play(call(writeDays('newest-first.csv', [2, 0, 1])))
  assert.equal(trips, 1)
  assert.deepEqual(disorders, [{ vehicle: 'golf', back: 1, backMaxMs: 2 * dayMs + 600_000, late: 242 }])
  assert.match(
    doubts.join('\n'),
    /^1 sample of golf lies before the one before, by up to 48 h 10 min\. 242 are more than 6 h 0 min behind the newest before and change no trip\. Sort the rows/,
  )
})

test('files and segments of one car whose times lie within one another are told too', async () => {
  const split = await play(call(writeDays('a.csv', [0, 2]), writeDays('b.csv', [1])))
  assert.deepEqual(split.disorders, [{ vehicle: 'golf', back: 1, backMaxMs: dayMs + 600_000, late: 121 }])
  assert.equal(split.trips, 2)
  const [first, second] = [writeDays('7.csv', [1]), writeDays('8.csv', [0, 2], 8)]
  assert.equal((await play(call(first, second))).disorders[0]?.late, 121)
})

test('a sample counts as late by the newest before it, cars are apart, and what is in order is not told', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 20 }))), (samples) => {
      const order = openTimeOrder(5)
      for (const [vehicle, at] of samples) order.add(vehicle, at)
      const expected = [...Map.groupBy(samples, ([vehicle]) => vehicle)].flatMap(([vehicle, of]) => {
        const times = of.map(([, at]) => at)
        const steps = times.slice(1).map((at, index) => (times[index] ?? 0) - at)
        const back = steps.filter((step) => step > 0)
        const late = times.filter((at, index) => times.slice(0, index).some((before) => before - at > 5)).length
        return back.length === 0 ? [] : [{ vehicle, back: back.length, backMaxMs: Math.max(...back), late }]
      })
      assert.deepEqual(order.disorders(), expected)
    }),
  )
})

test('what lies back a little changes its trip and is told; of many cars the first few are', () => {
  const order = openTimeOrder(latenessMs)
  for (const at of [5000, 0, 6000]) for (let car = 0; car < 7; car++) order.add(`car-${car}`, at)
  const doubts = orderDoubts(order.disorders(), latenessMs)
  assert.match(
    doubts[0] ?? '',
    /^1 sample of car-0 lies before the one before, by up to 5 s; none is more than 6 h 0 min behind, which would change no trip\./,
  )
  assert.deepEqual([doubts.length, doubts[5]], [6, '2 more cars are not in the order of time, which --json lists'])
})
