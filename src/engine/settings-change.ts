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
import { fixedShare } from './share.ts'

/** Jobs and catalogues as the settings make them. */
export type RunBy = Pick<RunJobsOptions, 'jobs' | 'catalogueOf' | 'clockAheadMs'>

/** Those of a partition; before they were kept by partition, those of all. */
const taskOf = (partition: number): string => `settings/${partition}`
const formerTask = 'settings'
const key = 'jobs'

/** Runs the jobs as runJobs does, by settings that are plain data, from JSON to `by` and back
 *  without loss. `before` are those of the run before, maybe of another version. */
export async function runJobsBy<Settings extends object>(
  settings: Settings,
  by: (settings: Settings, before?: Partial<Settings>) => RunBy,
  options: Omit<RunJobsOptions, keyof RunBy | 'taking'>,
): Promise<void> {
  const { derived, logger, signal } = options
  const { state } = derived
  const text = JSON.stringify(settings)
  const taking = async (partition: number): Promise<boolean> => {
    const task = taskOf(partition)
    const stored = state.get(task, key) ?? state.get(formerTask, key)
    const before = stored === undefined ? undefined : nodeText.decodeLoosely(stored)
    if (before === text && state.get(task, key) !== undefined) return true
    if (before !== undefined && before !== text) {
      const rounds = await Rounds.open({
        ...options,
        ...by(settings, JSON.parse(before) as Partial<Settings>),
        registry: new Registry(),
        share: fixedShare([partition]),
      })
      if (!(await rounds.save())) return false
    }
    const commit = createCommitter({ state, logger, signal, retried: () => {} })
    return (
      !signal.aborted && (await commit([{ task, positions: {}, state: [{ key, value: nodeText.encode(text) }] }], []))
    )
  }
  await runJobs({ ...options, ...by(settings), taking })
}
