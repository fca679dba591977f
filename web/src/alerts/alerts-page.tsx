import { useInfiniteQuery } from '@tanstack/react-query'
import { useLocation, useSearch } from 'wouter'
import { alertsQuery } from '../api/queries.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { AlertList } from './alert-list.tsx'
import { SearchField } from '../shell/search-field.tsx'

/** Alerts that a person should see, last heard first. New alerts come in by themselves. */
export default function AlertsPage() {
  const [, navigate] = useLocation()
  const vehicle = new URLSearchParams(useSearch()).get('vehicle') ?? ''
  const query = useInfiniteQuery(alertsQuery(vehicle === '' ? {} : { vehicle }))
  return (
    <div className="page">
      <PageHeader title="Alerts" />
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <SearchField
          label="Vehicle id, whole"
          placeholder="Whole vehicle id"
          maxLength={63}
          value={vehicle}
          onChange={(text) => {
            const wanted = text.trim()
            navigate(wanted === '' ? '/alerts' : `/alerts?vehicle=${encodeURIComponent(wanted)}`, { replace: true })
          }}
        />
      </form>
      <AlertList query={query} />
    </div>
  )
}
