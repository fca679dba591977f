// Settings that jobs are run by and that are no records, as thresholds and kinds of vehicles. A
// batch is run again after a crash for its state alone, as what it said was said: run by other
// settings it would say other things, and nobody would hear them. So settings are stored beside the
// state, and where they change the batches since the last checkpoint are first run again by those
// they were run by:
//
//   crash ── start: batches again by the settings before ──► checkpoint, and the new ones stored ──► on by the new ones
import { Registry } from 'prom-client'
import { createCommitter } from './committer.ts'
import { nodeText } from './node-text.ts'
import { Rounds, runJobs, type RunJobsOptions } from './runner.ts'

/** Jobs and catalogues as the settings make them. */
export type RunBy = Pick<RunJobsOptions, 'jobs' | 'catalogueOf' | 'clockAheadMs'>

const task = 'settings'
const key = 'jobs'

/** Runs the jobs as runJobs does, by settings that are plain data, from JSON to `by` and back
 *  without loss. `before` are those of the run before, maybe of another version. */
export async function runJobsBy<Settings extends object>(
  settings: Settings,
  by: (settings: Settings, before?: Partial<Settings>) => RunBy,
  options: Omit<RunJobsOptions, keyof RunBy>,
): Promise<void> {
  const { derived, logger, signal } = options
  const text = JSON.stringify(settings)
  const stored = derived.state.get(task, key)
  const before = stored === undefined ? undefined : nodeText.decodeLoosely(stored)
  if (before !== text) {
    if (before !== undefined) {
      const rounds = await Rounds.open({
        ...options,
        ...by(settings, JSON.parse(before) as Partial<Settings>),
        registry: new Registry(),
      })
      if (!(await rounds.save())) return
    }
    const commit = createCommitter({ state: derived.state, logger, signal, retried: () => {} })
    if (
      signal.aborted ||
      !(await commit([{ task, positions: {}, state: [{ key, value: nodeText.encode(text) }] }], []))
    )
      return
  }
  await runJobs({ ...options, ...by(settings) })
}
