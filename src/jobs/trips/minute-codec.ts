// A minute as bytes: counts of its samples, of the bytes of its instants and of its doubted
// samples; the instants; ms and reasons of the doubted ones as columns; and its samples as columns.
// A minute under way is written at each checkpoint, so each sample is gone through once and by its
// names: each number got by a name in a variable would cost more than all that is made of it.
import { ColumnReader, isInColumns } from '../../engine/column-reader.ts'
import { ColumnWriter } from '../../engine/column-writer.ts'
import type { BytesCodec } from '../../engine/part-codec.ts'
import type { ClockRank } from '../../model/message.ts'
import type { Fix } from '../../plausibility/reading.ts'
import type { DriveSample, Ignition } from './drive-sample.ts'
import { minuteOfRows } from './minute-rows.ts'
import type { Doubted, Minute } from './minute.ts'

const writer = new ColumnWriter()

/** The cells of a sample: instant, receipt (near the instant), states, latitude, longitude, speed,
 *  and the readings in the order of `readSamples`. */
const sampleBesides = [-1, 0, ...Array.from({ length: 13 }, () => -1)]
const sampleCells = sampleBesides.length
/** Of a doubted sample: ms of the minute and reasons. */
const doubtBesides = [-1, -1]

/** Where samples are laid out as rows of cells, when written and when read. */
let scratch = new Float64Array(256 * sampleCells)

function cellsFor(rows: number): Float64Array {
  if (scratch.length < rows * sampleCells) scratch = new Float64Array(2 * rows * sampleCells)
  return scratch
}

/** In rows the first byte was that of the minute since 1970: 0 to 4, as instants are of 2000 to
 *  2100 (model/instant.ts). */
export const minuteCodec: BytesCodec<Minute> = {
  form: 'bytes',
  encode({ samples, instants, doubted }) {
    writer.begin()
    writer.count(samples.length)
    writer.count(instants?.length ?? 0)
    writer.count(doubted?.size ?? 0)
    if (instants !== null) writer.raw(instants)
    if (doubted !== null) writer.rows(Float64Array.from([...doubted].flat()), doubted.size, doubtBesides)
    writer.rows(cellsOf(samples), samples.length, sampleBesides)
    return writer.take()
  },
  decode(bytes) {
    if (!isInColumns(bytes)) return minuteOfRows(bytes)
    const reader = new ColumnReader(bytes)
    const rows = reader.count()
    const instantBytes = reader.count()
    const doubts = reader.count()
    return {
      instants: instantBytes === 0 ? null : reader.raw(instantBytes),
      doubted: doubts === 0 ? null : readDoubted(reader, doubts),
      samples: readSamples(reader, rows),
    }
  },
}

function readDoubted(reader: ColumnReader, doubts: number): Doubted {
  const cells = new Float64Array(2 * doubts)
  reader.rows(cells, doubts, doubtBesides)
  return new Map(Array.from({ length: doubts }, (_, row) => [cells[2 * row]!, cells[2 * row + 1]!]))
}

function cellsOf(samples: readonly DriveSample[]): Float64Array {
  const cells = cellsFor(samples.length)
  let at = 0
  for (let index = 0; index < samples.length; index += 1) {
    const sample = samples[index]!
    cells[at] = sample.at
    cells[at + 1] = sample.receivedAt
    cells[at + 2] = sample.ignition | (sample.fix << 2) | (sample.clock << 4) | (sample.apart << 6)
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
    at += sampleCells
  }
  return cells
}

function readSamples(reader: ColumnReader, rows: number): DriveSample[] {
  const cells = cellsFor(rows)
  reader.rows(cells, rows, sampleBesides)
  const samples: DriveSample[] = []
  for (let row = 0, at = 0; row < rows; row += 1, at += sampleCells) {
    const states = cells[at + 2]!
    samples.push({
      at: cells[at]!,
      receivedAt: cells[at + 1]!,
      clock: ((states >> 4) & 3) as ClockRank,
      ignition: (states & 3) as Ignition,
      lat: cells[at + 3]!,
      lon: cells[at + 4]!,
      apart: (states >> 6) as 0 | 1,
      accuracyM: cells[at + 6]!,
      fix: ((states >> 2) & 3) as Fix,
      speedKmh: cells[at + 5]!,
      usedL: cells[at + 7]!,
      tankL: cells[at + 8]!,
      fuelLh: cells[at + 9]!,
      usedKwh: cells[at + 10]!,
      powerW: cells[at + 11]!,
      odometerM: cells[at + 12]!,
      chargePercent: cells[at + 13]!,
      capacityKwh: cells[at + 14]!,
    })
  }
  return samples
}
