// The log's own clock: what records are stamped with, and what they age by. It runs as the steady
// clock does and follows the wall clock only while that is plausible, for a wall clock that is set
// wrong by years must neither stamp records nor delete any:
//
//   agrees ── wall clock jumps ──► waits: steady time goes on ── comes back ──► agrees
//                                     │ keeps its new time for `settleMs`, within `plausibleMs`
//                                     ├── ahead:  steps to it; records do not age by the step ──► agrees
//                                     └── behind: runs at half speed until the wall clock has caught up ──► agrees
//
// A jump by more than `plausibleMs` waits until somebody says that it is right (`accept`, when the
// log is opened). Time in which nobody had the log open counts as far as the wall clock went on by
// no more than that.
import type { Clock } from '../base/clock.ts'

/** The log's memory of its clock. */
export type LogClockState = {
  /** Both clocks at the same moment, epoch milliseconds. */
  readonly wallAt: number
  readonly logAt: number
  /** Since when by the log's time the wall clock is not believed; absent while it is. */
  readonly doubtedAt?: number | undefined
  readonly steps: readonly ClockStep[]
  /** Goes up with each step and each `accept`, so that openers side by side agree. */
  readonly era: number
}

/** Where the log's time and the age of records part, oldest first. Above 0: the log's time went on
 *  by that at `at`, and no record ages by it. Below 0: time that the log's did not pass at `at`, by
 *  which the records before it age. */
export type ClockStep = {
  readonly at: number
  readonly ms: number
  /** It stays when somebody accepts the wall clock. */
  readonly isAccepted?: boolean
  /** It goes as soon as the clocks agree. */
  readonly isDoubted?: boolean
}

export type LogClockOptions = {
  readonly wall: Clock
  readonly steady: Clock
  /** The state that was remembered; undefined for a log that never had a clock. */
  readonly stored: LogClockState | undefined
  /** The append time of the newest record; 0 when there is none. */
  readonly newestAt: number
  /** Believe the wall clock now, whatever it says. */
  readonly accept: boolean
  /** Told once how far the wall clock is ahead of the log's, or behind when negative. */
  readonly onJump: (ms: number) => void
}

export type LogClock = Clock & {
  /** The append time of a record that is `ms` old now. */
  agedAt(ms: number): number
  state(): LogClockState
  /** Takes over what another opener of the log has decided. */
  adopt(state: LogClockState): void
}

const dayMs = 86_400_000
/** Smaller differences are followed at once: time servers make them. */
export const toleranceMs = 2_000
export const settleMs = 600_000
export const plausibleMs = 30 * dayMs
/** Steps remembered one by one; older ones are put together, which keeps records longer rather than
 *  shorter. */
const stepsMax = 32

