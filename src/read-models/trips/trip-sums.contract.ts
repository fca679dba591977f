// Promises of sums of trips: what the list gives, added up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byId, t0, tripRow } from '../rows.testing.ts'
import { assertPages, assertRefusesCursors, readPages } from '../../storage/paging.contract.ts'
import type { OpenStore } from '../../storage/projection.contract.ts'
import type { TripStore } from '../../storage/storage.ts'
import { tripFigureMax, tripFigures, type TripSum } from './trip-sums.ts'
import { listedAt, type Trip } from './trips.ts'
import { wholeReach } from '../../storage/reach.ts'

type Figure = (typeof tripFigures)[number]
const vehicles = ['v1', 'V2', 'v.10']

/** By the rule as it is documented, one trip after the other. */
function addUp(trips: readonly Trip[]): readonly TripSum[] {
  const sums = new Map<string, Record<string, unknown>>()
  const thousandths = new Map<string, bigint>()
  for (const trip of trips) {
    const sum = sums.get(trip.vehicle) ?? { vehicle: trip.vehicle, trips: 0, open: 0, samples: 0 }
    sums.set(trip.vehicle, sum)
    sum['trips'] = Number(sum['trips']) + 1
    sum['open'] = Number(sum['open']) + (trip.status === 'open' ? 1 : 0)
    sum['samples'] = Number(sum['samples']) + trip.samples
    for (const name of tripFigures) {
      const before = (sum[name] as TripSum[Figure] | undefined) ?? { sum: null, known: 0 }
      const value = trip[name]
      const isKnown = value !== null && value < tripFigureMax && value > -tripFigureMax
      if (isKnown) {
        const key = `${trip.vehicle} ${name}`
        const total = (thousandths.get(key) ?? 0n) + BigInt(Math.floor(value * 1000 + 0.5))
        thousandths.set(key, total)
        sum[name] = { sum: Number(total) / 1000, known: before.known + 1 }
      } else sum[name] = before
    }
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field was given
  return [...sums.values()].map((sum) => sum as unknown as TripSum).toSorted((a, b) => (a.vehicle < b.vehicle ? -1 : 1))
}

/** As trips have it, at and beside half a thousandth, and whatever a double can be. */
const anyFigure = fc
  .oneof(
    { weight: 4, arbitrary: fc.double({ min: -1e5, max: 1e6, noNaN: true }) },
    { weight: 2, arbitrary: fc.integer({ min: -5_000, max: 5_000 }).map((n) => n / 2_000) },
    { weight: 1, arbitrary: fc.constantFrom(0, 0.1, 1.0005, tripFigureMax, -tripFigureMax, tripFigureMax - 0.0005) },
    { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  )
  .map((value) => value + 0)

const anyTrip = fc
  .record({
    tenant: fc.constantFrom('acme', 'acme', 'acme', 'other'),
    vehicle: fc.constantFrom(...vehicles),
    startAt: fc.integer({ min: t0, max: t0 + 9 }),
    receivedAt: fc.option(fc.integer({ min: t0, max: t0 + 9 })),
    status: fc.constantFrom<Trip['status']>('open', 'ended'),
    samples: fc.integer({ min: 0, max: 2 ** 40 }),
    ...Object.fromEntries(
      tripFigures.map((name) => [name, isAlwaysTold(name) ? anyFigure : fc.option(anyFigure, { freq: 2 })]),
    ),
  })
  .map((given) => given as Partial<Trip>)

function isAlwaysTold(name: Figure): boolean {
  return name === 'distanceM' || name === 'durationMs'
}

const none = Object.fromEntries(tripFigures.map((name) => [name, { sum: null, known: 0 }])) as Pick<TripSum, Figure>

export function tripSumsContract(open: OpenStore<TripStore>): void {
  test('trip sums: they are the listed trips added up by vehicle, to the last digit, whatever is asked', async () => {
    await using store = await open()
    const asked = fc.record(
      {
        vehicle: fc.constantFrom(...vehicles),
        from: fc.integer({ min: t0 - 1, max: t0 + 10 }),
        to: fc.integer({ min: t0 - 1, max: t0 + 10 }),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(anyTrip, { maxLength: 20 }), asked, async (given, filter) => {
        const trips = given.map((each, index) => tripRow(`t${index}`, each))
        await store.put(byId(trips), {})
        const listed = await readPages((page) => store.list(wholeReach('acme'), filter, page), 7)
        const sums = await readPages((page) => store.sums(wholeReach('acme'), filter, page), 2)
        assert.deepEqual(sums, addUp(listed))
        // Adjoining spans part the trips: together their numbers are those of the whole.
        const [before, after] = await Promise.all(
          [{ to: t0 + 5 }, { from: t0 + 5 }].map((part) => store.sums(wholeReach('acme'), part, { limit: 9 })),
        )
        const count = [before, after].flatMap((page) => page?.rows ?? []).reduce((sum, row) => sum + row.trips, 0)
        assert.equal(count, trips.filter(({ tenant }) => tenant === 'acme').length)
        await store.put(
          trips.map(({ id }) => ({ id, row: null })),
          {},
        )
      }),
      { numRuns: 40 },
    )
  })

  test('trip sums: unknown figures are left out and told by how many trips know them; none known is null and not 0', async () => {
    await using store = await open()
    const told = {
      distanceM: 1200.5,
      bridgedM: null,
      bridgedMs: null,
      unheardM: null,
      durationMs: 60_000,
      idleMs: 1000,
      fuelL: 0.1,
      energyKwh: null,
    }
    await store.put(
      byId([
        tripRow('t1', told),
        tripRow('t2', { ...told, fuelL: 0.2, idleMs: null, status: 'open', endedBy: null, samples: 5 }),
        tripRow('t3', { ...told, fuelL: null, energyKwh: 1e300 }),
        tripRow('t4', { ...told, vehicle: 'v2', fuelL: null, energyKwh: -0.0005, distanceM: 0 }),
        tripRow('t5', { ...told, tenant: 'other' }),
      ]),
      {},
    )
    assert.deepEqual((await store.sums(wholeReach('acme'), {}, { limit: 9 })).rows, [
      {
        ...none,
        vehicle: 'v1',
        trips: 3,
        open: 1,
        samples: 127,
        distanceM: { sum: 3601.5, known: 3 },
        durationMs: { sum: 180_000, known: 3 },
        idleMs: { sum: 2000, known: 2 },
        // 0.1 + 0.2 of doubles is 0.30000000000000004.
        fuelL: { sum: 0.3, known: 2 },
      },
      {
        ...none,
        vehicle: 'v2',
        trips: 1,
        open: 0,
        samples: 61,
        distanceM: { sum: 0, known: 1 },
        durationMs: { sum: 60_000, known: 1 },
        idleMs: { sum: 1000, known: 1 },
        energyKwh: { sum: 0, known: 1 },
      },
    ])
    assert.deepEqual((await store.sums(wholeReach('nobody'), {}, { limit: 9 })).rows, [])
  })

  test('trip sums: pages go by vehicle, each once, and a trip counts where the list has it', async () => {
    await using store = await open()
    const cars = Array.from({ length: 7 }, (_, n) => `v${n}`)
    const trips = cars.flatMap((vehicle) => [
      tripRow(`${vehicle}-1`, { vehicle, energyKwh: 1 }),
      // Its clock is ahead by a month.
      tripRow(`${vehicle}-2`, { vehicle, energyKwh: 1, startAt: t0 + 2_592_000_000, receivedAt: t0 + 9 }),
      tripRow(`${vehicle}-3`, { vehicle, energyKwh: 1, startAt: t0 + 10 }),
    ])
    await store.put(byId(trips), {})
    const asked = { from: t0, to: t0 + 10 }
    const expected = addUp(trips.filter((trip) => listedAt(trip) < t0 + 10))
    assert.deepEqual(
      expected.map(({ trips: count }) => count),
      cars.map(() => 2),
    )
    await assertPages((page) => store.sums(wholeReach('acme'), asked, page), expected)
    await assertRefusesCursors('trip sums', (page) => store.sums(wholeReach('acme'), asked, page))
  })

  test('trip sums: are of the trips that are reached, which lie whole within a window', async () => {
    await using store = await open()
    const trips = ['v1', 'v2'].flatMap((vehicle) =>
      [0, 1, 2].map((n) =>
        tripRow(`${vehicle}-${n}`, { vehicle, startAt: t0 + n * 100, endAt: t0 + n * 100 + 50, receivedAt: t0 + 999 }),
      ),
    )
    await store.put(byId(trips), {})
    const windows = [
      { vehicles: ['v1'], from: t0, until: t0 + 150 },
      { vehicles: ['v2'], from: t0 + 100, until: null },
    ]
    assert.deepEqual(
      (await store.sums({ tenant: 'acme', windows }, {}, { limit: 9 })).rows.map((sum) => [sum.vehicle, sum.trips]),
      [
        ['v1', 1],
        ['v2', 2],
      ],
    )
  })
}
