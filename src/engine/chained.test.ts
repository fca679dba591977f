// Jobs that read what others derive: under other keys, from derived topics, and beside facts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { NewRecord } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { derivedLogTopics, uplinkTopics } from '../eventlog/topics.ts'
import { trips } from '../jobs/trips/trips.ts'
import { samplesByGear } from './example-jobs.testing.ts'
import { messagesOf, recordsOf } from './job-driver.ts'
import type { Job } from './job.ts'
import { jsonCodec } from './part-codec.ts'
import {
  clockAt,
  drive,
  dying,
  newRecord,
  passTime,
  resultsIn,
  runToEnd,
  startAt,
  untilDeath,
} from './runner.testing.ts'
import { side } from './side-table.ts'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)
const minuteMs = 60_000

const byGear = samplesByGear({ version: 1, reads: ['telemetry'], named: (gear) => `gear ${gear}` })
const byRange = samplesByGear({ version: 2, reads: ['telemetry'], named: (gear) => (gear < 3 ? 'low' : 'high') })

/** Two logs, as the product has them; the keyed topic has partitions of its own. */
function openLogs(clock: { at: number; now(): number }) {
  const uplink = openMemoryLog({ partitions: 3, clock, topics: uplinkTopics })
  const more = [
    { name: 'gears.keyed', partitions: 2 },
    { name: 'gear' },
    { name: 'count' },
    { name: 'price' },
    { name: 'tariff' },
  ]
  return { uplink, derived: openMemoryLog({ partitions: 3, clock, topics: [...derivedLogTopics, ...more] }) }
}

type Drive = { readonly car: string; readonly seconds: readonly number[]; readonly gear: number }

const recordsFor = (drives: readonly Drive[]): NewRecord[] =>
  drives.flatMap(({ car, seconds, gear }, seq) => {
    const samples = seconds.map((second) => ({ at: startAt + second * 1000, signals: { 'Vehicle.Gear': gear } }))
    return recordsOf([{ boot: '00000000000000aa', seq, samples }], `demo/${car}`).map(newRecord)
  })

/** Samples by key and minute, counted without an engine. */
function counted(drives: readonly Drive[], named: (gear: number) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { seconds, gear } of drives)
    for (const second of seconds) {
      const at = startAt + second * 1000
      const name = `${named(gear)}/${at - (at % minuteMs)}`
      counts[name] = (counts[name] ?? 0) + 1
    }
  return counts
}

async function gearsIn(derived: LogAndState): Promise<Record<string, number>> {
  const rows = [...(await resultsIn(derived.log, byGear))].filter(([id]) => id.startsWith('gear '))
  return Object.fromEntries(rows.map(([id, row]) => [id.slice('gear '.length), (row as { samples: number }).samples]))
}

const anyDrives = fc.array(
  fc.record({
    car: fc.constantFrom('car-1', 'car-2', 'car-3', 'car-4', 'car-5'),
    seconds: fc.array(fc.nat(600), { minLength: 1, maxLength: 5 }),
    gear: fc.nat(5),
  }),
  { maxLength: 60, size: 'max' },
)
const anyKills = fc.array(fc.tuple(fc.integer({ min: 1, max: 15 }), fc.boolean()), { maxLength: 6 })

