// Trackers against a real socket: what they are answered, and what is in the log then.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import { sealFrame } from '../mapping/binary/encoders.testing.ts'
import { until } from '../gateway/gateway.testing.ts'
import { frameOf, imei, login, RawTracker } from './tracker.testing.ts'
import { elsewhereImei, openTestTrackers, otherImei } from './listener.testing.ts'

test('a packet is stored as it came, under its tracker, and answered with the number of its records once it is durable', async () => {
  await using it = await openTestTrackers()
  const tracker = it.connect()
  assert.equal(await tracker.logIn(), 1)
  it.log.hold()
  let answer: number | undefined
  const answering = tracker.answer().then((count) => (answer = count))
  tracker.send(frameOf([1, 2, 3]))
  await until('it is on its way to the log', () => it.log.attempts === 1)
  assert.equal(answer, undefined)
  it.log.release()
  await answering
  assert.equal(answer, 3)
  for (const codec of ['8E', '16'] as const) {
    tracker.send(frameOf([4, 5], codec))
    assert.equal(await tracker.answer(), 2)
  }
  const stored = await it.stored()
  assert.deepEqual(
    stored.map(({ mapping, sender, address, payload, retained, contentType }) => [
      mapping,
      sender,
      address,
      Buffer.from(payload).toString('hex'),
      retained,
      contentType,
    ]),
    [frameOf([1, 2, 3]), frameOf([4, 5], '8E'), frameOf([4, 5], '16')].map((frame) => [
      'teltonika',
      imei,
      `TELTONIKA /${imei}`,
      frame.toString('hex'),
      false,
      undefined,
    ]),
  )
  assert.equal(await it.metric('_packets_total{mapping="teltonika",result="stored"}'), 3)
  assert.equal(await it.metric('_records_total{mapping="teltonika"}'), 7)
  assert.equal(await it.metric(''), 1)
})

test('a tracker that is in no table, or comes from elsewhere, is answered 00 and stores nothing', async () => {
  await using it = await openTestTrackers()
  for (const [digits, result] of [
    ['861230000000031', 'unknown'],
    [elsewhereImei, 'network'],
  ] as const) {
    const tracker = it.connect()
    tracker.send(login(digits), frameOf([1]))
    assert.deepEqual(await tracker.heard(1), Buffer.of(0))
    await tracker.closed()
    assert.equal(await it.metric(`_logins_total{result="${result}"}`), 1)
  }
  assert.equal(await it.connect().logIn(otherImei), 1)
  assert.deepEqual([await it.stored(), await it.letters()], [[], []])
  assert.equal(await it.metric('_ended_total{why="turned-away"}'), 2)
})

test('where no tracker may come from, nobody is heard', async () => {
  await using it = await openTestTrackers({
    trackers: new Map([[imei, { mapping: 'teltonika', vehicle: 'van-7', networks: ['10.64.0.0/10'] }]]),
  })
  const tracker = it.connect()
  assert.equal(await tracker.logIn(), undefined)
  assert.equal(await it.metric('_ended_total{why="turned-away"}'), 1)
})

test('whoever does not begin with an IMEI is gone without an answer, and nothing of it is kept', async () => {
  await using it = await openTestTrackers()
  for (const bytes of [
    frameOf([1]),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    login('86123000000000x'),
    Buffer.of(0, 15, 0xff),
  ]) {
    const tracker = it.connect()
    tracker.send(bytes, Buffer.alloc(20))
    assert.equal(await tracker.heard(1), undefined)
  }
  assert.equal(await it.metric('_ended_total{why="no-login"}'), 4)
  assert.deepEqual(await it.letters(), [])
})

