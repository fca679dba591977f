// The fate of the messages of publishers with forms of their own, by mapping, and which of their
// ids belong to no vehicle yet.
import type { PublisherReport, SystemState } from '../../../src/api/contract.ts'
import { formatCount, formatTimes } from '../format/units.ts'
import { PublisherSignals } from './publisher-signals.tsx'

/** Nothing where no publisher is taken, or the jobs do not answer. */
export function Publishers({ publishers }: Pick<SystemState, 'publishers'>) {
  if (publishers === null || publishers.length === 0) return null
  const strangers = publishers.filter(({ unknown }) => unknown.length > 0)
  return (
    <section className="card" aria-labelledby="publishers-title" data-testid="publishers">
      <h2 id="publishers-title">Publishers with forms of their own</h2>
      <p className="help">Their messages since the start. What was refused is kept as dead letters with the reason.</p>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Mapping</th>
            <th scope="col" className="number">
              Messages
            </th>
            <th scope="col" className="number">
              Said of vehicles
            </th>
            <th scope="col" className="number">
              Refused
            </th>
          </tr>
        </thead>
        <tbody>
          {publishers.map((publisher) => (
            <Row key={publisher.mapping} publisher={publisher} />
          ))}
        </tbody>
      </table>
      {publishers.map((publisher) => (
        <PublisherSignals key={publisher.mapping} publisher={publisher} />
      ))}
      {strangers.length === 0 ? null : (
        <>
          <h3>Ids that belong to no vehicle</h3>
          <p className="help">
            Nothing is shown of them. Name the vehicle of each in the file of ROADSTREAM_SENDERS and start again. What
            they said before stays among the dead letters.
          </p>
          <ul>
            {strangers.flatMap(({ mapping, unknown }) =>
              unknown.map(({ foreignId, count }) => (
                <li key={`${mapping} ${foreignId}`}>
                  <span className="mono">{foreignId}</span>{' '}
                  <span className="help">
                    of {mapping}, {formatTimes(count)}
                  </span>
                </li>
              )),
            )}
          </ul>
        </>
      )}
    </section>
  )
}

/** Nothing where no births were asked for. */
function Rebirths({ asked, unanswered }: PublisherReport['rebirths']) {
  if (asked === 0) return null
  return (
    <span className="help block">
      births asked for {formatCount(asked)} times
      {unanswered === 0 ? '' : `, ${formatCount(unanswered)} of them after no answer`}
    </span>
  )
}

function Row({ publisher: { mapping, taken, said, refused, rebirths } }: { readonly publisher: PublisherReport }) {
  const count = refused.reduce((sum, each) => sum + each.count, 0)
  return (
    <tr>
      <th scope="row">
        {mapping}
        {count === 0 ? null : (
          <span className="help block">
            refused: {refused.map((each) => `${each.reason} ${formatCount(each.count)}`).join(', ')}
          </span>
        )}
        <Rebirths {...rebirths} />
      </th>
      <td className="number">{formatCount(taken)}</td>
      <td className="number">{formatCount(said)}</td>
      <td className={count > 0 ? 'number bad' : 'number'}>{formatCount(count)}</td>
    </tr>
  )
}
