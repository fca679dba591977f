// Moves as tests make them: told to nobody, and cut short.
import { Outage } from '../base/errors.ts'
import type { TakeMoved } from '../eventlog/moved-record.ts'
import type { MoveProgress } from './move-log.ts'

export const untold: MoveProgress = { copied: () => {}, compared: () => {}, carried: () => {}, damaged: () => {} }

/** Stores the first records of all calls, as many as are left, and ends as a process that is killed
 *  does. */
export function cutAfter(take: TakeMoved, records: number): TakeMoved {
  let left = records
  return async (given) => {
    const stored = given.slice(0, left)
    left -= stored.length
    if (stored.length > 0) await take(stored)
    if (stored.length < given.length) throw new Outage('LOG_UNAVAILABLE', 'killed', { retryable: true })
  }
}
