// The log's clock with what it remembers in `meta`, which the openers of a log share.
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { createLogClock, plausibleMs, settleMs, type LogClockState } from '../log-clock.ts'
import type { Environment } from './environment.ts'

export type StoredClock = Clock & {
  /** The append time of a record that is `ms` old now. */
  agedAt(ms: number): number
  /** Remembers the time, at most once a second, and takes over what other openers decided. Only
   *  inside a transaction. */
  keep(): void
}

export type StoredClockOptions = {
  readonly env: Environment
  readonly wall: Clock
  readonly steady: Clock
  /** The append time of the newest record; 0 when there is none. */
  readonly newestAt: number
  /** The choice when the wall clock is not plausible: go on without it and say so, or believe it
   *  now. */
  readonly clockJump: 'ask' | 'accept'
  readonly logger: Logger
}

export const clockKey = Buffer.from('clock')
const keepEveryMs = 1_000

export function openStoredClock({ env, wall, steady, newestAt, clockJump, logger }: StoredClockOptions): StoredClock {
  const accept = clockJump === 'accept'
  const onJump = (ms: number): void => warn(logger, env.dir, ms)
  const clock = createLogClock({ wall, steady, stored: loadState(env), newestAt, accept, onJump })
  let keptAt = -Infinity

  const keep = (): void => {
    const steadyAt = steady.now()
    if (steadyAt - keptAt < keepEveryMs) return
    keptAt = steadyAt
    const stored = loadState(env)
    const own = clock.state()
    if (stored !== undefined && stored.era > own.era) clock.adopt(stored)
    else env.meta.putJson(clockKey, own)
  }

  // At once, so that those who open the log after this one agree with it.
  if (accept) env.root.transactionSync(keep)
  else clock.now()
  return { now: () => clock.now(), agedAt: (ms) => clock.agedAt(ms), keep }
}

function loadState({ meta }: Environment): LogClockState | undefined {
  return meta.getJson(clockKey)
}

export const clockJumpRemedy =
  'If the clock is right, start once with ROADSTREAM_CLOCK_JUMP=accept; if it is wrong, set it right.'

function warn(logger: Logger, dir: string, ms: number): void {
  const aheadS = Math.round(ms / 1000)
  const isPlausible = Math.abs(ms) <= plausibleMs
  const then = isPlausible
    ? `If it stays so for ${settleMs / 60_000} minutes, new records go by it; none is deleted for the difference.`
    : 'New records go on by the time the log has reckoned, and none is deleted for the difference.'
  logger.warn(
    { dir, aheadS },
    `the clock of this machine is ${lengthText(ms)} ${ms > 0 ? 'ahead of' : 'behind'} the event log: it was set, or the machine or the log was away. ${then} ` +
      clockJumpRemedy,
  )
}

export const lengthText = (ms: number): string => {
  const hours = Math.abs(ms) / 3_600_000
  return hours >= 48
    ? `${Math.round(hours / 24)} days`
    : hours >= 1
      ? `${hours.toFixed(1)} hours`
      : `${Math.round(hours * 3600)} seconds`
}
