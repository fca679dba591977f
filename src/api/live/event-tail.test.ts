// The promise of the live feed: whoever reads it, however often it goes away and wherever it comes back, has each event once, in order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import type { EventLog, NewRecord } from '../../eventlog/event-log.ts'
import { createEventTail, type EventTail } from './event-tail.ts'
import { createLiveReader, type LiveFeed, type LiveReader, type Sink } from './live-reader.ts'
import type { ResumableFeed } from './resume-point.ts'
import { idText } from './sse.ts'

const clock = { now: () => 1000 }
const quiet = { delivered: () => undefined, unreadable: () => assert.fail('a record could not be read') }

type Seen = { readonly event: string; readonly id: string; readonly data: Record<string, unknown> }

/** What a browser makes of the text: an event with its id; an id alone moves the resume point. */
function createClient(tenant: string, feeds: readonly LiveFeed[]) {
  const seen: Seen[] = []
  let lastEventId: string | undefined
  let full = false
  const sink: Sink = {
    write(text) {
      for (const block of text.split('\n\n').filter((part) => part !== '')) {
        const fields = new Map(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
        )
        const id = fields.get('id')
        if (id !== undefined) lastEventId = id
        const data = fields.get('data')
        if (data !== undefined)
          seen.push({ event: fields.get('event') ?? '', id: id ?? '', data: JSON.parse(data) as Record<string, unknown> })
      }
      return !full
    },
    bufferedBytes: () => 0,
    end: () => undefined,
    destroy: () => undefined,
  }
  return {
    seen,
    lastEventId: () => lastEventId,
    rewind: (id: string | undefined) => (lastEventId = id),
    setFull: (value: boolean) => (full = value),
    connect: (): LiveReader =>
      createLiveReader(
        { tenant, user: 'u', feeds: new Set(feeds), allowed: () => true },
        sink,
        clock,
        { bufferBytesMax: 1, blockedMs: 1 },
        () => undefined,
      ),
  }
}

const drain = (tail: EventTail): void => {
  while (tail.pump());
}
const openTail = (log: EventLog, batchRecords = 3): EventTail => createEventTail(log, clock, { batchRecords, batchBytes: 1 << 20 }, quiet)

let made = 0
const record = (topic: ResumableFeed, tenant: string, vehicle: string): NewRecord => {
  const id = `${topic}-${tenant}-${vehicle}-${made++}`
  return { topic, key: `${tenant}/${vehicle}`, headers: { id }, at: 1, value: Buffer.from(JSON.stringify({ id, vehicle })) }
}
const ids = (client: { readonly seen: readonly Seen[] }): string[] => client.seen.map(({ data }) => String(data['id']))

type Step =
  | { readonly do: 'append'; readonly topic: ResumableFeed; readonly tenant: string; readonly vehicles: readonly string[] }
  | { readonly do: 'pump'; readonly tail: number }
  | { readonly do: 'leave' }
  | { readonly do: 'come back'; readonly back: number; readonly tail: number }
  | { readonly do: 'block'; readonly full: boolean }
  | { readonly do: 'heartbeat' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      topic: fc.constantFrom<ResumableFeed>('alert', 'trip'),
      tenant: fc.constantFrom('ours', 'ours', 'theirs'),
      vehicles: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 16, arbitrary: fc.record({ do: fc.constant('pump' as const), tail: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'leave' as const }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('come back' as const), back: fc.nat(4), tail: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('block' as const), full: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ do: 'heartbeat' as const }) },
)

