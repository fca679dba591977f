// Remedies for damage of the log, by what was stored there.
import type { DamagedRange } from '../../../src/api/contract.ts'

/** Topics of the log of what cars published, and others for them; all else jobs derived from it. */
const published: ReadonlySet<string> = new Set([
  'telemetry',
  'event',
  'critical',
  'snapshot',
  'result',
  'session',
  'dead-letter',
  'mark',
  'foreign',
  'rebirth',
])

/** One sentence for each kind of topic that is damaged. */
export function damageRemedy(ranges: readonly Pick<DamagedRange, 'topic'>[]): readonly string[] {
  const remedies: string[] = []
  if (ranges.some(({ topic }) => published.has(topic)))
    remedies.push(
      'What cars published there is gone from this log, and trips and alerts of that time may lack it. A backup of the data folder made before may have it: start the backup in another folder to look. Putting it back in place of this one would lose what came since.',
    )
  if (ranges.some(({ topic }) => !published.has(topic)))
    remedies.push(
      'What jobs derived can be made again: stop Roadstream, remove the folders “derived” and “postgres” of the data folder (users and their passwords are in “postgres” and must be made again), and start.',
    )
  return remedies
}
