// Who waits for the log to grow hears of it from three sides: this thread's own commits; a
// BroadcastChannel from other threads of this process; and a slow look at the bounds for other
// processes. None keeps the process alive.
import { BroadcastChannel } from 'node:worker_threads'
import type { Topic } from '../event-log.ts'
import { createWaiters } from '../waiters.ts'
import type { Environment } from './environment.ts'
import { loadBounds, recordsEver } from './topic-bounds.ts'
import type { TopicRegistry } from './topic-registry.ts'

export type Growth = {
  /** As EventLog.appended. */
  wait(topics: readonly Topic[], signal: AbortSignal, timeoutMs: number): Promise<void>
  /** Tells this thread and the others that these topics grew. */
  announce(topics: ReadonlySet<Topic>): void
  close(): void
}

export type GrowthOptions = { readonly env: Environment; readonly topics: TopicRegistry; readonly pollMs: number }

export function watchGrowth({ env, topics: registry, pollMs }: GrowthOptions): Growth {
  const channel = new BroadcastChannel(`roadstream event log ${env.dir}`)
  /** How much each topic held when its waiters came. */
  const seen = new Map<Topic, number>()
  let timer: NodeJS.Timeout | undefined

  const waiters = createWaiters((someoneWaits) => {
    clearInterval(timer)
    if (someoneWaits) timer = setInterval(look, pollMs).unref()
  })

  const look = (): void => {
    env.refresh()
    for (const topic of waiters.topics()) lookAt(topic)
  }

  const lookAt = (topic: Topic): void => {
    const records = recordsEver(loadBounds(env, registry.of(topic)))
    const before = seen.get(topic)
    seen.set(topic, records)
    if (before !== undefined && records > before) waiters.wake(new Set([topic]))
  }

  channel.addEventListener('message', (event) => {
    if (event instanceof MessageEvent) waiters.wake(new Set(event.data))
  })
  channel.unref()

  return {
    wait: (topics, signal, timeoutMs) => {
      // In the snapshot the caller has just read, when it did not await since: what came after that
      // read wakes it.
      env.refresh()
      topics.forEach(lookAt)
      return waiters.wait(topics, signal, timeoutMs)
    },
    announce: (topics) => {
      if (topics.size === 0) return
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel between threads has no origin
      channel.postMessage([...topics])
      waiters.wake(topics)
    },
    close: () => {
      channel.close()
      waiters.wakeAll()
    },
  }
}