/** A dashboard that loses its connection and comes back, to either of two servers on the same log. */
function createWanderer(tails: readonly EventTail[], feeds: readonly LiveFeed[]) {
  const client = createClient('ours', feeds)
  const has: string[] = []
  let [tail] = tails
  let reader = client.connect()
  tail!.join(reader, undefined)
  let resumeFrom = client.lastEventId()
  return {
    has,
    client,
    leave: () => tail!.leave(reader),
    drained: () => reader.drained(),
    heartbeat() {
      const id = tail!.idOf(reader)
      if (id !== undefined) reader.send(idText(id))
    },
    /** From `back` events before the last one, or, with 0, from the last id it got: what comes after that comes again, and only that. */
    comeBack(back: number, to: number) {
      tail!.leave(reader)
      const from = Math.max(0, client.seen.length - back)
      has.push(...ids({ seen: client.seen.slice(0, from) }))
      const last = from === 0 ? resumeFrom : client.seen[from - 1]!.id
      resumeFrom = back === 0 ? client.lastEventId() : last
      client.seen.length = 0
      client.rewind(resumeFrom)
      client.setFull(false)
      reader = client.connect()
      tail = tails[to]
      tail!.join(reader, resumeFrom)
    },
  }
}

async function wander(steps: readonly Step[], feeds: readonly LiveFeed[], partitions: number, before: number): Promise<void> {
  await using opened = openMemoryLog({ partitions })
  const { log } = opened
  for (let index = 0; index < before; index++) await log.append([record('alert', 'ours', 'a'), record('trip', 'ours', 'b')])
  // The second server reads slowly, so that readers often come to it from ahead of it.
  const tails = [openTail(log), openTail(log, 1)]
  const { client, has, ...wanderer } = createWanderer(tails, feeds)
  /** What it should have: what was appended after it first came. */
  const wanted: { readonly id: string; readonly place: string }[] = []
  for (const action of steps) {
    if (action.do === 'append') {
      const records = action.vehicles.map((vehicle) => record(action.topic, action.tenant, vehicle))
      const positions = await log.append(records)
      if (action.tenant === 'ours' && feeds.includes(action.topic))
        for (const [index, { headers }] of records.entries())
          wanted.push({ id: headers?.['id'] ?? '', place: `${action.topic}/${positions[index]!.partition}` })
    } else if (action.do === 'pump') tails[action.tail]!.pump()
    else if (action.do === 'come back') wanderer.comeBack(action.back, action.tail)
    else if (action.do === 'leave') wanderer.leave()
    else if (action.do === 'heartbeat') wanderer.heartbeat()
    else {
      client.setFull(action.full)
      if (!action.full) wanderer.drained()
    }
  }
  wanderer.comeBack(0, 0)
  for (const tail of tails) drain(tail)
  has.push(...ids(client))
  assert.deepEqual(has.toSorted(), wanted.map(({ id }) => id).toSorted())
  for (const place of new Set(wanted.map(({ place }) => place))) {
    const inOrder = wanted.filter((event) => event.place === place).map(({ id }) => id)
    const own = new Set(inOrder)
    assert.deepEqual(
      has.filter((id) => own.has(id)),
      inOrder,
    )
  }
}

test('a reader that goes and comes back at any moment and from any event has each event of its tenant once and in order', async () => {
  const feeds = fc.constantFrom<readonly LiveFeed[]>(['alert', 'trip'], ['alert'], ['trip', 'positions'])
  const steps = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' })
  await fc.assert(fc.asyncProperty(steps, feeds, fc.integer({ min: 1, max: 3 }), fc.nat(5), wander), { numRuns: 300 })
})

test('a reader that comes from a server that was ahead gets nothing twice', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  const [ahead, behind] = [openTail(log), openTail(log, 1)]
  const client = createClient('ours', ['alert'])
  const first = client.connect()
  ahead.join(first, undefined)
  const records = Array.from({ length: 5 }, () => record('alert', 'ours', 'a'))
  await log.append(records)
  drain(ahead)
  ahead.leave(first)
  behind.join(client.connect(), client.lastEventId())
  drain(behind)
  const last = record('alert', 'ours', 'a')
  await log.append([last])
  drain(behind)
  assert.deepEqual(
    ids(client),
    [...records, last].map(({ headers }) => headers?.['id']),
  )
})

