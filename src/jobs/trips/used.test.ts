import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { at, driving, sample, settled, straight } from './drives.testing.ts'
import { ignition } from './drives.testing.ts'

test('fuel is by the counter of the engine; energy by the counter of the battery, else by its power', () => {
  const signal = (path: string, values: readonly number[]): Sample[] =>
    values.map((value, index) => ({
      at: at + index * 10_000,
      signals: { 'Vehicle.Speed': 50, [`Vehicle.Powertrain.${path}`]: value },
    }))
  const used = (path: string, values: readonly number[]) =>
    settled(signal(path, values)).map(({ fuelL, energyKwh }) => [fuelL, energyKwh])[0]
  assert.deepEqual(used('FuelSystem.ConsumptionSinceStart', [0.1, 0.2, 0.35]), [0.25, null])
  assert.deepEqual(
    used('FuelSystem.ConsumptionSinceStart', [0.1, 0.2, 0.05]),
    [0.15, null],
    'the counter was started anew',
  )
  assert.deepEqual(used('TractionBattery.AccumulatedConsumedEnergy', [100, 100.5, 101.25]), [null, 1.25])
  const down = Array.from({ length: 11 }, (_, index) => 4700 - index / 10)
  const other = Array.from({ length: 11 }, (_, index) => 12 + index / 20)
  assert.deepEqual(
    used('TractionBattery.AccumulatedConsumedEnergy', [...down, ...other]),
    [null, -0.5],
    'downhill, then another counter',
  )
  assert.deepEqual(
    used('TractionBattery.CurrentPower', [-36_000, -36_000, -36_000]),
    [null, null],
    'power changes within ten seconds',
  )
  const power = driving(0, 21).map((sample) => ({
    ...sample,
    signals: { ...sample.signals, 'Vehicle.Powertrain.TractionBattery.CurrentPower': -36_000 },
  }))
  assert.deepEqual([settled(power)[0]?.fuelL, settled(power)[0]?.energyKwh], [null, 0.2])
})

test('what was read once, or for a part of the trip only, tells no fuel and no energy, and never 0', () => {
  const paths = [
    'FuelSystem.ConsumptionSinceStart',
    'FuelSystem.AbsoluteLevel',
    'TractionBattery.AccumulatedConsumedEnergy',
    'TractionBattery.CurrentPower',
  ]
  const readAt = (path: string, seconds: readonly number[], samples: readonly Sample[]) =>
    samples.map((sample, second) =>
      seconds.includes(second)
        ? { ...sample, signals: { ...sample.signals, [`Vehicle.Powertrain.${path}`]: 5 } }
        : sample,
    )
  for (const path of paths)
    for (const seconds of [[0], [30], [60], [0, 50], [10, 60]]) {
      const [trip] = settled(readAt(path, seconds, driving(0, 61)))
      assert.deepEqual([trip?.fuelL, trip?.energyKwh], [null, null], `${path} read at ${seconds.join(', ')} s of 60`)
    }
  for (const path of paths) {
    const [whole] = settled(readAt(path, [...Array(61).keys()], driving(0, 61)))
    assert.deepEqual(
      [whole?.fuelL, whole?.energyKwh],
      [null, null],
      `${path} that never moves is not wired, or has coarser steps`,
    )
  }
})

