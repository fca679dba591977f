// Entries of the message index as bytes: those of one vehicle, stream and partition that came
// within a minute or so are one value. Numbers are variable in length, seven bits a byte, the
// lowest first; signed ones have their sign in the lowest bit:
//
//   chunk = count | differences of offsets, the first from 0
//           | signed differences of receipts, the first from 0
//           | at - receipt, signed, each | CRC-32 of the payload, 4 bytes each
//
// A message a second takes 9 bytes.

export type ChunkEntry = {
  readonly offset: number
  readonly receivedAt: number
  readonly at: number
  readonly digest: number
}

const numberBytesMax = 8

/** Entries in the order of their offsets, all of whose numbers are safe integers. */
export function encodeChunk(entries: readonly ChunkEntry[]): Buffer {
  const bytes = Buffer.allocUnsafe((1 + 3 * entries.length) * numberBytesMax + 4 * entries.length)
  let end = 0
  const put = (number: number): void => {
    let rest = number
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[end++] = (rest % 0x80) | 0x80
    bytes[end++] = rest
  }
  const putSigned = (number: number): void => put(number < 0 ? -2 * number - 1 : 2 * number)
  put(entries.length)
  let [offset, receivedAt] = [0, 0]
  for (const entry of entries) {
    put(entry.offset - offset)
    offset = entry.offset
  }
  for (const entry of entries) {
    putSigned(entry.receivedAt - receivedAt)
    receivedAt = entry.receivedAt
  }
  for (const { at, receivedAt: received } of entries) putSigned(at - received)
  for (const { digest } of entries) end = bytes.writeUInt32LE(digest, end)
  return bytes.subarray(0, end)
}

export function decodeChunk(bytes: Uint8Array): readonly ChunkEntry[] {
  let at = 0
  const take = (): number => {
    let number = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = bytes[at++]!
      number += (byte & 0x7f) * factor
      if (byte < 0x80) return number
    }
  }
  const takeSigned = (): number => {
    const number = take()
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2
  }
  const places = Array.from({ length: take() })
  const summed = (next: () => number): number[] => {
    let sum = 0
    return places.map(() => (sum += next()))
  }
  const offsets = summed(take)
  const receipts = summed(takeSigned)
  const instants = receipts.map((receivedAt) => receivedAt + takeSigned())
  const digests = new DataView(bytes.buffer, bytes.byteOffset + at)
  return offsets.map((offset, index) => ({
    offset,
    receivedAt: receipts[index]!,
    at: instants[index]!,
    digest: digests.getUint32(4 * index, true),
  }))
}
