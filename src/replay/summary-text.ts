// What a replay did, for people and for programs. No position is in it.
import { duration } from './progress.ts'
import type { ReplaySummary } from './replay.ts'

const namesMax = 5
const isoSecond = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** `wallMs`: how long the replay took. */
export function summaryText(summary: ReplaySummary, wallMs: number): string {
  const { vehicles, segments, columns, notes, distanceKm } = summary
  const names =
    vehicles.length > namesMax ? `${vehicles.slice(0, namesMax).join(', ')} and ${vehicles.length - namesMax} more` : vehicles.join(', ')
  const lines = [
    ['played', `${summary.rows} rows in ${duration(wallMs)}${summary.isInterrupted ? ', then interrupted' : ''}`],
    ['cars', `${vehicles.length} (${names}), ${segments} ${segments === 1 ? 'segment' : 'segments'}`],
    ['recorded', `${isoSecond(summary.firstAt)} to ${isoSecond(summary.lastAt)}`],
    ...(distanceKm === undefined ? [] : [['distance', `${distanceKm.toFixed(3)} km, by speed over time`]]),
    ['sent', `${summary.samples} samples in ${summary.messages} messages`],
    ['answered', `${summary.acknowledged} acknowledged, ${summary.refused} refused, ${summary.unacknowledged} not acknowledged`],
    ...(summary.rowsSkipped === 0
      ? []
      : [['skipped', `${summary.rowsSkipped} rows without a readable time or with another number of fields`]]),
    ...[...notes].map(([what, { count, firstLine }]) => ['noted', `${count} ${what}; the first is line ${firstLine}`]),
    ...[...columns].map(([column, { empty, invalid }]) => [
      'no value',
      `"${column}": ${[empty > 0 ? `${empty} empty` : '', invalid > 0 ? `${invalid} invalid` : ''].filter(Boolean).join(', ')}`,
    ]),
  ]
  return `${lines.map(([name = '', text = '']) => `${name.padEnd(9)} ${text}`).join('\n')}\n`
}

export const summaryJson = (summary: ReplaySummary): string =>
  `${JSON.stringify({ ...summary, columns: Object.fromEntries(summary.columns), notes: Object.fromEntries(summary.notes) })}\n`
