// The MQTT sessions of the cars: found by a part of the id, connected or away, each with its inside
// one click away. Which one is open and what is searched stands in the address, so that it can be
// sent to somebody else.
import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { ClientSession, SystemState } from '../../../src/api/contract.ts'
import { isWithoutGateway } from '../api/client.ts'
import { sessionsQuery, type SessionFilter } from '../api/queries.ts'
import { formatCount, none } from '../format/units.ts'
import { Age } from '../shell/instant.tsx'
import { Empty, Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { VirtualTable } from '../shell/virtual-table.tsx'
import { SessionDialog } from './session-dialog.tsx'
import { SessionState } from './session-state.tsx'
import { protocolOf, shortId } from './session-words.ts'
import { SearchField } from '../shell/search-field.tsx'

const states = ['connected', 'away'] as const

function useAddress() {
  const [path, navigate] = useLocation()
  const query = new URLSearchParams(useSearch())
  const filter: SessionFilter = {
    search: query.get('search') ?? '',
    state: states.find((state) => state === query.get('state')) ?? '',
  }
  const open = query.get('session') ?? ''
  const go = (patch: Partial<SessionFilter & { readonly session: string }>): void => {
    const next = new URLSearchParams(
      Object.entries({ ...filter, session: open, ...patch }).filter(([, value]) => value !== ''),
    )
    navigate(next.size === 0 ? path : `${path}?${next}`, { replace: true })
  }
  return { filter, open, go }
}

export function Sessions({ bridge }: Pick<SystemState, 'bridge'>) {
  return (
    <section className="card" aria-labelledby="sessions-title" data-testid="sessions">
      <h2 id="sessions-title">MQTT sessions</h2>
      {bridge === null ? (
        <OwnSessions />
      ) : (
        <p className="help">
          The cars connect to {bridge.broker}, which keeps their sessions: look there for who is connected.
        </p>
      )}
    </section>
  )
}

function OwnSessions() {
  const { filter, open, go } = useAddress()
  const { search, state } = filter
  const deferred = useDeferredValue(search)
  const asked = useMemo(() => ({ search: deferred.trim(), state }), [deferred, state])
  const { data, error, isPending, isPlaceholderData, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useInfiniteQuery(sessionsQuery(asked))
  const rows = useMemo(() => data?.pages.flatMap((page) => page.rows) ?? [], [data])
  const total = data?.pages[0]?.total
  const filtered = search !== '' || state !== ''
  const matching = total === undefined ? rows.length : state === '' ? total.connected + total.away : total[state]
  return (
    <>
      <p className="help">What the gateway keeps for each client: who is connected now, and for whom messages wait.</p>
      <form className="filters" role="search" aria-label="Sessions" onSubmit={(event) => event.preventDefault()}>
        <SearchField
          label="Search by client id"
          placeholder="Search by client id"
          maxLength={200}
          value={search}
          onChange={(text) => go({ search: text })}
        />
        <label className="select-label">
          <span className="for-readers">State</span>
          <select value={state} onChange={(event) => go({ state: event.target.value as SessionFilter['state'] })}>
            <option value="">Any state</option>
            <option value="connected">Connected</option>
            <option value="away">Away</option>
          </select>
        </label>
        {filtered ? (
          <button type="button" className="button small" onClick={() => go({ search: '', state: '' })}>
            Clear
          </button>
        ) : null}
        {total === undefined ? null : (
          <span className="session-count" role="status">
            {formatCount(total.connected)} connected, {formatCount(total.away)} away
          </span>
        )}
      </form>
      {data === undefined ? null : <Outdated error={error} />}
      {isPending ? (
        <Loading what="the sessions" />
      ) : data === undefined ? (
        <Failed
          what="sessions"
          error={error}
          retry={() => void refetch()}
          {...(isWithoutGateway(error) ? { title: 'The gateway is not reachable' } : {})}
        />
      ) : rows.length === 0 ? (
        filtered ? (
          <Empty title="No session matches">Try a shorter part of the client id, or clear the filters.</Empty>
        ) : (
          <Empty title="No client has connected yet">As soon as a car connects its session is listed here.</Empty>
        )
      ) : (
        <SessionTable
          rows={rows}
          total={matching}
          faded={isPlaceholderData}
          open={(clientId) => go({ session: clientId })}
          loadMore={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
          }}
        />
      )}
      <SessionDialog clientId={open} close={() => go({ session: '' })} />
    </>
  )
}

type TableProps = {
  readonly rows: readonly ClientSession[]
  readonly total: number
  readonly faded: boolean
  readonly open: (clientId: string) => void
  readonly loadMore: () => void
}

const columns = [
  { id: 'client', content: 'Client' },
  { id: 'session-state', content: 'State' },
  { id: 'since', content: 'Since' },
  { id: 'protocol', content: 'Protocol' },
  { id: 'address', content: 'Address' },
  { id: 'subscriptions', content: 'Subscriptions' },
  { id: 'waiting', content: 'Waiting' },
] as const

function SessionTable({ rows, total, faded, open, loadMore }: TableProps) {
  return (
    <VirtualTable
      label="Sessions by client id"
      className={faded ? 'sessions-table embedded faded' : 'sessions-table embedded'}
      total={total}
      head={columns}
      rows={rows.map((row) => ({ id: row.clientId, cells: () => cellsOf(row, open) }))}
      loadMore={loadMore}
    />
  )
}

function cellsOf(row: ClientSession, open: TableProps['open']) {
  const waiting = row.queued + row.inflight
  const contents = {
    client: (
      <button type="button" className="link row-link" aria-haspopup="dialog" onClick={() => open(row.clientId)}>
        <span className="mono">{shortId(row.clientId)}</span>
      </button>
    ),
    'session-state': <SessionState state={row.state} />,
    since: <Age at={row.sinceAt} />,
    protocol: protocolOf(row) ?? none,
    address: row.address === null ? none : <span className="mono">{row.address}</span>,
    subscriptions: formatCount(row.subscriptions),
    waiting: <span className={waiting === 0 ? 'zero' : undefined}>{formatCount(waiting)}</span>,
  }
  return columns.map(({ id }) => ({ id, content: contents[id] }))
}
