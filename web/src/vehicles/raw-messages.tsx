// The messages as the car sent them, newest first, each to be opened.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { RawMessage } from '../../../src/api/contract.ts'
import { messagesQuery } from '../api/queries.ts'
import { formatLatency } from '../format/units.ts'
import { Instant } from '../shell/instant.tsx'
import { MoreButton } from '../shell/more-button.tsx'
import { Empty, Failed, Loading } from '../shell/page-states.tsx'

const streams = ['telemetry', 'event', 'critical', 'snapshot', 'result', 'session'] as const

export function RawMessages({ vehicle }: { readonly vehicle: string }) {
  const [stream, setStream] = useState('')
  const query = useInfiniteQuery(messagesQuery(vehicle, stream))
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? []
  return (
    <>
      <div className="filters">
        <label className="select-label">
          <span className="for-readers">Stream</span>
          <select value={stream} onChange={(event) => setStream(event.target.value)}>
            <option value="">All streams</option>
            {streams.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button type="button" className="button small" onClick={() => void query.refetch()}>
          Load the newest
        </button>
      </div>
      {query.isPending ? (
        <Loading what="the messages" />
      ) : query.data === undefined ? (
        <Failed what="messages" error={query.error} retry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title="No message is kept">
          Raw messages are kept for a limited time; the ledger counts them for ever.
        </Empty>
      ) : (
        <>
          <ul className="messages">
            {rows.map((message) => (
              <Message key={message.id} message={message} />
            ))}
          </ul>
          <MoreButton query={query} />
        </>
      )}
    </>
  )
}

function Message({ message: { stream, at, receivedAt, body } }: { readonly message: RawMessage }) {
  const [open, setOpen] = useState(false)
  const late = receivedAt - at
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <Instant at={at} />
          <span className="badge">{stream}</span>
          <span className="help">{gist(body)}</span>
          <span className="help message-delay">
            {late >= 0 ? `received ${formatLatency(late)} after` : 'ahead of our clock'}
          </span>
        </summary>
        {open ? (
          <pre tabIndex={0} role="region" aria-label="Message as JSON">
            {JSON.stringify(body, null, 2)}
          </pre>
        ) : null}
      </details>
    </li>
  )
}

/** The gist of a message, in a few words. */
function gist(body: unknown): string {
  if (typeof body !== 'object' || body === null) return 'not a JSON object'
  if ('event' in body && typeof body.event === 'string') return body.event
  const samples: readonly { readonly signals?: object }[] =
    'samples' in body && Array.isArray(body.samples) ? body.samples : []
  const columns = 'burst' in body ? columnLengths(body.burst) : []
  if (samples.length === 0 && columns.length === 0) return ''
  const count = samples.length + Math.max(0, ...columns)
  const values = [...samples.map((sample) => Object.keys(sample.signals ?? {}).length), ...columns].reduce(
    (sum, each) => sum + each,
    0,
  )
  return `${count} ${count === 1 ? 'sample' : 'samples'}, ${values} values${columns.length > 0 ? ', a burst' : ''}`
}

function columnLengths(burst: unknown): number[] {
  if (typeof burst !== 'object' || burst === null || !('signals' in burst)) return []
  return Object.values(burst.signals ?? {}).map((column: unknown) => (Array.isArray(column) ? column.length : 0))
}
