// Faults thrown into readings of real drives, by a seed: what receivers and buses are known to tell
// besides the truth. Which value is false is told with them.
import { seeded } from '../../src/base/seeded.testing.ts'
import type { Reading } from '../../src/plausibility/reading.ts'

export type FaultKind = 'null-island' | 'zero' | 'far' | 'frozen' | 'speed' | 'odometer'

export type Thrown = {
  readonly readings: readonly Reading[]
  /** By reading; undefined where the values are those of the drive. */
  readonly faults: readonly (FaultKind | undefined)[]
}

/** Faults an hour of driving. */
const perHour: Readonly<Record<FaultKind, number>> = {
  'null-island': 0.1,
  zero: 0.1,
  far: 0.05,
  frozen: 0.1,
  speed: 0.5,
  odometer: 0.5,
}

const speedSentinels = [255, 655.35, 6553.5, 511.97, -1]
const odometerSentinels = [0, 0xffff, 0xff_ffff, 0xffff_ffff]

type Random = () => number

/** A fault lasts for 1 to 30 s, a frozen place for 10 to 120 s. Faults do not overlap. */
export function throwFaults(readings: readonly Reading[], seed: number, timesAsMany = 1): Thrown {
  const random = seeded(seed)
  const out = [...readings]
  const faults: (FaultKind | undefined)[] = readings.map(() => undefined)
  for (let index = 1; index < readings.length; index += 1) {
    const hours = Math.min(readings[index]!.at - readings[index - 1]!.at, 60_000) / 3_600_000
    const kind = (Object.keys(perHour) as FaultKind[]).find((each) => random() < perHour[each] * timesAsMany * hours)
    if (kind === undefined) continue
    const untilAt = readings[index]!.at + 1000 * (kind === 'frozen' ? 10 + random() * 110 : random() * 30)
    const change = changeOf(kind, readings[index - 1]!, random)
    for (; index < readings.length && readings[index]!.at <= untilAt; index += 1) {
      const changed = change(readings[index]!)
      if (sameReading(changed, readings[index]!)) continue
      out[index] = changed
      faults[index] = kind
    }
  }
  return { readings: out, faults }
}

function changeOf(kind: FaultKind, before: Reading, random: Random): (reading: Reading) => Reading {
  const placed = (change: (reading: Reading) => { readonly lat: number; readonly lon: number }) => (reading: Reading) =>
    Number.isNaN(reading.lat) ? reading : { ...reading, ...change(reading) }
  const pick = (numbers: readonly number[]): number => numbers[Math.floor(random() * numbers.length)]!
  switch (kind) {
    case 'null-island':
      return placed(() => ({ lat: 0, lon: 0 }))
    case 'zero':
      return random() < 0.5 ? placed(({ lon }) => ({ lat: 0, lon })) : placed(({ lat }) => ({ lat, lon: 0 }))
    case 'far': {
      const offM = 1000 * 110 ** random()
      const angle = random() * 2 * Math.PI
      const degrees = offM / 111_195
      return placed(({ lat, lon }) => ({
        lat: lat + degrees * Math.cos(angle),
        lon: lon + (degrees * Math.sin(angle)) / Math.cos((lat * Math.PI) / 180),
      }))
    }
    case 'frozen':
      return placed(() => ({ lat: before.lat, lon: before.lon }))
    case 'speed': {
      const speedKmh = pick(speedSentinels)
      return (reading) => (Number.isNaN(reading.speedKmh) ? reading : { ...reading, speedKmh })
    }
    case 'odometer': {
      const odometerM = pick(odometerSentinels)
      if (random() < 0.2) return (reading) => ({ ...reading, odometerM: Math.round(reading.odometerM / 1000) })
      return (reading) => (Number.isNaN(reading.odometerM) ? reading : { ...reading, odometerM })
    }
  }
}

const sameReading = (a: Reading, b: Reading): boolean =>
  Object.is(a.lat, b.lat) &&
  Object.is(a.lon, b.lon) &&
  Object.is(a.speedKmh, b.speedKmh) &&
  Object.is(a.odometerM, b.odometerM)
