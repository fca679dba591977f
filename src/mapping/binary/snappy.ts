// A raw block of snappy ("Snappy compressed format description" of google/snappy, 2011-10-05): a
// length, then literals and copies of what came before, without a checksum.
import { BinaryFault } from './tree.ts'

/** A copy of 64 bytes takes three: a block that says more than this of itself cannot be true, and
 *  gets no memory. */
const growthMax = 64

/** Throws a `BinaryFault` for a block that is not whole, copies from before its beginning, or says
 *  that it has more than `bytesMax` bytes. */
export function unpackSnappy(packed: Uint8Array, bytesMax: number): Uint8Array {
  const { length, start } = preamble(packed)
  if (length > bytesMax) throw new BinaryFault('too-long', `${length} bytes when unpacked; ${bytesMax} are read`)
  if (length > packed.byteLength * growthMax)
    throw new BinaryFault('not-packed', `not a snappy block: ${packed.byteLength} bytes cannot hold ${length}`)
  const out = new Uint8Array(length)
  let at = start
  let filled = 0
  while (at < packed.byteLength) {
    const tag = packed[at++] ?? 0
    if ((tag & 3) === 0) {
      // Up to 60 bytes by the tag itself; else one to four bytes follow that say how many.
      const lengthBytes = Math.max(0, (tag >> 2) - 59)
      const count = 1 + (lengthBytes === 0 ? tag >> 2 : littleEndian(packed, at, lengthBytes))
      at += lengthBytes
      if (at + count > packed.byteLength || filled + count > length) throw broken(at)
      out.set(packed.subarray(at, at + count), filled)
      at += count
      filled += count
      continue
    }
    const offsetBytes = (tag & 3) === 3 ? 4 : tag & 3
    const low = littleEndian(packed, at, offsetBytes)
    const isShort = offsetBytes === 1
    const count = isShort ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2)
    const offset = isShort ? ((tag >> 5) << 8) | low : low
    at += offsetBytes
    if (offset === 0 || offset > filled || filled + count > length) throw broken(at)
    // A copy may reach into itself, which repeats.
    for (const end = filled + count; filled < end; filled++) out[filled] = out[filled - offset] ?? 0
  }
  if (filled !== length) throw new BinaryFault('cut', `the snappy block ends after ${filled} of its ${length} bytes`)
  return out
}

function preamble(packed: Uint8Array): { readonly length: number; readonly start: number } {
  let length = 0
  for (let at = 0; at < 5; at++) {
    const byte = packed[at]
    if (byte === undefined) throw new BinaryFault('cut', 'the snappy block ends within its length')
    length += (byte & 0x7f) * 128 ** at
    if (byte < 0x80) return { length, start: at + 1 }
  }
  throw new BinaryFault('not-packed', 'not a snappy block: its length is none')
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.byteLength) throw broken(at)
  let value = 0
  for (let index = count - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0)
  return value
}

const broken = (at: number): BinaryFault =>
  new BinaryFault(
    'not-packed',
    `not a snappy block, or a damaged one: byte ${at}. Does the mapping name the packing of this campaign?`,
  )
