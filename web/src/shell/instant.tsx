// Instants and ages on the screen, with the UTC form in the tooltip.
import { formatAgo, formatInstant, formatUtc } from '../format/time.ts'
import { staleAfterMs } from '../live/car-columns.ts'
import { useNow } from './now.ts'

export function Instant({ at }: { readonly at: number }) {
  const now = useNow()
  return (
    <time dateTime={new Date(at).toISOString()} title={formatUtc(at)}>
      {formatInstant(at, now)}
    </time>
  )
}

/** How long ago a car was last heard, by our clock. */
export const Heard = ({ receivedAt }: { readonly receivedAt: number | null }) =>
  receivedAt === null ? (
    <span className="age stale" title="It was heard before Roadstream kept receipts">
      not known
    </span>
  ) : (
    <Age at={receivedAt} staleMs={staleAfterMs} />
  )

/** How long ago; `staleMs` is the age from which it looks stale. */
export function Age({ at, staleMs = Number.POSITIVE_INFINITY }: { readonly at: number; readonly staleMs?: number }) {
  const ageMs = useNow() - at
  return (
    <time className={ageMs > staleMs ? 'age stale' : 'age'} dateTime={new Date(at).toISOString()} title={formatUtc(at)}>
      {formatAgo(ageMs)}
    </time>
  )
}
