// The promise of the live feed: whoever reads it, however often it goes away and wherever it comes
// back, has each event once, in order, or is told `reset`. Readers come, go and block, records are
// appended and dropped, also while a tail waits for its reads.
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { EventLog, Gap } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { derivedLogTopics } from '../../eventlog/topics.ts'
import type { EventTail } from './event-tail.ts'
import { createClient, drain, openTail, record, type Seen } from './event-tail.testing.ts'
import type { LiveFeed } from './live-reader.ts'
import type { ResumableFeed } from './resume-point.ts'
import { idText } from './sse.ts'

type Step =
  | {
      readonly do: 'append'
      readonly topic: ResumableFeed
      readonly tenant: string
      readonly vehicles: readonly string[]
    }
  | { readonly do: 'pump'; readonly tail: number; readonly answers: number }
  | { readonly do: 'trim'; readonly topic: ResumableFeed; readonly bytes: number }
  | { readonly do: 'leave' }
  | { readonly do: 'come back'; readonly back: number; readonly tail: number }
  | { readonly do: 'block'; readonly full: boolean }
  | { readonly do: 'heartbeat' }

const steps: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[] = [
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      topic: fc.constantFrom<ResumableFeed>('alert', 'trip'),
      tenant: fc.constantFrom('ours', 'ours', 'theirs'),
      vehicles: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 24, arbitrary: fc.record({ do: fc.constant('pump' as const), tail: fc.nat(1), answers: fc.nat(15) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'leave' as const }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('come back' as const), back: fc.nat(4), tail: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('block' as const), full: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ do: 'heartbeat' as const }) },
]
const trim: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('trim' as const),
  topic: fc.constantFrom<ResumableFeed>('alert', 'trip'),
  bytes: fc.constantFrom(0, 300, 900),
})

const told = 'reset'
const wordOf = ({ event, data }: Seen): string => (event === told ? told : String(data['id']))

/** A view of a log whose offsets begin at 7 and have holes between them. */
function sparse(log: EventLog): EventLog {
  const out = (offset: number): number => 3 * offset + 7
  const into = (offset: number): number => Math.max(0, Math.ceil((offset - 7) / 3))
  const gapOut = (gap: Gap): Gap => ({ ...gap, from: out(gap.from), to: out(gap.to) })
  return {
    ...log,
    async read(topic, partition, offset, limits) {
      const { records, next, start, end, gaps, epoch } = await log.read(topic, partition, into(offset), limits)
      const moved = records.map((each) => ({ ...each, offset: out(each.offset) }))
      return {
        records: moved,
        next: Math.max(offset, out(next)),
        start: out(start),
        end: out(end),
        gaps: gaps.map(gapOut),
        epoch,
      }
    },
    async bounds(topic, partition) {
      const { start, end } = await log.bounds(topic, partition)
      return { start: out(start), end: out(end) }
    },
  }
}

/** A log that has read what it is asked for, but answers only when it is told to. */
function reluctant(log: EventLog) {
  const waiting: (() => void)[] = []
  let isOpen = true
  const held = async <Value>(answer: Promise<Value>): Promise<Value> => {
    const value = await answer
    if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve))
    return value
  }
  const answerAll = (): void => {
    isOpen = true
    for (const answer of waiting.splice(0)) answer()
  }
  return {
    hold: () => void (isOpen = false),
    answerOne: () => waiting.shift()?.(),
    answerAll,
    log: {
      ...log,
      epochs: () => held(log.epochs()),
      read: (...args) => held(log.read(...args)),
      bounds: (...args) => held(log.bounds(...args)),
    } satisfies EventLog,
  }
}

/** A server on the log whose pumps go on by some answers of the log at a time. */
async function openServer(log: EventLog, batchRecords: number) {
  const slow = reluctant(log)
  const tail = await openTail(slow.log, batchRecords)
  slow.hold()
  let pumping: Promise<unknown> | undefined
  return {
    tail,
    async step(answers: number) {
      for (let left = answers; left >= 0; left -= 1) {
        if (pumping === undefined) pumping = tail.pump().finally(() => (pumping = undefined))
        else slow.answerOne()
        await nextTurn()
      }
    },
    async finish() {
      slow.answerAll()
      await pumping
      await drain(tail)
    },
  }
}