test('what is known of fuel and energy says from what, and of how much of the trip', () => {
  const told = (path: string, samples: readonly Sample[], value: (index: number) => number): Trip | undefined =>
    settled(
      samples.map((sample, index) => ({
        ...sample,
        signals: { ...sample.signals, [`Vehicle.Powertrain.${path}`]: value(index) },
      })),
    )[0]
  const fuelOf = (trip: Trip | undefined) => [trip?.fuelL, trip?.fuelFrom, trip?.fuelCovered]
  const energyOf = (trip: Trip | undefined) => [trip?.energyKwh, trip?.energyFrom, trip?.energyCovered]
  const drive = driving(0, 101)
  assert.deepEqual(fuelOf(told('FuelSystem.ConsumptionSinceStart', drive, (index) => index / 1000)), [
    0.1,
    'counter',
    1,
  ])
  assert.deepEqual(energyOf(told('TractionBattery.AccumulatedConsumedEnergy', drive, (index) => index / 100)), [
    1,
    'counter',
    1,
  ])
  assert.deepEqual(energyOf(told('TractionBattery.CurrentPower', drive, () => -36_000)), [1, 'power', 1])
  assert.deepEqual([...fuelOf(drive[0] && settled(drive)[0]), ...energyOf(settled(drive)[0])], Array(6).fill(null))
  // 8 L/100 km over a kilometre. At rest a use by distance says nothing, whatever is told.
  const rate = 'FuelSystem.InstantConsumption'
  assert.deepEqual(fuelOf(told(rate, drive, () => 8)), [0.08, 'rate', 1])
  assert.deepEqual(fuelOf(told(rate, [...drive, ...driving(101, 9, 0)], () => 8)), [0.08, 'rate', 0.92])
  assert.deepEqual(fuelOf(told(rate, [...drive, ...driving(101, 60, 0)], () => 8)), [null, null, null])
})

test('readings from before the trip are no part of what covers it', () => {
  const level = (sample: Sample): Sample => ({
    ...sample,
    signals: { ...sample.signals, 'Vehicle.Powertrain.FuelSystem.AbsoluteLevel': 9 - sample.at / 1e13 },
  })
  const samples = [...driving(0, 600, 0), ...driving(600, 61)]
  assert.equal(settled(samples.map((sample, index) => (index < 610 ? level(sample) : sample)))[0]?.fuelL, null)
})

test('idle time and the greatest speed are not known of a car that tells no speed, nor idle time of one that seldom does', () => {
  const figures = (samples: readonly Sample[]) =>
    settled(samples).map(({ idleMs, maxSpeedKmh }) => [idleMs, maxSpeedKmh])
  const drive = [...driving(0, 60), ...driving(60, 30, 0), ...driving(90, 30)]
  assert.deepEqual(figures(drive), [[29_000, 36]])
  const placed = drive.map(({ at }, index) => ({
    at,
    signals: { 'Vehicle.CurrentLocation.Latitude': -34.9 + index / 10_000, 'Vehicle.CurrentLocation.Longitude': -56.1 },
  }))
  assert.deepEqual(figures(placed), [[null, null]])
  assert.deepEqual(figures(drive.filter((_, index) => index % 30 === 0)), [[null, 36]])
  const standing = [...driving(-900, 900, 0), ...drive.filter((_, index) => index % 30 === 0)]
  assert.deepEqual(figures(standing), [[null, 36]], 'what was told before the trip is no part of it')
})

test('a counter since the start, told once when the ignition goes off, is the fuel of the trip', () => {
  const last = {
    at: at + 61_000,
    signals: { ...ignition(61, 'OFF').signals, 'Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart': 0.42 },
  }
  assert.equal(settled([ignition(0, 'ON')], driving(1, 60), [last])[0]?.fuelL, 0.42)
  assert.equal(settled(driving(1, 60), [last])[0]?.fuelL, null, 'nobody knows since when it counts')
})

const level = 'Powertrain.FuelSystem.AbsoluteLevel'

/** An hour with the level as a tank at rest says it, and as it sloshes while the car drives; ten
 *  minutes of every trip at either end stand. */
function sloshing(fromL: number, toL: number): Sample[] {
  const still = (fromS: number, litres: number): Sample[] =>
    Array.from({ length: 100 }, (_, second) =>
      sample(fromS + second, { Speed: 0, [level]: litres + (second % 3) / 10 }),
    )
  const sloshed = driving(100, 3400, 50).map(({ at, signals }, index) => ({
    at,
    signals: { ...signals, [`Vehicle.${level}`]: fromL + 20 * Math.sin(index) },
  }))
  return [...still(0, fromL), ...sloshed, ...still(3500, toL)]
}

