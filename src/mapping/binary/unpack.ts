// Payloads that are packed as a whole. Which packing it is, the mapping says: FleetWise tells it
// nowhere in the message, and nothing is guessed from bytes.
import { gunzipSync } from 'node:zlib'
import { unpackSnappy } from './snappy.ts'
import { BinaryFault } from './tree.ts'

/** `snappy`: one raw block, without frames. */
export type Packing = (typeof packings)[number]

export const packings = ['none', 'snappy', 'gzip'] as const

/** Throws a `BinaryFault` for what is not packed so, is cut, or has more than `bytesMax` bytes
 *  unpacked. */
export function unpack(packing: Packing, bytes: Uint8Array, bytesMax: number): Uint8Array {
  switch (packing) {
    case 'none':
      return bytes
    case 'snappy':
      return unpackSnappy(bytes, bytesMax)
    case 'gzip':
      return unpackGzip(bytes, bytesMax)
  }
}

function unpackGzip(bytes: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: bytesMax })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new BinaryFault('too-long', `more than ${bytesMax} bytes when unpacked`)
    if (code === 'Z_BUF_ERROR') throw new BinaryFault('cut', 'the gzip data ends too early')
    if (code.startsWith('Z_')) throw new BinaryFault('not-packed', `not gzip, as the mapping says it is (${code})`)
    throw error
  }
}
