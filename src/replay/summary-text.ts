// The summary of a replay, for people and for programs. No position is in it.
import type { DriveCheck } from './drives/drive-check.ts'
import { duration } from './progress.ts'
import type { ReplaySummary } from './replay.ts'
import { utcText } from './utc-text.ts'
import type { Compared, RecordedWay } from './way.ts'

const namesMax = 5

/** `doubts`: what cannot be right in the recording. `wallMs`: how long the replay took. */
export function summaryText(summary: ReplaySummary, doubts: readonly string[], wallMs: number): string {
  const { vehicles, segments, columns, notes, way } = summary
  const names =
    vehicles.length > namesMax
      ? `${vehicles.slice(0, namesMax).join(', ')} and ${vehicles.length - namesMax} more`
      : vehicles.join(', ')
  const lines = [
    [
      summary.isDry ? 'read' : 'played',
      `${summary.rows} rows in ${duration(wallMs)}${summary.isInterrupted ? ', then interrupted' : ''}`,
    ],
    ['cars', `${vehicles.length} (${names}), ${segments} ${segments === 1 ? 'segment' : 'segments'}`],
    ['recorded', `${utcText(summary.firstAt)} to ${utcText(summary.lastAt)}`],
    ...distanceLines(way),
    ...(summary.drives === undefined ? [] : driveLines(summary.drives)),
    ...summary.newer.map((text) => ['newer', text]),
    ...doubts.map((doubt) => ['doubtful', doubt]),
    ...(summary.isDry
      ? [['sent', `nothing, as it was a dry run; it has ${summary.samples} samples`]]
      : [
          ['sent', `${summary.samples} samples in ${summary.messages} messages`],
          [
            'answered',
            `${summary.acknowledged} acknowledged, ${summary.refused} refused, ${summary.unacknowledged} not acknowledged`,
          ],
        ]),
    ...(summary.rowsSkipped === 0
      ? []
      : [['skipped', `${summary.rowsSkipped} rows without a readable time or with another number of fields`]]),
    ...[...notes].map(([what, { count, firstLine }]) => ['noted', `${count} ${what}; the first is line ${firstLine}`]),
    ...lackingLines(summary.lacking),
    ...summary.withoutObjects.map((column) => [
      'lacking',
      `the column "${column}" holds no JSON object in any row, so nothing is read of it`,
    ]),
    ...[...columns].map(([column, { empty, invalid }]) => [
      'no value',
      `"${column}": ${[empty > 0 ? `${empty} empty` : '', invalid > 0 ? `${invalid} invalid` : ''].filter(Boolean).join(', ')}`,
    ]),
  ]
  return `${lines.map(([name = '', text = '']) => `${name.padEnd(9)} ${text}`).join('\n')}\n`
}

const columnsMax = 12

/** A line for each set of files that lack the same columns. */
function lackingLines(lacking: ReplaySummary['lacking']): string[][] {
  return [...Map.groupBy(lacking, ([, files]) => JSON.stringify(files)).values()].map((of) => {
    const [first = '', ...others] = of[0]?.[1] ?? []
    const shown = of.slice(0, columnsMax).map(([column]) => `"${column}"`)
    const more = of.length > columnsMax ? ` and ${of.length - columnsMax} more, which --json lists` : ''
    const where =
      others.length === 0 ? first : `${first} and ${others.length} more ${others.length === 1 ? 'file' : 'files'}`
    return [
      'lacking',
      `no column ${shown.join(', ')}${more} in ${where}: the mapping reads it where it is there and goes on without. Is the name another?`,
    ]
  })
}

const differencesMax = 20

function driveLines({ held, differing, ofOtherCars, endless, unreadable, unreadableTexts }: DriveCheck): string[][] {
  const others = [
    ...(ofOtherCars > 0 ? [`${ofOtherCars} of cars that are not played`] : []),
    ...(endless > 0 ? [`${endless} without an end`] : []),
    ...(unreadable > 0 ? [`${unreadable} that cannot be read`] : []),
  ]
  return [
    ['drives', [`${held - differing.length} of ${held} are as told`, ...others].join('; ')],
    ...unreadableTexts.map((text) => ['unread', text]),
    ...(unreadable > unreadableTexts.length ? [['unread', `and ${unreadable - unreadableTexts.length} more`]] : []),
    ...differing
      .slice(0, differencesMax)
      .map(({ drive, car, startAt, endAt, what }) => [
        'differs',
        `drive ${drive} of car ${car}, ${utcText(startAt)} to ${utcText(endAt)}: ${what.join('; ')}`,
      ]),
    ...(differing.length > differencesMax
      ? [['differs', `and ${differing.length - differencesMax} more, which --json lists`]]
      : []),
  ]
}

function distanceLines({ distanceKm, line, odometer }: RecordedWay): string[][] {
  if (distanceKm === undefined) {
    const ways = [
      ...(line.otherM > 0 ? [`${kmOf(line.otherM)} by the positions`] : []),
      ...(odometer.otherM > 0 ? [`${kmOf(odometer.otherM)} by the odometer`] : []),
    ]
    return ways.length === 0 ? [] : [['distance', `no speed is told; ${ways.join('; ')}`]]
  }
  const others = [
    ...(line.otherM > 0
      ? [`where both are told ${kmOf(line.otherM)} by the positions and ${kmOf(line.speedM)} by speed`]
      : []),
    ...(odometer.otherM > 0
      ? [`${kmOf(odometer.otherM)} by the odometer where speed says ${kmOf(odometer.speedM)}`]
      : []),
  ]
  return [['distance', [`${distanceKm.toFixed(3)} km, by speed over time`, ...others].join('; ')]]
}

const kmOf = (metres: number): string => `${(metres / 1000).toFixed(1)} km`

export const summaryJson = ({ way, ...summary }: ReplaySummary, doubts: readonly string[]): string =>
  `${JSON.stringify({
    ...summary,
    distanceKm: way.distanceKm,
    comparedKm: { line: inKm(way.line, way), odometer: inKm(way.odometer, way) },
    fast: way.fast,
    repeated: way.repeated,
    doubts,
    columns: Object.fromEntries(summary.columns),
    lacking: Object.fromEntries(summary.lacking),
    notes: Object.fromEntries(summary.notes),
  })}\n`

/** Null where nothing could be compared; of a recording without speeds they say nothing. */
const inKm = (
  { speedM, otherM }: Compared,
  { distanceKm }: RecordedWay,
): { readonly bySpeed: number | null; readonly byOther: number } | null =>
  otherM === 0 ? null : { bySpeed: distanceKm === undefined ? null : speedM / 1000, byOther: otherM / 1000 }
