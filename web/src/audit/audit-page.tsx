// Who did what: searched, filtered, taken away as a file, and held against its chain of hashes. The
// filters stand in the address, so that they can be sent to somebody else.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { AuditRow } from '../../../src/api/contract.ts'
import { apiPath } from '../api/client.ts'
import { formatCount, none } from '../format/units.ts'
import { Instant } from '../shell/instant.tsx'
import { MoreButton } from '../shell/more-button.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { Empty, Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { SearchField } from '../shell/search-field.tsx'
import { auditQuery, verificationQuery, type AuditAsked } from './audit-queries.ts'
import { actionWords, changesOf, deedOf, resultWords } from './audit-words.ts'

const actions = Object.keys(actionWords) as readonly AuditRow['action'][]
const results = Object.keys(resultWords) as readonly AuditRow['result'][]

function useAddress() {
  const [path, navigate] = useLocation()
  const query = new URLSearchParams(useSearch())
  const asked: AuditAsked = {
    search: query.get('search') ?? '',
    action: actions.find((action) => action === query.get('action')) ?? '',
    result: results.find((result) => result === query.get('result')) ?? '',
  }
  const go = (patch: Partial<AuditAsked>): void => {
    const next = new URLSearchParams(Object.entries({ ...asked, ...patch }).filter(([, value]) => value !== ''))
    navigate(next.size === 0 ? path : `${path}?${next}`, { replace: true })
  }
  return { asked, go }
}

export default function AuditPage() {
  const { asked, go } = useAddress()
  const { action, result } = asked
  const search = useDeferredValue(asked.search).trim()
  const settled = useMemo(() => ({ search, action, result }), [search, action, result])
  const file = (format: 'csv' | 'ndjson'): string => apiPath('/audit/export', { ...settled, format })
  return (
    <div className="page">
      <PageHeader title="Audit">
        <a className="button" href={file('csv')} download>
          Export CSV
        </a>
        <a className="button" href={file('ndjson')} download>
          Export NDJSON
        </a>
      </PageHeader>
      <Chain />
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <SearchField
          label="Search by name, id, address or reason"
          placeholder="Name, id, address or reason"
          maxLength={200}
          value={asked.search}
          onChange={(text) => go({ search: text })}
        />
        <label className="select-label">
          <span className="for-readers">Action</span>
          <select value={action} onChange={(event) => go({ action: event.target.value as AuditAsked['action'] })}>
            <option value="">Any action</option>
            {actions.map((each) => (
              <option key={each} value={each}>
                {actionWords[each]}
              </option>
            ))}
          </select>
        </label>
        <label className="select-label">
          <span className="for-readers">Result</span>
          <select value={result} onChange={(event) => go({ result: event.target.value as AuditAsked['result'] })}>
            <option value="">Any result</option>
            {results.map((each) => (
              <option key={each} value={each}>
                {resultWords[each]}
              </option>
            ))}
          </select>
        </label>
      </form>
      <Entries asked={settled} clear={() => go({ search: '', action: '', result: '' })} />
    </div>
  )
}

function Chain() {
  const { data, error, isFetching, refetch } = useQuery(verificationQuery)
  return (
    <section className="card chain" aria-labelledby="chain-title">
      <h2 id="chain-title">Chain</h2>
      <p role="status" className={data?.broken ? 'chain-broken' : undefined}>
        {isFetching
          ? 'Every entry is being looked at …'
          : error !== null
            ? `It could not be verified: ${error.message}`
            : data === undefined
              ? 'Each entry has the hash of the one before. Verify that all are as they were written.'
              : data.broken !== null
                ? `Entry ${data.broken.seq} is not as it was written: ${data.broken.reason}.`
                : `All ${formatCount(data.entries ?? 0)} entries are as they were written.`}
      </p>
      {data?.head ? (
        <p className="help">
          Newest: {data.head.seq}, <span className="mono chain-hash">{data.head.hash}</span>. Keep this hash somewhere
          else: it shows later whether entries were made anew.
        </p>
      ) : null}
      <button type="button" className="button small" disabled={isFetching} onClick={() => void refetch()}>
        Verify
      </button>
    </section>
  )
}

function Entries({ asked, clear }: { readonly asked: AuditAsked; readonly clear: () => void }) {
  const query = useInfiniteQuery(auditQuery(asked))
  const { data, error, isPending, isPlaceholderData, refetch } = query
  if (isPending) return <Loading what="the audit" />
  if (data === undefined) return <Failed what="audit" error={error} retry={() => void refetch()} />
  const rows = data.pages.flatMap((page) => page.rows)
  if (rows.length === 0)
    return Object.values(asked).every((value) => value === '') ? (
      <Empty title="Nothing is written yet">What people and programs do stands here from now on.</Empty>
    ) : (
      <>
        <Empty title="No entry matches">Try a shorter part, or clear the filters.</Empty>
        <p className="more">
          <button type="button" className="button" onClick={clear}>
            Clear
          </button>
        </p>
      </>
    )
  return (
    <>
      <Outdated error={error} />
      <ol className={isPlaceholderData ? 'audit-entries faded' : 'audit-entries'} aria-label="Entries, newest first">
        {rows.map((row) => (
          <li key={row.seq}>
            <Entry row={row} />
          </li>
        ))}
      </ol>
      <MoreButton query={query} />
    </>
  )
}

function Entry({ row }: { readonly row: AuditRow }) {
  const { at, who, from, result, reason, seq, hash } = row
  const changes = changesOf(row)
  return (
    <details className="audit-entry">
      <summary>
        <span className="audit-deed">
          <strong>{who.name}</strong> {deedOf(row)}
        </span>
        {result === 'done' ? null : <span className="audit-result">{resultWords[result]}</span>}
        <Instant at={at} />
      </summary>
      {reason === null ? null : <p>{reason}</p>}
      {changes.length === 0 ? null : (
        <table className="audit-changes">
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ field, before, after }) => (
              <tr key={field}>
                <th scope="row">{field}</th>
                <td>{before ?? none}</td>
                <td>{after ?? none}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="help">
        {who.kind}
        {who.id === '' ? '' : ` ${who.id}`}, from {from.address ?? 'the machine itself'}
        {from.agent === null ? '' : `, by ${from.agent}`}. Entry {seq}, <span className="mono chain-hash">{hash}</span>
      </p>
    </details>
  )
}
