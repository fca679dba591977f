// The live feed, off the page's thread: reads the event stream, keeps the cars, and hands the page
// a filled buffer for each tick. When the page is busy, ticks are joined instead of queued.
import type { LiveEvents } from '../../../src/api/contract.ts'
import { carStride } from './car-columns.ts'
import { createCarTable } from './car-table.ts'
import { createFrameBuffers } from './frame-buffers.ts'
import { feedLimits, initialFeed, nextFeed, type FeedEvent, type FeedState, type LostReason } from './feed-state.ts'
import { createSseParser, type SseEvent } from './sse-parser.ts'
import type { FromWorker, ToWorker } from './worker-protocol.ts'

type WorkerScope = {
  postMessage(message: FromWorker, transfer?: readonly Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void
}
const scope = globalThis as unknown as WorkerScope

const table = createCarTable(Date.now())
const recountMs = 1000

let feed: FeedState = initialFeed
let url = ''
let token: string | undefined
let lastEventId = ''
let abort: AbortController | undefined
let retryTimer: ReturnType<typeof setTimeout> | undefined
let silenceTimer: ReturnType<typeof setTimeout> | undefined
const buffers = createFrameBuffers()
let tickWaits = false
let reports: { at: number; count: number }[] = []

function step(event: FeedEvent): void {
  const before = feed
  feed = nextFeed(before, event)
  if (feed === before) return
  // `heard` changes only the instant, many times a second: the page learns it once a second.
  if (event.kind !== 'heard') scope.postMessage({ kind: 'feed', state: feed })
  if (feed.kind === before.kind) return
  clearTimeout(retryTimer)
  if (feed.kind !== 'live') clearTimeout(silenceTimer)
  if (feed.kind === 'connecting') void connect()
  else if (feed.kind === 'waiting') retryTimer = setTimeout(() => step({ kind: 'due' }), feed.retryAt - Date.now())
  else if (feed.kind === 'closed') abort?.abort()
}

const lost = (reason: LostReason): void => step({ kind: 'lost', at: Date.now(), reason, random: Math.random() })

function heard(): void {
  step({ kind: 'heard', at: Date.now() })
  clearTimeout(silenceTimer)
  silenceTimer = setTimeout(() => {
    lost('silent')
    abort?.abort()
  }, feedLimits.silenceMs)
}

async function connect(): Promise<void> {
  abort?.abort()
  const mine = new AbortController()
  abort = mine
  try {
    const headers: Record<string, string> = { accept: 'text/event-stream' }
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    if (lastEventId !== '') headers['last-event-id'] = lastEventId
    const response = await fetch(url, { headers, signal: mine.signal, cache: 'no-store' })
    if (response.status === 401) return step({ kind: 'refused' })
    if (!response.ok || response.body === null) return lost('refused')
    table.forgetNumbers()
    step({ kind: 'opened', at: Date.now() })
    heard()
    const parser = createSseParser(take, lastEventId)
    const text = response.body.pipeThrough(new TextDecoderStream())
    for await (const piece of text as unknown as AsyncIterable<string>) {
      heard()
      parser.push(piece)
      lastEventId = parser.lastEventId()
    }
    if (abort === mine) lost('ended')
  } catch (error) {
    // A network that fails throws a TypeError or, when we end it, a DOMException. All else is a
    // fault of ours and must not look like one of the network.
    if (!(error instanceof TypeError || error instanceof DOMException)) reportError(error)
    if (abort === mine) lost('unreachable')
  }
}

function take({ event, data }: SseEvent): void {
  if (event === 'positions') {
    const positions = JSON.parse(data) as LiveEvents['positions']
    table.apply(positions, Date.now())
    reports.push({ at: Date.now(), count: positions.number.length })
    tick()
  } else if (event === 'alert') scope.postMessage({ kind: 'alert', ...(JSON.parse(data) as LiveEvents['alert']) })
  else if (event === 'trip') scope.postMessage({ kind: 'trip', ...(JSON.parse(data) as LiveEvents['trip']) })
  else if (event === 'reset') scope.postMessage({ kind: 'reset' })
}

function tick(): void {
  const { floats, count, epochAt } = table.frame()
  const target = buffers.take(count * carStride)
  if (target === undefined) {
    tickWaits = true
    return
  }
  tickWaits = false
  const nowAt = Date.now()
  const counts = table.count(nowAt)
  new Float32Array(target).set(floats.subarray(0, count * carStride))
  const message: FromWorker = {
    kind: 'tick',
    buffer: target,
    count,
    epochAt,
    counts,
    anew: table.takeAnew(),
    names: table.takeNames(),
    reportsPerSecond: rate(nowAt),
  }
  scope.postMessage(message, [target])
}

function rate(nowAt: number): number {
  const windowMs = 4000
  reports = reports.filter(({ at }) => at > nowAt - windowMs)
  return reports.reduce((sum, { count }) => sum + count, 0) / (windowMs / 1000)
}

scope.addEventListener('message', ({ data }) => {
  switch (data.kind) {
    case 'start':
      url = data.url
      token = data.token
      return step({ kind: 'start' })
    case 'stop':
      return step({ kind: 'stop' })
    case 'hurry':
      return step({ kind: 'due' })
    case 'filter':
      table.setFilter(data.filter)
      return tick()
    case 'spent':
      buffers.giveBack(data.buffer)
      if (tickWaits) tick()
  }
})

// Cars fall silent without any event: counts and filter follow the clock.
setInterval(() => {
  if (feed.kind === 'live') scope.postMessage({ kind: 'feed', state: feed })
  if (table.frame().count > 0) tick()
}, recountMs)
