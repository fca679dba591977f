// Standard driving cycles (UDDS, US06, HWFET, WLTC 3b) as NREL fastsim publishes them (Apache-2.0): speed by the second, no date.
import type { Mapping } from '../mapping.ts'

export const driveCycles: Mapping = {
  name: 'drive-cycles',
  about: 'Standard driving cycles, speed by the second, no dates (NREL fastsim, Apache-2.0); a file is a trip',
  delimiter: ',',
  time: { kind: 'seconds', column: 'cycSecs', startAt: Date.UTC(2020, 0, 1) },
  segments: { by: 'file', of: 'trip' },
  signals: [{ signal: 'Vehicle.Speed', column: 'cycMps', unit: 'm/s' }],
}
