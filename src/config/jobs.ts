// The settings of the jobs, besides what counts as part of a crash (crash.ts).
import { clockAheadMs } from '../model/car-clock.ts'
import { span } from './setting.ts'

export const jobsSettings = {
  clockAheadMs: span(
    'ROADSTREAM_CLOCK_AHEAD',
    `${clockAheadMs / 60_000}m`,
    "how far ahead of its receipt an instant of a car's clock may be; beyond it the instant is marked and never now",
    1000,
  ),
}
