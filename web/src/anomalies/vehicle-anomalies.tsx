// Data of one vehicle that cannot be right: in a line above its page, and kind by kind with what to
// do.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Anomaly, AnomalyPart } from '../../../src/api/contract.ts'
import { anomaliesQuery } from '../api/queries.ts'
import { formatCount } from '../format/units.ts'
import { Age } from '../shell/instant.tsx'
import { countedAnomaly, anomalyWords, partReason, partRemedy } from './anomaly-words.ts'

/** In the order of kinds; none while it is not known. */
function useAnomalies(vehicle: string): readonly Anomaly[] {
  const { data } = useInfiniteQuery({ ...anomaliesQuery({ vehicle }), refetchInterval: 10_000 })
  const anomalies = data?.pages.flatMap((page) => page.rows) ?? []
  return Object.keys(anomalyWords).flatMap((kind) => anomalies.filter((anomaly) => anomaly.kind === kind))
}

/** Nothing where there is none. */
export function AnomalyNotice({ vehicle }: { readonly vehicle: string }) {
  const anomalies = useAnomalies(vehicle)
  if (anomalies.length === 0) return null
  return (
    <p className="notice clock" data-testid="anomaly-notice">
      Not all that this vehicle sends can be right:{' '}
      {anomalies.map(({ kind, count }) => countedAnomaly(kind, count)).join(', ')}.{' '}
      <Link href={`/vehicles/${encodeURIComponent(vehicle)}?tab=ledger`}>What to do</Link>
    </p>
  )
}

/** Nothing where there is none. */
export function VehicleAnomalies({ vehicle }: { readonly vehicle: string }) {
  const anomalies = useAnomalies(vehicle)
  if (anomalies.length === 0) return null
  return (
    <section className="anomalies" aria-label="What cannot be right" data-testid="anomalies">
      {anomalies.map((anomaly) => (
        <AnomalyCard key={anomaly.kind} anomaly={anomaly} />
      ))}
    </section>
  )
}

function AnomalyCard({ anomaly: { kind, count, parts, lastReceivedAt } }: { readonly anomaly: Anomaly }) {
  const { name, meaning, remedy } = anomalyWords[kind]
  return (
    <section className="card" aria-labelledby={`anomaly-${kind}`}>
      <h2 id={`anomaly-${kind}`}>
        {name}{' '}
        <span className="page-note">
          {formatCount(count)}, last <Age at={lastReceivedAt} />
        </span>
      </h2>
      <p className="help">{meaning}</p>
      <p>
        <strong>What to do.</strong> {remedy}
      </p>
      <Remedies kind={kind} parts={parts} />
      <Parts kind={kind} parts={parts} count={count} />
    </section>
  )
}

/** By reason, where it depends on that. */
function Remedies({ kind, parts }: Pick<Anomaly, 'kind' | 'parts'>) {
  const remedies = new Map(parts.map((part) => [partReason(kind, part), partRemedy(kind, part)]))
  const told = [...remedies].filter(([, remedy]) => remedy !== null)
  if (told.length === 0) return null
  return (
    <ul>
      {told.map(([reason, remedy]) => (
        <li key={reason}>
          <em>{reason}</em>: {remedy}
        </li>
      ))}
    </ul>
  )
}

function Parts({ kind, parts, count }: Pick<Anomaly, 'kind' | 'parts' | 'count'>) {
  const rest = count - parts.reduce((sum, part) => sum + part.count, 0)
  const hasReasons = parts.some(({ reason }) => reason !== null)
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={anomalyWords[kind].name}>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">{anomalyWords[kind].subject}</th>
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

type PartProps = { readonly kind: Anomaly['kind']; readonly part: AnomalyPart; readonly hasReasons: boolean }

const Part = ({ kind, part, hasReasons }: PartProps) => (
  <tr>
    <th scope="row" className="mono">
      {part.subject}
    </th>
    {hasReasons ? <td title={part.reason ?? undefined}>{partReason(kind, part)}</td> : null}
    {kind === 'units' ? null : <td className="number">{formatCount(part.count)}</td>}
  </tr>
)
