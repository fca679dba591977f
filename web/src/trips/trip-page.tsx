// One trip: its figures, its way coloured by speed, its speed over time, and the replay that ties
// the two together.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { Link } from 'wouter'
import type { TrackColumns, Trip } from '../../../src/api/contract.ts'
import { tripQuery, tripTrackQuery } from '../api/queries.ts'
import type { LiveNews } from '../live/live-client.ts'
import { useLiveNews } from '../live/live-context.tsx'
import { formatInstant } from '../format/time.ts'
import { placedEnds } from '../map/overlay.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { Empty, Failed, Loading } from '../shell/page-states.tsx'
import { MarkBadge, WhoseClock } from '../twin/clock-badge.tsx'
import { ReplayControls } from './replay-controls.tsx'
import { SpeedChart } from './speed-chart.tsx'
import { TripFigures } from './trip-figures.tsx'
import { TripMap } from './trip-map.tsx'
import { tripState } from './trip-words.ts'
import { useReplay } from './use-replay.ts'

export default function TripPage({ id }: { readonly id: string }) {
  const { data: trip, error, refetch } = useQuery(tripQuery(id))
  const track = useQuery(tripTrackQuery(id))
  const queryClient = useQueryClient()
  useLiveNews(
    useCallback(
      (news: LiveNews) =>
        news.kind === 'trip' && news.id === id && void queryClient.invalidateQueries({ queryKey: ['/trip', id] }),
      [id, queryClient],
    ),
  )

  if (trip === undefined)
    return (
      <div className="page">
        <PageHeader title="Trip" parent={{ href: '/trips', name: 'Trips' }} />
        {error === null ? (
          <Loading what="the trip" />
        ) : (
          <Failed what="trip" error={error} retry={() => void refetch()} />
        )}
      </div>
    )
  return (
    <div className="page">
      <PageHeader
        title={`Trip at ${formatInstant(trip.startAt, Date.now())}`}
        documentTitle={`Trip of ${trip.vehicle}`}
        parent={{ href: '/trips', name: 'Trips' }}
        note={
          <>
            {tripState(trip)} <MarkBadge clockDoubt={trip.clockDoubt} /> <WhoseClock clock={trip.clock} />
          </>
        }
      >
        <Link className="button small mono" href={`/vehicles/${encodeURIComponent(trip.vehicle)}`}>
          {trip.vehicle}
        </Link>
      </PageHeader>
      <TripFigures trip={trip} />
      {track.data === undefined ? (
        track.error === null ? (
          <Loading what="the track" />
        ) : (
          <Failed what="track" error={track.error} retry={() => void track.refetch()} />
        )
      ) : track.data.at.length === 0 ? (
        <Empty title="This trip has no track">Its samples had neither position nor speed, or are no longer kept.</Empty>
      ) : (
        <TripReplay trip={trip} track={track.data} />
      )}
    </div>
  )
}

function TripReplay({ trip, track }: { readonly trip: Trip; readonly track: TrackColumns }) {
  const replay = useReplay(track.at[0] ?? trip.startAt, track.at.at(-1) ?? trip.endAt)
  const positioned = placedEnds(track) !== undefined
  return (
    <div className="trip-replay">
      {positioned ? (
        <TripMap track={track} replay={replay} label={`Way of the trip of ${trip.vehicle}`} />
      ) : (
        <p className="notice">This trip has speeds but no positions, so there is no map.</p>
      )}
      <section className="card chart-card" aria-label="Replay">
        <ReplayControls track={track} replay={replay} />
        <SpeedChart track={track} replay={replay} />
      </section>
    </div>
  )
}