test('the tank is read while the car stands, and says nothing below its resolution, of a filling or of a leak', () => {
  const fuel = (fromL: number, toL: number) =>
    settled(sloshing(fromL, toL)).map(({ fuelL, fuelFrom }) => [fuelL, fuelFrom])
  assert.deepEqual(fuel(40, 36.8), [[3.2, 'tank']])
  assert.deepEqual(fuel(40, 39.7), [[null, null]])
  assert.deepEqual(fuel(4, 39), [[null, null]])
  assert.deepEqual(fuel(100, 10), [[null, null]])
})

test('a rate of fuel is taken as it is told, also at rest', () => {
  const [trip] = settled(
    [...driving(0, 101), ...driving(101, 20, 0)].map((each) => ({
      ...each,
      signals: { ...each.signals, 'Vehicle.OBD.FuelRate': 3.6 },
    })),
  )
  assert.deepEqual([trip?.fuelL, trip?.fuelFrom, trip?.fuelCovered], [0.12, 'rate', 1])
})

test('a counter that falls to nothing within a second is another counter', () => {
  const consumed = (kwh: number) => ({ Speed: 80, 'Powertrain.TractionBattery.AccumulatedConsumedEnergy': kwh })
  const [trip] = settled(straight(0, 600, { kmh: 80 }), [
    sample(0, consumed(10)),
    sample(300, consumed(12)),
    sample(301, consumed(0)),
    sample(600, consumed(2)),
  ])
  assert.deepEqual([trip?.energyKwh, trip?.energyFrom], [4, 'counter'])
})

test('one rise or fall of the counter of an engine is not believed', () => {
  const counted = (glitchL: number) =>
    settled(
      driving(0, 601).map((each, index) => ({
        ...each,
        signals: {
          ...each.signals,
          'Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart': index === 300 ? glitchL : 5 + index / 1000,
        },
      })),
    )[0]?.fuelL
  for (const glitchL of [0, 3, 9, 6553.5])
    assert.ok(Math.abs((counted(glitchL) ?? 0) - 0.6) < 0.005, `${glitchL} L: ${counted(glitchL)}`)
})

test('power with its sign the wrong way round is told from the state of charge: by the capacity, or not at all', () => {
  const battery = 'Powertrain.TractionBattery'
  const drive = (watts: number, toPercent: number, more: Sample['signals'] = {}) =>
    settled(
      [sample(0, { [`${battery}.StateOfCharge.Current`]: 60, ...more })],
      straight(0, 600, { kmh: 90, more: { [`${battery}.CurrentPower`]: watts } }),
      [sample(600, { [`${battery}.StateOfCharge.Current`]: toPercent })],
    ).map(({ energyKwh, energyFrom, energyDoubt }) => [energyKwh, energyFrom, energyDoubt])[0]
  assert.deepEqual(drive(18_000, 50), [null, null, 'against-charge'])
  assert.deepEqual(drive(18_000, 50, { [`${battery}.NetCapacity`]: 30 }), [3, 'charge', null])
  assert.deepEqual(drive(-18_000, 50), [3, 'power', null])
  assert.deepEqual(drive(18_000, 62), [-3, 'power', null], 'down a pass')
})

test('power every 16 to 60 s is no energy, and with a capacity the state of charge is', () => {
  const battery = 'Powertrain.TractionBattery'
  for (const every of [16, 37, 60]) {
    const told = (more: Sample['signals']) =>
      settled(
        driving(0, 1201, 50).map((each, index) => ({
          ...each,
          signals: {
            ...each.signals,
            ...(index % every === 0 && {
              [`Vehicle.${battery}.CurrentPower`]: -9000,
              [`Vehicle.${battery}.StateOfCharge.Current`]: 60 - index / 120,
            }),
            ...more,
          },
        })),
      ).map(({ energyKwh, energyFrom }) => [energyKwh, energyFrom])[0]
    assert.deepEqual(told({}), [null, null])
    const [kwh, from] = told({ [`Vehicle.${battery}.NetCapacity`]: 30 }) ?? []
    assert.ok(typeof kwh === 'number' && Math.abs(kwh - 3) < 0.15, `${kwh}`)
    assert.equal(from, 'charge')
  }
})
