// Samples in order of time as rows of numbers, one behind the other. Thousands of cars have some
// minutes of them in memory: as objects they would be most of what the jobs keep, each with a box
// for each of its numbers, all looked at anew whenever V8 looks for garbage.
import type { ClockRank } from '../../model/message.ts'
import type { Fix } from '../../plausibility/reading.ts'
import type { DriveSample, Ignition } from './drive-sample.ts'

/** The cells of a sample: instant, receipt, states, latitude, longitude, speed, and the readings in
 *  the order of `write`. They are stored in this order. */
export const sampleCells = 15

/** Rows that there is room for at first. */
const rowsLeast = 4
const noCells = new Float64Array(0)

/** The index of the lowest of `states` of each bits. */
const shifts = { fix: 2, clock: 4, apart: 6 } as const

export class SampleRows {
  #cells: Float64Array
  #count: number

  /** Keeps the cells. */
  constructor(cells = noCells, count = 0) {
    this.#cells = cells
    this.#count = count
  }

  static of(samples: readonly DriveSample[]): SampleRows {
    const rows = new SampleRows(new Float64Array(samples.length * sampleCells), 0)
    for (const sample of samples) rows.splice(rows.count, 0, [sample])
    return rows
  }

  get count(): number {
    return this.#count
  }

  /** The rows, and perhaps room behind them. */
  get cells(): Float64Array {
    return this.#cells
  }

  atOf(row: number): number {
    return this.#cells[row * sampleCells]!
  }

  /** It shows the row as it is until rows are put in or taken out. */
  sampleAt(row: number): DriveSample {
    return new SampleRow(this.#cells, row * sampleCells)
  }

  /** All from one row up to another, as `sampleAt` gives them. */
  list(from = 0, to = this.#count): DriveSample[] {
    const samples: DriveSample[] = []
    for (let row = from; row < to; row += 1) samples.push(this.sampleAt(row))
    return samples
  }

  replace(row: number, sample: DriveSample): void {
    write(this.#cells, row * sampleCells, sample)
  }

  /** Takes out rows from one on and puts samples in their place. These may not be of these rows. */
  splice(from: number, removed: number, samples: readonly DriveSample[]): void {
    const count = this.#count + samples.length - removed
    this.#room(count)
    this.#cells.copyWithin(
      (from + samples.length) * sampleCells,
      (from + removed) * sampleCells,
      this.#count * sampleCells,
    )
    for (let index = 0; index < samples.length; index += 1) this.replace(from + index, samples[index]!)
    this.#count = count
  }

  copy(): SampleRows {
    return new SampleRows(this.#cells.slice(0, this.#count * sampleCells), this.#count)
  }

  #room(rows: number): void {
    if (rows * sampleCells <= this.#cells.length) return
    const larger = new Float64Array(Math.max(rowsLeast, rows, 2 * this.#count) * sampleCells)
    larger.set(this.#cells)
    this.#cells = larger
  }
}

function write(cells: Float64Array, at: number, sample: DriveSample): void {
  cells[at] = sample.at
  cells[at + 1] = sample.receivedAt
  cells[at + 2] =
    sample.ignition | (sample.fix << shifts.fix) | (sample.clock << shifts.clock) | (sample.apart << shifts.apart)
  cells[at + 3] = sample.lat
  cells[at + 4] = sample.lon
  cells[at + 5] = sample.speedKmh
  cells[at + 6] = sample.accuracyM
  cells[at + 7] = sample.usedL
  cells[at + 8] = sample.tankL
  cells[at + 9] = sample.fuelLh
  cells[at + 10] = sample.usedKwh
  cells[at + 11] = sample.powerW
  cells[at + 12] = sample.odometerM
  cells[at + 13] = sample.chargePercent
  cells[at + 14] = sample.capacityKwh
}

/** A sample as it is in its row. A spread of it has nothing: see `copyOf`. */
class SampleRow implements DriveSample {
  readonly #cells: Float64Array
  readonly #at: number

  constructor(cells: Float64Array, at: number) {
    this.#cells = cells
    this.#at = at
  }

  get at(): number {
    return this.#cells[this.#at]!
  }

  get receivedAt(): number {
    return this.#cells[this.#at + 1]!
  }

  get ignition(): Ignition {
    return (this.#cells[this.#at + 2]! & 3) as Ignition
  }

  get fix(): Fix {
    return ((this.#cells[this.#at + 2]! >> shifts.fix) & 3) as Fix
  }

  get clock(): ClockRank {
    return ((this.#cells[this.#at + 2]! >> shifts.clock) & 3) as ClockRank
  }

  get apart(): 0 | 1 {
    return (this.#cells[this.#at + 2]! >> shifts.apart) as 0 | 1
  }

  get lat(): number {
    return this.#cells[this.#at + 3]!
  }

  get lon(): number {
    return this.#cells[this.#at + 4]!
  }

  get speedKmh(): number {
    return this.#cells[this.#at + 5]!
  }

  get accuracyM(): number {
    return this.#cells[this.#at + 6]!
  }

  get usedL(): number {
    return this.#cells[this.#at + 7]!
  }

  get tankL(): number {
    return this.#cells[this.#at + 8]!
  }

  get fuelLh(): number {
    return this.#cells[this.#at + 9]!
  }

  get usedKwh(): number {
    return this.#cells[this.#at + 10]!
  }

  get powerW(): number {
    return this.#cells[this.#at + 11]!
  }

  get odometerM(): number {
    return this.#cells[this.#at + 12]!
  }

  get chargePercent(): number {
    return this.#cells[this.#at + 13]!
  }

  get capacityKwh(): number {
    return this.#cells[this.#at + 14]!
  }
}
