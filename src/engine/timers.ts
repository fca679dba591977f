// Which keys are to be looked at when: one instant for each key, the earliest asked for stands
// until it fires. However far time jumps, a key fires once. A binary heap in which a replaced entry
// stays until it surfaces and is then dropped.

type Entry = { readonly at: number; readonly key: string }

export interface Timers {
  /** Asks for `key` to fire at `at`; does nothing when it is already due earlier. True when the
   *  timer is new or earlier. */
  ask(key: string, at: number): boolean
  /** The keys due at `until`, earliest first, equal ones by key; at most `limit`. They stand no
   *  longer. */
  fire(until: number, limit: number): string[]
  /** The earliest timer; undefined when there is none. */
  nextAt(): number | undefined
}

export function createTimers(): Timers {
  const due = new Map<string, number>()
  const heap: Entry[] = []

  const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.key < b.key)

  const push = (entry: Entry): void => {
    let child = heap.push(entry) - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!before(entry, heap[parent]!)) break
      heap[child] = heap[parent]!
      child = parent
    }
    heap[child] = entry
  }

  const pop = (): void => {
    const last = heap.pop()!
    if (heap.length === 0) return
    let parent = 0
    for (;;) {
      let child = 2 * parent + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
      if (!before(heap[child]!, last)) break
      heap[parent] = heap[child]!
      parent = child
    }
    heap[parent] = last
  }

  /** The earliest entry that still stands. */
  const peek = (): Entry | undefined => {
    while (heap[0] !== undefined && due.get(heap[0].key) !== heap[0].at) pop()
    return heap[0]
  }

  return {
    ask(key, at) {
      const standing = due.get(key)
      if (standing !== undefined && standing <= at) return false
      due.set(key, at)
      push({ at, key })
      return true
    },
    fire(until, limit) {
      const keys: string[] = []
      for (let top = peek(); top !== undefined && top.at <= until && keys.length < limit; top = peek()) {
        pop()
        due.delete(top.key)
        keys.push(top.key)
      }
      return keys
    },
    nextAt: () => peek()?.at,
  }
}
