// The samples of one minute of a vehicle, one for each instant, in order of time: a set, whatever order they came in.
import type { BytesCodec } from '../../engine/part-codec.ts'
import { mergeSamples, sameSample, type DriveSample, type Ignition } from './drive-sample.ts'

export const minuteMs = 60_000

/** Samples of one minute: 100 Hz. More are not taken; a minute that has more is not independent of their order. */
export const minuteSamplesMax = 6_000

export type Minute = DriveSample[]

/** Adds a sample; false when it changes nothing. */
export function addSample(minute: Minute, sample: DriveSample): boolean {
  let at = minute.length
  while (at > 0 && minute[at - 1]!.at > sample.at) at -= 1
  const same = at > 0 ? minute[at - 1]! : undefined
  if (same === undefined || same.at < sample.at) {
    if (minute.length >= minuteSamplesMax) return false
    minute.splice(at, 0, sample)
    return true
  }
  const merged = mergeSamples(same, sample)
  if (sameSample(same, merged)) return false
  minute[at - 1] = merged
  return true
}

// A sample as bytes: ms of the minute 2 | flags 2 | receipt 8 | then what the flags name: speed 2 · place 4 + 4 · the others 8 each.
const flag = { ignition: 0b11, speed: 4, place: 8, usedL: 16, tankL: 32, usedKwh: 64, powerW: 128, fuelLh: 256 } as const
const others = ['usedL', 'tankL', 'usedKwh', 'powerW', 'fuelLh'] as const
const headBytes = 2 + 2 + 8
const sampleBytesMax = headBytes + 2 + 8 + 8 * others.length

/** A minute as bytes: the minute as 4 bytes, then its samples. */
export const minuteCodec: BytesCodec<Minute> = {
  form: 'bytes',
  encode(minute) {
    const bytes = new Uint8Array(4 + minute.length * sampleBytesMax)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, Math.floor((minute[0]?.at ?? 0) / minuteMs))
    let end = 4
    for (const sample of minute) end = writeSample(view, end, sample)
    return bytes.subarray(0, end)
  },
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const minuteAt = view.getUint32(0) * minuteMs
    const minute: Minute = []
    for (let from = 4; from < view.byteLength;) from = readSample(view, from, minuteAt, minute)
    return minute
  },
}

function writeSample(view: DataView, from: number, sample: DriveSample): number {
  let flags: number = sample.ignition
  let end = from + headBytes
  view.setFloat64(from + 4, sample.receivedAt)
  if (!Number.isNaN(sample.speedKmh)) {
    flags |= flag.speed
    view.setUint16(end, Math.round(sample.speedKmh * 100))
    end += 2
  }
  if (!Number.isNaN(sample.lat)) {
    flags |= flag.place
    view.setInt32(end, Math.round(sample.lat * 1e7))
    view.setInt32(end + 4, Math.round(sample.lon * 1e7))
    end += 8
  }
  for (const field of others) {
    if (Number.isNaN(sample[field])) continue
    flags |= flag[field]
    view.setFloat64(end, sample[field])
    end += 8
  }
  view.setUint16(from, sample.at % minuteMs)
  view.setUint16(from + 2, flags)
  return end
}

function readSample(view: DataView, from: number, minuteAt: number, minute: Minute): number {
  const flags = view.getUint16(from + 2)
  let end = from + headBytes
  const next = (bit: number, bytes: number, read: (offset: number) => number): number => {
    if ((flags & bit) === 0) return NaN
    end += bytes
    return read(end - bytes)
  }
  const speedKmh = next(flag.speed, 2, (offset) => view.getUint16(offset) / 100)
  const lat = next(flag.place, 4, (offset) => view.getInt32(offset) / 1e7)
  const lon = next(flag.place, 4, (offset) => view.getInt32(offset) / 1e7)
  const [usedL, tankL, usedKwh, powerW, fuelLh] = others.map((field) => next(flag[field], 8, (offset) => view.getFloat64(offset)))
  minute.push({
    at: minuteAt + view.getUint16(from),
    receivedAt: view.getFloat64(from + 4),
    ignition: (flags & flag.ignition) as Ignition,
    lat,
    lon,
    speedKmh,
    usedL: usedL!,
    tankL: tankL!,
    usedKwh: usedKwh!,
    powerW: powerW!,
    fuelLh: fuelLh!,
  })
  return end
}
