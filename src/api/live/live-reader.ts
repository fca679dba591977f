// One reader of the live feed: what it follows, and the way to it. Events a busy reader has not got
// wait in the log, not here; a reader that has taken nothing for too long is dropped, so that it
// costs neither memory nor the others' time. It may come back and resume.
import type { Clock } from '../../base/clock.ts'
import type { LiveLimits } from './live-limits.ts'
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

export type LiveReader = {
  readonly tenant: string
  readonly user: string
  readonly feeds: ReadonlySet<LiveFeed>
  /** Whether whoever reads may still; asked at every heartbeat. */
  allowed(): boolean
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

export type CloseReason = 'too-slow' | 'signed-out' | 'shutdown' | 'left'

export function createLiveReader(
  about: Pick<LiveReader, 'tenant' | 'user' | 'feeds' | 'allowed'>,
  sink: Sink,
  clock: Clock,
  limits: Pick<LiveLimits, 'bufferBytesMax' | 'blockedMs'>,
  closed: (reason: CloseReason) => void,
): LiveReader {
  let blockedAt: number | undefined
  let open = true
  const close = (reason: CloseReason): void => {
    if (!open) return
    open = false
    if (reason === 'too-slow') sink.destroy()
    else sink.end()
    closed(reason)
  }
  return {
    ...about,
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
