// The page's end of the live feed: the newest frame of cars, who is in which slot, and what the
// connection is doing. A tick costs the page a swap of two buffers; what draws reads `frame` when
// it draws.
import type { Alert, Trip } from '../../../src/api/contract.ts'
import type { CarFrame, CarNow } from './car-columns.ts'
import { carAt } from './car-columns.ts'
import type { CarCounts, CarFilter } from './car-table.ts'
import { connectionOf, initialFeed, type Connection, type FeedState } from './feed-state.ts'
import { createStore, type Store } from './store.ts'
import type { FromWorker, ToWorker } from './worker-protocol.ts'

export type LiveSummary = CarCounts & { readonly reportsPerSecond: number }
export type LiveNews =
  | { readonly kind: 'alert'; readonly id: string; readonly alert: Alert | null }
  | { readonly kind: 'trip'; readonly id: string; readonly trip: Trip | null }
  | { readonly kind: 'reset' }
  | { readonly kind: 'signed-out' }

export type LiveClient = {
  readonly connection: Store<Connection>
  /** Null until the first tick. */
  readonly summary: Store<LiveSummary | null>
  frame(): CarFrame | null
  /** Script time of the last tick so far, in ms; what draws adds its own with `spend`. */
  spend(sinceMs: number): void
  slotOf(vehicle: string): number | undefined
  vehicleIn(slot: number): string | undefined
  now(vehicle: string): CarNow | undefined
  /** Vehicles seen on the feed whose id contains `text`, at most `limit`. */
  search(text: string, limit: number): readonly string[]
  setFilter(filter: CarFilter): void
  onTick(listener: () => void): () => void
  onNews(listener: (news: LiveNews) => void): () => void
  close(): void
}

const summaryMs = 500
/** Measures kept before the list is emptied. */
const measuresMax = 2000

/** With a `token` it comes as who has that, whoever is signed in. */
export function openLiveClient(url: string, token?: string): LiveClient {
  const worker = new Worker(new URL('./live-worker.ts', import.meta.url), { type: 'module', name: 'live' })
  const send = (message: ToWorker, transfer: Transferable[] = []): void => worker.postMessage(message, transfer)
  const connection = createStore<Connection>({ level: 'connecting', heardAt: null })
  const summary = createStore<LiveSummary | null>(null)
  const tickListeners = new Set<() => void>()
  const newsListeners = new Set<(news: LiveNews) => void>()
  const names: string[] = []
  const slots = new Map<string, number>()
  let feed: FeedState = initialFeed
  let frame: CarFrame | null = null
  let tick: { startMs: number; spentMs: number } | undefined
  let summaryAt = 0
  let measures = 0

  const tell = (news: LiveNews): void => newsListeners.forEach((listener) => listener(news))
  const refresh = (): void => {
    const next = connectionOf(feed, Date.now(), navigator.onLine)
    const { level, heardAt } = connection.get()
    if (next.level !== level || next.heardAt !== heardAt) connection.set(next)
  }
  const online = (): void => {
    send({ kind: 'hurry' })
    refresh()
  }
  const seen = (): void => {
    if (document.visibilityState === 'visible') send({ kind: 'hurry' })
  }

  function takeTick(message: Extract<FromWorker, { kind: 'tick' }>): void {
    finishTick()
    const startMs = performance.now()
    const spent = frame
    frame = { floats: new Float32Array(message.buffer), count: message.count, epochAt: message.epochAt }
    if (spent !== null)
      send({ kind: 'spent', buffer: spent.floats.buffer as ArrayBuffer }, [spent.floats.buffer as ArrayBuffer])
    if (message.anew) {
      names.length = 0
      slots.clear()
    }
    for (const [slot, vehicle] of message.names) {
      names[slot] = vehicle
      slots.set(vehicle, slot)
    }
    for (const listener of tickListeners) listener()
    if (startMs - summaryAt > summaryMs) {
      summaryAt = startMs
      summary.set({ ...message.counts, reportsPerSecond: message.reportsPerSecond })
    }
    tick = { startMs, spentMs: performance.now() - startMs }
  }

  /** One measure a tick: the swap, the listeners and the upload to the GPU together. */
  function finishTick(): void {
    if (tick === undefined) return
    performance.measure('cars-tick', { start: tick.startMs, duration: tick.spentMs })
    tick = undefined
    if (++measures % measuresMax === 0) performance.clearMeasures('cars-tick')
  }

  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'tick') return takeTick(data)
    if (data.kind !== 'feed') return tell(data)
    const wasOpen = feed.kind !== 'closed'
    feed = data.state
    refresh()
    if (feed.kind === 'closed' && feed.reason === 'signed-out' && wasOpen) tell({ kind: 'signed-out' })
  })
  addEventListener('online', online)
  addEventListener('offline', refresh)
  document.addEventListener('visibilitychange', seen)
  const timer = setInterval(refresh, 1000)
  send({ kind: 'start', url, token })

  return {
    connection,
    summary,
    frame: () => frame,
    spend(sinceMs) {
      if (tick !== undefined) tick.spentMs += performance.now() - sinceMs
    },
    slotOf: (vehicle) => slots.get(vehicle),
    vehicleIn: (slot) => names[slot],
    now(vehicle) {
      const slot = slots.get(vehicle)
      return slot === undefined || frame === null ? undefined : carAt(frame, slot, Date.now())
    },
    search(text, limit) {
      const wanted = text.trim().toLowerCase()
      const found: string[] = []
      for (const name of names) {
        if (name?.toLowerCase().includes(wanted)) found.push(name)
        if (found.length === limit) break
      }
      return found
    },
    setFilter: (filter) => send({ kind: 'filter', filter }),
    onTick(listener) {
      tickListeners.add(listener)
      return () => tickListeners.delete(listener)
    },
    onNews(listener) {
      newsListeners.add(listener)
      return () => newsListeners.delete(listener)
    },
    close() {
      clearInterval(timer)
      removeEventListener('online', online)
      removeEventListener('offline', refresh)
      document.removeEventListener('visibilitychange', seen)
      worker.terminate()
    },
  }
}
