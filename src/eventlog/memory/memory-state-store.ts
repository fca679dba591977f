// The state store of the log in memory. A commit checks the room first and then cannot fail, which
// makes it atomic.
import type { NewRecord, Position, Positions } from '../event-log.ts'
import type { StateStore } from '../state-store.ts'

type Task = {
  positions: Positions
  readonly entries: Map<string, Uint8Array>
  /** The keys in UTF-8 order, made when a range is asked for and dropped when a key comes or
   *  goes. */
  sortedKeys: string[] | undefined
}

type Room = {
  /** Throws Outage LOG_CLOSED once the log is closed. */
  refuseClosed(): void
  /** Appends the records and takes `extraBytes` more, or throws Outage LOG_FULL and does
   *  neither. */
  store(records: readonly NewRecord[], extraBytes: number): Position[]
  release(bytes: number): void
}

export function createMemoryStateStore(room: Room): StateStore {
  const tasks = new Map<string, Task>()

  const entryBytes = (key: string, value: Uint8Array | undefined): number =>
    value === undefined ? 0 : Buffer.byteLength(key) + value.byteLength

  const store = (task: string, positions: Positions, last: ReadonlyMap<string, Uint8Array | undefined>): void => {
    let found = tasks.get(task)
    if (found === undefined) tasks.set(task, (found = { positions: {}, entries: new Map(), sortedKeys: undefined }))
    found.positions = { ...positions }
    for (const [key, value] of last) {
      if (value === undefined || !found.entries.has(key)) found.sortedKeys = undefined
      if (value === undefined) found.entries.delete(key)
      else found.entries.set(key, new Uint8Array(value))
    }
  }

  return {
    positions: (task) => {
      room.refuseClosed()
      return { ...tasks.get(task)?.positions }
    },
    get: (task, key) => {
      room.refuseClosed()
      return tasks.get(task)?.entries.get(key)?.slice()
    },
    range: (task, prefix) => {
      room.refuseClosed()
      const found = tasks.get(task)
      if (found === undefined) return []
      found.sortedKeys ??= [...found.entries.keys()].sort(compareUtf8)
      const keys = found.sortedKeys.filter((key) => key.startsWith(prefix))
      return keys.map((key) => [key, found.entries.get(key)!.slice()] as const)
    },
    tasks: () => {
      room.refuseClosed()
      return [...tasks.keys()].sort(compareUtf8)
    },
    commit: async (commits, outputs) => {
      const changed = commits.map(({ task, positions, state }) => ({
        task,
        positions,
        last: new Map(state.map((change) => [change.key, change.value])),
      }))
      let growthBytes = 0
      for (const { task, last } of changed)
        for (const [key, value] of last)
          growthBytes += entryBytes(key, value) - entryBytes(key, tasks.get(task)?.entries.get(key))
      room.store(outputs, growthBytes)
      for (const { task, positions, last } of changed) store(task, positions, last)
    },
    clear: async (task) => {
      room.refuseClosed()
      for (const [key, value] of tasks.get(task)?.entries ?? []) room.release(entryBytes(key, value))
      tasks.delete(task)
    },
  }
}

/** The order of the UTF-8 bytes: that of code points, which UTF-16 units keep but for surrogates,
 *  which sort above U+E000. */
function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return left < 0xd800 || right < 0xd800 ? left - right : a.codePointAt(i)! - b.codePointAt(i)!
  }
  return a.length - b.length
}