test(`windows by another key count each sample once, through kills at any commit (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(anyDrives, anyDrives, anyKills, async (early, late, kills) => {
      const clock = clockAt(startAt + 600_000)
      const { uplink, derived } = openLogs(clock)
      const drives = [...early, ...late]
      const records = recordsFor(drives)
      const half = recordsFor(early).length
      await uplink.log.append(records.slice(0, half))
      for (const [index, [at, after]] of kills.entries()) {
        if (index === 2) await uplink.log.append(records.slice(half))
        await untilDeath(runToEnd(byGear, uplink.log, dying(derived, at, after)))
      }
      if (kills.length < 3) await uplink.log.append(records.slice(half))
      await passTime(uplink.log, clock, 7_200_000)
      await runToEnd(byGear, uplink.log, derived)
      // Windows go by the time of their own log, which passes by marks of its own.
      await passTime(derived.log, clock, 7_200_000, 'derived-mark')
      await runToEnd(byGear, uplink.log, derived)
      assert.equal(
        (await readWhole(derived.log, 'gears.keyed')).length,
        new Set(records.map(({ value, key }) => `${key} ${value.toString()}`)).size,
      )
      assert.deepEqual(
        await gearsIn(derived),
        counted(drives, (gear) => `gear ${gear}`),
      )
    }),
    { numRuns: 40, seed },
  )
})

test(`raising the job that gives the keys derives what reads them anew (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(anyDrives, anyKills, async (later, kills) => {
      // Enough at the very beginning for it to be known how far back the log reaches.
      const first = Array.from({ length: 180 }, (_, n): Drive => ({ car: `car-${n}`, seconds: [0], gear: n % 6 }))
      const drives = [...first, ...later]
      const clock = clockAt(startAt + 600_000)
      const { uplink, derived } = openLogs(clock)
      await uplink.log.append(recordsFor(drives))
      await runToEnd(byGear, uplink.log, derived)
      await passTime(derived.log, clock, 7_200_000, 'derived-mark')
      await runToEnd(byGear, uplink.log, derived)
      for (const [at, after] of kills) await untilDeath(runToEnd(byRange, uplink.log, dying(derived, at, after)))
      await runToEnd(byRange, uplink.log, derived)
      await passTime(derived.log, clock, 7_200_000, 'derived-mark')
      await runToEnd(byRange, uplink.log, derived)
      assert.deepEqual(
        await gearsIn(derived),
        counted(drives, (gear) => (gear < 3 ? 'low' : 'high')),
      )
    }),
    { numRuns: 25, seed },
  )
})

/** How many trips a vehicle has made, from the topic of trips. */
const tripCounts: Job<{ ids: Record<string, true> }> = {
  name: 'trip-counts',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['trip'],
  writes: [{ name: 'count' }],
  codecs: { ids: jsonCodec() },
  apply(state, { id, value }) {
    const ids = state.get('ids') ?? {}
    if (value === null) delete ids[id]
    else ids[id] = true
    state.put('ids', undefined, ids)
  },
  emit: (state, { tenant, vehicle }) => [
    {
      topic: 'count',
      id: vehicle,
      key: `${tenant}/${vehicle}`,
      at: startAt,
      value: { trips: Object.keys(state.get('ids') ?? {}).length },
    },
  ],
}

test('a job reads what another derives, and its corrections', async () => {
  const clock = clockAt(startAt + 86_400_000)
  const { uplink, derived } = openLogs(clock)
  const stop = { at: startAt + 99_000, signals: { 'Vehicle.Speed': 0 } }
  const parts = [[...drive(startAt, 99), stop], drive(startAt + 500_000, 100), drive(startAt + 100_000, 400)]
  const messages = messagesOf(parts.flat())
  const counts = async () => (await resultsIn(derived.log, [tripCounts])).get('count car-1')
  await uplink.log.append(recordsOf(messages.slice(0, 200)).map(newRecord))
  await runToEnd([trips, tripCounts], uplink.log, derived)
  assert.deepEqual(await counts(), { trips: 2 })
  // The late records join the two drives.
  await uplink.log.append(recordsOf(messages.slice(200)).map(newRecord))
  await passTime(uplink.log, clock, 3_600_000)
  await runToEnd([trips, tripCounts], uplink.log, derived)
  assert.deepEqual(await counts(), { trips: 1 })
})

type Price = { readonly cents: number }

