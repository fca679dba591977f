// The reason codes of MQTT that were sent to clients and received from them, since the gateways
// started: the errors with what to do about them, the rest, which is the bulk, folded away.
import type { CountedReason, SystemState } from '../../../src/api/contract.ts'
import { formatCount } from '../format/units.ts'

type Props = Pick<SystemState, 'reasonCodes'> & {
  /** A gateway was asked and has answered. */ readonly isKnown: boolean
}

export function ReasonCodes({ reasonCodes, isKnown }: Props) {
  const errors = reasonCodes.filter(({ isError }) => isError)
  const others = reasonCodes.filter(({ isError }) => !isError)
  return (
    <section className="card" aria-labelledby="reason-codes-title" data-testid="reason-codes">
      <h2 id="reason-codes-title">MQTT reason codes</h2>
      <p className="help">{isKnown ? summaryOf(errors.length, others.length) : noGatewayAnswers}</p>
      {errors.length === 0 ? null : <Codes label="Reason codes that are errors" reasons={errors} />}
      {others.length === 0 ? null : (
        <details className="explain">
          <summary>Codes that are no errors</summary>
          <Codes label="Reason codes that are no errors" reasons={others} />
        </details>
      )}
    </section>
  )
}

export const noGatewayAnswers = 'Not known: no gateway answers.'

function summaryOf(errors: number, others: number): string {
  if (errors > 0) return 'Errors that clients were told, or told us, since the gateway started.'
  return `${others > 0 ? 'No error' : 'No code'} has been sent or received since the gateway started.`
}

function Codes({ label, reasons }: { readonly label: string; readonly reasons: readonly CountedReason[] }) {
  return (
    <table className="plain" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Code</th>
          <th scope="col" className="number">
            Count
          </th>
        </tr>
      </thead>
      <tbody>
        {reasons.map(({ packet, direction, code, name, meaning, count }) => (
          <tr key={`${packet} ${direction} ${code}`}>
            <th scope="row">
              <span className="mono">{code}</span> {name}{' '}
              <span className="help">
                {packet.toUpperCase()}&nbsp;{direction}
              </span>
              {meaning === null ? null : <span className="help block">{meaning}</span>}
            </th>
            <td className="number">{formatCount(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
