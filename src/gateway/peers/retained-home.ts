// Retained messages when there are several threads. Every thread has all of them in memory; each
// topic has a home thread, which orders its messages, stores them and tells the others, so that all
// threads and the store agree on which was the last, and on whether there was room for it.
import { Outage } from '../../base/errors.ts'
import type { StateChange } from '../../eventlog/state-store.ts'
import type { RetainedMessages } from '../routing/retained-messages.ts'
import type { RoutedMessage } from '../session/routed-message.ts'
import type { JournalChanges } from '../session/session-journal.ts'
import { decodeMessage, encodeMessage, type Clocks } from '../session/session-record.ts'
import type { Mesh } from './mesh.ts'

export interface RetainedHome extends Disposable {
  /** A thread publishes a retained message of a topic at home here: answered once it is stored. */
  keep(from: number, id: number, message: Uint8Array): void
  /** The home of its topic says that this is the last one now. */
  retained(message: Uint8Array): void
  /** One has expired; a message that replaced it meanwhile stays. */
  forget(topic: string): void
}

export type RetainedHomeOptions = {
  readonly mesh: Mesh
  readonly clocks: Clocks
  readonly retained: () => RetainedMessages
  readonly changes: () => Pick<JournalChanges, 'retained' | 'expired'>
  /** Stores in an order of its own, not behind what is being published: that may wait for this.
   *  Rejects with an Outage. */
  readonly commit: (changes: readonly StateChange[]) => Promise<unknown>
  readonly retryMs: number
  readonly countDropped: () => void
}

type Waiting = { readonly change: StateChange; readonly done: (() => void) | undefined }

export function createRetainedHome(options: RetainedHomeOptions): RetainedHome {
  const { mesh, clocks, retained, changes, commit, retryMs } = options
  let waiting: Waiting[] = []
  let isUnderWay = false
  let isStopped = false
  let retry: NodeJS.Timeout | undefined

  function store(): void {
    if (isUnderWay || waiting.length === 0 || isStopped) return
    isUnderWay = true
    const batch = waiting
    waiting = []
    attempt(batch)
  }

  function attempt(batch: readonly Waiting[]): void {
    commit(batch.map(({ change }) => change)).then(
      () => {
        // Who publishes waits for the slowest thread too, or else messages would pile up before it.
        mesh.whenHeard(mesh.others, () => {
          isUnderWay = false
          for (const { done } of batch) done?.()
          store()
        })
      },
      (error: unknown) => {
        if (!(error instanceof Outage)) throw error
        if (!isStopped) retry = setTimeout(() => attempt(batch), retryMs)
      },
    )
  }

  const emptied = (message: RoutedMessage): RoutedMessage => ({ ...message, payload: Buffer.alloc(0) })

  return {
    keep(from, id, bytes) {
      const message = decodeMessage(bytes, clocks)
      const fits = retained().put(message.levels, message)
      if (!fits) options.countDropped()
      // A message that does not fit takes the earlier one away all the same: it is no longer the
      // last word.
      const last = fits ? message : emptied(message)
      const told = fits ? bytes : encodeMessage(last, clocks)
      mesh.sendAll({ kind: 'retained', message: told }, told.byteLength)
      waiting.push({ change: changes().retained(last), done: () => mesh.send(from, { kind: 'kept', id }) })
      store()
    },
    retained(bytes) {
      const message = decodeMessage(bytes, clocks)
      retained().put(message.levels, message, true)
    },
    forget(topic) {
      if (mesh.homeOf(topic) !== mesh.self) return
      waiting.push({ change: changes().expired(topic), done: undefined })
      store()
    },
    [Symbol.dispose]() {
      isStopped = true
      clearTimeout(retry)
    },
  }
}
