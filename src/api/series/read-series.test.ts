import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vssCatalogue } from '../../model/catalogue.ts'
import type { MessageToKeep } from '../../storage/message-store.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { readLimits, readSeries, type Rules } from './read-series.ts'

const at = 1_700_000_000_000
const car = { tenant: 'ours', vehicle: 'car-1', carClock: null }
const asked = { path: 'Vehicle.Speed', from: at, to: at + 3_600_000 }
const rules: Rules = { catalogue: vssCatalogue, clockAheadMs: 120_000 }

type Sent = {
  readonly second: number
  readonly speed?: unknown
  readonly receivedAt?: number
  readonly more?: Partial<MessageToKeep>
}

async function storageOf(sent: readonly Sent[]) {
  const storage = openMemoryStorage()
  const rows = sent.map(({ second, speed = second, receivedAt = at + second * 1000 + 50, more }, seq) => {
    const samples = [{ at: at + second * 1000, signals: { 'Vehicle.Speed': speed } }]
    const json = JSON.stringify({ boot: '00000000000000aa', seq, samples })
    return { tenant: 'ours', vehicle: 'car-1', stream: 'telemetry', at: at + second * 1000, receivedAt, json, ...more }
  })
  await storage.messages.put(
    rows.map((row, index) => ({ id: `${row.stream}/0/${index}`, row })),
    {},
  )
  return storage
}

test('values come from the streams of the twin, by the catalogue, whenever they were received', async () => {
  const dayMs = 86_400_000
  await using storage = await storageOf([
    { second: 10, speed: '12.5' },
    { second: 20, speed: 9000 },
    { second: 30, receivedAt: at + 9 * dayMs },
    { second: 40, more: { stream: 'snapshot' } },
    { second: 50, more: { stream: 'result' } },
    { second: 60, more: { json: '{"boot":"none"}' } },
    { second: 70, more: { tenant: 'theirs' } },
    { second: 80, receivedAt: at - 110_000 },
    { second: 90, receivedAt: at - 40_000 },
  ])
  const { value, unit, marks, said, thinnedMs, unreadBefore } = await readSeries(storage.messages, car, asked, rules)
  assert.deepEqual([value, unit], [[12.5, null, 30, 40, 80, 90], 'km/h'])
  assert.deepEqual(said, { values: 5, unavailable: 0, invalid: 1, other: 0 })
  assert.deepEqual(
    [marks, thinnedMs, unreadBefore],
    [
      [
        { index: 4, clockDoubt: 'ahead' },
        { index: 5, clockDoubt: 'ahead' },
      ],
      null,
      null,
    ],
  )
})

test('a car whose clock is ahead is found where its clock is', async () => {
  const aheadMs = 26 * 3_600_000
  await using storage = await storageOf([{ second: 10, receivedAt: at - aheadMs + 10_000 }])
  const carClock = { boot: '00000000000000aa', offsetMs: aheadMs, state: 'ahead' } as const
  assert.deepEqual((await readSeries(storage.messages, car, asked, rules)).value, [])
  const found = await readSeries(storage.messages, { ...car, carClock }, asked, rules)
  assert.deepEqual([found.value, found.marks], [[10], [{ index: 0, clockDoubt: 'ahead' }]])
})

test('no more is read than may be: the newest receipts, and it is told before which the rest is', async () => {
  const sent = Array.from({ length: 300 }, (_, second) => ({ second }))
  await using storage = await storageOf(sent)
  const limited = (limits: Partial<Rules['limits']>) =>
    readSeries(storage.messages, car, asked, { ...rules, limits: { ...readLimits, firstPage: 7, ...limits } })
  for (const limits of [{ messages: 50 }, { samples: 50 }, { samples: 50, pageSamples: 1 }]) {
    const { value, unreadBefore } = await limited(limits)
    assert.deepEqual([value.length, value[0], unreadBefore], [50, 250, at + 250_000 + 51])
  }
  for (const limits of [{ messages: 300 }, { samples: 300 }]) {
    const { value, unreadBefore } = await limited(limits)
    assert.deepEqual([value.length, unreadBefore], [300, null])
  }
})

test('samples after the end do not count for the limit, so an older time of a vehicle that says much has its values', async () => {
  const burst = (minute: number): Partial<MessageToKeep> => {
    const signals = { 'Vehicle.Speed': Array.from({ length: 100 }, () => minute) }
    const json = JSON.stringify({
      boot: '00000000000000aa',
      seq: minute,
      burst: { at: at + minute * 60_000, every: 600, signals },
    })
    return { at: at + minute * 60_000 + 59_400, json }
  }
  const sent = Array.from({ length: 600 }, (_, minute) => ({ second: minute * 60 + 60, more: burst(minute) }))
  await using storage = await storageOf(sent)
  const limits = { ...readLimits, firstPage: 7, samples: 300, messages: 70 }
  const { value, unreadBefore } = await readSeries(
    storage.messages,
    car,
    { ...asked, to: at + 119_999 },
    { ...rules, limits },
  )
  assert.deepEqual([value, unreadBefore], [[...Array(100).fill(0), ...Array(100).fill(1)], null])
  const full = await readSeries(storage.messages, car, { ...asked, to: at + 599_999 }, { ...rules, limits })
  assert.deepEqual([full.value.length, full.value[0], full.unreadBefore], [300, 7, at + 480_051])
})

test('a page is no larger than its samples let it be, wherever they lie', async () => {
  const speeds = Array.from({ length: 100 }, () => 1)
  const burst = { at: at + 3_600_001, every: 1, signals: { 'Vehicle.Speed': speeds } }
  const json = (seq: number) => JSON.stringify({ boot: '00000000000000aa', seq, burst })
  await using storage = await storageOf(
    Array.from({ length: 40 }, (_, second) => ({ second, more: { json: json(second), at: at + 3_600_100 } })),
  )
  const pages: number[] = []
  const list: typeof storage.messages.list = (ref, filter, page) => (
    pages.push(page.limit),
    storage.messages.list(ref, filter, page)
  )
  const limits = { ...readLimits, firstPage: 10, pageSamples: 1500 }
  await readSeries({ ...storage.messages, list }, car, asked, { ...rules, limits })
  assert.deepEqual(pages, [10, 15, 15])
})

test('nothing is read for whoever is gone', async () => {
  await using storage = await storageOf([{ second: 1 }])
  let reads = 0
  const messages = { ...storage.messages, list: () => (reads++, Promise.reject(new Error('asked'))) }
  assert.deepEqual((await readSeries(messages, car, asked, rules, () => true)).at, [])
  assert.equal(reads, 0)
  await assert.rejects(() => readSeries(messages, car, asked, rules), /asked/)
})