test('a reader whose socket is full gets what it missed from the log once there is room', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  const tail = openTail(log)
  const client = createClient('ours', ['alert', 'trip'])
  const reader = client.connect()
  tail.join(reader, undefined)
  const records = Array.from({ length: 9 }, (_, index) => record(index % 2 === 0 ? 'alert' : 'trip', 'ours', 'a'))
  client.setFull(true)
  for (const each of records.slice(0, 8)) {
    await log.append([each])
    drain(tail)
  }
  assert.equal(client.seen.length, 1)
  client.setFull(false)
  reader.drained()
  drain(tail)
  await log.append(records.slice(8))
  drain(tail)
  assert.deepEqual(ids(client).toSorted(), records.map(({ headers }) => headers?.['id'] ?? '').toSorted())
})

test('without a resume point a reader starts with what happens from now on, and can resume before the first event', async () => {
  await using opened = openMemoryLog({ partitions: 2 })
  const { log } = opened
  await log.append([record('alert', 'ours', 'a')])
  const tail = openTail(log)
  drain(tail)
  const client = createClient('ours', ['alert'])
  const first = client.connect()
  tail.join(first, undefined)
  tail.leave(first)
  const missed = record('alert', 'ours', 'a')
  await log.append([missed])
  drain(tail)
  tail.join(client.connect(), client.lastEventId())
  drain(tail)
  assert.deepEqual(ids(client), [missed.headers?.['id']])
})

test('a resume point that is no longer kept gives reset, and then what happens', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  const tail = openTail(log)
  const client = createClient('ours', ['alert', 'trip'])
  const first = client.connect()
  tail.join(first, undefined)
  tail.leave(first)
  await log.append([record('alert', 'ours', 'a')])
  drain(tail)
  await log.trim('alert', { bytes: 0 })
  tail.join(client.connect(), client.lastEventId())
  const next = record('alert', 'ours', 'a')
  await log.append([next])
  drain(tail)
  assert.deepEqual(
    client.seen.map(({ event }) => event),
    ['reset', 'alert'],
  )
  assert.equal(client.seen[1]?.data['id'], next.headers?.['id'])
})

test('what is trimmed in the middle of a backfill gives reset, and nothing is silently left out', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  const tail = openTail(log, 1)
  const client = createClient('ours', ['alert'])
  const first = client.connect()
  tail.join(first, undefined)
  tail.leave(first)
  for (let index = 0; index < 5; index++) await log.append([record('alert', 'ours', 'a')])
  drain(tail)
  tail.join(client.connect(), client.lastEventId())
  tail.pump()
  await log.trim('alert', { bytes: 0 })
  drain(tail)
  assert.deepEqual(
    client.seen.map(({ event }) => event),
    ['alert', 'reset'],
  )
})

for (const [what, id] of [
  ['of a log with more partitions', 'AQEDAAAA'],
  ['that is no resume point', 'nonsense!'],
  ['of a log that was since begun anew', 'AQEBZA'],
] as const)
  test(`a resume point ${what} gives reset`, async () => {
    await using opened = openMemoryLog({ partitions: 1 })
    const tail = openTail(opened.log)
    const client = createClient('ours', ['alert'])
    tail.join(client.connect(), id)
    drain(tail)
    assert.deepEqual(
      client.seen.map(({ event, data }) => [event, data]),
      [['reset', { reason: 'resume-point-lost' }]],
    )
  })

test('a deleted alert is told as such, and nobody sees another tenant’s', async () => {
  await using opened = openMemoryLog({ partitions: 3 })
  const { log } = opened
  const tail = openTail(log)
  const ours = createClient('ours', ['alert'])
  const theirs = createClient('our', ['alert'])
  tail.join(ours.connect(), undefined)
  tail.join(theirs.connect(), undefined)
  await log.append([{ topic: 'alert', key: 'ours/a', value: new Uint8Array(), headers: { id: 'gone' }, at: 1 }])
  drain(tail)
  assert.deepEqual(
    ours.seen.map(({ data }) => data),
    [{ id: 'gone', alert: null }],
  )
  assert.deepEqual(theirs.seen, [])
})