/** Says of each message its price by the tariff, and of each vehicle what it has paid so far. */
const pricing: Job<{ paid: number; news: readonly (readonly [string, number])[] }, { tariff: Price }> = {
  name: 'pricing',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry'],
  writes: [{ name: 'price' }],
  sides: { tariff: side('tariff', (value) => value as Price) },
  codecs: { paid: jsonCodec(), news: jsonCodec() },
  apply(state, { id, newestAt }) {
    const cents = state.side('tariff').get('usual', newestAt)?.cents ?? 0
    state.put('paid', undefined, (state.get('paid') ?? 0) + cents)
    state.put('news', undefined, [...(state.get('news') ?? []), [id, cents]])
  },
  emit(state, { tenant, vehicle }) {
    const key = `${tenant}/${vehicle}`
    const news = state.get('news') ?? []
    state.put('news', undefined, [])
    return [
      ...news.map(([id, cents]) => ({ topic: 'price', id: `${key}/${id}`, key, at: startAt, value: { cents } })),
      { topic: 'price', id: key, key, at: startAt, value: { paid: state.get('paid') ?? 0 } },
    ]
  },
}

const tariff = (cents: number): NewRecord => ({
  topic: 'tariff',
  key: 'usual@0',
  value: Buffer.from(JSON.stringify({ validFrom: 0, fact: { cents } })),
  at: startAt,
})

test('facts are there before the first record, and a file of facts that nobody can open ends the jobs', async () => {
  const { uplink, derived } = openLogs(clockAt(startAt + 86_400_000))
  await uplink.log.append(recordsOf(messagesOf(drive(startAt, 30))).map(newRecord))
  await derived.log.append([tariff(5), tariff(7)])
  await runToEnd([pricing], uplink.log, derived)
  assert.deepEqual((await resultsIn(derived.log, [pricing])).get('price demo/car-1'), { paid: 30 * 7 })
  const file = { validFrom: 1, fact: { file: 'a'.repeat(64) } }
  const withFiles = {
    ...pricing,
    sides: {
      tariff: side(
        'tariff',
        (value) => value as Price,
        () => ({ cents: 1 }),
      ),
    },
  }
  await derived.log.append([{ ...tariff(0), key: 'usual@1', value: Buffer.from(JSON.stringify(file)) }])
  await assert.rejects(runToEnd([withFiles], uplink.log, derived), /no files are there/)
})

test(`a batch that is run again after a crash sees the facts it saw before, though they have changed since (seed ${seed})`, async () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ seconds: fc.integer({ min: 1, max: 12 }) }) },
    { weight: 1, arbitrary: fc.record({ cents: fc.integer({ min: 1, max: 99 }) }) },
    { weight: 2, arbitrary: fc.record({ at: fc.integer({ min: 1, max: 9 }), after: fc.boolean() }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30, size: 'max' }), async (steps) => {
      const { uplink, derived } = openLogs(clockAt(startAt + 86_400_000))
      let seconds = 0
      for (const each of steps)
        if ('cents' in each) await derived.log.append([tariff(each.cents)])
        else if ('at' in each) await untilDeath(runToEnd([pricing], uplink.log, dying(derived, each.at, each.after)))
        else {
          const messages = messagesOf(drive(startAt, seconds + each.seconds)).slice(seconds)
          await uplink.log.append(recordsOf(messages).map(newRecord))
          seconds += each.seconds
        }
      await runToEnd([pricing], uplink.log, derived)
      const said = (await readWhole(derived.log, 'price')).map(({ headers, value }) => ({
        id: headers!['id']!,
        row: JSON.parse(Buffer.from(value).toString()) as { cents?: number; paid?: number },
      }))
      const single = said.filter(({ row }) => row.cents !== undefined)
      assert.equal(single.length, seconds, 'each price is said once')
      assert.equal(
        said.findLast(({ row }) => row.paid !== undefined)?.row.paid ?? 0,
        single.reduce((sum, { row }) => sum + row.cents!, 0),
      )
    }),
    { numRuns: 60, seed },
  )
})
