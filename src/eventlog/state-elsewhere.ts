// State that is not in the log's own store: changes are stored, and outputs beside them are a fault
// of the caller, for no transaction holds both.
import { Outage } from '../base/errors.ts'
import type { StateStore } from './state-store.ts'

/** The state alone: a commit with outputs rejects with Outage LOG_UNSUPPORTED, and nothing of it is
 *  stored. */
export const stateElsewhere = (state: StateStore): StateStore => ({
  positions: (task) => state.positions(task),
  tasks: () => state.tasks(),
  get: (task, key) => state.get(task, key),
  range: (task, prefix) => state.range(task, prefix),
  commit: async (commits, outputs) => {
    if (outputs.length > 0)
      throw new Outage('LOG_UNSUPPORTED', 'Outputs and state cannot be stored as one where the log is elsewhere.', {
        retryable: false,
      })
    await state.commit(commits, [])
  },
  clear: (task) => state.clear(task),
})
