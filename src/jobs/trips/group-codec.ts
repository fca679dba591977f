// A group as bytes: how many minutes, marks and levels of the tank it has; its minutes, their marks
// and their levels as rows. A minute's sums, milestones and paths are one row, as its instants,
// places and counters are much alike: little but the difference between them is stored.
import { ColumnReader, isInColumns } from '../../engine/column-reader.ts'
import { ColumnWriter } from '../../engine/column-writer.ts'
import type { BytesCodec } from '../../engine/part-codec.ts'
import type { Ignition } from './drive-sample.ts'
import { groupOfDoubles } from './group-doubles.ts'
import type { Mark } from './marks.ts'
import { milestoneFields, type Milestone, type Milestones } from './milestones.ts'
import { minuteMs } from './minute.ts'
import { onePlace, pathFields, type LazyPath, type Path } from './path.ts'
import { levelFields, sumNear, pathNames, writeSums } from './sum-fields.ts'
import { newSums, type Sums } from './sums.ts'
import type { Group, MinuteSummary } from './trips-state.ts'

const writer = new ColumnWriter()

const sumFields = Object.keys(sumNear) as (keyof typeof sumNear)[]
/** First and last of a run, and first and last of those measured (milestones.ts). */
const milestonesMost = 4

const pathNear: Readonly<Record<keyof Path, string | null>> = {
  firstAt: 'fromAt',
  firstLat: 'placeFirstLat',
  firstLon: 'placeFirstLon',
  lastAt: 'toAt',
  lastLat: 'placeLastLat',
  lastLon: 'placeLastLon',
  drivenM: null,
  anchorLat: 'placeLastLat',
  anchorLon: 'placeLastLon',
  pathM: null,
  bendLat: 'placeLastLat',
  bendLon: 'placeLastLon',
  gapMs: null,
}

/** The cells of a minute by name, in their order, each with the one that it is near to. Those of
 *  milestones and paths that there are not are NaN. */
const minuteNear: readonly (readonly [name: string, near: string | null])[] = [
  ['beginAt', null],
  ...['marks', ...levelFields, ...pathNames, 'milestones'].map((name) => [name, null] as const),
  ...Object.entries(sumNear),
  ...Array.from({ length: milestonesMost }, (_, place) =>
    milestoneFields.map((field) => {
      const first = field === 'at' ? 'fromAt' : null
      return [`${place}.${field}`, place === 0 ? first : `${place - 1}.${field}`] as const
    }),
  ).flat(),
  ...pathNames.flatMap((path) => pathFields.map((field) => [`${path}.${field}`, pathNear[field]] as const)),
]
const minuteBesides = minuteNear.map(([, near]) => minuteNear.findIndex(([name]) => name === near))
const minuteCells = minuteBesides.length

/** The cells of a mark: instant, ignition and whether it is ahead, latitude, longitude, speed,
 *  odometer and step. */
const markBesides = [-1, -1, -1, -1, -1, -1, -1]
const markCells = markBesides.length
const levelBesides = [-1]

/** The forms of a path in the cell of its name. */
const pathForm = { none: 0, whole: 1, onePlace: 2 } as const
const formOf = (path: LazyPath): number =>
  path === null ? pathForm.none : path === onePlace ? pathForm.onePlace : pathForm.whole

/** As doubles, a group without minutes was no byte, and any other began with a minute: as a double
 *  of little end first with a byte 0, and else with the byte 0x41. */
export const groupCodec: BytesCodec<Group> = {
  form: 'bytes',
  encode(group) {
    let [marks, levelCount] = [0, 0]
    for (const summary of group.values()) {
      marks += summary.marks.length
      levelCount += summary.sums.tankFirst.length + summary.sums.tankLast.length
    }
    const cells = cellsFor(group.size * minuteCells, marks * markCells, levelCount)
    const { minutes } = cells
    let [at, markAt, levelAt] = [0, 0, 0]
    for (const [minute, summary] of group) {
      writeMinute(minutes, at, minute, summary)
      at += minuteCells
      for (const mark of summary.marks) {
        writeMark(cells.marks, markAt, mark)
        markAt += markCells
      }
      for (const field of levelFields) for (const level of summary.sums[field]) cells.levels[levelAt++] = level
    }
    writer.begin()
    writer.count(group.size)
    writer.rows(minutes, group.size, minuteBesides)
    writer.rows(cells.marks, marks, markBesides)
    writer.rows(cells.levels, levelCount, levelBesides)
    return writer.take()
  },
  decode(bytes) {
    if (!isInColumns(bytes)) return groupOfDoubles(bytes)
    const reader = new ColumnReader(bytes)
    const count = reader.count()
    const minutes = read(reader, count, minuteBesides)
    const sumOf = (cell: number): number => {
      let sum = 0
      for (let at = cell; at < minutes.length; at += minuteCells) sum += minutes[at]!
      return sum
    }
    const marks = marksIn(read(reader, sumOf(1), markBesides))
    const tank = read(reader, sumOf(2) + sumOf(3), levelBesides)
    const group: Group = new Map()
    let markAt = 0
    let levelAt = 0
    for (let at = 0; at < minutes.length; at += minuteCells) {
      const sums = sumsIn(minutes, at)
      const lastsAt = levelAt + minutes[at + 2]!
      const levelsEnd = lastsAt + minutes[at + 3]!
      if (lastsAt > levelAt) sums.tankFirst = Array.from(tank.subarray(levelAt, lastsAt))
      if (levelsEnd > lastsAt) sums.tankLast = Array.from(tank.subarray(lastsAt, levelsEnd))
      levelAt = levelsEnd
      const marksEnd = markAt + minutes[at + 1]!
      group.set(minutes[at]! / minuteMs, { marks: marks.slice(markAt, marksEnd), sums })
      markAt = marksEnd
    }
    return group
  },
}