test('a packet with a wrong checksum is a dead letter of its vehicle and is answered 0; the next one is taken', async () => {
  await using it = await openTestTrackers()
  const tracker = it.connect()
  await tracker.logIn()
  const damaged = frameOf([1, 2])
  damaged[20]! ^= 1
  tracker.send(damaged)
  assert.equal(await tracker.answer(), 0)
  tracker.send(frameOf([1, 2]))
  assert.equal(await tracker.answer(), 2)
  const [letter, ...more] = await it.letters()
  assert.deepEqual(more, [])
  const { reason, stream, mapping, address } = letter!.headers!
  assert.deepEqual(
    [letter!.key, reason, stream, mapping, address],
    ['demo/van-7', 'wrong-checksum', 'foreign', 'teltonika', `TELTONIKA /${imei}`],
  )
  assert.deepEqual(Buffer.from(letter!.value), damaged)
  assert.equal((await it.stored()).length, 1)
})

test('the same unreadable packet again is kept once, and answered with the number that it states, or its tracker would send it for ever', async () => {
  await using it = await openTestTrackers()
  const tracker = it.connect()
  await tracker.logIn()
  const unreadable = sealFrame(Buffer.of(0x8e, 3, 1, 2, 3, 3))
  it.log.hold()
  tracker.send(unreadable)
  await until('it is on its way to the log', () => it.log.attempts === 1)
  tracker.socket.destroy()
  it.log.release()
  // It was not told, and comes again on a new connection.
  const again = it.connect()
  await again.logIn()
  again.send(unreadable)
  assert.ok([0, 3].includes((await again.answer())!))
  again.send(unreadable)
  assert.equal(await again.answer(), 3)
  assert.equal((await it.letters()).length, 1)
  // Of an empty frame nothing is stated.
  const empty = sealFrame(Buffer.of())
  for (const count of [0, 0]) {
    again.send(empty)
    assert.equal(await again.answer(), count)
  }
  again.send(frameOf([1]))
  assert.equal(await again.answer(), 1)
  assert.equal((await it.letters()).length, 2)
})

test('an unreadable packet that did not become durable is not answered as one that is kept', async () => {
  await using it = await openTestTrackers()
  const unreadable = sealFrame(Buffer.of(0x8e, 3, 1, 2, 3, 3))
  const tracker = it.connect()
  await tracker.logIn()
  it.log.isFull = true
  tracker.send(unreadable)
  await until('it was tried', () => it.log.attempts > 2)
  tracker.socket.destroy()
  await until('it is gone', async () => (await it.metric('')) === 0)
  it.log.isFull = false
  const again = it.connect()
  await again.logIn()
  again.send(unreadable)
  assert.equal(await again.answer(), 0)
  assert.equal((await it.letters()).length, 1)
})

test('bytes that begin no packet end the connection without an answer, and are a dead letter, once', async () => {
  await using it = await openTestTrackers()
  for (let round = 0; round < 3; round += 1) {
    const tracker = it.connect()
    await tracker.logIn()
    tracker.send(frameOf([round]), Buffer.from('no packet'))
    assert.equal(await tracker.answer(), 1)
    assert.equal(await tracker.heard(1), undefined)
  }
  assert.equal((await it.stored()).length, 3)
  const letters = await it.letters()
  assert.deepEqual(
    letters.map(({ headers, value }) => [headers!['reason'], Buffer.from(value).toString()]),
    [['malformed', 'no packet']],
  )
  assert.equal(await it.metric('_ended_total{why="unreadable"}'), 3)
})

test('a tracker that comes again replaces its old connection, and one that says another IMEI in between is gone', async () => {
  await using it = await openTestTrackers()
  const old = it.connect()
  await old.logIn()
  const other = it.connect()
  await other.logIn(otherImei)
  const now = it.connect()
  await now.logIn()
  assert.equal(await old.heard(1), undefined)
  other.send(frameOf([1]))
  now.send(frameOf([2]))
  assert.deepEqual([await other.answer(), await now.answer()], [1, 1])
  assert.equal(await it.metric(''), 2)
  now.send(login(otherImei))
  assert.equal(await now.heard(1), undefined)
  assert.equal(await it.metric(''), 1)
  assert.deepEqual(
    (await it.stored()).map(({ mapping, sender }) => [mapping, sender]),
    [
      ['fmb920', otherImei],
      ['teltonika', imei],
    ],
  )
})

