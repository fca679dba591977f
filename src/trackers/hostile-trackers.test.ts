// Trackers that are slow, fast, cut or made up: what they cost is bounded, and others do not
// notice.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { until } from '../gateway/gateway.testing.ts'
import { frameOf, imei, login, RawTracker } from './tracker.testing.ts'
import { trackerLimits } from './tracker-limits.ts'
import { openTestTrackers, otherImei } from './listener.testing.ts'

const { loginTimeoutMs, packetTimeoutMs, silenceTimeoutMs, storeTimeoutMs } = trackerLimits

/** Writes in these pieces, each on its way before the next. */
async function sendInPieces(tracker: RawTracker, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  for (const [index, end] of at.slice(1).entries()) {
    await new Promise((resolve) => tracker.socket.write(bytes.subarray(at[index], end), resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('wherever the network cuts them, packets are stored whole and answered each in its turn', async () => {
  await using it = await openTestTrackers()
  let stored = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      async (counts, cuts) => {
        const tracker = it.connect()
        const frames = counts.map((count, index) =>
          frameOf(Array.from({ length: count }, (_, number) => index * 10 + number)),
        )
        await sendInPieces(tracker, Buffer.concat([login(imei), ...frames]), cuts)
        assert.deepEqual(await tracker.heard(1), Buffer.of(1))
        for (const count of counts) assert.equal(await tracker.answer(), count)
        const all = await it.stored()
        assert.deepEqual(
          all.slice(stored).map(({ payload }) => Buffer.from(payload).toString('hex')),
          frames.map((frame) => frame.toString('hex')),
        )
        stored = all.length
        tracker.socket.destroy()
      },
    ),
    { numRuns: 40 },
  )
})

test('a tracker whose connection breaks at any byte has nothing stored that is not whole, and sends it again', async () => {
  await using it = await openTestTrackers()
  const stream = Buffer.concat([login(imei), frameOf([1, 2])])
  for (let length = 0; length <= stream.length; length += 1) {
    const tracker = it.connect()
    await once(tracker.socket, 'connect')
    tracker.socket.end(stream.subarray(0, length))
    await tracker.closed()
  }
  await until('all of them are gone', async () => (await it.metric('')) === 0)
  assert.deepEqual(
    (await it.stored()).map(({ payload }) => Buffer.from(payload)),
    [frameOf([1, 2])],
  )
  assert.deepEqual(await it.letters(), [])
})

test('whatever bytes come, the listener goes on, and stores only what is a packet', async () => {
  await using it = await openTestTrackers()
  const good = it.connect()
  await good.logIn(otherImei)
  const frame = frameOf([1, 2, 3])
  const changed = fc
    .tuple(fc.nat(frame.length - 1), fc.nat(255))
    .map(([at, value]) => Buffer.from(frame).fill(value, at, at + 1))
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), changed, fc.constant(frame), fc.constant(login(imei)))
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(bytes, { maxLength: 4 }), async (logsIn, parts) => {
      const tracker = it.connect()
      await once(tracker.socket, 'connect')
      tracker.socket.end(Buffer.concat([...(logsIn ? [login(imei)] : []), ...parts]))
      await tracker.closed()
      good.send(frame)
      assert.equal(await good.answer(), 3)
    }),
    { numRuns: 150 },
  )
  for (const { payload, sender } of await it.stored())
    assert.ok([imei, otherImei].includes(sender) && Buffer.from(payload).equals(frame))
})

