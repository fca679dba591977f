// The end of a connection or of a whole session, by an administrator, after a question that says
// what it does.
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { ClientSessionDetail, Disconnection } from '../../../src/api/contract.ts'
import { sendJson } from '../api/client.ts'
import { sessionPath } from '../api/session-path.ts'
import { formatCount } from '../format/units.ts'

type Action = 'disconnect' | 'end'

const messages = (count: number): string => (count === 1 ? '1 message' : `${formatCount(count)} messages`)

/** The act itself and what came of it, which outlives the session it was done to. */
export function useDisconnect(clientId: string) {
  const queryClient = useQueryClient()
  const action = useMutation({
    mutationFn: (wanted: Action) =>
      sendJson<Disconnection>(
        'DELETE',
        wanted === 'end' ? sessionPath(clientId) : `${sessionPath(clientId)}/connection`,
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['/sessions'] }),
  })
  return {
    isUnderWay: action.isPending,
    isRefused: action.isError,
    outcome: action.isError ? action.error.message : action.data === undefined ? '' : outcome(action.data),
    act: (wanted: Action, done: () => void): void => action.mutate(wanted, { onSettled: done }),
  }
}

type Act = ReturnType<typeof useDisconnect>

export const Outcome = ({ disconnect: { outcome, isRefused } }: { readonly disconnect: Act }) => (
  <p role="status" className={isRefused ? 'error' : 'help'}>
    {outcome}
  </p>
)

export function Disconnect({ detail, disconnect }: { readonly detail: ClientSessionDetail; readonly disconnect: Act }) {
  const [asked, setAsked] = useState<Action | null>(null)
  return (
    <div className="dialog-actions">
      {detail.state === 'connected' ? (
        <button type="button" className="button" onClick={() => setAsked('disconnect')}>
          Disconnect …
        </button>
      ) : null}
      <button type="button" className="button danger" onClick={() => setAsked('end')}>
        End session …
      </button>
      <Question
        asked={asked}
        detail={detail}
        isUnderWay={disconnect.isUnderWay}
        cancel={() => setAsked(null)}
        confirm={(wanted) => disconnect.act(wanted, () => setAsked(null))}
      />
    </div>
  )
}

function outcome({ wasConnected, sessionEnded, messagesDropped }: Disconnection): string {
  const connection = wasConnected ? 'Disconnected. ' : ''
  if (!sessionEnded) return wasConnected ? `${connection}It may be back already.` : 'It was not connected any more.'
  return `${connection}The session has ended${messagesDropped === 0 ? '.' : `, and ${messages(messagesDropped)} with it.`}`
}

type QuestionProps = {
  readonly asked: Action | null
  readonly detail: ClientSessionDetail
  readonly isUnderWay: boolean
  readonly cancel: () => void
  readonly confirm: (action: Action) => void
}

function Question({ asked, detail, isUnderWay, cancel, confirm }: QuestionProps) {
  return (
    <AlertDialog.Root open={asked !== null} onOpenChange={(open) => (open ? undefined : cancel())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop over" forceRender />
        <AlertDialog.Popup className="dialog question" data-testid="question">
          <AlertDialog.Title>{asked === 'end' ? 'End this session?' : 'Disconnect this client?'}</AlertDialog.Title>
          <AlertDialog.Description render={<div className="question-text" />}>
            {asked === 'end' ? <WhatEndDoes detail={detail} /> : <WhatDisconnectDoes detail={detail} />}
          </AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
            <button
              type="button"
              className="button primary danger"
              disabled={isUnderWay || asked === null}
              onClick={() => (asked === null ? undefined : confirm(asked))}
            >
              {isUnderWay ? 'Under way …' : asked === 'end' ? 'End session' : 'Disconnect'}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

function WhatDisconnectDoes({ detail: { expiryS, queued, inflight, will } }: Pick<QuestionProps, 'detail'>) {
  const waiting = queued + inflight
  return (
    <>
      <p>Its connection is closed. A car connects again by itself, within seconds to minutes.</p>
      {expiryS === 0 ? (
        <p>
          Its session ends with the connection: subscriptions
          {waiting === 0 ? '' : ` and ${messages(waiting)} on their way`} are dropped.
        </p>
      ) : (
        <p>
          Its session stays:{' '}
          {waiting === 0
            ? 'what is sent to it meanwhile waits for it.'
            : `${messages(waiting)} on the way wait for it.`}
        </p>
      )}
      {will === null ? null : <p>Its will is published on {will.topic}.</p>}
    </>
  )
}

function WhatEndDoes({ detail: { state, subscriptions, queued, inflight, will } }: Pick<QuestionProps, 'detail'>) {
  const waiting = queued + inflight
  return (
    <>
      <p>
        {state === 'connected' ? 'Its connection is closed, and what' : 'What'} the gateway keeps for it is dropped:{' '}
        {subscriptions === 0
          ? 'no subscription'
          : subscriptions === 1
            ? '1 subscription'
            : `${formatCount(subscriptions)} subscriptions`}
        {waiting === 0 ? ' and no message.' : ` and ${messages(waiting)} on the way to it, which cannot be had back.`}
      </p>
      <p>A car connects again by itself and subscribes anew.</p>
      {will === null ? null : <p>Its will is published on {will.topic}.</p>}
    </>
  )
}