test('while the log takes nothing nothing is answered and no more is read; when it does, all is there in its order', async () => {
  await using it = await openTestTrackers()
  const tracker = it.connect()
  await tracker.logIn()
  it.log.isFull = true
  tracker.send(frameOf([1]), frameOf([2]), frameOf([3]))
  await until('it was tried again and again', () => it.log.attempts > 5)
  assert.equal(await it.metric('_packets_total{mapping="teltonika",result="stored"}'), 0)
  it.log.isFull = false
  assert.deepEqual([await tracker.answer(), await tracker.answer(), await tracker.answer()], [1, 1, 1])
  assert.deepEqual(
    (await it.stored()).map(({ payload }) => Buffer.from(payload)),
    [1, 2, 3].map((number) => frameOf([number])),
  )
  const lines = it.said().trim().split('\n')
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /LOG_FULL/)
})

test('no log line and no metric has an IMEI, a place or an address, whatever happens', async () => {
  await using it = await openTestTrackers()
  const tracker = it.connect()
  await tracker.logIn()
  it.log.isFull = true
  tracker.send(frameOf([1]))
  await until('it was tried', () => it.log.attempts > 1)
  it.log.isFull = false
  await tracker.answer()
  tracker.send(sealFrame(Buffer.of(9, 9)), Buffer.from('no packet'))
  await tracker.closed()
  assert.ok(!/8612|561913|127\.0/.test(it.said()), it.said())
})

test('a log that is gone for good ends the connection, and its tracker keeps what it sent', async () => {
  const gone = {
    now: () => 0,
    append: () => Promise.reject(new Outage('LOG_CLOSED', 'closed', { retryable: false })),
  }
  await using it = await openTestTrackers({ log: gone })
  const tracker = it.connect()
  await tracker.logIn()
  tracker.send(frameOf([1]))
  assert.equal(await tracker.answer(), undefined)
  assert.equal(await it.metric('_ended_total{why="log-away"}'), 1)
})

test('at the end a packet on its way to the log is answered, nobody else is waited for, and nobody comes in', async () => {
  await using it = await openTestTrackers()
  const busy = it.connect()
  await busy.logIn()
  const quiet = it.connect()
  await quiet.logIn(otherImei)
  it.log.hold()
  busy.send(frameOf([1, 2]), frameOf([3]))
  await until('it is on its way to the log', () => it.log.attempts === 1)
  const ending = it.listener[Symbol.asyncDispose]()
  assert.equal(await quiet.heard(1), undefined)
  assert.equal(busy.isClosed, false)
  it.log.release()
  assert.equal(await busy.answer(), 2)
  assert.equal(await busy.heard(1), undefined)
  await ending
  assert.equal((await it.stored()).length, 1)
  assert.equal(await new RawTracker(it.port).logIn(), undefined)
})

test('the end does not wait for a log that takes nothing', async () => {
  await using it = await openTestTrackers({ limits: { drainTimeoutMs: 20 } })
  const tracker = it.connect()
  await tracker.logIn()
  it.log.hold()
  tracker.send(frameOf([1]))
  await until('it is on its way to the log', () => it.log.attempts === 1)
  await it.listener[Symbol.asyncDispose]()
  assert.equal(await tracker.answer(), undefined)
})

test('an address that cannot be had is told with its setting, and a network that is none is refused', async () => {
  await using it = await openTestTrackers()
  await assert.rejects(
    openTestTrackers({ listen: { host: '127.0.0.1', port: it.port } }),
    (error: unknown) => error instanceof Outage && /EADDRINUSE.*ROADSTREAM_TELTONIKA/.test(error.message),
  )
  const trackers = new Map([[imei, { mapping: 'm', vehicle: 'v', networks: ['10.0.0.0/33'] }]])
  await assert.rejects(openTestTrackers({ trackers }), RangeError)
})
