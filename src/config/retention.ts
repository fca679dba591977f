// The settings of how long rows of the tables that grow without end are kept, by table.
import { optionalSpan } from './setting.ts'

const dayMs = 86_400_000

export const retentionSettings = {
  trips: optionalSpan('ROADSTREAM_TRIPS_RETENTION', 'how long trips are kept, from their start; none: for ever', dayMs),
  tracks: optionalSpan('ROADSTREAM_TRACKS_RETENTION', 'how long the paths of vehicles are kept; none: for ever', dayMs),
  audit: optionalSpan(
    'ROADSTREAM_AUDIT_RETENTION',
    'how long entries of the audit are kept, who did what; none: for ever',
    dayMs,
  ),
  alerts: optionalSpan('ROADSTREAM_ALERTS_RETENTION', 'how long alerts are kept; none: for ever', dayMs),
}
