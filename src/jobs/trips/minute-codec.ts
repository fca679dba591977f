// A minute as bytes: counts of its samples, of the bytes of its instants and of its doubted
// samples; the instants; ms and reasons of the doubted ones as columns; and its samples as columns.
import { ColumnReader, isInColumns } from '../../engine/column-reader.ts'
import { ColumnWriter } from '../../engine/column-writer.ts'
import type { BytesCodec } from '../../engine/part-codec.ts'
import { minuteOfRows } from './minute-rows.ts'
import type { Doubted, Minute } from './minute.ts'
import { sampleCells, SampleRows } from './sample-rows.ts'

const writer = new ColumnWriter()

/** The receipt is near the instant. */
const sampleBesides = Array.from({ length: sampleCells }, (_, cell) => (cell === 1 ? 0 : -1))
/** Of a doubted sample: ms of the minute and reasons. */
const doubtBesides = [-1, -1]

/** In rows the first byte was that of the minute since 1970: 0 to 4, as instants are of 2000 to
 *  2100 (model/instant.ts). */
export const minuteCodec: BytesCodec<Minute> = {
  form: 'bytes',
  encode({ samples, instants, doubted }) {
    writer.begin()
    writer.count(samples.count)
    writer.count(instants?.length ?? 0)
    writer.count(doubted?.size ?? 0)
    if (instants !== null) writer.raw(instants)
    if (doubted !== null) writer.rows(Float64Array.from([...doubted].flat()), doubted.size, doubtBesides)
    writer.rows(samples.cells, samples.count, sampleBesides)
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

function readSamples(reader: ColumnReader, rows: number): SampleRows {
  const cells = new Float64Array(rows * sampleCells)
  reader.rows(cells, rows, sampleBesides)
  return new SampleRows(cells, rows)
}
