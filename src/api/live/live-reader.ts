// One reader of the live feed: what it follows, and the way to it. Events a busy reader has not got
// wait in the log, not here; a reader that has taken nothing for too long is dropped, so that it
// costs neither memory nor the others' time. It may come back and resume.
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { LiveLimits } from './live-limits.ts'
import type { LiveSights } from './live-sights.ts'
import type { ResumableFeed } from './resume-point.ts'

export type LiveFeed = ResumableFeed | 'positions'
export const liveFeeds: readonly LiveFeed[] = ['positions', 'alert', 'trip']

/** Where text goes: the response of a request. */
export type Sink = {
  /** False when it now holds more than the socket takes at once; `LiveReader.drained` is called
   *  when it is empty again. */
  write(text: string): boolean
  bufferedBytes(): number
  end(): void
  destroy(): void
}

export type FollowerOf = {
  readonly tenant: string
  readonly user: string
  readonly feeds: ReadonlySet<LiveFeed>
  /** Its parts of the tenant when it joins. */
  readonly sights: LiveSights
  /** Asks anew what it may be told of; undefined: it is no longer let in. Rejects with an Outage
   *  when that cannot be found out now. */
  ask(): Promise<LiveSights | undefined>
}

export type LiveReader = FollowerOf & {
  /** As they were when they were last found out. */
  readonly sights: LiveSights
  /** Asks anew, and closes it when it is not let in, may follow nothing any more, or nobody could
   *  tell for too long. */
  review(): Promise<void>
  send(text: string): void
  /** Has unsent bytes: what can wait should. */
  isBlocked(): boolean
  drained(): void
  /** Drops it when it has been blocked for too long. */
  check(): void
  /** `end` lets what is buffered go out first. */
  close(reason: CloseReason): void
  isClosed(): boolean
}

export type CloseReason = 'too-slow' | 'signed-out' | 'not-allowed' | 'unconfirmed' | 'shutdown' | 'left'

export function createLiveReader(
  about: FollowerOf,
  sink: Sink,
  clock: Clock,
  limits: Pick<LiveLimits, 'bufferBytesMax' | 'blockedMs' | 'unconfirmedMs'>,
  closed: (reason: CloseReason) => void,
): LiveReader {
  let blockedAt: number | undefined
  let open = true
  let { sights } = about
  let confirmedAt = clock.now()
  const close = (reason: CloseReason): void => {
    if (!open) return
    open = false
    if (reason === 'too-slow') sink.destroy()
    else sink.end()
    closed(reason)
  }
  return {
    ...about,
    get sights() {
      return sights
    },
    async review() {
      try {
        const found = await about.ask()
        if (found === undefined) return close('signed-out')
        if (![...about.feeds].some((feed) => found[feed] !== undefined)) return close('not-allowed')
        sights = found
        confirmedAt = clock.now()
      } catch (error) {
        if (!(error instanceof Outage)) throw error
        if (clock.now() - confirmedAt > limits.unconfirmedMs) close('unconfirmed')
      }
    },
    close,
    isBlocked: () => blockedAt !== undefined,
    isClosed: () => !open,
    send(text) {
      if (!open) return
      if (!sink.write(text)) blockedAt ??= clock.now()
      if (blockedAt !== undefined && sink.bufferedBytes() > limits.bufferBytesMax) close('too-slow')
    },
    drained() {
      blockedAt = undefined
    },
    check() {
      if (blockedAt !== undefined && clock.now() - blockedAt > limits.blockedMs) close('too-slow')
    },
  }
}
