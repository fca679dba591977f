// Work at the end of a tick, after all sockets that had something to read were read: an
// append begins, and what is unsent is written. A notice to every car is written to some of them at
// a time, first come first served, so that whoever speaks meanwhile is heard.
import { onceATick } from '../base/once-a-tick.ts'

export type EndOfTick = {
  /** Something may be there to store. */
  wake(): void
  /** A client has something unsent; not asked for again until it was flushed. */
  wakeFor(client: Flushed): void
}

export type Flushed = {
  /** Writes what is unsent, and gives how many bytes that were. */
  flush(): number
}

/** To a socket of this machine, some milliseconds each. */
export const atOnce = { clients: 500, bytes: 4 * 1024 * 1024 } as const

/** `nextTick` runs what it is given at the end of this tick, or of the next when it is asked at the
 *  end of one. */
export function createEndOfTick(pump: () => void, nextTick: (run: () => void) => unknown = setImmediate): EndOfTick {
  let unsent: Flushed[] = []
  const wake = onceATick(() => {
    pump()
    flushSome()
  }, nextTick)

  function flushSome(): void {
    let count = 0
    for (let bytes = 0; count < unsent.length && count < atOnce.clients && bytes < atOnce.bytes; count++)
      bytes += unsent[count]!.flush()
    unsent = count === unsent.length ? [] : unsent.slice(count)
    if (unsent.length > 0) wake()
  }

  return {
    wake,
    wakeFor(client) {
      unsent.push(client)
      wake()
    },
  }
}
