// The published cases of other engines: Flink's SQL documentation (window TVF) and its
// WindowOperatorTest.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { counting, summing, type Accumulator, type Summary } from './accumulator.ts'
import { driveJobs } from './job-driver.ts'
import type { Output } from './job.ts'
import { itemsOf } from './rekey.ts'
import { shuffled } from './shuffled.testing.ts'
import { classical } from './watermark.ts'
import { windowJob, type WindowOptions } from './window-job.ts'
import { hopping, mergeSession, session, tumbling, windowsOf, type Window, type Windows } from './windows.ts'

const minuteMs = 60_000
const boundMs = 1_000_000
const ticker = 'ticker'

type Settings<Acc> = Partial<Pick<WindowOptions<'text', number, Acc>, 'panes' | 'allowedLatenessMs' | 'time' | 'take'>>

const jobOf = <Acc>(windows: Windows, accumulator: Accumulator<number, Acc>, settings: Settings<Acc> = {}) =>
  windowJob<'text', number, Acc>({
    name: 'windows',
    version: 1,
    keyedBy: 'text',
    reads: ['windows.keyed'],
    writes: [{ name: 'window' }],
    time: classical({ boundMs, idleMs: Infinity }),
    windows,
    take: (input) => itemsOf<number>(input).map(({ at, item }) => ({ at, value: item })),
    accumulator,
    topic: 'window',
    result: (key, window, acc) => ({ key, ...window, acc }),
    ...settings,
  })

const itemsWithIds: WindowOptions<'text', number, Summary>['take'] = (input) =>
  itemsOf<number>(input).map(({ at, item }) => ({ at, value: item, id: String(item) }))

let offset = 0
const record = (key: string, at: number, item = 1, id = `${key}/${(offset += 1)}`): StoredRecord => ({
  topic: 'windows.keyed',
  key,
  value: Buffer.from(JSON.stringify({ items: [{ at, item }] })),
  headers: { id, source: 'demo/car-1', stream: 'telemetry' },
  at,
  partition: 0,
  offset,
  appendedAt: 2e12,
  receivedAt: 2e12,
})

/** Brings the watermark to `at`, by a record of a key that nobody looks at. */
const watermark = (at: number): StoredRecord => record(ticker, at + boundMs + 1)

type Row<Acc = number> = Window & { readonly key: string; readonly acc: Acc }
const rowsOf = <Acc>(outputs: readonly Output[]): Row<Acc>[] =>
  outputs.map(({ value }) => value as Row<Acc>).filter((row) => row !== null && row.key !== ticker)

/** Outputs of all keys but the ticker, as `key(acc)@last instant`, and the instants that came
 *  late. */
function play(windows: Windows, settings: Settings<number>, steps: readonly StoredRecord[]): string[] {
  const driver = driveJobs([jobOf(windows, counting, settings)], { reload: true })
  return steps.flatMap((step) => {
    const lateBefore = driver.late().length
    const said = rowsOf<number>(driver.feed([step])).map(({ key, acc, endAt }) => `${key}(${acc})@${endAt - 1}`)
    return [
      ...said,
      ...driver
        .late()
        .slice(lateBefore)
        .map(({ record: { at } }) => `late ${at}`),
    ]
  })
}

const at = (hours: number, minutes: number): number => Date.UTC(2020, 3, 15, hours, minutes)
const clockOf = (instant: number): string => new Date(instant).toISOString().slice(11, 16)

/** Bids by item, through windows of all of them or of each item. */
function bids(
  windows: Windows,
  rows: readonly (readonly [minute: number, price: number, item: string])[],
  byItem = false,
): string[] {
  const settings = { time: classical({ boundMs: 999, idleMs: Infinity }) }
  const driver = driveJobs([jobOf<Summary>(windows, summing(0), settings)], { reload: true })
  const outputs = driver.feed(rows.map(([minute, price, item]) => record(byItem ? item : 'all', at(8, minute), price)))
  outputs.push(...driver.feed([record(ticker, at(12, 0))]))
  return rowsOf<Summary>(outputs)
    .map(({ key, startAt, endAt, acc }) => `${byItem ? key : ''}[${clockOf(startAt)},${clockOf(endAt)})=${acc.sum}`)
    .sort()
}

const sqlBids = [
  [5, 4, 'C'],
  [7, 2, 'A'],
  [9, 5, 'D'],
  [11, 3, 'B'],
  [13, 1, 'E'],
  [17, 6, 'F'],
] as const

test('window TVF: tumbling windows, with and without an offset', () => {
  assert.deepEqual(bids(tumbling(10 * minuteMs), sqlBids), ['[08:00,08:10)=11', '[08:10,08:20)=10'])
  assert.deepEqual(bids(tumbling(10 * minuteMs, minuteMs), sqlBids), ['[08:01,08:11)=11', '[08:11,08:21)=10'])
})