export function createLogClock({ wall, steady, stored, newestAt, accept, onJump }: LogClockOptions): LogClock {
  const opening = timeAtOpening(wall.now(), stored, newestAt)
  let steps = stored?.steps ?? stepsBeforeClock(wall.now(), newestAt)
  let era = stored?.era ?? 0
  /** The log's time at a moment of the steady clock, before any slewing. */
  let anchor = { steadyAt: steady.now(), logAt: opening.logAt }
  let { doubtedAt } = opening
  /** A deviation of the wall clock that is not believed yet, and since when. */
  let waiting: { readonly sinceAt: number; readonly ms: number } | undefined
  /** How far the log's time is held back by running at half speed, and since when it last was. */
  let heldBackMs = 0
  let slewingAt: number | undefined

  const agree = (logAt: number, steadyAt: number): void => {
    anchor = { steadyAt, logAt }
    waiting = undefined
    if (doubtedAt !== undefined) steps = steps.filter(({ isDoubted }) => isDoubted !== true)
    doubtedAt = undefined
    heldBackMs = 0
    slewingAt = undefined
  }

  const acceptWall = (wallAt: number): void => {
    steps = acceptedSteps(steps, { fromAt: anchor.logAt, toAt: wallAt, doubtedAt })
    era++
    agree(wallAt, anchor.steadyAt)
  }

  const stepTo = (wallAt: number, reckonedAt: number, steadyAt: number): void => {
    steps = merged([...steps, { at: reckonedAt, ms: wallAt - reckonedAt }])
    era++
    agree(wallAt, steadyAt)
  }

  /** The log's time while the wall clock is behind it, which it is for long enough to be
   *  believed. */
  const slewTo = (wallAt: number, reckonedAt: number, steadyAt: number): number => {
    heldBackMs += (steadyAt - (slewingAt ?? steadyAt)) / 2
    slewingAt = steadyAt
    if (reckonedAt - heldBackMs > wallAt) return reckonedAt - heldBackMs
    agree(wallAt, steadyAt)
    return wallAt
  }

  /** Holds the time back by no more than `mostMs` from now on. A record stamped while it was held
   *  back does not age by that. */
  const release = (mostMs: number, reckonedAt: number): void => {
    const ms = heldBackMs - mostMs
    if (ms <= 0) return
    steps = merged([...steps, { at: reckonedAt - heldBackMs, ms }])
    era++
    heldBackMs = mostMs
    slewingAt = undefined
  }

  const noteJump = (ms: number, reckonedAt: number, steadyAt: number): void => {
    waiting = { sinceAt: steadyAt, ms }
    doubtedAt ??= reckonedAt + 1
    slewingAt = undefined
    release(Math.max(0, -ms), reckonedAt)
    onJump(ms)
  }

  const now = (): number => {
    const wallAt = wall.now()
    const steadyAt = steady.now()
    const reckonedAt = anchor.logAt + steadyAt - anchor.steadyAt
    const ms = wallAt - reckonedAt
    if (Math.abs(ms) <= toleranceMs) {
      release(0, reckonedAt)
      agree(wallAt, steadyAt)
      return wallAt
    }
    if (waiting === undefined || Math.abs(waiting.ms - ms) > toleranceMs) noteJump(ms, reckonedAt, steadyAt)
    const isBelieved = steadyAt - (waiting?.sinceAt ?? steadyAt) >= settleMs && Math.abs(ms) <= plausibleMs
    if (!isBelieved) return reckonedAt - heldBackMs
    if (ms < 0) return slewTo(wallAt, reckonedAt, steadyAt)
    stepTo(wallAt, reckonedAt, steadyAt)
    return wallAt
  }

  if (accept) acceptWall(wall.now())
  return {
    now: () => Math.max(0, Math.floor(now())),
    agedAt: (ms) => {
      let aged = now() - ms
      for (const { at, ms: stepMs } of steps.toReversed()) {
        if (stepMs > 0 && aged < at + stepMs) aged -= stepMs
        if (stepMs < 0 && aged < at) aged = Math.min(at, aged - stepMs)
      }
      return aged
    },
    state: () => ({ logAt: now(), wallAt: wall.now(), doubtedAt, steps, era }),
    adopt: (state) => {
      steps = state.steps
      era = state.era
      agree(wall.now() - state.wallAt + state.logAt, steady.now())
      doubtedAt = state.doubtedAt
    },
  }
}

/** Where the log's time goes on. Either the wall clock is off by what it was off by before, or that
 *  has been put right meanwhile: of these two the one by which less time has passed, and no time
 *  when neither is plausible. */
function timeAtOpening(
  wallAt: number,
  stored: LogClockState | undefined,
  newestAt: number,
): { readonly logAt: number; readonly doubtedAt: number | undefined } {
  const lastAt = Math.max(stored?.logAt ?? 0, newestAt)
  if (lastAt === 0) return { logAt: wallAt, doubtedAt: undefined }
  const wasOffMs = stored === undefined ? 0 : stored.wallAt - stored.logAt
  const passedMs = [wallAt - wasOffMs - lastAt, wallAt - lastAt].filter((ms) => ms >= 0 && ms <= plausibleMs)
  return {
    logAt: lastAt + (passedMs.length === 0 ? 0 : Math.min(...passedMs)),
    doubtedAt: stored?.doubtedAt ?? lastAt + 1,
  }
}

/** A log that never had a clock may hold records of a wall clock that was set wrong once. While its
 *  newest is in the future, the others age by the wall clock. */
const stepsBeforeClock = (wallAt: number, newestAt: number): readonly ClockStep[] =>
  newestAt - wallAt > toleranceMs ? [{ at: wallAt, ms: newestAt - wallAt, isDoubted: true }] : []

type Acceptance = { readonly fromAt: number; readonly toAt: number; readonly doubtedAt: number | undefined }

/** The wall clock was right: what was appended before it was doubted ages by all of it, what was
 *  appended since does not. */
function acceptedSteps(steps: readonly ClockStep[], { fromAt, toAt, doubtedAt }: Acceptance): readonly ClockStep[] {
  const kept = steps.filter(({ isAccepted, at }) => isAccepted === true && at < toAt)
  const ms = toAt - fromAt
  if (ms <= 0 || doubtedAt === undefined) return kept
  return merged([...kept, { at: doubtedAt, ms: -ms, isAccepted: true }, { at: fromAt, ms, isAccepted: true }])
}

/** The oldest two as one, or one less, where there are too many: records before them seem younger
 *  than they are. */
function merged(steps: readonly ClockStep[]): readonly ClockStep[] {
  const [first, second, ...rest] = steps
  if (steps.length <= stepsMax || first === undefined || second === undefined) return steps
  if (first.ms < 0) return merged([second, ...rest])
  if (second.ms < 0) return merged([first, ...rest])
  return merged([{ at: second.at - first.ms, ms: first.ms + second.ms, isAccepted: true }, ...rest])
}
