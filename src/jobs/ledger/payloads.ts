// Whether a number was used twice: by the digests of payloads, of so few numbers that a drive of an
// hour compares a message in fifty. Which numbers these are follows from the number alone, so what
// is found does not depend on the order in which messages come. All below 16 are among them, as
// numbers that begin again begin at 0, and then 8 in each doubling, so that a run that begins
// elsewhere is met too.
//
//   numbers   0 … 15   16 18 … 30   32 36 … 60   64 72 …
//   every         1            2            4         8
import { lowerBound } from '../../engine/lower-bound.ts'
import type { BytesCodec } from '../../engine/part-codec.ts'

/** `place · 2^32 + digest`, ascending. */
type Digests = number[]

/** Digests of what was heard under the numbers of a boot that are compared, and when one of them
 *  was last, by our clock. */
export type Payloads = { readonly digests: Digests; lastReceivedAt: number }

export const newPayloads = (): Payloads => ({ digests: [], lastReceivedAt: 0 })

/** Payloads told apart under one number: those with the least digests, which is a function of their
 *  set. Of further ones it is only known that they are not the first: they count as duplicates. */
export const payloadsOfNumberMax = 16

const exact = 16
const half = exact / 2
const digestRange = 2 ** 32

/** The place of a number among those that are compared; undefined of one that is not. */
export function comparedPlace(seq: number): number | undefined {
  if (seq < exact) return seq
  const doubling = Math.floor(Math.log2(seq / half))
  const step = 2 ** doubling
  return seq % step === 0 ? exact + (doubling - 1) * half + (seq / step - half) : undefined
}

/** Takes in a payload heard under the number at `place`. True where it is one more than the number
 *  has. */
export function addPayload({ digests }: Payloads, place: number, payload: Uint8Array): boolean {
  const entry = place * digestRange + digestOf(payload)
  const from = lowerBound(digests, place * digestRange)
  const to = lowerBound(digests, (place + 1) * digestRange)
  const at = lowerBound(digests, entry)
  if (digests[at] === entry) return false
  if (to - from >= payloadsOfNumberMax) {
    if (at === to) return false
    digests.splice(to - 1, 1)
    digests.splice(at, 0, entry)
    return false
  }
  digests.splice(at, 0, entry)
  return to > from
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). Two payloads have one digest once in 4 · 10^9. */
function digestOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < bytes.length; index += 1) hash = Math.imul(hash ^ bytes[index]!, 0x01000193)
  return hash >>> 0
}

export const payloadsCodec: BytesCodec<Payloads> = {
  form: 'bytes',
  encode({ digests, lastReceivedAt }) {
    const numbers = new Float64Array(digests.length + 1)
    numbers[0] = lastReceivedAt
    numbers.set(digests, 1)
    return new Uint8Array(numbers.buffer)
  },
  decode(bytes) {
    const numbers = new Float64Array(bytes.slice().buffer)
    return { digests: Array.from(numbers.subarray(1)), lastReceivedAt: numbers[0]! }
  },
}
