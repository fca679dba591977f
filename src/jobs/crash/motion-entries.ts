// Blocks of motion as they were stored before they were columns, entry by entry: read, and no
// longer written.
//
//   block 8 | first and last whole 8 + 8 | seconds heard 2 · seen 1 · places 1 · receipts 1 | seconds | seen | places | receipts | readings
//
//   seconds     each: number 2 · greatest 1 · least 1; where more than 300 were heard: all greatest 600, all least 600
//   seen        ten 1 · bits 1                           a place     ten 1 · ms of the block 4 · lat 4 · lon 4
//   a receipt   ten 1 · instant 8                        readings    as in motion-codec.ts
import { blockMs, newMotion, secondsOfBlock, tensOfBlock, type Motion } from './motion.ts'
import { readFiftieths } from './reading-bytes.ts'
import { setFiftieths } from './readings.ts'

const headBytes = 29
const secondBytes = 4
const seenBytes = 2
const placeBytes = 13
const receiptBytes = 9

const isDense = (seconds: number): boolean => seconds * secondBytes > 2 * secondsOfBlock
const secondsBytes = (seconds: number): number => (isDense(seconds) ? 2 * secondsOfBlock : seconds * secondBytes)

export function motionOfEntries(bytes: Uint8Array): Motion {
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
  for (let next = seenAt; next < placesAt; next += seenBytes) motion.seen[bytes[next]! % tensOfBlock] = bytes[next + 1]!
  for (let next = placesAt; next < receiptsAt; next += placeBytes) {
    const at = motion.block * blockMs + view.getUint32(next + 1)
    motion.places.set(bytes[next]!, { at, lat: view.getInt32(next + 5) / 1e7, lon: view.getInt32(next + 9) / 1e7 })
  }
  for (let next = receiptsAt; next < readingsAt; next += receiptBytes)
    motion.receipts.set(bytes[next]!, view.getFloat64(next + 1))
  setFiftieths(motion, readFiftieths(bytes.subarray(readingsAt), motion.block))
  return motion
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
