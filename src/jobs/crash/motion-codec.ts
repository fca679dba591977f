// Ten minutes of a vehicle as bytes. Seconds are rows where few were heard: of a parked car that
// reports every two minutes, five of 600.
//
//   block, first and last whole | seconds heard | seconds | seen | places | receipts | bytes of readings | readings
//
//   seconds     rows of second, greatest and least; where more than 200 were heard: all greatest, a byte each, and
//               rows of second and least where that is another speed
//   seen        rows of ten and bits                      a place     a row of ten, instant, lat and lon
//   a receipt   a row of ten and instant                  readings    as in reading-bytes.ts
//
// All but the readings are columns (column-writer.ts), rows behind their count.
import { ColumnReader, isInColumns } from '../../engine/column-reader.ts'
import { ColumnWriter, type Besides } from '../../engine/column-writer.ts'
import type { BytesCodec } from '../../engine/part-codec.ts'
import { newMotion, secondsOfBlock, speedless, unheard, type Motion } from './motion.ts'
import { motionOfEntries } from './motion-entries.ts'
import { fiftiethsBytes, readFiftieths } from './reading-bytes.ts'
import { fiftiethsIn, setFiftieths } from './readings.ts'

const writer = new ColumnWriter()
/** Where rows are laid out, when written and when read. */
const cells = new Float64Array(4 * secondsOfBlock)

const head: Besides = [-1, -1, 1]
/** The least speed is near the greatest. */
const second: Besides = [-1, -1, 1]
const pair: Besides = [-1, -1]
const place: Besides = [-1, -1, -1, -1]

/** A row of a second has about three bytes. */
const isDense = (heard: number): boolean => heard * 3 > secondsOfBlock

/** Before columns a block began with its number as a double of big end, so with a byte 0x40 or
 *  0x41. */
export const motionCodec: BytesCodec<Motion> = {
  form: 'bytes',
  encode(motion) {
    writer.begin()
    cells[0] = motion.block
    cells[1] = motion.wholeFirstAt
    cells[2] = motion.wholeLastAt
    writer.rows(cells, 1, head)
    writeSeconds(motion)
    writeSeen(motion)
    writePlaces(motion)
    writeReceipts(motion)
    const readings = fiftiethsBytes(fiftiethsIn(motion))
    writer.count(readings.length)
    writer.raw(readings)
    return writer.take()
  },
  decode(bytes) {
    if (!isInColumns(bytes)) return motionOfEntries(bytes)
    const reader = new ColumnReader(bytes)
    reader.rows(cells, 1, head)
    const motion = newMotion(cells[0]!)
    motion.wholeFirstAt = cells[1]!
    motion.wholeLastAt = cells[2]!
    readSeconds(reader, motion)
    for (let at = 0, end = readRows(reader, pair); at < end; at += 2) motion.seen[cells[at]!] = cells[at + 1]!
    for (let at = 0, end = readRows(reader, place); at < end; at += 4)
      motion.places.set(cells[at]!, { at: cells[at + 1]!, lat: cells[at + 2]!, lon: cells[at + 3]! })
    for (let at = 0, end = readRows(reader, pair); at < end; at += 2) motion.receipts.set(cells[at]!, cells[at + 1]!)
    setFiftieths(motion, readFiftieths(reader.raw(reader.count()), motion.block))
    return motion
  },
}

/** Writes the cells up to an index as rows, behind how many they are. */
function writeRows(end: number, besides: Besides): void {
  const rows = end / besides.length
  writer.count(rows)
  writer.rows(cells, rows, besides)
}

/** Reads such rows, and gives the index behind their cells. */
function readRows(reader: ColumnReader, besides: Besides): number {
  const rows = reader.count()
  reader.rows(cells, rows, besides)
  return rows * besides.length
}

// By index, as an iterator costs ten times as much, and this runs for every car at every
// checkpoint.
function writeSeconds({ greatest, least }: Motion): void {
  let heard = 0
  for (let at = 0; at < secondsOfBlock; at += 1) if (greatest[at] !== unheard) heard += 1
  writer.count(heard)
  const dense = isDense(heard)
  if (dense) writer.raw(greatest)
  let end = 0
  for (let at = 0; at < secondsOfBlock; at += 1) {
    const most = greatest[at]!
    if (dense ? most >= speedless || most === least[at] : most === unheard) continue
    cells[end++] = at
    if (!dense) cells[end++] = most
    cells[end++] = least[at]!
  }
  writeRows(end, dense ? pair : second)
}

function readSeconds(reader: ColumnReader, { greatest, least }: Motion): void {
  if (!isDense(reader.count())) {
    for (let at = 0, end = readRows(reader, second); at < end; at += 3) {
      greatest[cells[at]!] = cells[at + 1]!
      least[cells[at]!] = cells[at + 2]!
    }
    return
  }
  greatest.set(reader.raw(secondsOfBlock))
  for (let at = 0; at < secondsOfBlock; at += 1) least[at] = greatest[at]! < speedless ? greatest[at]! : 0
  for (let at = 0, end = readRows(reader, pair); at < end; at += 2) least[cells[at]!] = cells[at + 1]!
}

function writeSeen({ seen }: Motion): void {
  let end = 0
  for (let ten = 0; ten < seen.length; ten += 1)
    if (seen[ten] !== 0) {
      cells[end++] = ten
      cells[end++] = seen[ten]!
    }
  writeRows(end, pair)
}

function writePlaces({ places }: Motion): void {
  let end = 0
  for (const [ten, { at, lat, lon }] of places) {
    cells[end++] = ten
    cells[end++] = at
    cells[end++] = lat
    cells[end++] = lon
  }
  writeRows(end, place)
}

function writeReceipts({ receipts }: Motion): void {
  let end = 0
  for (const [ten, receivedAt] of receipts) {
    cells[end++] = ten
    cells[end++] = receivedAt
  }
  writeRows(end, pair)
}