test('window TVF: hopping windows', () => {
  assert.deepEqual(bids(hopping(10 * minuteMs, 5 * minuteMs), sqlBids), [
    '[08:00,08:10)=11',
    '[08:05,08:15)=15',
    '[08:10,08:20)=10',
    '[08:15,08:25)=6',
  ])
})

test('window TVF: sessions by item and of all', () => {
  const rows = [
    [7, 4, 'A'],
    [6, 2, 'A'],
    [9, 5, 'B'],
    [8, 3, 'A'],
    [17, 1, 'B'],
  ] as const
  assert.deepEqual(bids(session(5 * minuteMs), rows, true), [
    'A[08:06,08:13)=9',
    'B[08:09,08:14)=5',
    'B[08:17,08:22)=1',
  ])
  assert.deepEqual(bids(session(5 * minuteMs), rows), ['[08:06,08:14)=14', '[08:17,08:22)=1'])
})

test('window TVF: offsets of tumbling windows, negative ones too', () => {
  const instant = Date.UTC(2021, 5, 30, 0, 0, 4)
  const startWith = (offsetMinutes: number) =>
    clockOf(windowsOf(tumbling(10 * minuteMs, offsetMinutes * minuteMs), instant)[0]!.startAt)
  assert.deepEqual([-16, -6, 4].map(startWith), ['23:54', '23:54', '23:54'])
  assert.deepEqual([-4, 6, 16].map(startWith), ['23:56', '23:56', '23:56'])
  assert.equal(startWith(0), '00:00')
})

test('every instant is in one tumbling window, and in size / slide hopping ones, before 1970 too', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer(),
      (instant, slide, times, from) => {
        const found = windowsOf(hopping(slide * times, slide, from), instant)
        assert.equal(found.length, times)
        for (const { startAt, endAt } of found) {
          assert.ok(startAt <= instant && instant < endAt)
          assert.equal(Math.abs((startAt - from) % slide), 0)
        }
      },
    ),
  )
})

test('WindowOperatorTest: tumbling 2 s, lateness 500 ms, purging', () => {
  const e = (instant: number) => record('k', instant)
  assert.deepEqual(
    play(tumbling(2000), { panes: 'purging', allowedLatenessMs: 500 }, [
      e(500),
      watermark(1500),
      e(1300),
      watermark(2300),
      e(1997),
      watermark(6000),
      e(1998),
      watermark(7000),
    ]),
    ['k(2)@1999', 'k(1)@1999', 'late 1998'],
  )
})

test('WindowOperatorTest: tumbling 2 s, lateness 0', () => {
  const e = (instant: number) => record('k', instant)
  assert.deepEqual(
    play(tumbling(2000), {}, [
      e(1000),
      watermark(1985),
      e(1980),
      watermark(1999),
      e(1998),
      e(2001),
      watermark(2999),
      watermark(3999),
    ]),
    ['k(2)@1999', 'late 1998', 'k(1)@3999'],
  )
})

test('WindowOperatorTest: hopping 3 s by 1 s, lateness 0', () => {
  const [k1, k2] = [(instant: number) => record('k1', instant), (instant: number) => record('k2', instant)]
  assert.deepEqual(
    play(hopping(3000, 1000), {}, [
      k2(1000),
      watermark(1999),
      k2(2000),
      watermark(3000),
      k1(3001),
      k2(2400),
      k2(2400),
      k1(3001),
      k2(3900),
      watermark(6000),
      k1(3001),
      watermark(25_000),
    ]),
    // Of one key in order of time; the keys one after the other.
    [
      'k2(1)@1999',
      'k2(2)@2999',
      'k1(2)@3999',
      'k1(2)@4999',
      'k1(2)@5999',
      'k2(5)@3999',
      'k2(4)@4999',
      'k2(1)@5999',
      'late 3001',
    ],
  )
})

test('WindowOperatorTest: sessions of 3 s, lateness 0', () => {
  const driver = driveJobs([jobOf(session(3000), counting)], { reload: true })
  const e = (instant: number) => record('k', instant)
  const said = [
    e(1000),
    watermark(1999),
    e(2000),
    watermark(4998),
    e(4500),
    e(8500),
    watermark(7400),
    e(7000),
    watermark(11_501),
  ]
  said.push(e(11_600), watermark(14_600), e(10_000), e(14_500), watermark(20_000))
  const rows = rowsOf<number>(said.flatMap((step) => driver.feed([step])))
  assert.deepEqual(
    rows.map(({ acc, startAt, endAt }) => [acc, startAt, endAt]),
    [
      [5, 1000, 11_500],
      [1, 11_600, 14_600],
      [1, 14_500, 17_500],
    ],
  )
  assert.deepEqual(
    driver.late().map(({ record: { at: instant }, reason }) => [instant, reason]),
    [[10_000, 'late-windows']],
  )
})