test('whoever is slow to say who it is, or to end a packet, is gone, whatever it sends meanwhile; a silent tracker has longer', async () => {
  await using it = await openTestTrackers({ limits: { strangers: 3 } })
  const stranger = it.connect()
  stranger.send(login(imei).subarray(0, 3))
  const slow = it.connect()
  await slow.logIn()
  const silent = it.connect()
  await silent.logIn(otherImei)
  slow.send(frameOf([1]).subarray(0, 5))
  await until('all have been heard', async () => (await it.metric('')) === 2)
  // Bytes that come all the while move nothing.
  const drip = (async () => {
    for (const byte of login(imei).subarray(3, -1)) {
      stranger.send(Buffer.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  await drip
  it.advance(loginTimeoutMs)
  await stranger.closed()
  assert.equal(await it.metric('_ended_total{why="login-timeout"}'), 1)
  assert.equal(slow.isClosed, false)
  slow.send(frameOf([1]).subarray(5, 9))
  it.advance(packetTimeoutMs - loginTimeoutMs)
  await slow.closed()
  assert.equal(await it.metric('_ended_total{why="packet-timeout"}'), 1)
  silent.send(frameOf([1]))
  assert.equal(await silent.answer(), 1)
  it.advance(silenceTimeoutMs - 1)
  silent.send(frameOf([2]))
  assert.equal(await silent.answer(), 1)
  it.advance(silenceTimeoutMs - 1)
  // A ping is enough to stay. It is read by the time that what another tracker sent later is
  // stored.
  silent.send(Buffer.of(0xff))
  const other = it.connect()
  await other.logIn()
  other.send(frameOf([9]))
  assert.equal(await other.answer(), 1)
  other.socket.destroy()
  await until('it is gone', async () => (await it.metric('')) === 1)
  it.advance(silenceTimeoutMs - 1)
  silent.send(frameOf([3]))
  assert.equal(await silent.answer(), 1)
  it.advance(silenceTimeoutMs)
  await silent.closed()
  assert.equal(await it.metric('_ended_total{why="silent"}'), 1)
  assert.equal((await it.letters()).length, 0)
})

test('there is room for so many strangers and so many connections, and who has said who it is leaves room', async () => {
  await using it = await openTestTrackers({ limits: { strangers: 2, connections: 3 } })
  const strangers = [it.connect(), it.connect()]
  for (const stranger of strangers) stranger.send(Buffer.of(0))
  await until('both are in', async () => {
    const third = new RawTracker(it.port)
    await third.closed()
    return (await it.metric('_ended_total{why="too-many"}')) > 0
  })
  strangers[0]!.send(login(imei).subarray(1))
  assert.deepEqual(await strangers[0]!.heard(1), Buffer.of(1))
  assert.equal(await it.connect().logIn(otherImei), 1)
  // Three connections: the two, and the other stranger.
  assert.equal(await it.connect().logIn(otherImei), undefined)
  strangers[1]!.socket.destroy()
  await until('it is gone, and there is room', async () => (await it.connect().logIn(otherImei)) === 1)
})

test('a tracker above its rate is not read for a while, through new connections as well, and loses nothing', async () => {
  await using it = await openTestTrackers({ rates: { connectionBytesPerS: 100, rateBurstMs: 10_000, ratePaceMs: 1 } })
  const frame = frameOf(Array.from({ length: 20 }, (_, number) => number))
  const tracker = it.connect()
  await tracker.logIn()
  tracker.send(frame)
  await until('it is held', async () =>
    (await it.metric('_held_total{reason="connection-rate"}')) === 0 ? (tracker.send(frame), false) : true,
  )
  const taken = (await it.stored()).length
  const again = it.connect()
  await again.logIn()
  again.send(frame)
  await until('it is held again', async () => (await it.metric('_held_total{reason="connection-rate"}')) === 2)
  assert.equal((await it.stored()).length, taken)
  it.advance(60_000)
  assert.equal(await again.answer(), 20)
})

test('what cannot be read costs more of the rate: dead letters do not fill the log', async () => {
  await using it = await openTestTrackers({
    rates: { connectionMessagesPerS: 100, rateBurstMs: 10_000, ratePaceMs: 1 },
  })
  const tracker = it.connect()
  await tracker.logIn()
  const damaged = (number: number): Buffer => {
    const frame = frameOf([number])
    frame[frame.length - 1]! ^= 1
    return frame
  }
  for (let number = 0; number < 100; number += 1) tracker.send(damaged(number))
  await until('it is held', async () => (await it.metric('_held_total{reason="connection-rate"}')) === 1)
  // A thousand messages at once, fifty for each.
  const kept = (await it.letters()).length
  assert.ok(kept <= 20 && kept > 15, `${kept} are kept`)
})

test('a log that is slow is waited for so long, then the tracker is let go without an answer', async () => {
  await using it = await openTestTrackers()
  const tracker = it.connect()
  await tracker.logIn()
  it.log.hold()
  tracker.send(frameOf([1]))
  await until('it is on its way to the log', () => it.log.attempts === 1)
  it.advance(storeTimeoutMs - 1)
  assert.equal(tracker.isClosed, false)
  it.advance(1)
  await tracker.closed()
  assert.equal(await it.metric('_ended_total{why="log-away"}'), 1)
  // It comes again, and has no second packet on its way.
  const again = it.connect()
  await again.logIn()
  again.send(frameOf([1]))
  const third = it.connect()
  await third.logIn(otherImei)
  third.send(frameOf([2]))
  await until('the other tracker is on its way', () => it.log.attempts === 2)
  it.log.release()
  assert.equal(await again.answer(), 1)
  assert.equal(it.log.attempts, 3)
  assert.equal((await it.stored()).filter(({ sender }) => sender === imei).length, 2)
  assert.equal(await tracker.answer(), undefined)
})

test('a tracker that is held for its rate within a packet has still to end it in time', async () => {
  await using it = await openTestTrackers({ rates: { connectionBytesPerS: 100, rateBurstMs: 1_000, ratePaceMs: 1 } })
  const tracker = it.connect()
  await tracker.logIn()
  const frame = frameOf([1, 2, 3, 4, 5, 6, 7, 8])
  tracker.send(frame.subarray(0, 90))
  await new Promise((resolve) => tracker.socket.write(frame.subarray(90, -1), resolve))
  await until('it is held', async () => (await it.metric('_held_total{reason="connection-rate"}')) === 1)
  // Two steps, as being read again is seen by the second.
  it.advance(packetTimeoutMs + 60_000)
  await until('it is let go', async () => {
    it.advance(packetTimeoutMs)
    return (await it.metric('_ended_total{why="packet-timeout"}')) === 1
  })
})

test('whoever does not read its answers is gone before they take memory', async () => {
  await using it = await openTestTrackers({ limits: { unreadAnswerBytes: -1 } })
  const tracker = it.connect()
  tracker.send(login(imei), frameOf([1]))
  await tracker.closed()
  assert.equal(await it.metric('_ended_total{why="not-taking-answers"}'), 1)
})
