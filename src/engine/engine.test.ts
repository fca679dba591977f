import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { encodeMessage } from '../model/message-codec.ts'
import { driveJobs } from './job-driver.ts'
import type { Job, JobState, Now } from './job.ts'
import { latenessMs } from './lateness.ts'
import { jsonCodec } from './part-codec.ts'

const startAt = 1_700_000_000_000
let seq = 0

type Heard = {
  readonly at: number
  readonly logAt?: number
  readonly key?: string
  readonly topic?: string
  readonly seq?: number
}

/** Instants are from the start on. */
function record({
  at,
  logAt = at,
  key = 'demo/car-1',
  topic = 'telemetry',
  seq: number = (seq += 1),
}: Heard): StoredRecord {
  const value = encodeMessage({ boot: '00000000000000aa', seq: number, samples: [{ at: startAt + at, signals: {} }] })
  const heardAt = startAt + logAt
  return { topic, key, value, at: startAt + at, partition: 0, offset: number, appendedAt: heardAt, receivedAt: heardAt }
}

type Parts = { seen: number[] }
type Behaviour = Partial<Pick<Job<Parts>, 'apply' | 'emit' | 'reads' | 'saidMax'>>

const jobOf = (behaviour: Behaviour): Job<Parts> => ({
  name: 'probe',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry', 'critical'],
  writes: [{ name: 'probe' }],
  codecs: { seen: jsonCodec() },
  apply: () => {},
  emit: () => [],
  ...behaviour,
})

/** Each timer that fired: its name, and event and log time from the start on. */
function watch(apply: Job<Parts>['apply'], emit: (state: JobState<Parts>, now: Now) => void = () => {}) {
  const fired: (readonly [name: string, eventAt: number, logAt: number])[] = []
  const job = jobOf({
    apply,
    emit(state, _key, now) {
      for (const name of now.fired) fired.push([name, now.eventAt - startAt, now.logAt - startAt])
      emit(state, now)
      return []
    },
  })
  return { driver: driveJobs([job], { reload: true }), fired }
}

test('a timer of an interval fires when due, once after a jump, and is then aligned again', () => {
  const intervalMs = 100
  const { driver, fired } = watch(
    (state) => state.timer('tick', startAt + intervalMs),
    (state, { fired: due, eventAt }) => {
      if (due.length > 0) state.timer('tick', Math.floor(eventAt / intervalMs) * intervalMs + intervalMs)
    },
  )
  driver.feed([record({ at: 0 })])
  // Key time is two seconds behind the newest instant, and goes on with log time.
  for (const at of [0, 99, 100, 199, 200, 1001, 1099, 1100]) driver.pass(startAt + 2000 + at)
  assert.deepEqual(
    fired.map(([, eventAt]) => eventAt),
    [100, 200, 1001, 1100],
  )
})

test('a key has several timers by name, on event time and on log time; asking again replaces, and they survive restarts', () => {
  const { driver, fired } = watch((state) => {
    state.timer('a', startAt + 5000)
    state.timer('b', startAt + 3000)
    state.timer('b', startAt + 8000)
    state.timer('c', startAt + 4000)
    state.logTimer('c', startAt + 6000)
    state.timer('d', startAt + 1000)
    state.cancel('d')
  })
  driver.feed([record({ at: 0 })])
  for (let at = 500; at <= 12_000; at += 500) driver.pass(startAt + at)
  assert.deepEqual(fired, [
    ['c', 4000, 6000],
    ['a', 5000, 7000],
    ['b', 8000, 10_000],
  ])
})

test('a timer that is due fires before the next record of any key, whatever the batch', () => {
  const seen: string[] = []
  const job = jobOf({
    apply(state, { record: { at, key } }) {
      seen.push(`${key} ${at - startAt}`)
      if (key === 'demo/car-1') state.timer('t', startAt + 1000)
    },
    emit(_state, { vehicle }, { fired }) {
      for (const name of fired) seen.push(`${vehicle} ${name}`)
      return []
    },
  })
  const other = (at: number) => record({ at, key: 'demo/car-2' })
  driveJobs([job]).feed([record({ at: 0 }), other(2999), other(3000), other(9000)])
  assert.deepEqual(seen, ['demo/car-1 0', 'demo/car-2 2999', 'car-1 t', 'demo/car-2 3000', 'demo/car-2 9000'])
})

test('a timer of an instant that has passed fires at once, before the next record', () => {
  const { driver, fired } = watch((state) => state.timer('past', startAt - 5000))
  driver.feed([record({ at: 0 })])
  assert.equal(fired.length, 1)
})

test('late is what is further behind the newest of its key than the bound; critical records are never late and make nothing late', () => {
  const late: boolean[] = []
  const driver = driveJobs([jobOf({ apply: (_state, input) => void late.push(input.late) })])
  const behindMs = latenessMs + 1
  driver.feed([
    record({ at: 0 }),
    record({ at: behindMs, logAt: behindMs, topic: 'critical' }),
    record({ at: -latenessMs, logAt: 1 }),
    record({ at: -behindMs, logAt: 1 }),
    record({ at: -behindMs, logAt: 1, topic: 'critical' }),
    record({ at: -behindMs, logAt: 1, key: 'demo/car-2' }),
  ])
  assert.deepEqual(late, [false, false, false, true, false, false])
})