/** A dashboard that loses its connection and comes back, to either of two servers on the same
 *  log. */
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
    /** From `back` events before the last one, or, with 0, from the last id it got: what comes
     *  after that comes again, and only that. */
    comeBack(back: number, to: number) {
      tail!.leave(reader)
      const from = Math.max(0, client.seen.length - back)
      has.push(...client.seen.slice(0, from).map(wordOf))
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

type Course = {
  readonly course: readonly Step[]
  readonly feeds: readonly LiveFeed[]
  readonly partitions: number
  readonly before: number
  readonly isSparse: boolean
}
type Wanted = { readonly id: string; readonly place: string }

async function wander({ course, feeds, partitions, before, isSparse }: Course) {
  const kept = { alert: { bytes: Infinity }, trip: { bytes: Infinity } }
  const topics = derivedLogTopics.map(({ name }) => ({
    name,
    retention: name === 'alert' || name === 'trip' ? kept[name] : {},
  }))
  await using opened = openMemoryLog({ partitions, topics })
  const { log } = opened
  for (let index = 0; index < before; index++)
    await log.append([record('alert', 'ours', 'a'), record('trip', 'ours', 'b')])
  const view = isSparse ? sparse(log) : log
  // The second server reads slowly, so that readers often come to it from ahead of it.
  const servers = [await openServer(view, 3), await openServer(view, 1)]
  const wanderer = createWanderer(
    servers.map(({ tail }) => tail),
    feeds,
  )
  const { client, has } = wanderer
  /** The events it should have: those appended after it first came. */
  const wanted: Wanted[] = []
  for (const action of course) {
    if (action.do === 'append') {
      const records = action.vehicles.map((vehicle) => record(action.topic, action.tenant, vehicle))
      const positions = await log.append(records)
      if (action.tenant === 'ours' && feeds.includes(action.topic))
        for (const [index, { headers }] of records.entries())
          wanted.push({ id: headers?.['id'] ?? '', place: `${action.topic}/${positions[index]!.partition}` })
    } else if (action.do === 'pump') await servers[action.tail]!.step(action.answers)
    else if (action.do === 'come back') wanderer.comeBack(action.back, action.tail)
    else if (action.do === 'leave') wanderer.leave()
    else if (action.do === 'heartbeat') wanderer.heartbeat()
    else if (action.do === 'trim') {
      kept[action.topic].bytes = action.bytes
      await opened.sweep()
      kept[action.topic].bytes = Infinity
    } else {
      client.setFull(action.full)
      if (!action.full) wanderer.drained()
    }
  }
  for (const server of servers) await server.finish()
  wanderer.comeBack(0, 0)
  for (const server of servers) await server.finish()
  has.push(...client.seen.map(wordOf))
  return { has, wanted }
}

const courseOf = (step: fc.Arbitrary<Step>): fc.Arbitrary<Course> =>
  fc.record({
    course: fc.array(step, { minLength: 20, maxLength: 90, size: 'max' }),
    feeds: fc.constantFrom<readonly LiveFeed[]>(['alert', 'trip'], ['alert'], ['trip', 'positions']),
    partitions: fc.integer({ min: 1, max: 3 }),
    before: fc.nat(5),
    isSparse: fc.boolean(),
  })

const byPlace = (wanted: readonly Wanted[]): string[][] =>
  [...new Set(wanted.map(({ place }) => place))].map((place) =>
    wanted.filter((event) => event.place === place).map(({ id }) => id),
  )

test('a reader that goes and comes back at any moment and from any event has each event of its tenant once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(courseOf(fc.oneof(...steps)), async (given) => {
      const { has, wanted } = await wander(given)
      assert.deepEqual(has.toSorted(), wanted.map(({ id }) => id).toSorted())
      for (const inOrder of byPlace(wanted))
        assert.deepEqual(
          has.filter((id) => inOrder.includes(id)),
          inOrder,
        )
    }),
    { numRuns: 300 },
  )
})

test('what is dropped before a reader has it is told by a reset, and between resets it has each event once and in order', async () => {
  let resets = 0
  await fc.assert(
    fc.asyncProperty(courseOf(fc.oneof(...steps, { weight: 3, arbitrary: trim })), async (given) => {
      const { has, wanted } = await wander(given)
      for (const inOrder of byPlace(wanted)) {
        const stretches = stretchesOf(has).map((stretch) => stretch.filter((id) => inOrder.includes(id)))
        resets += stretches.length - 1
        for (const [index, stretch] of stretches.entries()) {
          const from = index === 0 ? 0 : Math.max(0, inOrder.indexOf(stretch[0] ?? ''))
          assert.deepEqual(stretch, inOrder.slice(from, from + stretch.length))
        }
        const last = stretches.at(-1)!
        if (stretches.length === 1) assert.deepEqual(last, inOrder)
        else if (last.length > 0) assert.equal(last.at(-1), inOrder.at(-1))
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(resets > 0, 'nothing was ever dropped')
})

/** The events before the first reset, between resets, and after the last one. */
function stretchesOf(has: readonly string[]): string[][] {
  const stretches: string[][] = [[]]
  for (const word of has) {
    if (word === told) stretches.push([])
    else stretches.at(-1)!.push(word)
  }
  return stretches
}
