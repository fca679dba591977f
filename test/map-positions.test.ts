// From twins to the map: cars with a whole position, half of one, or none go through the feed's
// table into the page's. Whatever the page then says of a car has an instant and a place that can
// be shown; a car without a place is not among them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PositionsEvent, VehicleDetail } from '../src/api/contract.ts'
import { createPositionTable } from '../src/api/live/position-table.ts'
import type { TwinValue } from '../src/model/twin.ts'
import { formatUtc } from '../web/src/format/time.ts'
import { carAt } from '../web/src/live/car-columns.ts'
import { createCarTable } from '../web/src/live/car-table.ts'
import { carFacts } from '../web/src/live-map/car-facts.ts'

const nowAt = 1_800_000_000_000
const latitude = 'Vehicle.CurrentLocation.Latitude'
const longitude = 'Vehicle.CurrentLocation.Longitude'

const valueOf = (value: fc.Arbitrary<number>): fc.Arbitrary<TwinValue> =>
  fc.record({ value: fc.option(value, { freq: 4 }), at: fc.integer({ min: nowAt - 1e6, max: nowAt }) })
const signals = fc.record(
  {
    [latitude]: valueOf(fc.double({ min: -85, max: 85, noNaN: true })),
    [longitude]: valueOf(fc.double({ min: -180, max: 180, noNaN: true })),
    'Vehicle.Speed': valueOf(fc.integer({ min: 0, max: 200 })),
    'Vehicle.CurrentLocation.Heading': valueOf(fc.integer({ min: 0, max: 359 })),
  },
  { requiredKeys: [] },
)

const hasPlace = (twin: Readonly<Record<string, TwinValue>>): boolean =>
  typeof twin[latitude]?.value === 'number' && typeof twin[longitude]?.value === 'number'

const detailOf = (vehicle: string, twin: Readonly<Record<string, TwinValue>>): VehicleDetail => ({
  vehicle,
  kind: null,
  model: null,
  version: null,
  at: nowAt,
  receivedAt: nowAt,
  carClock: null,
  signals: Object.entries(twin).map(([path, value]) => ({ ...value, path, unit: null, group: 'Vehicle' })),
})

test('a car is on the map if and only if it has a whole position, and what the page says of it can be shown', () => {
  fc.assert(
    fc.property(fc.array(signals, { maxLength: 6 }), (twins) => {
      const feed = createPositionTable(10)
      twins.forEach((twin, index) => feed.put({ vehicle: `car-${index}`, receivedAt: nowAt, signals: twin }, nowAt))
      feed.closeRound()
      const { json } = feed.columns(0, 0, 10)
      const event = JSON.parse(`{"names":${feed.names(0, feed.size)},${json}}`) as PositionsEvent
      const table = createCarTable(nowAt)
      table.apply(event, nowAt)
      const slots = new Map(table.takeNames().map(([slot, vehicle]) => [vehicle, slot]))
      assert.equal(table.frame().count, twins.filter(hasPlace).length)
      twins.forEach((twin, index) => {
        const vehicle = `car-${index}`
        const slot = slots.get(vehicle)
        assert.equal(slot !== undefined, hasPlace(twin))
        const facts = carFacts(
          slot === undefined ? undefined : carAt(table.frame(), slot, nowAt),
          detailOf(vehicle, twin),
        )
        assert.equal(facts.place !== null, hasPlace(twin))
        assert.match(formatUtc(facts.at ?? Number.NaN), /UTC$/)
        assert.match(formatUtc(facts.receivedAt ?? Number.NaN), /UTC$/)
        if (facts.place !== null) assert.ok(Number.isFinite(facts.place.lat) && Number.isFinite(facts.place.lon))
      })
    }),
  )
})