test('a clock-marked instant moves neither lateness nor key time, but where a key has no other', () => {
  const times: number[] = []
  const late: boolean[] = []
  const driver = driveJobs([
    jobOf({
      apply(_state, input, { eventAt }) {
        late.push(input.late)
        times.push(eventAt - startAt)
      },
    }),
  ])
  const aheadMs = 20 * 3_600_000
  driver.feed([record({ at: aheadMs, logAt: 0 }), record({ at: aheadMs + 1000, logAt: 1000 })])
  driver.feed([
    record({ at: 1500, logAt: 2000 }),
    record({ at: aheadMs, logAt: 3000 }),
    record({ at: 3500, logAt: 4000 }),
  ])
  assert.deepEqual(times, [aheadMs - 2000, aheadMs - 1000, -500, 500, 1500])
  assert.deepEqual(late, [false, false, false, false, false])
})

test('what holds is said when it changes, and not again, after a restart neither', () => {
  const emitted: Job<Parts>['emit'] = (state) => {
    const seen = state.get('seen') ?? []
    return [
      { topic: 'probe', id: 'even', key: 'k', at: 0, value: { count: seen.filter((at) => at % 2 === 0).length } },
      {
        topic: 'probe',
        id: 'odd',
        key: 'k',
        at: 0,
        value: seen.length > 3 ? null : { count: seen.filter((at) => at % 2 === 1).length },
      },
    ]
  }
  const driver = driveJobs(
    [
      jobOf({
        apply: (state, { record: { at } }) => state.put('seen', undefined, [...(state.get('seen') ?? []), at]),
        emit: emitted,
      }),
    ],
    { reload: true },
  )
  const said = [0, 1, 3, 2, 5].map((at) =>
    driver.feed([record({ at })]).map(({ id, value }) => [id, value && Object.values(value)[0]]),
  )
  assert.deepEqual(said, [
    [
      ['even', 1],
      ['odd', 0],
    ],
    [['odd', 1]],
    [['odd', 2]],
    [
      ['even', 2],
      ['odd', null],
    ],
    [['odd', null]],
  ])
})

test('keys, their clocks and what they said leave memory, and their timers when they have fired', () => {
  const job = jobOf({
    apply(state, { record: { at } }) {
      state.put('seen', undefined, [at])
      state.timer('t', at + 1000)
    },
    emit: (state, { vehicle }) => [
      { topic: 'probe', id: vehicle, key: vehicle, at: 0, value: { seen: state.get('seen') } },
    ],
  })
  const driver = driveJobs([job])
  for (let round = 0; round < 20; round += 1) {
    driver.feed(
      Array.from({ length: 100 }, (_, car) => record({ at: round * 60_000, key: `demo/car-${round}-${car}` })),
    )
    driver.pass(startAt + round * 60_000 + 30_000)
    driver.save()
    assert.ok(driver.size() <= 600, `${driver.size()} parts after ${round} rounds`)
  }
  driver.save()
  driver.save()
  assert.equal(driver.size(), 0)
})

test('parts that nothing uses stay in memory for as many checkpoints as are asked for', () => {
  const job = jobOf({ apply: (state, { record: { at } }) => state.put('seen', undefined, [at]) })
  const driver = driveJobs([job])
  driver.feed([record({ at: 0, key: 'demo/car-1' })])
  const sizes = Array.from({ length: 5 }, () => {
    driver.save(3)
    return driver.size() > 0
  })
  assert.deepEqual(sizes, [true, true, true, false, false])
  assert.ok(driver.stateBytes() > 0)
})

const fleet = fc.array(
  fc.record({ car: fc.integer({ min: 1, max: 5 }), stepMs: fc.nat(40_000), delayMs: fc.nat(90_000) }),
  {
    minLength: 1,
    maxLength: 40,
  },
)

/** Any clock at all: so far from the truth at every message of its own. */
const wildOffsets = fc.oneof(
  fc.constant([20 * 3_600_000]),
  fc.constant([-20 * 365 * 86_400_000]),
  fc.constant([0, 20 * 3_600_000]),
  fc.array(fc.integer({ min: -23 * 365 * 86_400_000, max: 50 * 365 * 86_400_000 }), { minLength: 1, maxLength: 9 }),
)

test('a vehicle more, whatever its clock, changes nothing for the others: not their times, their timers nor what is late', () => {
  fc.assert(
    fc.property(fleet, wildOffsets, fc.array(fc.nat(10), { minLength: 1 }), (heard, offsets, places) => {
      const told = (records: readonly StoredRecord[]): string[] => {
        const seen: string[] = []
        const job = jobOf({
          apply(state, { late, record: { key, offset } }, { eventAt, reachedAt }) {
            seen.push(`${key} ${offset} ${late} ${eventAt} ${reachedAt}`)
            state.timer('t', eventAt + 30_000)
          },
          emit(_state, { vehicle }, { fired, eventAt }) {
            if (fired.length > 0) seen.push(`demo/${vehicle} fired ${eventAt}`)
            return []
          },
        })
        const driver = driveJobs([job])
        driver.feed(records)
        driver.pass(startAt + 1e9)
        return seen.filter((line) => !line.startsWith('demo/wild')).sort()
      }
      let logAt = 0
      const honest = heard.map(({ car, stepMs, delayMs }, number) => {
        logAt += stepMs
        return record({ at: logAt - delayMs, logAt, key: `demo/car-${car}`, seq: number })
      })
      let wild = 0
      const mixed = honest.flatMap((each, number) => {
        const heardAt = each.appendedAt - startAt
        const count = places[number % places.length]! % 3
        const more = Array.from({ length: count }, () =>
          record({ at: heardAt + offsets[(wild += 1) % offsets.length]!, logAt: heardAt, key: 'demo/wild' }),
        )
        return [each, ...more]
      })
      assert.deepEqual(told(mixed), told(honest))
    }),
  )
})
