// The samples of one minute of a vehicle, one for each instant, in order of time: a set, whatever order they came in. A minute with
// more of them than a drive needs is thinned to a grid of time.
import type { BytesCodec } from '../../engine/part-codec.ts'
import { mergeSamples, readingNames, sameSample, type DriveSample, type Ignition } from './drive-sample.ts'
import { newInstants, thin, thinned, type Instants } from './thinning.ts'

export const minuteMs = 60_000

/** Samples of one minute that are kept as they are: 100 Hz. */
export const minuteSamplesMax = 6_000

export type Minute = {
  samples: DriveSample[]
  /** The instants heard, where there were so many that samples were left out. */
  instants: Instants | null
}

export const newMinute = (): Minute => ({ samples: [], instants: null })

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
export const thinnedOf = ({ samples, instants }: Minute): number => (instants === null ? 0 : thinned(instants) - samples.length)

// A sample as bytes: ms of the minute 2 | flags 2 | receipt 8 | then what the flags name: speed 2 · latitude 4 · longitude 4 · readings 8 each.
const flag = { ignition: 0b11, speed: 4, lat: 8, lon: 16, apart: 32 } as const
const readingFlag = (index: number): number => 64 << index
const headBytes = 2 + 2 + 8
const sampleBytesMax = headBytes + 2 + 8 + 8 * readingNames.length

/** A minute as bytes: the minute 4 | bytes of its instants 2 | the instants | its samples. */
export const minuteCodec: BytesCodec<Minute> = {
  form: 'bytes',
  encode({ samples, instants }) {
    const bytes = new Uint8Array(6 + (instants?.length ?? 0) + samples.length * sampleBytesMax)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, Math.floor((samples[0]?.at ?? 0) / minuteMs))
    view.setUint16(4, instants?.length ?? 0)
    if (instants !== null) bytes.set(instants, 6)
    let end = 6 + (instants?.length ?? 0)
    for (const sample of samples) end = writeSample(view, end, sample)
    return bytes.subarray(0, end)
  },
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const minuteAt = view.getUint32(0) * minuteMs
    const instantBytes = view.getUint16(4)
    const samples: DriveSample[] = []
    for (let from = 6 + instantBytes; from < view.byteLength;) from = readSample(view, from, minuteAt, samples)
    return { samples, instants: instantBytes === 0 ? null : bytes.slice(6, 6 + instantBytes) }
  },
}

function writeSample(view: DataView, from: number, sample: DriveSample): number {
  let flags: number = sample.ignition | (sample.apart * flag.apart)
  let end = from + headBytes
  view.setFloat64(from + 4, sample.receivedAt)
  if (!Number.isNaN(sample.speedKmh)) {
    flags |= flag.speed
    view.setUint16(end, Math.round(sample.speedKmh * 100))
    end += 2
  }
  for (const name of ['lat', 'lon'] as const) {
    if (Number.isNaN(sample[name])) continue
    flags |= flag[name]
    view.setInt32(end, Math.round(sample[name] * 1e7))
    end += 4
  }
  for (const [index, name] of readingNames.entries()) {
    if (Number.isNaN(sample[name])) continue
    flags |= readingFlag(index)
    view.setFloat64(end, sample[name])
    end += 8
  }
  view.setUint16(from, sample.at % minuteMs)
  view.setUint16(from + 2, flags)
  return end
}

function readSample(view: DataView, from: number, minuteAt: number, samples: DriveSample[]): number {
  const flags = view.getUint16(from + 2)
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
  const [usedL, tankL, usedKwh, powerW, fuelLh, odometerM, chargePercent, capacityKwh] = readings as Eight
  samples.push({
    at: minuteAt + view.getUint16(from),
    receivedAt: view.getFloat64(from + 4),
    ignition: (flags & flag.ignition) as Ignition,
    lat,
    lon,
    apart: (flags & flag.apart) === 0 ? 0 : 1,
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

type Eight = [number, number, number, number, number, number, number, number]
