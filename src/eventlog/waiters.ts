// Those who wait for something to be appended. Each waiter is woken at most once, and nothing of it
// is left afterwards: neither its timer nor its listener on the signal.
import type { Topic } from './event-log.ts'

export type Waiters = {
  /** Resolves on `wake` of one of the topics, on abort, or after `timeoutMs`, whichever is
   *  first. */
  wait(topics: readonly Topic[], signal: AbortSignal, timeoutMs: number): Promise<void>
  wake(topics: ReadonlySet<Topic>): void
  wakeAll(): void
  /** The topics someone waits for now. */
  topics(): Set<Topic>
}

type Waiter = { readonly topics: readonly Topic[]; readonly done: () => void }

/** `changed` is called when the first waiter comes and when the last one goes. */
export function createWaiters(changed: (someoneWaits: boolean) => void = () => {}): Waiters {
  const waiting = new Set<Waiter>()

  return {
    wait: (topics, signal, timeoutMs) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve()
          return
        }
        const waiter: Waiter = {
          topics,
          done: () => {
            if (!waiting.delete(waiter)) return
            clearTimeout(timer)
            signal.removeEventListener('abort', waiter.done)
            if (waiting.size === 0) changed(false)
            resolve()
          },
        }
        const timer = setTimeout(waiter.done, timeoutMs)
        signal.addEventListener('abort', waiter.done)
        waiting.add(waiter)
        if (waiting.size === 1) changed(true)
      }),
    wake: (topics) => {
      for (const waiter of waiting) if (waiter.topics.some((topic) => topics.has(topic))) waiter.done()
    },
    wakeAll: () => {
      for (const waiter of waiting) waiter.done()
    },
    topics: () => new Set([...waiting].flatMap((waiter) => waiter.topics)),
  }
}
