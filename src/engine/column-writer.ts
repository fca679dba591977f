// Columns of numbers as few bytes: for parts of state that are many rows of a few fields. Numbers
// are read as they were written, bit by bit, but for which NaN one was. Each column is written in
// the form that is shortest for its numbers:
//
//   column    head 1 | which rows have a number, a bit each | values
//   head      rows 2 bits | beside 2 bits | doubles 1 bit | decimals 3 bits
//   whole     base | width 1 | of each: value · 10^decimals − what it stands beside − base, `width` bits
//   doubles   a bit each, 1 where it is what it stands beside | 8 bytes of each of the others
//
// A value stands beside 0, the value before it, or the value of its row in the column that its own
// is near to. Where all are what they stand beside in that column (0 where it is near to none), the
// head says so and nothing follows. Before the first one stands 0; in whole form that one is
// written apart, so that it makes nothing wide. Base and it are zigzag varints. Bits begin with the
// lowest of a byte.
//
// Parts under way are written at every checkpoint, so loops keep to local variables, and no array
// is taken apart into them.

/** The first byte of a part in columns. No form before columns begins so, as each codec says. */
export const columnsMark = 0x80

/** Rows of a column that have a number; `again`: the same as of the column before that had bits. */
export const rowsHead = { none: 0, all: 1, bits: 2, again: 3 } as const
export const besideHead = { zero: 0, before: 1, column: 2, same: 3 } as const
export type Beside = (typeof besideHead)[keyof typeof besideHead]
export const headBits = { rows: 3, besideShift: 2, beside: 3, doubles: 16, decimalsShift: 5 } as const

/** Decimals that numbers are looked at for; 7 are those of a place. */
const decimalsMost = 7
export const powers: readonly number[] = Array.from({ length: decimalsMost + 1 }, (_, decimals) => 10 ** decimals)

/** Whole numbers are below it, so that differences of differences of them are exact. */
const wholeBound = 2 ** 50

/** The whole number that a value is at a power of ten; NaN where it is none. Divided by the power
 *  it is the same double again, as a division is rounded rightly. */
function wholeOf(value: number, power: number): number {
  const whole = Math.round(value * power)
  if (whole / power !== value || whole >= wholeBound || whole <= -wholeBound) return NaN
  return whole === 0 && Object.is(value, -0) ? NaN : whole
}

/** The whole number that a value beside is taken for, when writing and when reading. */
export function besideWhole(value: number, power: number): number {
  const whole = Math.round(value * power)
  return whole < wholeBound && whole > -wholeBound ? whole : 0
}

/** The fields of a row, each by the one of its row that it stands near to, which is before it; −1:
 *  near none. */
export type Besides = readonly number[]

/** Serves many parts, one after the other. */
export class ColumnWriter {
  #bytes = new Uint8Array(16_384)
  #view = new DataView(this.#bytes.buffer)
  #end = 0
  /** Of the column under way: its numbers, those beside them, and the former as whole ones. */
  #values = new Float64Array(1_024)
  #besides = new Float64Array(1_024)
  #wholes = new Float64Array(1_024)
  #count = 0
  readonly #range = { least: 0, width: 0, leastStep: 0, stepWidth: 0 }
  #isSame = false
  /** Whether a row has a number in it. */
  #has = new Uint8Array(1_024)
  /** Where the last rows that were written as bits stand, and how many bytes they are. */
  #rowsAt = 0
  #rowsBytes = 0

  begin(): void {
    this.#end = 0
    this.#rowsBytes = 0
    this.#bytes[this.#end++] = columnsMark
  }

