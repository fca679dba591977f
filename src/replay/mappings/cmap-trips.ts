// Nine household cars in Chicago, NREL fastsim's sample of the CMAP travel survey (Apache-2.0). `timestamp` is local time
// of Chicago; `accel_meters_ps` is, against its name, in mph per second: the difference of `speed_mph` from row to row.
import type { Mapping } from '../mapping.ts'

export const cmapTrips: Mapping = {
  name: 'cmap-trips',
  about: 'Household cars in Chicago, speed only (NREL fastsim, CMAP survey, Apache-2.0); each vehicle is a segment',
  delimiter: ',',
  time: { kind: 'local', column: 'timestamp', zone: 'America/Chicago' },
  segments: { by: 'column', column: 'vehicle', of: 'vehicle' },
  signals: [
    { signal: 'Vehicle.Speed', column: 'speed_mph', unit: 'mph' },
    { signal: 'Vehicle.Acceleration.Longitudinal', column: 'accel_meters_ps', unit: 'mph/s' },
  ],
}
