import type { Alert, CarClock } from '../../../src/api/contract.ts'
import { clockNews, doubtNews } from './clock-words.ts'

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
export function DoubtBadge({ clock }: Pick<Alert, 'clock'>) {
  if (clock === null) return null
  const { title, meaning } = doubtNews[clock]
  return (
    <span className="badge clock" title={meaning}>
      {title}
    </span>
  )
}

/** Of a trip with an instant ahead of its receipt. */
export const MarkBadge = ({ clock }: { readonly clock: 'ahead' | null }) =>
  clock === null ? null : (
    <span className="badge clock" title="An instant of it lies after its receipt, further than clocks differ: the car’s clock was ahead.">
      Clock ahead
    </span>
  )
