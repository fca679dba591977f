// All trips, newest first. New ones wait behind a button, so that the list does not move under the
// reader's hand.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { tripsQuery } from '../api/queries.ts'
import type { LiveNews } from '../live/live-client.ts'
import { useLiveNews } from '../live/live-context.tsx'
import { Icon } from '../shell/icons.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { TripList } from './trip-list.tsx'
import { SearchField } from '../shell/search-field.tsx'

const spans = [
  { id: '', name: 'Any time', ms: 0 },
  { id: 'hour', name: 'Last hour', ms: 3_600_000 },
  { id: 'day', name: 'Last 24 hours', ms: 24 * 3_600_000 },
  { id: 'week', name: 'Last 7 days', ms: 7 * 24 * 3_600_000 },
] as const

/** Whole minutes, so that the same filter is the same question. */
const minuteMs = 60_000

export default function TripsPage() {
  const [, navigate] = useLocation()
  const search = new URLSearchParams(useSearch())
  const vehicle = search.get('vehicle') ?? ''
  const span = spans.find(({ id }) => id === search.get('span')) ?? spans[0]
  const [askedAt, setAskedAt] = useState(() => Date.now())
  const from = span.ms === 0 ? undefined : Math.floor((askedAt - span.ms) / minuteMs) * minuteMs
  const query = useInfiniteQuery(
    tripsQuery({ ...(vehicle === '' ? {} : { vehicle }), ...(from === undefined ? {} : { from }) }),
  )
  const queryClient = useQueryClient()
  const [news, setNews] = useState(false)
  useLiveNews(useCallback((item: LiveNews) => item.kind === 'trip' && setNews(true), []))

  const change = (name: string, value: string): void => {
    if (value === '') search.delete(name)
    else search.set(name, value)
    navigate(search.size === 0 ? '/trips' : `/trips?${search}`, { replace: true })
  }

  return (
    <div className="page full">
      <PageHeader title="Trips">
        <button
          type="button"
          className="button small"
          disabled={!news}
          onClick={() => {
            setNews(false)
            setAskedAt(Date.now())
            void queryClient.resetQueries({ queryKey: ['/trips'] })
          }}
        >
          <Icon name="refresh" /> {news ? 'Show what is new' : 'Up to date'}
        </button>
      </PageHeader>
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <SearchField
          label="Vehicle id, whole"
          placeholder="Whole vehicle id"
          maxLength={63}
          value={vehicle}
          onChange={(text) => change('vehicle', text.trim())}
        />
        <label className="select-label">
          <span className="for-readers">Time</span>
          <select value={span.id} onChange={(event) => change('span', event.target.value)}>
            {spans.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </form>
      <TripList query={query} />
    </div>
  )
}
