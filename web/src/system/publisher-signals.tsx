// Results of a mapping for each signal that it may tell, and what it leaves: to see by real
// messages whether it reads them as it should.
import type { PublisherReport } from '../../../src/api/contract.ts'
import { formatCount } from '../format/units.ts'

/** As many names are told at most: src/mapping/messages/limits.ts. */
const unreadMax = 100

/** Nothing before the first message. */
export function PublisherSignals({
  publisher: { mapping, taken, signals, unread },
}: {
  readonly publisher: PublisherReport
}) {
  if (taken === 0) return null
  const told = signals.filter((counts) => counts.taken + counts.unknown + counts.invalid > 0)
  const untold = signals.filter((counts) => !told.includes(counts))
  return (
    <details className="explain">
      <summary>
        {mapping}: {formatCount(told.length)} of {formatCount(signals.length)} signals told
      </summary>
      {told.length === 0 ? null : (
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Signal</th>
              <th scope="col" className="number">
                Values
              </th>
              <th scope="col" className="number">
                Unknown
              </th>
              <th scope="col" className="number">
                Invalid
              </th>
            </tr>
          </thead>
          <tbody>
            {told.map((counts) => (
              <tr key={counts.signal}>
                <th scope="row">{counts.signal}</th>
                <td className="number">{formatCount(counts.taken)}</td>
                <td className="number">{formatCount(counts.unknown)}</td>
                <td className={counts.invalid > 0 ? 'number bad' : 'number'}>{formatCount(counts.invalid)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {untold.length === 0 ? null : <p className="help">Never told: {untold.map(({ signal }) => signal).join(', ')}</p>}
      {unread.length === 0 ? null : (
        <p className="help">
          Told, and read by no rule of the mapping{unread.length < unreadMax ? '' : ' (the first of them)'}:{' '}
          <span className="mono">{unread.join(', ')}</span>
        </p>
      )}
    </details>
  )
}
