// Words beside a chart on what it shows and does not show.
import type { SignalSeries } from '../../../src/api/contract.ts'
import { formatAge, formatInstant } from '../format/time.ts'
import { formatCount, formatNumber, formatTimes, unitSymbol } from '../format/units.ts'
import { sampleClockNews } from '../twin/clock-words.ts'
import { doubtWords } from '../twin/doubt-words.ts'
import type { SeriesValue } from './series-lines.ts'
import { spans } from './series-spans.ts'

export const valueWords = (value: number, { path, unit }: Pick<SignalSeries, 'path' | 'unit'>): string =>
  `${formatNumber(value, unit, path)} ${unitSymbol(unit)}`.trim()

/** The doubt of a value; empty where nothing is. */
export const markWords = ({ doubt, clockDoubt }: Pick<SeriesValue, 'doubt' | 'clockDoubt'>): string =>
  [
    doubt === undefined ? [] : `doubted: ${doubtWords(doubt)}`,
    clockDoubt === undefined ? [] : 'its instant lies after its receipt',
  ]
    .flat()
    .join('; ')

/** How often it was said to be no number: `unavailable 12 times, invalid once`; empty where it
 *  never was. */
const noneWords = ({ unavailable, invalid, other }: SignalSeries['said']): string =>
  [
    unavailable === 0 ? [] : `unavailable ${formatTimes(unavailable)}`,
    invalid === 0 ? [] : `invalid ${formatTimes(invalid)}`,
    other === 0 ? [] : `something that is no number ${formatTimes(other)}`,
  ]
    .flat()
    .join(', ')

/** Where there is no value to draw. */
export function emptyWords(series: Pick<SignalSeries, 'said' | 'unreadBefore' | 'from' | 'to'>): {
  readonly title: string
  readonly help: string
} {
  const none = noneWords(series.said)
  const unread = unreadWords(series)
  const where = unread === null ? 'this time' : 'the messages of this time that were looked at'
  return none === ''
    ? {
        title: `Nothing was said of it in ${where}`,
        help: unread ?? 'Choose a longer time. It is read from the messages, which are kept for a limited time.',
      }
    : { title: `It had no value in ${where}`, help: `It was ${none}.${unread === null ? '' : ` ${unread}`}` }
}

/** That not all was looked at, and the remedy where there is one; null where all was. */
function unreadWords({ unreadBefore, from, to }: Pick<SignalSeries, 'unreadBefore' | 'from' | 'to'>): string | null {
  if (unreadBefore === null) return null
  const remedy =
    to - from > spans[0].ms ? 'Choose a shorter time.' : 'The API gives shorter times than can be chosen here.'
  return `There are too many messages for one answer: not all received before ${formatInstant(unreadBefore, Date.now())} were looked at. ${remedy}`
}

/** Sentences on what a chart leaves out or marks, in the order of what one needs to know. */
export function seriesNotes(series: SignalSeries): readonly string[] {
  const { said, thinnedMs, unreadBefore, marks, at, value, from, to, clock } = series
  const none = noneWords(said)
  const doubted = marks.filter(({ doubt }) => doubt !== undefined).length
  const ahead = marks.filter(({ clockDoubt }) => clockDoubt !== undefined).length
  const firstAt = at[0] ?? from
  return [
    unreadWords(series) ?? [],
    unreadBefore !== null || firstAt - from <= (to - from) / 20
      ? []
      : `Nothing is known of it before ${formatInstant(firstAt, Date.now())}: it was not told, or its messages are no longer kept.`,
    none === '' && !value.includes(null)
      ? []
      : `The line is broken where ${none === '' ? '' : `it was ${none}, or `}the vehicle was silent for more than 5 min.`,
    doubted === 0
      ? []
      : `Circles are doubted values (${formatCount(doubted)}); those beyond the axis are drawn at its edge.`,
    ahead === 0
      ? []
      : `The dashed line is of instants that lie after their receipt (${formatCount(ahead)}): the clock was ahead.`,
    // Which of the values is not told.
    clock === null
      ? []
      : `Not all instants are by the car’s clock; at least one is ${sampleClockNews[clock].title}. ${sampleClockNews[clock].meaning}`,
    thinnedMs === null
      ? []
      : `Of ${formatCount(said.values)} values the first, last, least and greatest of each ${formatAge(thinnedMs)} are drawn.`,
  ].flat()
}
