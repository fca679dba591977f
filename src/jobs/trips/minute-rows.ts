// Minutes as they were stored before they were columns, sample by sample: read, and no longer
// written.
//
//   minute    its number 4 | bytes of its instants 2 | doubted samples 2 | the instants | ms 2 and reasons 2 of each
//             doubted one | its samples
//   a sample  ms of the minute 2 | flags 2 | fix and clock 1 | receipt 8 | and as the flags name them: speed 2 ·
//             latitude 4 · longitude 4 · readings 8 each
import type { ClockRank } from '../../model/message.ts'
import type { Fix } from '../../plausibility/reading.ts'
import { readingNames, type DriveSample, type Ignition } from './drive-sample.ts'
import { minuteMs, type Doubted, type Minute } from './minute.ts'
import { SampleRows } from './sample-rows.ts'

const flag = { ignition: 0b11, speed: 4, lat: 8, lon: 16, apart: 32 } as const
const clockBits = 2
const readingFlag = (index: number): number => 64 << index
const sampleHeadBytes = 2 + 2 + 1 + 8
const minuteHeadBytes = 4 + 2 + 2
const doubtedBytes = 2 + 2

export function minuteOfRows(bytes: Uint8Array): Minute {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const minuteAt = view.getUint32(0) * minuteMs
  const doubtsFrom = minuteHeadBytes + view.getUint16(4)
  const samplesFrom = doubtsFrom + view.getUint16(6) * doubtedBytes
  const samples: DriveSample[] = []
  for (let from = samplesFrom; from < view.byteLength;) from = readSample(view, from, minuteAt, samples)
  return {
    samples: SampleRows.of(samples),
    instants: doubtsFrom === minuteHeadBytes ? null : bytes.slice(minuteHeadBytes, doubtsFrom),
    doubted: samplesFrom === doubtsFrom ? null : readDoubted(view, doubtsFrom, samplesFrom),
  }
}

function readDoubted(view: DataView, from: number, to: number): Doubted {
  const doubted = new Map<number, number>()
  for (let next = from; next < to; next += doubtedBytes) doubted.set(view.getUint16(next), view.getUint16(next + 2))
  return doubted
}

function readSample(view: DataView, from: number, minuteAt: number, samples: DriveSample[]): number {
  const flags = view.getUint16(from + 2)
  const quality = view.getUint8(from + 4)
  let end = from + sampleHeadBytes
  const next = (bit: number, bytes: number, read: (offset: number) => number): number => {
    if ((flags & bit) === 0) return NaN
    end += bytes
    return read(end - bytes)
  }
  const degrees = (offset: number): number => view.getInt32(offset) / 1e7
  const speedKmh = next(flag.speed, 2, (offset) => view.getUint16(offset) / 100)
  const lat = next(flag.lat, 4, degrees)
  const lon = next(flag.lon, 4, degrees)
  const readings = readingNames.map((_, index) => next(readingFlag(index), 8, (offset) => view.getFloat64(offset)))
  const [usedL, tankL, usedKwh, powerW, fuelLh, odometerM, chargePercent, capacityKwh, accuracyM] = readings as Nine
  samples.push({
    at: minuteAt + view.getUint16(from),
    receivedAt: view.getFloat64(from + 5),
    clock: (quality >> clockBits) as ClockRank,
    ignition: (flags & flag.ignition) as Ignition,
    lat,
    lon,
    apart: (flags & flag.apart) === 0 ? 0 : 1,
    accuracyM,
    fix: (quality & ((1 << clockBits) - 1)) as Fix,
    speedKmh,
    usedL,
    tankL,
    fuelLh,
    usedKwh,
    powerW,
    odometerM,
    chargePercent,
    capacityKwh,
  })
  return end
}

type Nine = [number, number, number, number, number, number, number, number, number]