  /** The bytes since `begin`. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#end)
  }

  /** A whole number from 0 to 2^53. */
  count(value: number): void {
    this.#room(8)
    this.#varint(value)
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** Rows of numbers, NaN = none, one row behind the other in `cells`. */
  rows(cells: Float64Array, rows: number, besides: Besides): void {
    const fields = besides.length
    for (let field = 0; field < fields; field += 1) {
      this.#gather(cells, rows, fields, field, besides[field]!)
      this.#column(rows, besides[field]! >= 0)
    }
  }

  #gather(cells: Float64Array, rows: number, fields: number, field: number, beside: number): void {
    if (this.#values.length < rows) {
      this.#values = new Float64Array(2 * rows)
      this.#besides = new Float64Array(2 * rows)
      this.#wholes = new Float64Array(2 * rows)
      this.#has = new Uint8Array(2 * rows)
    }
    const values = this.#values
    const besides = this.#besides
    const has = this.#has
    let count = 0
    let isSame = true
    for (let row = 0, at = field; row < rows; row += 1, at += fields) {
      const value = cells[at]!
      if (Number.isNaN(value)) {
        has[row] = 0
        continue
      }
      const other = beside < 0 ? 0 : cells[at - field + beside]!
      if (value !== other || (value === 0 && !Object.is(value, other))) isSame = false
      has[row] = 1
      values[count] = value
      besides[count] = other
      count += 1
    }
    this.#count = count
    this.#isSame = isSame
  }

  #column(rows: number, hasBeside: boolean): void {
    // Head, base, width and first value, a bit for each row and one for each value, and the values.
    this.#room(32 + 10 * rows)
    const headAt = this.#end++
    if (this.#count === 0) {
      this.#bytes[headAt] = rowsHead.none
      return
    }
    const head = this.#count === rows ? rowsHead.all : this.#writeRows(rows)
    if (this.#isSame) {
      this.#bytes[headAt] = head | (besideHead.same << headBits.besideShift)
      return
    }
    const decimals = this.#toWholes()
    this.#bytes[headAt] =
      decimals < 0
        ? head | headBits.doubles | (this.#writeDoubles(hasBeside) << headBits.besideShift)
        : head |
          (decimals << headBits.decimalsShift) |
          (this.#writeWholes(powers[decimals]!, hasBeside) << headBits.besideShift)
  }

  /** Writes which rows have a number, unless they are those of the column before that did. */
  #writeRows(rows: number): number {
    const bytes = this.#bytes
    const has = this.#has
    const from = this.#end
    const length = (rows + 7) >> 3
    let isAgain = length === this.#rowsBytes
    for (let index = 0; index < length; index += 1) {
      let byte = 0
      for (let bit = Math.min(7, rows - 1 - 8 * index); bit >= 0; bit -= 1) byte = (byte << 1) | has[8 * index + bit]!
      bytes[from + index] = byte
      isAgain &&= byte === bytes[this.#rowsAt + index]
    }
    if (isAgain) return rowsHead.again
    this.#rowsAt = from
    this.#rowsBytes = length
    this.#end += length
    return rowsHead.bits
  }

  /** Finds the least decimals at which all values are whole numbers; `#wholes` then has these, and
   *  `#range` how far they and the steps between them go. −1 where there are none. */
  #toWholes(): number {
    const values = this.#values
    const wholes = this.#wholes
    const count = this.#count
    let decimals = 0
    let power = 1
    let least = Infinity
    let most = -Infinity
    let leastStep = Infinity
    let mostStep = -Infinity
    let before = NaN
    for (let index = 0; index < count; index += 1) {
      const value = values[index]!
      let whole = wholeOf(value, power)
      while (Number.isNaN(whole)) {
        if (decimals === decimalsMost || most * 10 >= wholeBound || least * 10 <= -wholeBound) return -1
        power = powers[(decimals += 1)]!
        for (let done = 0; done < index; done += 1) wholes[done]! *= 10
        least *= 10
        most *= 10
        leastStep *= 10
        mostStep *= 10
        before *= 10
        whole = wholeOf(value, power)
      }
      wholes[index] = whole
      if (whole < least) least = whole
      if (whole > most) most = whole
      const step = whole - before
      if (step < leastStep) leastStep = step
      if (step > mostStep) mostStep = step
      before = whole
    }
    this.#range.least = least
    this.#range.width = widthOf(most - least)
    this.#range.leastStep = leastStep
    this.#range.stepWidth = count < 2 ? 0 : widthOf(mostStep - leastStep)
    return decimals
  }

