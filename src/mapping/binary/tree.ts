// Trees, as decoders give them: values as JSON has them, so that what came as bytes is read like
// any other message. Invariant: a whole number is a number where that is exact, else the text of
// its digits; what no number of JSON can say ("NaN", "Infinity") is text too.

export type Tree = null | boolean | number | string | readonly Tree[] | Branch

export type Branch = { readonly [name: string]: Tree }

/** Why bytes were not read; also a metric label. */
export type BinaryReason =
  /** More bytes than are read, packed or unpacked. */
  | 'too-long'
  /** Less is there than its own lengths say. */
  | 'cut'
  /** Not of the stated form. */
  | 'malformed'
  | 'not-utf8'
  /** Nested deeper than is read. */
  | 'too-deep'
  /** More values than are read. */
  | 'too-many'
  /** Not packed as stated. */
  | 'not-packed'
  | 'wrong-checksum'
  /** Counts that stand in the bytes and what is there differ. */
  | 'wrong-count'
  /** A codec, or a compression, that this does not read. */
  | 'unknown-codec'

/** Ends a decoder from any depth. Never leaves `decodeBinary`, where it becomes a refusal; anything
 *  else that is thrown is a bug. */
export class BinaryFault extends Error {
  readonly reason: BinaryReason

  constructor(reason: BinaryReason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

/** An integer of up to 64 bits as a tree has it. */
export const exact = (value: bigint | number): number | string => {
  if (typeof value === 'number') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** A number of 64 bits with a point. */
export const finite = (value: number): number | string => (Number.isFinite(value) ? value : String(value))

/** One of 32 bits, as the shortest decimal that is the same number in 32 bits, which is how proto3
 *  JSON has it: 63.2 and not 63.20000076293945. */
export function shortest(value: number): number | string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return value
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return candidate
  }
  return Number(value.toPrecision(9))
}

/** Sets a field by a name that came with the data, whatever it is: `__proto__` is a name like any
 *  other. */
export function put(branch: { [name: string]: Tree }, name: string, value: Tree): void {
  if (name === '__proto__')
    Object.defineProperty(branch, name, { value, writable: true, enumerable: true, configurable: true })
  else branch[name] = value
}
