// The value of a signal within the bytes of a CAN frame. Invariant: a number is exact where it has
// no factor, however long it is.
import type { CanMessage, CanSignal } from './dbc.ts'

/** The signals of a frame by their names, as text: the word of a value that has one in the table,
 *  else the number times factor plus offset; empty for a code that means unknown. A signal that its
 *  multiplexer does not select, or whose bits the frame does not have, is not among them. */
export function signalsOf({ signals }: CanMessage, data: Uint8Array): Map<string, string> {
  const values = new Map<string, string>()
  const raws = new Map<string, Raw | undefined>()
  const byName = (name: string): CanSignal | undefined => signals.find((signal) => signal.name === name)
  /** Undefined also for a signal that selects itself in a circle. */
  const rawOf = (signal: CanSignal): Raw | undefined => {
    if (raws.has(signal.name)) return raws.get(signal.name)
    raws.set(signal.name, undefined)
    const raw = isSelected(signal) ? bitsOf(signal, data) : undefined
    raws.set(signal.name, raw)
    return raw
  }
  const isSelected = ({ selectedBy }: CanSignal): boolean => {
    if (selectedBy === undefined) return true
    const multiplexer = byName(selectedBy.signal)
    const raw = multiplexer === undefined ? undefined : rawOf(multiplexer)
    return raw !== undefined && selectedBy.ranges.some(([from, to]) => raw >= from && raw <= to)
  }
  for (const signal of signals) {
    const raw = rawOf(signal)
    if (raw !== undefined) values.set(signal.name, textOf(signal, raw))
  }
  return values
}

/** A number where it is exact, which is by far faster. */
type Raw = number | bigint
const exactBits = 52

/** The bits of a signal as a number without sign; undefined when some of them are beyond the
 *  frame. */
function bitsOf({ startBit, length, order }: CanSignal, data: Uint8Array): Raw | undefined {
  let bit = startBit
  let low = 0
  let high = 0n
  let weight = 1
  for (let taken = 0; taken < length; taken++) {
    const byte = data[bit >> 3]
    if (byte === undefined) return undefined
    const value = (byte >> (bit & 7)) & 1
    if (order === 'intel') {
      if (taken < exactBits) low += value * weight
      else high |= BigInt(value) << BigInt(taken)
      weight *= 2
      bit++
    } else {
      if (taken < exactBits) low = low * 2 + value
      else high = ((taken === exactBits ? BigInt(low) : high) << 1n) | BigInt(value)
      // Motorola counts on from the most significant bit downwards, and from bit 0 of a byte to bit
      // 7 of the next.
      bit = (bit & 7) === 0 ? bit + 15 : bit - 1
    }
  }
  if (length <= exactBits) return low
  return order === 'intel' ? high | BigInt(low) : high
}

function textOf({ type, length, factor, offset, words, unknownFrom }: CanSignal, bits: Raw): string {
  if (unknownFrom !== undefined && bits >= unknownFrom) return ''
  if (type === 'float') return String(floatOf(bits, length) * factor + offset)
  const raw = type === 'signed' ? signed(bits, length) : bits
  const word = words.size === 0 ? undefined : words.get(String(raw))
  if (word !== undefined) return word
  if (factor === 1 && offset === 0) return String(raw)
  // Fifteen digits are what a double holds of a decimal: 3 times 0.1 is told as 0.3.
  return String(Number((Number(raw) * factor + offset).toPrecision(15)) + 0)
}

function signed(bits: Raw, length: number): Raw {
  if (typeof bits === 'bigint') return BigInt.asIntN(length, bits)
  return bits >= 2 ** (length - 1) ? bits - 2 ** length : bits
}

function floatOf(bits: Raw, length: number): number {
  const view = new DataView(new ArrayBuffer(8))
  if (length === 64) {
    view.setBigUint64(0, BigInt(bits))
    return view.getFloat64(0)
  }
  view.setUint32(0, Number(bits))
  return view.getFloat32(0)
}
