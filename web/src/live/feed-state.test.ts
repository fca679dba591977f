import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionOf, feedLimits, initialFeed, nextFeed, type FeedEvent, type FeedState } from './feed-state.ts'

const after = (state: FeedState, ...events: readonly FeedEvent[]): FeedState => events.reduce(nextFeed, state)
const start: FeedEvent = { kind: 'start' }
const opened = (at: number): FeedEvent => ({ kind: 'opened', at })
const lost = (at: number, random = 0): FeedEvent => ({ kind: 'lost', at, reason: 'ended', random })

test('a feed connects, lives, is lost, waits, and connects again', () => {
  const live = after(initialFeed, start, opened(100), { kind: 'heard', at: 200 })
  assert.deepEqual(live, { kind: 'live', heardAt: 200 })
  const waiting = after(live, lost(300))
  assert.deepEqual(waiting, {
    kind: 'waiting',
    attempt: 1,
    heardAt: 200,
    retryAt: 300 + feedLimits.firstRetryMs / 2,
    reason: 'ended',
  })
  assert.deepEqual(after(waiting, { kind: 'due' }), { kind: 'connecting', attempt: 1, heardAt: 200 })
})

test('waits double up to a bound and are spread; a connection that lived begins anew', () => {
  let state = after(initialFeed, start)
  const waits: number[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    state = after(state, lost(0, 0.999_999))
    assert.equal(state.kind, 'waiting')
    waits.push(state.kind === 'waiting' ? Math.round(state.retryAt) : -1)
    state = after(state, { kind: 'due' })
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  const again = after(state, opened(1), lost(2, 0))
  assert.equal(again.kind === 'waiting' && again.retryAt, 2 + feedLimits.firstRetryMs / 2)
})

test('a lost session ends it, and no late word of an old connection wakes it', () => {
  const closed = after(initialFeed, start, { kind: 'refused' })
  assert.equal(closed.kind, 'closed')
  assert.equal(after(closed, lost(5), { kind: 'due' }, opened(6), { kind: 'heard', at: 7 }), closed)
  assert.equal(after(closed, start).kind, 'connecting')
})

test('a second loss of the same connection changes nothing', () => {
  const waiting = after(initialFeed, start, opened(1), lost(2))
  assert.equal(after(waiting, lost(3)), waiting)
})

test('what a person is told: reconnecting while data is fresh, offline when it is old or the network is down', () => {
  const waiting = after(initialFeed, start, opened(1000), lost(2000))
  assert.equal(connectionOf(waiting, 3000, true).level, 'reconnecting')
  assert.equal(connectionOf(waiting, 3000, false).level, 'offline')
  assert.equal(connectionOf(waiting, 1001 + feedLimits.silenceMs, true).level, 'offline')
  assert.deepEqual(connectionOf(waiting, 3000, true).heardAt, 1000)
  assert.equal(connectionOf(after(initialFeed, start), 0, true).level, 'connecting')
})