/** Where a group is laid out when it is written. */
let scratch = { minutes: new Float64Array(0), marks: new Float64Array(0), levels: new Float64Array(0) }

function cellsFor(minutes: number, marks: number, levelCount: number): typeof scratch {
  if (scratch.minutes.length < minutes || scratch.marks.length < marks || scratch.levels.length < levelCount)
    scratch = {
      minutes: new Float64Array(2 * minutes),
      marks: new Float64Array(2 * marks),
      levels: new Float64Array(2 * levelCount),
    }
  return scratch
}

function read(reader: ColumnReader, rows: number, besides: readonly number[]): Float64Array {
  const cells = new Float64Array(rows * besides.length)
  reader.rows(cells, rows, besides)
  return cells
}

/** Fills the cells of a minute from an index on. */
function writeMinute(cells: Float64Array, from: number, minute: number, { marks, sums }: MinuteSummary): void {
  const { head, tail, milestones } = sums
  cells[from] = minute * minuteMs
  cells[from + 1] = marks.length
  cells[from + 2] = sums.tankFirst.length
  cells[from + 3] = sums.tankLast.length
  cells[from + 4] = formOf(head)
  cells[from + 5] = formOf(tail)
  cells[from + 6] = milestones.length
  const end = from + minuteCells
  let at = writeSums(cells, from + 7, sums)
  cells.fill(NaN, at, end)
  for (const milestone of milestones) {
    cells[at] = milestone.at
    cells[at + 1] = milestone.odometerM
    cells[at + 2] = milestone.drivenM
    cells[at + 3] = milestone.gapMs
    cells[at + 4] = milestone.guessM
    cells[at + 5] = milestone.silentMs
    cells[at + 6] = milestone.unknownMs
    at += milestoneFields.length
  }
  writePath(cells, end - 2 * pathFields.length, head)
  writePath(cells, end - pathFields.length, tail)
}

function writePath(cells: Float64Array, from: number, path: LazyPath): void {
  if (path === null || path === onePlace) return
  for (let index = 0; index < pathFields.length; index += 1) cells[from + index] = path[pathFields[index]!]
}

function writeMark(
  cells: Float64Array,
  at: number,
  { at: instant, ignition, ahead, lat, lon, speedKmh, odometerM, stepMs }: Mark,
): void {
  cells[at] = instant
  cells[at + 1] = ignition + 4 * ahead
  cells[at + 2] = lat
  cells[at + 3] = lon
  cells[at + 4] = speedKmh
  cells[at + 5] = odometerM
  cells[at + 6] = stepMs
}

/** The sums in the cells of a minute, without levels. */
function sumsIn(cells: Float64Array, from: number): Sums {
  const sums = newSums()
  let at = from + 7
  for (let index = 0; index < sumFields.length; index += 1) sums[sumFields[index]!] = cells[at++]!
  const milestones: Milestone[] = []
  for (let place = 0; place < cells[from + 6]!; place += 1, at += milestoneFields.length)
    milestones.push({
      at: cells[at]!,
      odometerM: cells[at + 1]!,
      drivenM: cells[at + 2]!,
      gapMs: cells[at + 3]!,
      guessM: cells[at + 4]!,
      silentMs: cells[at + 5]!,
      unknownMs: cells[at + 6]!,
    })
  sums.milestones = milestones as unknown as Milestones
  const end = from + minuteCells
  sums.head = pathIn(cells, end - 2 * pathFields.length, cells[from + 4]!)
  sums.tail = pathIn(cells, end - pathFields.length, cells[from + 5]!)
  return sums
}

function pathIn(cells: Float64Array, from: number, form: number): LazyPath {
  if (form !== pathForm.whole) return form === pathForm.onePlace ? onePlace : null
  return Object.fromEntries(pathFields.map((field, index) => [field, cells[from + index]])) as Path
}

function marksIn(cells: Float64Array): Mark[] {
  const marks: Mark[] = []
  for (let at = 0; at < cells.length; at += markCells) {
    const flags = cells[at + 1]!
    marks.push({
      at: cells[at]!,
      ignition: (flags & 3) as Ignition,
      lat: cells[at + 2]!,
      lon: cells[at + 3]!,
      speedKmh: cells[at + 4]!,
      odometerM: cells[at + 5]!,
      stepMs: cells[at + 6]!,
      ahead: flags >> 2,
    })
  }
  return marks
}