  #writeWholes(power: number, hasBeside: boolean): Beside {
    const wholes = this.#wholes
    const count = this.#count
    const { least, width, leastStep, stepWidth } = this.#range
    if (hasBeside && this.#writeAway(power, Math.min(width, stepWidth))) return besideHead.column
    // Steps cost the first value besides, which has four bytes or so.
    if (count * width <= (count - 1) * stepWidth + 32) {
      this.#pack(least, width, 0)
      return besideHead.zero
    }
    for (let index = count - 1; index > 0; index -= 1) wholes[index]! -= wholes[index - 1]!
    this.#pack(leastStep, stepWidth, 1)
    return besideHead.before
  }

  /** Writes values by how far they are from those beside them, where that is no wider. */
  #writeAway(power: number, widthMost: number): boolean {
    const wholes = this.#wholes
    const besides = this.#besides
    const count = this.#count
    let least = Infinity
    let most = -Infinity
    for (let index = 0; index < count; index += 1) {
      const away = wholes[index]! - besideWhole(besides[index]!, power)
      besides[index] = away
      if (away < least) least = away
      if (away > most) most = away
    }
    const width = widthOf(most - least)
    if (width > widthMost) return false
    this.#wholes = besides
    this.#besides = wholes
    this.#pack(least, width, 0)
    return true
  }

  /** Writes whole numbers by how far they are above the base; `from` 1: the first one apart. */
  #pack(base: number, width: number, from: 0 | 1): void {
    const bytes = this.#bytes
    const wholes = this.#wholes
    const count = this.#count
    this.#zigzag(base)
    bytes[this.#end++] = width
    if (from === 1) this.#zigzag(wholes[0]!)
    if (width === 0) return
    let end = this.#end
    let bits = 0
    let filled = 0
    for (let index = from; index < count; index += 1) {
      let rest = wholes[index]! - base
      let left = width
      // Sixteen at a time, as 32 are all that operators for bits have.
      for (; left > 16; left -= 16) {
        bits |= (rest & 0xffff) << filled
        bytes[end] = bits
        bytes[end + 1] = bits >>> 8
        end += 2
        bits >>>= 16
        rest = Math.floor(rest / 0x1_0000)
      }
      bits |= rest << filled
      filled += left
      if (filled >= 16) {
        bytes[end] = bits
        bytes[end + 1] = bits >>> 8
        end += 2
        bits >>>= 16
        filled -= 16
      }
    }
    for (; filled > 0; filled -= 8) {
      bytes[end++] = bits
      bits >>>= 8
    }
    this.#end = end
  }

  #writeDoubles(hasBeside: boolean): Beside {
    const before = this.#countSame(besideHead.before)
    const beside = hasBeside && this.#countSame(besideHead.column) > before ? besideHead.column : besideHead.before
    const flagsAt = this.#end
    this.#bytes.fill(0, flagsAt, (this.#end += (this.#count + 7) >> 3))
    for (let index = 0; index < this.#count; index += 1) {
      if (this.#isBeside(index, beside)) this.#bytes[flagsAt + (index >> 3)]! |= 1 << (index & 7)
      else {
        this.#view.setFloat64(this.#end, this.#values[index]!)
        this.#end += 8
      }
    }
    return beside
  }

  #countSame(beside: Beside): number {
    let count = 0
    for (let index = 0; index < this.#count; index += 1) if (this.#isBeside(index, beside)) count += 1
    return count
  }

  #isBeside(index: number, beside: Beside): boolean {
    const other = beside === besideHead.column ? this.#besides[index]! : index === 0 ? 0 : this.#values[index - 1]!
    return Object.is(this.#values[index]!, other)
  }

  #zigzag(value: number): void {
    this.#varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  #varint(value: number): void {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#end++] = rest | 0x80
    this.#bytes[this.#end++] = rest
  }

  #room(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(2 * (this.#end + bytes))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

/** Bits of a whole number from 0 to 2^53. */
const widthOf = (range: number): number =>
  range < 0x1_0000_0000 ? 32 - Math.clz32(range) : 64 - Math.clz32(Math.floor(range / 0x1_0000_0000))
