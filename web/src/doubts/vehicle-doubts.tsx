// What one vehicle sends that cannot be right: in a line above its page, and kind by kind with what to do.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Doubt, DoubtPart } from '../../../src/api/contract.ts'
import { doubtsQuery } from '../api/queries.ts'
import { formatCount } from '../format/units.ts'
import { Age } from '../shell/instant.tsx'
import { countedDoubt, doubtWords, partReason } from './doubt-words.ts'

/** In the order of kinds; none while it is not known. */
function useDoubts(vehicle: string): readonly Doubt[] {
  const { data } = useInfiniteQuery({ ...doubtsQuery({ vehicle }), refetchInterval: 10_000 })
  const doubts = data?.pages.flatMap((page) => page.rows) ?? []
  return Object.keys(doubtWords).flatMap((kind) => doubts.filter((doubt) => doubt.kind === kind))
}

/** Nothing where there is nothing to doubt. */
export function DoubtNotice({ vehicle }: { readonly vehicle: string }) {
  const doubts = useDoubts(vehicle)
  if (doubts.length === 0) return null
  return (
    <p className="notice clock" data-testid="doubt-notice">
      Not all that this vehicle sends can be right: {doubts.map(({ kind, count }) => countedDoubt(kind, count)).join(', ')}.{' '}
      <Link href={`/vehicles/${encodeURIComponent(vehicle)}?tab=ledger`}>What to do</Link>
    </p>
  )
}

/** Nothing where there is nothing to doubt. */
export function VehicleDoubts({ vehicle }: { readonly vehicle: string }) {
  const doubts = useDoubts(vehicle)
  if (doubts.length === 0) return null
  return (
    <section className="doubts" aria-label="What cannot be right" data-testid="doubts">
      {doubts.map((doubt) => (
        <DoubtCard key={doubt.kind} doubt={doubt} />
      ))}
    </section>
  )
}

function DoubtCard({ doubt: { kind, count, parts, lastReceivedAt } }: { readonly doubt: Doubt }) {
  const { name, meaning, remedy } = doubtWords[kind]
  return (
    <section className="card" aria-labelledby={`doubt-${kind}`}>
      <h2 id={`doubt-${kind}`}>
        {name}{' '}
        <span className="page-note">
          {formatCount(count)}, last <Age at={lastReceivedAt} />
        </span>
      </h2>
      <p className="help">{meaning}</p>
      <p>
        <strong>What to do.</strong> {remedy}
      </p>
      <Parts kind={kind} parts={parts} count={count} />
    </section>
  )
}

function Parts({ kind, parts, count }: Pick<Doubt, 'kind' | 'parts' | 'count'>) {
  const rest = count - parts.reduce((sum, part) => sum + part.count, 0)
  const hasReasons = parts.some(({ reason }) => reason !== null)
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={doubtWords[kind].name}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{doubtWords[kind].subject}</th>
            {hasReasons ? <th scope="col">Reason</th> : null}
            {kind === 'units' ? null : (
              <th scope="col" className="number">
                Count
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <Part key={`${part.subject} ${part.reason}`} kind={kind} part={part} hasReasons={hasReasons} />
          ))}
          {rest === 0 ? null : (
            <tr>
              <th scope="row" colSpan={hasReasons ? 2 : 1}>
                Others
              </th>
              <td className="number">{formatCount(rest)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

type PartProps = { readonly kind: Doubt['kind']; readonly part: DoubtPart; readonly hasReasons: boolean }

const Part = ({ kind, part, hasReasons }: PartProps) => (
  <tr>
    <th scope="row" className="mono">
      {part.subject}
    </th>
    {hasReasons ? <td title={part.reason ?? undefined}>{partReason(kind, part)}</td> : null}
    {kind === 'units' ? null : <td className="number">{formatCount(part.count)}</td>}
  </tr>
)
