// Which partitions are derived here, where several processes share them. Who has one is decided by
// the state store: it refuses a commit for a partition that another process has taken since
// (`isTaken`). A share only says which to take, so a wrong one costs work and no result.
//
//   given ──► state at hand, tasks opened ──► rounds ──► no longer given ──► saved ──► left
//                                                └── a commit refused: dropped, as it is another's ──► left

export type Share = {
  /** The partitions that are this process's and whose state is at hand, each with its turn. Another
   *  turn of a partition is one before which others may have had it; a commit that is refused ends
   *  the turn. Throws when nothing can be given any more. */
  given(): ReadonlyMap<number, number>
  /** Nothing more is committed for a partition in the turn it was given; called once a turn. */
  left(partition: number): Promise<void>
  /** Resolves when `given` may say something else, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void>
}

/** All the partitions there are, or those named, for good. */
export function shareOf(partitions: Iterable<number>): Share {
  const given = new Map(Array.from(partitions, (partition) => [partition, 0]))
  return {
    given: () => given,
    left: async () => {},
    changed: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  }
}