test('WindowOperatorTest: sessions of 3 s, lateness 10 ms, accumulating; what a longer one takes the place of is deleted', () => {
  const driver = driveJobs([jobOf(session(3000), counting, { allowedLatenessMs: 10 })], { reload: true })
  const e = (instant: number) => record('k', instant)
  const rows = [e(11_600), watermark(14_600), e(10_000), e(14_500), watermark(20_000)].flatMap((step) =>
    rowsOf<number>(driver.feed([step])),
  )
  assert.deepEqual(
    rows.map(({ acc, startAt, endAt }) => [acc, startAt, endAt]),
    [
      [1, 11_600, 14_600],
      [2, 10_000, 14_600],
      [3, 10_000, 17_500],
    ],
  )
  assert.deepEqual(driver.late(), [])
  assert.deepEqual(
    [...driver.results().keys()].filter((id) => id.startsWith('window k')),
    ['window k/10000'],
  )
})

test('sessions that touch are merged, also over a distance equal to the gap', () => {
  let windows: Window[] = []
  for (const startAt of [0, 1, 2, 4, 5]) {
    const { merged, replaced } = mergeSession(windows, { startAt, endAt: startAt + 1 })
    windows = [...windows.filter((window) => !replaced.includes(window)), merged]
  }
  assert.deepEqual(windows, [
    { startAt: 0, endAt: 3 },
    { startAt: 4, endAt: 6 },
  ])
})

test('windows are a function of the set of records: order, duplicates, batches and restarts change nothing', () => {
  const item = fc.record({
    key: fc.constantFrom('a', 'b'),
    at: fc.nat(20_000),
    value: fc.integer({ min: -99, max: 99 }),
  })
  const kinds = fc.constantFrom(tumbling(3000), hopping(4000, 1000), session(1500))
  fc.assert(
    fc.property(kinds, fc.array(item, { maxLength: 30 }), fc.infiniteStream(fc.nat(1000)), (windows, items, random) => {
      const records = items.map(({ key, at: instant, value }, index) => record(key, instant, value / 10, `m/${index}`))
      const resultsOf = (order: readonly StoredRecord[], reload: boolean): object => {
        const driver = driveJobs([jobOf<Summary>(windows, summing(1), { allowedLatenessMs: 100_000 })], { reload })
        for (let from = 0; from < order.length;) {
          const to = from + 1 + (random.next().value! % 7)
          driver.feed([...order.slice(from, to), watermark(random.next().value! * 20)])
          from = to
        }
        driver.feed([watermark(50_000)])
        const results = [...driver.results()].filter(([id]) => !id.includes(ticker))
        return results.sort(([a], [b]) => (a < b ? -1 : 1))
      }
      const someTwice = [...records, ...records.slice(0, 5)]
      assert.deepEqual(resultsOf(shuffled(someTwice, random), true), resultsOf(records, false))
    }),
  )
})

test('different items under one number count both, by ids of their own, whichever came first; the same twice counts once', () => {
  const [one, other] = [record('a', 100, 1, 'm/0'), record('a', 200, 5, 'm/0')]
  for (const order of [
    [one, other, one],
    [other, one, other],
  ]) {
    const driver = driveJobs([jobOf<Summary>(tumbling(1000), summing(0), { take: itemsWithIds })], { reload: true })
    driver.feed(order)
    driver.feed([watermark(1000)])
    const [row] = [...driver.results().values()] as Row<Summary>[]
    assert.deepEqual([row?.acc.count, row?.acc.sum], [2, 6])
  }
})

test('where batches are cut, and where state is stored and read back, changes not one output of a key: panes that are added up neither', () => {
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom('a', 'b'), at: fc.nat(9000) }).map(({ key, at: instant }) => record(key, instant)),
    fc.nat(12_000).map((instant) => watermark(instant)),
  )
  const kinds = fc.constantFrom(tumbling(2000), hopping(3000, 1000), session(700))
  const lateness = fc.constantFrom(0, 500, 5000)
  fc.assert(
    fc.property(
      kinds,
      lateness,
      fc.array(step, { maxLength: 40 }),
      fc.infiniteStream(fc.nat(6)),
      (windows, allowedLatenessMs, steps, random) => {
        const played = (reload: boolean): unknown => {
          const driver = driveJobs([jobOf(windows, counting, { panes: 'purging', allowedLatenessMs })], { reload })
          const rows: Row[] = []
          for (let from = 0; from < steps.length;) {
            const to = from + 1 + random.next().value!
            rows.push(...rowsOf<number>(driver.feed(steps.slice(from, to))))
            from = to
          }
          // Which of two keys due in one batch is told first is not promised: a key that asked to
          // be looked at earlier than it is due is after a reload looked at when it is due.
          rows.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1))
          return [rows, driver.late().map(({ record: late }) => late.at)]
        }
        assert.deepEqual(played(true), played(false))
      },
    ),
  )
})
