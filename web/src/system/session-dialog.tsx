// One session from the inside, and its end. The effect of a disconnect is said before it is done.
import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { ClientSessionDetail } from '../../../src/api/contract.ts'
import { isMissing } from '../api/client.ts'
import { sessionQuery } from '../api/queries.ts'
import { formatAge } from '../format/time.ts'
import { formatBytes, formatCount, none } from '../format/units.ts'
import { useSession } from '../session/session.tsx'
import { Age, Instant } from '../shell/instant.tsx'
import { Empty, Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { Disconnect, Outcome, useDisconnect } from './disconnect.tsx'
import { SessionState } from './session-state.tsx'
import { protocolOf, shortId } from './session-words.ts'
import { Figure } from '../shell/figure.tsx'
import { DialogFrame } from '../shell/dialog-frame.tsx'

type Props = { /** Empty while none is open. */ readonly clientId: string; readonly close: () => void }

export function SessionDialog({ clientId, close }: Props) {
  return (
    <Dialog.Root open={clientId !== ''} onOpenChange={(open) => (open ? undefined : close())}>
      <DialogFrame title={shortId(clientId)} titleClass="mono" testId="session">
        {clientId === '' ? null : <SessionBody key={clientId} clientId={clientId} />}
      </DialogFrame>
    </Dialog.Root>
  )
}

function SessionBody({ clientId }: Pick<Props, 'clientId'>) {
  const { session } = useSession()
  const { data, error, refetch } = useQuery(sessionQuery(clientId))
  const disconnect = useDisconnect(clientId)
  if (data === undefined && !isMissing(error))
    return error === null ? (
      <Loading what="the session" />
    ) : (
      <Failed what="session" error={error} retry={() => void refetch()} />
    )
  return (
    <>
      {data === undefined || isMissing(error) ? (
        <Empty title="There is no session">
          Nothing is kept for this client id: its session was ended or has expired, or it never had one. When it
          connects, its session is shown here.
        </Empty>
      ) : (
        <>
          <Outdated error={error} />
          <Figures detail={data} />
          <Subscriptions filters={data.filters} />
        </>
      )}
      <footer className="dialog-foot">
        <Outcome disconnect={disconnect} />
        {data === undefined || isMissing(error) || !session.permissions.includes('clients:end') ? null : (
          <Disconnect detail={data} disconnect={disconnect} />
        )}
      </footer>
    </>
  )
}

function Figures({ detail }: { readonly detail: ClientSessionDetail }) {
  const {
    state,
    sinceAt,
    vehicle,
    keepAliveS,
    expiryS,
    expiresAt,
    queued,
    inflight,
    queuedBytes,
    will,
    limits,
    traffic,
    address,
  } = detail
  return (
    <dl className="session-figures">
      <Figure name="State">
        <SessionState state={state} /> <Age at={sinceAt} />
      </Figure>
      {vehicle === null ? null : (
        <Figure name="Vehicle">
          <Link href={`/vehicles/${encodeURIComponent(vehicle)}`}>{vehicle}</Link>
        </Figure>
      )}
      <Figure name="Protocol">{protocolOf(detail) ?? none}</Figure>
      <Figure name="Address">{address === null ? none : <span className="mono">{address}</span>}</Figure>
      <Figure name="Last heard">{traffic === null ? none : <Age at={traffic.heardAt} />}</Figure>
      <Figure name="Keep-alive">{keepAliveS === null ? none : keepAliveS === 0 ? 'off' : `${keepAliveS} s`}</Figure>
      <Figure name="Kept after its connection">{expiryS === 0 ? 'not at all' : formatAge(expiryS * 1000)}</Figure>
      {expiresAt === null ? null : (
        <Figure name="Ends unless it comes back">
          <Instant at={expiresAt} />
        </Figure>
      )}
      <Figure name="Waiting to be sent">{formatCount(queued)}</Figure>
      <Figure name="Sent, not acknowledged">
        {formatCount(inflight)}
        {limits === null ? null : ` of at most ${formatCount(limits.receiveMaximum)}`}
      </Figure>
      <Figure name="Size of both">{formatBytes(queuedBytes)}</Figure>
      {limits === null ? null : (
        <Figure name="Largest packet it takes">
          {limits.packetBytes === null ? 'any' : formatBytes(limits.packetBytes)}
        </Figure>
      )}
      {traffic === null ? null : (
        <>
          <Figure name="Received from it">{amount(traffic.messagesReceived, traffic.bytesReceived)}</Figure>
          <Figure name="Sent to it">{amount(traffic.messagesSent, traffic.bytesSent)}</Figure>
        </>
      )}
      <Figure name="Will">
        {will === null ? (
          'none'
        ) : (
          <>
            <span className="mono">{will.topic}</span> at QoS {will.qos}
            {will.retain ? ', retained' : ''}
            {will.dueAt === null ? null : (
              <>
                , due <Instant at={will.dueAt} />
              </>
            )}
          </>
        )}
      </Figure>
    </dl>
  )
}

const amount = (messages: number, bytes: number | null): string =>
  `${formatCount(messages)} messages${bytes === null ? '' : `, ${formatBytes(bytes)}`}`

function Subscriptions({ filters }: Pick<ClientSessionDetail, 'filters'>) {
  if (filters.length === 0) return <p className="help">It has no subscriptions: nothing is sent to it.</p>
  return (
    <div className="scroll-x session-filters" tabIndex={0} role="region" aria-label="Subscriptions">
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Subscription</th>
            <th scope="col" className="number">
              QoS
            </th>
            <th scope="col">Options</th>
          </tr>
        </thead>
        <tbody>
          {filters.map(({ filter, qos, noLocal, retainAsPublished, subscriptionId }) => (
            <tr key={filter}>
              <th scope="row" className="mono">
                {filter}
              </th>
              <td className="number">{qos}</td>
              <td>
                {[
                  ...(noLocal ? ['not its own'] : []),
                  ...(retainAsPublished ? ['retained as published'] : []),
                  ...(subscriptionId === null ? [] : [`identifier ${subscriptionId}`]),
                ].join(', ') || none}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
