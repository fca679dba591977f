// Turns of clients that have something unsent: written at the end of a tick, after all sockets that
// had something to read were read. A notice to every car is written to some of them at a time,
// first come first served, so that whoever speaks meanwhile is heard.
export type Flushes = {
  /** Gives the client a turn; not asked for again until it was flushed. */
  add(client: Flushed): void
  /** Flushes some of them, and asks for the end of another tick where there are more. */
  take(): void
}

export type Flushed = {
  /** Writes what is unsent, and gives how many bytes that were. */
  flush(): number
}

/** To a socket of this machine, some milliseconds each. */
export const atOnce = { clients: 500, bytes: 4 * 1024 * 1024 } as const

/** `wake` has `take` called at the end of this tick, or of the next when it is asked at the end of
 *  one. */
export function createFlushes(wake: () => void): Flushes {
  let unsent: Flushed[] = []
  return {
    add(client) {
      unsent.push(client)
      wake()
    },
    take() {
      let count = 0
      for (let bytes = 0; count < unsent.length && count < atOnce.clients && bytes < atOnce.bytes; count++)
        bytes += unsent[count]!.flush()
      unsent = count === unsent.length ? [] : unsent.slice(count)
      if (unsent.length > 0) wake()
    },
  }
}
