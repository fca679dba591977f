import { useInfiniteQuery } from '@tanstack/react-query'
import { useLocation, useSearch } from 'wouter'
import { alertsQuery } from '../api/queries.ts'
import { Icon } from '../shell/icons.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { AlertList } from './alert-list.tsx'

/** What a person should see, newest first. New alerts come in by themselves. */
export default function AlertsPage() {
  const [, navigate] = useLocation()
  const vehicle = new URLSearchParams(useSearch()).get('vehicle') ?? ''
  const query = useInfiniteQuery(alertsQuery(vehicle === '' ? {} : { vehicle }))
  return (
    <div className="page">
      <PageHeader title="Alerts" />
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label className="search">
          <Icon name="search" />
          <span className="for-readers">Vehicle id, whole</span>
          <input
            type="search"
            maxLength={63}
            value={vehicle}
            placeholder="Whole vehicle id"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              const wanted = event.target.value.trim()
              navigate(wanted === '' ? '/alerts' : `/alerts?vehicle=${encodeURIComponent(wanted)}`, { replace: true })
            }}
          />
        </label>
      </form>
      <AlertList query={query} />
    </div>
  )
}
