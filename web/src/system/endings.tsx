// Why connections of clients ended, since the gateways started.
import type { SystemState } from '../../../src/api/contract.ts'
import { formatCount } from '../format/units.ts'
import { noGatewayAnswers } from './reason-codes.tsx'
import { endingWords } from './session-words.ts'

type Props = Pick<SystemState, 'disconnects'> & {
  /** A gateway was asked and has answered. */ readonly isKnown: boolean
}

export function Endings({ disconnects, isKnown }: Props) {
  return (
    <section className="card" aria-labelledby="endings-title">
      <h2 id="endings-title">Why connections ended</h2>
      {disconnects.length === 0 ? (
        <p className="help">{isKnown ? 'None has ended since the gateway started.' : noGatewayAnswers}</p>
      ) : (
        <table className="plain" data-testid="endings">
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col" className="number">
                Since the gateway started
              </th>
            </tr>
          </thead>
          <tbody>
            {disconnects.map(({ reason, count }) => {
              const { name, trouble } = endingWords(reason)
              return (
                <tr key={reason}>
                  <th scope="row">{name}</th>
                  <td className={trouble ? 'number bad' : 'number'}>{formatCount(count)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
    </section>
  )
}
