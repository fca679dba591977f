// Which partition a key belongs to: what Kafka's Java client says, so that any Kafka client agrees
// with us. Source: org.apache.kafka.common.utils.Utils.murmur2 and
// BuiltInPartitioner.partitionForKey.

const seed = 0x9747b28c | 0
const mixer = 0x5bd1e995
const notAscii = 0x80

/** Kafka's murmur2 of the UTF-8 bytes of `key`, as a signed 32-bit integer. Runs once for every
 *  record appended, so an ASCII key is hashed where it lies, without being encoded first. */
export function murmur2(key: string): number {
  const length = key.length
  let hash = seed ^ length
  let seen = 0
  let i = 0
  for (; i + 4 <= length; i += 4) {
    const a = key.charCodeAt(i)
    const b = key.charCodeAt(i + 1)
    const c = key.charCodeAt(i + 2)
    const d = key.charCodeAt(i + 3)
    seen |= a | b | c | d
    hash = mixWord(hash, a | (b << 8) | (c << 16) | (d << 24))
  }
  let rest = 0
  for (let shift = 0; i < length; i++, shift += 8) {
    const code = key.charCodeAt(i)
    seen |= code
    rest |= code << shift
  }
  return seen >= notAscii ? murmur2Bytes(Buffer.from(key)) : finish(hash, rest, length & 3)
}

/** Kafka's murmur2 of bytes. Java's bytes are signed; the algorithm masks them, so 0x80 to 0xff
 *  count as 128 to 255. */
export function murmur2Bytes(bytes: Uint8Array): number {
  const length = bytes.byteLength
  let hash = seed ^ length
  let i = 0
  for (; i + 4 <= length; i += 4)
    hash = mixWord(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
  let rest = 0
  for (let shift = 0; i < length; i++, shift += 8) rest |= bytes[i]! << shift
  return finish(hash, rest, length & 3)
}

/** The partition of `key` among `partitions`, from 0. */
export const partitionOf = (key: string, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions

function mixWord(hash: number, word: number): number {
  let k = Math.imul(word, mixer)
  k ^= k >>> 24
  return Math.imul(hash, mixer) ^ Math.imul(k, mixer)
}

function finish(hash: number, rest: number, restBytes: number): number {
  let h = restBytes > 0 ? Math.imul(hash ^ rest, mixer) : hash
  h ^= h >>> 13
  h = Math.imul(h, mixer)
  return h ^ (h >>> 15)
}
