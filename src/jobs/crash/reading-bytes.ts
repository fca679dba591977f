// The readings of a block of motion as bytes, by fiftieths of a second: the fiftieth of the block 2
// | which of its ms, as bits 4 | each: x 2 · y 2.
import { fiftiethMs } from './crash-rules.ts'
import { blockMs } from './motion.ts'
import { fiftiethOf, type Acceleration, type Fiftieth } from './readings.ts'

const fiftiethBytes = 6
const readingBytes = 4

export function fiftiethsBytes(fiftieths: readonly Fiftieth[]): Uint8Array {
  const bytes = new Uint8Array(fiftieths.reduce((end, { length }) => end + fiftiethBytes + length * readingBytes, 0))
  const view = new DataView(bytes.buffer)
  let next = 0
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
  return bytes
}

export function readFiftieths(bytes: Uint8Array, block: number): Fiftieth[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fiftieths: Fiftieth[] = []
  for (let next = 0; next < view.byteLength;) {
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
