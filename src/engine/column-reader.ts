// Columns of numbers, read from the bytes that column-writer.ts writes.
import {
  besideHead,
  besideWhole,
  columnsMark,
  headBits,
  powers,
  rowsHead,
  type Beside,
  type Besides,
} from './column-writer.ts'

/** Whether a part is in columns, and not in the form that its codec had before. */
export const isInColumns = (bytes: Uint8Array): boolean => bytes[0] === columnsMark

/** Where a column is in its rows. */
type Place = { readonly field: number; readonly fields: number; readonly beside: number }

/** The numbers of the column under way, without the rows that have none. */
let numbers = new Float64Array(1_024)

export class ColumnReader {
  readonly #bytes: Uint8Array
  #at = 1
  /** Where the last rows that were written as bits stand. */
  #rowsAt = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  count(): number {
    return this.#varint()
  }

  /** A copy of so many bytes. */
  raw(bytes: number): Uint8Array {
    this.#at += bytes
    return this.#bytes.slice(this.#at - bytes, this.#at)
  }

  /** Fills `cells` with so many rows, which were written with these `besides`. The caller keeps
   *  cells for many parts: memory for new ones would cost more than to read them. */
  rows(cells: Float64Array, rows: number, besides: Besides): void {
    if (numbers.length < rows) numbers = new Float64Array(2 * rows)
    for (let field = 0; field < besides.length; field += 1)
      this.#column(cells, rows, { field, fields: besides.length, beside: besides[field]! })
  }

  #column(cells: Float64Array, rows: number, { field, fields, beside }: Place): void {
    const bytes = this.#bytes
    const head = bytes[this.#at++]!
    const rowsAs = head & headBits.rows
    if (rowsAs === rowsHead.bits) {
      this.#rowsAt = this.#at
      this.#at += (rows + 7) >> 3
    }
    const rowsAt = this.#rowsAt
    let count = 0
    for (let row = 0, at = field; row < rows; row += 1, at += fields) {
      const isNumber =
        rowsAs === rowsHead.all || (rowsAs !== rowsHead.none && (bytes[rowsAt + (row >> 3)]! & (1 << (row & 7))) !== 0)
      cells[at] = isNumber ? 0 : NaN
      if (isNumber) numbers[count++] = beside < 0 ? 0 : cells[at - field + beside]!
    }
    if (count === 0) return
    const by = ((head >> headBits.besideShift) & headBits.beside) as Beside
    if ((head & headBits.doubles) !== 0) this.#readDoubles(count, by)
    else if (by !== besideHead.same) this.#readWholes(count, by, powers[head >> headBits.decimalsShift]!)
    let next = 0
    for (let row = 0, at = field; row < rows; row += 1, at += fields) if (cells[at] === 0) cells[at] = numbers[next++]!
  }

  #readDoubles(count: number, by: Beside): void {
    const flagsAt = this.#at
    this.#at += (count + 7) >> 3
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset)
    for (let index = 0; index < count; index += 1) {
      if ((this.#bytes[flagsAt + (index >> 3)]! & (1 << (index & 7))) === 0) {
        numbers[index] = view.getFloat64(this.#at)
        this.#at += 8
      } else if (by === besideHead.before) numbers[index] = index === 0 ? 0 : numbers[index - 1]!
    }
  }

  #readWholes(count: number, by: Beside, power: number): void {
    const bytes = this.#bytes
    const base = this.#zigzag()
    const width = bytes[this.#at++]!
    let before = 0
    let from = 0
    if (by === besideHead.before) {
      before = this.#zigzag()
      numbers[0] = before / power
      from = 1
    }
    let at = this.#at
    let bits = 0
    let filled = 0
    for (let index = from; index < count; index += 1) {
      let whole = base
      for (let left = width, unit = 1; left > 0; left -= 16, unit *= 0x1_0000) {
        const taken = Math.min(left, 16)
        for (; filled < taken; filled += 8) bits |= bytes[at++]! << filled
        whole += (bits & ((1 << taken) - 1)) * unit
        bits >>>= taken
        filled -= taken
      }
      if (by === besideHead.before) before = whole += before
      else if (by === besideHead.column) whole += besideWhole(numbers[index]!, power)
      numbers[index] = whole / power
    }
    this.#at = at
  }

  #zigzag(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  #varint(): number {
    for (let value = 0, unit = 1; ; unit *= 0x80) {
      const byte = this.#bytes[this.#at++]!
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
    }
  }
}
