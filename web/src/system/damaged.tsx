// Records of the event log that can no longer be read, and what to do about it.
import type { DamagedRange } from '../../../src/api/contract.ts'
import { formatCount } from '../format/units.ts'
import { Instant } from '../shell/instant.tsx'
import { damageRemedy } from './damage-words.ts'

/** Nothing where nothing is damaged, or the log cannot tell. */
export function Damaged({ ranges }: { readonly ranges: readonly DamagedRange[] | null }) {
  if (ranges === null || ranges.length === 0) return null
  return (
    <section className="damaged" aria-labelledby="damaged-title" data-testid="damaged">
      <h3 id="damaged-title">Damaged: parts of the event log cannot be read</h3>
      <p>
        What is stored there does not match its checksum, so it is passed over: everything else is read and goes on.
        Disks that fail do this. Look at the disk first, before it takes more.
      </p>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Damaged ranges">
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Topic</th>
              <th scope="col" className="number">
                Partition
              </th>
              <th scope="col" className="number">
                Offsets
              </th>
              <th scope="col" className="number">
                Records
              </th>
              <th scope="col">Found</th>
            </tr>
          </thead>
          <tbody>
            {ranges.map(({ topic, partition, from, to, records, foundAt }) => (
              <tr key={`${topic}/${partition}/${from}`}>
                <th scope="row">{topic}</th>
                <td className="number">{partition}</td>
                <td className="number">
                  {formatCount(from)} to {formatCount(to - 1)}
                </td>
                <td className="number">{records === null ? 'not known' : formatCount(records)}</td>
                <td>
                  <Instant at={foundAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul>
        {damageRemedy(ranges).map((remedy) => (
          <li key={remedy}>{remedy}</li>
        ))}
      </ul>
    </section>
  )
}
