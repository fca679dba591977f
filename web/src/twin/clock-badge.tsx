import type { Alert, CarClock, SampleClock } from '../../../src/api/contract.ts'
import { clockNews, doubtNews, sampleClockNews } from './clock-words.ts'

/** That a car's clock is off and by how much; what it means is in the tooltip. */
export function ClockBadge({ clock }: { readonly clock: CarClock | null }) {
  const news = clockNews(clock)
  return news === null ? null : (
    <span className="badge clock" title={news.meaning}>
      {news.title}
    </span>
  )
}

/** The same as a sentence, for where there is room. */
export function ClockNotice({ clock }: { readonly clock: CarClock | null }) {
  const news = clockNews(clock)
  return news === null ? null : (
    <p className="notice clock" data-testid="clock-notice">
      {news.meaning}
    </p>
  )
}

/** Of an alert whose instant is doubtful. */
export function DoubtBadge({ clockDoubt }: Pick<Alert, 'clockDoubt'>) {
  if (clockDoubt === null) return null
  const { title, meaning } = doubtNews[clockDoubt]
  return (
    <span className="badge clock" title={meaning}>
      {title}
    </span>
  )
}

/** Of a trip with an instant ahead of its receipt. */
export const MarkBadge = ({ clockDoubt }: { readonly clockDoubt: 'ahead' | null }) =>
  clockDoubt === null ? null : (
    <span
      className="badge clock"
      title="An instant of it lies after its receipt, further than clocks differ: the car’s clock was ahead."
    >
      Clock ahead
    </span>
  )

/** Whose clock an instant is of, where the car did not measure it; what that means is in the
 *  tooltip. */
export const WhoseClock = ({ clock }: { readonly clock: SampleClock | null | undefined }) =>
  clock === null || clock === undefined ? null : (
    <span className="badge" data-testid="whose-clock" title={sampleClockNews[clock].meaning}>
      {sampleClockNews[clock].title}
    </span>
  )
