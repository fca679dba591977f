import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Mapping } from '../mapping/mapping.ts'
import { conversion, unitsLike, type Unit } from '../mapping/units.ts'
import { wayDoubts } from './way-doubts.ts'
import { openWay, type RecordedWay } from './way.ts'

const mappingOf = (speedUnit: Unit, odometerUnit: Unit = 'km'): Mapping => ({
  name: 'test',
  about: '',
  from: { form: 'csv' },
  time: { as: 'rows', periodMs: 1000 },
  signals: {
    'Vehicle.Speed': { field: 'speed', unit: speedUnit },
    'Vehicle.TraveledDistance': { field: 'odometer', unit: odometerUnit },
  },
})

const degreeM = 111_195

/** A drive to the north, by what is told of it. */
function wayOf({
  seconds = 300,
  kmh = 72,
  toldKmh = 72,
  odometerStepM = 100,
  odometerScale = 1,
  everyS = 1,
} = {}): RecordedWay {
  const { add, way } = openWay()
  for (let second = 0; second <= seconds; second += everyS) {
    const metres = (kmh / 3.6) * second
    add({
      segment: 'a',
      at: second * 1000,
      signals: {
        'Vehicle.Speed': toldKmh,
        'Vehicle.CurrentLocation.Latitude': -34 + metres / degreeM,
        'Vehicle.CurrentLocation.Longitude': -56,
        'Vehicle.TraveledDistance': Math.floor(metres / odometerStepM) * odometerStepM * odometerScale,
      },
    })
  }
  return way()
}

const near = (found: number, expected: number, percent: number): void =>
  assert.ok(Math.abs(found / expected - 1) * 100 <= percent, `${found} is not ${expected}`)

test('speed, positions and odometer of a drive agree, and nothing is doubted', () => {
  const way = wayOf()
  near(way.distanceKm ?? 0, 6, 0.1)
  near(way.line.otherM, way.line.speedM, 0.5)
  near(way.odometer.otherM, way.odometer.speedM, 0.5)
  assert.deepEqual(wayDoubts(way, mappingOf('km/h')), [])
})

test('of a speed read in a wrong unit the one that fits is named', () => {
  const speeds = unitsLike('km/h')
  fc.assert(
    fc.property(fc.constantFrom(...speeds), fc.constantFrom(...speeds), (read, truth) => {
      const [readFactor, trueFactor] = [conversion(read, 'km/h')?.factor ?? 0, conversion(truth, 'km/h')?.factor ?? 0]
      const doubts = wayDoubts(wayOf({ toldKmh: (72 * readFactor) / trueFactor }), mappingOf(read as Unit)).filter(
        (doubt) => !doubt.includes('300 km/h'),
      )
      if (Math.abs(readFactor / trueFactor - 1) <= 0.2) return assert.deepEqual(doubts, [])
      assert.match(doubts[0] ?? '', new RegExp(`It was read as ${read}; .*${truth}.* would fit`))
    }),
  )
})

test('an odometer in miles that is read as kilometres is doubted, and the speed is not', () => {
  const [doubt, ...more] = wayDoubts(wayOf({ odometerScale: 1 / 1.609344 }), mappingOf('km/h'))
  assert.match(
    doubt ?? '',
    /^the odometer gives 3\.7 km where speed and positions give 5\.9 km, 0\.621 times as far\. It was read as km; mi would fit/,
  )
  assert.deepEqual(more, [])
})

test('silences count for nothing, fast speeds and repeated instants are counted, and what is not told is not known', () => {
  const silent = wayOf({ everyS: 60 })
  assert.deepEqual([silent.distanceKm, silent.line.otherM, silent.odometer.otherM], [undefined, 0, 0])
  const { add, way } = openWay()
  for (const at of [0, 0, 1000]) add({ segment: 'a', at, signals: { 'Vehicle.Speed': 301 } })
  assert.deepEqual([way().fast, way().repeated], [3, 1])
  assert.match(
    wayDoubts(way(), mappingOf('km/h')).join('\n'),
    /3 speeds are over 300 km\/h\n1 sample has the instant of the one before/,
  )
})
