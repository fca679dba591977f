// Ten minutes of a vehicle as bytes. Seconds are written one by one where few were heard: of a
// parked car that reports every two minutes, five of 600.
//
//   block 8 | first and last whole 8 + 8 | seconds heard 2 · seen 1 · places 1 · receipts 1 | seconds | seen | places | receipts | readings
//
//   seconds     each: number 2 · greatest 1 · least 1; where more than 300 were heard: all greatest 600, all least 600
//   seen        ten 1 · bits 1                           a place     ten 1 · ms of the block 4 · lat 4 · lon 4
//   a receipt   ten 1 · instant 8                        readings    fiftieth of the block 2 · which of its ms, as bits 4 · each: x 2 · y 2
import type { BytesCodec } from '../../engine/part-codec.ts'
import { blockMs, newMotion, secondsOfBlock, tensOfBlock, unheard, type Motion } from './motion.ts'
import { fiftiethMs } from './crash-rules.ts'
import { fiftiethOf, fiftiethsIn, setFiftieths, type Fiftieth, type Acceleration } from './readings.ts'

const headBytes = 29
const secondBytes = 4
const seenBytes = 2
const placeBytes = 13
const receiptBytes = 9
const fiftiethBytes = 6
const readingBytes = 4

const isDense = (seconds: number): boolean => seconds * secondBytes > 2 * secondsOfBlock
const secondsBytes = (seconds: number): number => (isDense(seconds) ? 2 * secondsOfBlock : seconds * secondBytes)

/** Where the bytes are not `none`. */
function indexesOf(bytes: Uint8Array, none: number): number[] {
  const indexes: number[] = []
  // An iterator costs ten times as much, and this runs for every car at every checkpoint.
  for (let index = 0; index < bytes.length; index += 1) if (bytes[index] !== none) indexes.push(index)
  return indexes
}

export const motionCodec: BytesCodec<Motion> = {
  form: 'bytes',
  encode(motion) {
    const { places, receipts } = motion
    const heard = indexesOf(motion.greatest, unheard)
    const seen = indexesOf(motion.seen, 0)
    const fiftieths = fiftiethsIn(motion)
    const placesAt = headBytes + secondsBytes(heard.length) + seen.length * seenBytes
    const receiptsAt = placesAt + places.size * placeBytes
    const readingsAt = receiptsAt + receipts.size * receiptBytes
    const bytes = new Uint8Array(
      fiftieths.reduce((end, { length }) => end + fiftiethBytes + length * readingBytes, readingsAt),
    )
    const view = new DataView(bytes.buffer)
    view.setFloat64(0, motion.block)
    view.setFloat64(8, motion.wholeFirstAt)
    view.setFloat64(16, motion.wholeLastAt)
    view.setUint16(24, heard.length)
    bytes.set([seen.length, places.size, receipts.size], 26)
    writeSeconds(bytes, motion, heard)
    for (const [index, ten] of seen.entries())
      bytes.set([ten, motion.seen[ten]!], placesAt - (seen.length - index) * seenBytes)
    writePlaces(view, placesAt, motion)
    writeReceipts(view, receiptsAt, motion)
    writeFiftieths(view, readingsAt, fiftieths)
    return bytes
  },
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const motion = newMotion(view.getFloat64(0))
    motion.wholeFirstAt = view.getFloat64(8)
    motion.wholeLastAt = view.getFloat64(16)
    const heard = view.getUint16(24)
    readSeconds(bytes, motion, heard)
    const seenAt = headBytes + secondsBytes(heard)
    const placesAt = seenAt + bytes[26]! * seenBytes
    const receiptsAt = placesAt + bytes[27]! * placeBytes
    const readingsAt = receiptsAt + bytes[28]! * receiptBytes
    for (let next = seenAt; next < placesAt; next += seenBytes)
      motion.seen[bytes[next]! % tensOfBlock] = bytes[next + 1]!
    for (let next = placesAt; next < receiptsAt; next += placeBytes) {
      const at = motion.block * blockMs + view.getUint32(next + 1)
      motion.places.set(bytes[next]!, { at, lat: view.getInt32(next + 5) / 1e7, lon: view.getInt32(next + 9) / 1e7 })
    }
    for (let next = receiptsAt; next < readingsAt; next += receiptBytes)
      motion.receipts.set(bytes[next]!, view.getFloat64(next + 1))
    setFiftieths(motion, readFiftieths(view, readingsAt, motion.block))
    return motion
  },
}

function writeSeconds(bytes: Uint8Array, { greatest, least }: Motion, heard: readonly number[]): void {
  if (isDense(heard.length)) {
    bytes.set(greatest, headBytes)
    bytes.set(least, headBytes + secondsOfBlock)
    return
  }
  let next = headBytes
  for (const second of heard) {
    bytes[next] = second >> 8
    bytes[next + 1] = second & 0xff
    bytes[next + 2] = greatest[second]!
    bytes[next + 3] = least[second]!
    next += secondBytes
  }
}

function readSeconds(bytes: Uint8Array, { greatest, least }: Motion, heard: number): void {
  if (isDense(heard)) {
    greatest.set(bytes.subarray(headBytes, headBytes + secondsOfBlock))
    least.set(bytes.subarray(headBytes + secondsOfBlock, headBytes + 2 * secondsOfBlock))
    return
  }
  for (let index = 0; index < heard; index += 1) {
    const [high, low, most, fewest] = bytes.subarray(
      headBytes + index * secondBytes,
      headBytes + (index + 1) * secondBytes,
    )
    const second = (high! << 8) | low!
    greatest[second] = most!
    least[second] = fewest!
  }
}

function writePlaces(view: DataView, from: number, { places }: Motion): void {
  let next = from
  for (const [ten, { at, lat, lon }] of places) {
    view.setUint8(next, ten)
    view.setUint32(next + 1, at % blockMs)
    view.setInt32(next + 5, Math.round(lat * 1e7))
    view.setInt32(next + 9, Math.round(lon * 1e7))
    next += placeBytes
  }
}

function writeReceipts(view: DataView, from: number, { receipts }: Motion): void {
  let next = from
  for (const [ten, receivedAt] of receipts) {
    view.setUint8(next, ten)
    view.setFloat64(next + 1, receivedAt)
    next += receiptBytes
  }
}

function writeFiftieths(view: DataView, from: number, fiftieths: readonly Fiftieth[]): void {
  let next = from
  for (const readings of fiftieths) {
    view.setUint16(next, fiftiethOf(readings[0]!.at % blockMs))
    view.setUint32(
      next + 2,
      readings.reduce((bits, { at }) => bits | (1 << (at % fiftiethMs)), 0),
    )
    next += fiftiethBytes
    for (const { x, y } of readings) {
      view.setInt16(next, Math.round(x * 10))
      view.setInt16(next + 2, Math.round(y * 10))
      next += readingBytes
    }
  }
}

function readFiftieths(view: DataView, from: number, block: number): Fiftieth[] {
  const fiftieths: Fiftieth[] = []
  for (let next = from; next < view.byteLength;) {
    const startAt = block * blockMs + view.getUint16(next) * fiftiethMs
    const bits = view.getUint32(next + 2)
    next += fiftiethBytes
    const readings: Acceleration[] = []
    for (let ms = 0; ms < fiftiethMs; ms += 1) {
      if ((bits & (1 << ms)) === 0) continue
      readings.push({ at: startAt + ms, x: view.getInt16(next) / 10, y: view.getInt16(next + 2) / 10 })
      next += readingBytes
    }
    fiftieths.push(readings)
  }
  return fiftieths
}
