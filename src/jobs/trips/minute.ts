// The samples of one minute of a vehicle, one for each instant, in order of time: a set, whatever
// order they came in. A minute with more of them than a drive needs is thinned to a grid of time.
import type { BytesCodec } from '../../engine/part-codec.ts'
import { mergeSamples, readingNames, sameSample, type DriveSample, type Ignition } from './drive-sample.ts'
import type { ClockRank } from '../../model/message.ts'
import type { Fix } from '../../plausibility/reading.ts'
import { newInstants, thin, thinned, type MinuteInstants } from './thinning.ts'

export const minuteMs = 60_000

/** Samples of one minute that are kept as they are: 100 Hz. */
export const minuteSamplesMax = 6_000

export type Minute = {
  samples: DriveSample[]
  /** The instants heard, where there were so many that samples were left out. */
  instants: MinuteInstants | null
  /** Doubts of its samples beside those around them, and why, when that was last judged; null =
   *  nothing. */
  doubted: Doubted | null
}

/** By millisecond of the minute, as `packDoubts` has it. */
export type Doubted = ReadonlyMap<number, number>

export const newMinute = (): Minute => ({ samples: [], instants: null, doubted: null })

/** Adds a sample; false when it changes nothing. */
export function addSample(minute: Minute, sample: DriveSample): boolean {
  if (minute.instants !== null) return thin(minute.samples, minute.instants, sample)
  const { samples } = minute
  let at = samples.length
  while (at > 0 && samples[at - 1]!.at > sample.at) at -= 1
  const same = at > 0 ? samples[at - 1]! : undefined
  if (same === undefined || same.at < sample.at) {
    samples.splice(at, 0, sample)
    if (samples.length > minuteSamplesMax) thinAll(minute)
    return true
  }
  const merged = mergeSamples(same, sample)
  if (sameSample(same, merged)) return false
  samples[at - 1] = merged
  return true
}

function thinAll(minute: Minute): void {
  const { samples } = minute
  minute.samples = []
  minute.instants = newInstants()
  for (const sample of samples) thin(minute.samples, minute.instants, sample)
}

/** Instants of the minute whose samples were left out. */
export const thinnedOf = ({ samples, instants }: Minute): number =>
  instants === null ? 0 : thinned(instants) - samples.length

// A sample as bytes: ms of the minute 2 | flags 2 | fix and clock 1 | receipt 8 | then what the
// flags name: speed 2 · latitude 4 · longitude 4 · readings 8 each.
const flag = { ignition: 0b11, speed: 4, lat: 8, lon: 16, apart: 32 } as const
const clockBits = 2
const readingFlag = (index: number): number => 64 << index
const headBytes = 2 + 2 + 1 + 8
const sampleBytesMax = headBytes + 2 + 8 + 8 * readingNames.length

const minuteHeadBytes = 4 + 2 + 2
const doubtedBytes = 2 + 2

/** Where a minute is written first, as how long it is shows then. */
let scratch = new DataView(new ArrayBuffer(65_536))

function scratchOf(bytes: number): DataView<ArrayBuffer> {
  if (scratch.byteLength < bytes) scratch = new DataView(new ArrayBuffer(bytes))
  return scratch
}

/** A minute as bytes: the minute 4 | bytes of its instants 2 | doubted samples 2 | the instants |
 *  ms 2 and reasons 2 of each doubted one | its samples. */
export const minuteCodec: BytesCodec<Minute> = {
  form: 'bytes',
  encode({ samples, instants, doubted }) {
    const [instantBytes, doubts] = [instants?.length ?? 0, doubted?.size ?? 0]
    const view = scratchOf(minuteHeadBytes + instantBytes + doubts * doubtedBytes + samples.length * sampleBytesMax)
    view.setUint32(0, Math.floor((samples[0]?.at ?? 0) / minuteMs))
    view.setUint16(4, instantBytes)
    view.setUint16(6, doubts)
    if (instants !== null) new Uint8Array(view.buffer).set(instants, minuteHeadBytes)
    let end = minuteHeadBytes + instantBytes
    for (const [ms, reasons] of doubted ?? []) {
      view.setUint16(end, ms)
      view.setUint16(end + 2, reasons)
      end += doubtedBytes
    }
    for (const sample of samples) end = writeSample(view, end, sample)
    return new Uint8Array(view.buffer.slice(0, end))
  },
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const minuteAt = view.getUint32(0) * minuteMs
    const doubtsFrom = minuteHeadBytes + view.getUint16(4)
    const samplesFrom = doubtsFrom + view.getUint16(6) * doubtedBytes
    const samples: DriveSample[] = []
    for (let from = samplesFrom; from < view.byteLength;) from = readSample(view, from, minuteAt, samples)
    return {
      samples,
      instants: doubtsFrom === minuteHeadBytes ? null : bytes.slice(minuteHeadBytes, doubtsFrom),
      doubted: samplesFrom === doubtsFrom ? null : readDoubted(view, doubtsFrom, samplesFrom),
    }
  },
}

function readDoubted(view: DataView, from: number, to: number): Doubted {
  const doubted = new Map<number, number>()
  for (let next = from; next < to; next += doubtedBytes) doubted.set(view.getUint16(next), view.getUint16(next + 2))
  return doubted
}

function writeSample(view: DataView, from: number, sample: DriveSample): number {
  let flags: number = sample.ignition | (sample.apart * flag.apart)
  let end = from + headBytes
  view.setUint8(from + 4, sample.fix | (sample.clock << clockBits))
  view.setFloat64(from + 5, sample.receivedAt)
  if (!Number.isNaN(sample.speedKmh)) {
    flags |= flag.speed
    view.setUint16(end, Math.round(sample.speedKmh * 100))
    end += 2
  }
  if (!Number.isNaN(sample.lat)) {
    flags |= flag.lat
    view.setInt32(end, Math.round(sample.lat * 1e7))
    end += 4
  }
  if (!Number.isNaN(sample.lon)) {
    flags |= flag.lon
    view.setInt32(end, Math.round(sample.lon * 1e7))
    end += 4
  }
  // By index, as this runs for each sample of a minute at each checkpoint: by name or by an
  // iterator each number would be an object for a moment.
  const readings = readingsOf(sample)
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index]!
    if (Number.isNaN(reading)) continue
    flags |= readingFlag(index)
    view.setFloat64(end, reading)
    end += 8
  }
  view.setUint16(from, sample.at % minuteMs)
  view.setUint16(from + 2, flags)
  return end
}

function readSample(view: DataView, from: number, minuteAt: number, samples: DriveSample[]): number {
  const flags = view.getUint16(from + 2)
  const quality = view.getUint8(from + 4)
  let end = from + headBytes
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

/** In the order of `readingNames`. */
const readingsOf = (sample: DriveSample): Nine => [
  sample.usedL,
  sample.tankL,
  sample.usedKwh,
  sample.powerW,
  sample.fuelLh,
  sample.odometerM,
  sample.chargePercent,
  sample.capacityKwh,
  sample.accuracyM,
]

type Nine = [number, number, number, number, number, number, number, number, number]
