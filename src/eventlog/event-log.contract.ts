// The promises of every event log, as one suite that each adapter runs on its own back-end. The
// promises are those of event-log.ts; `retention.contract.ts` holds those about what is dropped,
// and `event-log-model.testing.ts` adds a test of random operations against a plain model.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Outage } from '../base/errors.ts'
import type { StoredRecord } from './event-log.ts'
import {
  everything,
  onFreshLog,
  partitions,
  record,
  settableClock,
  type LogSubject,
  type OpenedLog,
} from './event-log-subject.testing.ts'
import { readWhole } from './read-whole.testing.ts'
import { partitionOf } from './partition.ts'

const text = (stored: StoredRecord): string => Buffer.from(stored.value).toString()
const outage = (code: string) => (error: unknown) => error instanceof Outage && error.code === code
export function eventLogContract(subject: LogSubject<OpenedLog>): void {
  describe(`${subject.name}: what is appended is read`, () => appendAndRead(subject))
  describe(`${subject.name}: limits and edges`, () => limitsAndEdges(subject))
  describe(`${subject.name}: topics`, () => topicsOfTheirOwn(subject))
  describe(`${subject.name}: waiting and closing`, () => waitingAndClosing(subject))
  if (subject.durable) describe(`${subject.name}: opening again`, () => openingAgain(subject))
}

function appendAndRead(subject: LogSubject<OpenedLog>): void {
  test('a record comes back as it was given, with its partition, offset and append time', () =>
    onFreshLog(subject, async ({ log }) => {
      const given = record('acme/car-1', 'hello', {
        at: 1_699_999_999_999.5,
        headers: { reason: 'shape', '__proto__ ': 'ñ' },
      })
      const sentAt = log.now()
      const [position] = await log.append([given])
      const storedAt = log.now()
      const partition = partitionOf('acme/car-1', partitions)
      assert.deepEqual(position, { topic: 'telemetry', partition, offset: 0 })
      const [stored] = (await log.read('telemetry', partition, 0, everything)).records
      const { appendedAt } = stored!
      assert.ok(sentAt <= appendedAt && appendedAt <= storedAt, `${sentAt} <= ${appendedAt} <= ${storedAt}`)
      const expected = { ...given, partition, offset: 0, appendedAt, receivedAt: appendedAt }
      assert.deepEqual({ ...stored, value: Buffer.from(stored!.value) }, expected)
    }))

  test('a record keeps when it was received, to the millisecond, be it before or after its append by years', () =>
    onFreshLog(subject, async ({ log }, clock) => {
      const times = [
        clock.at - 7,
        clock.at,
        clock.at + 0.75,
        clock.at - 2 ** 31,
        clock.at + 2 ** 31,
        clock.at - 2 ** 40,
        0,
        4e12,
      ]
      await log.append(times.flatMap((receivedAt, i) => [record('k', `${i}`, { receivedAt }), record('k', 'unsaid')]))
      const read = await readWhole(log, 'telemetry')
      assert.deepEqual(
        read.map(({ receivedAt }) => receivedAt),
        times.flatMap((time, i) => [Math.floor(time), read[2 * i + 1]!.appendedAt]),
      )
    }))

  test('empty values, empty headers, empty keys and keys outside ASCII are kept apart', () =>
    onFreshLog(subject, async ({ log }) => {
      const keys = ['', 'acme/a', 'acme/ñandú', '\u{1f697}/x', 'k'.repeat(5000)]
      await log.append(keys.map((key) => record(key, '', { headers: {} })))
      const stored = await readWhole(log, 'telemetry')
      assert.deepEqual(stored.map(({ key }) => key).sort(), [...keys].sort())
      for (const { key, value, partition, headers } of stored) {
        assert.equal(partition, partitionOf(key, partitions))
        assert.equal(value.byteLength, 0)
        assert.equal(headers, undefined)
      }
    }))

  test('offsets are dense in each topic and partition, and positions come in the order given', () =>
    onFreshLog(subject, async ({ log }) => {
      const given = Array.from({ length: 200 }, (_, i) =>
        record(`acme/${i % 17}`, String(i), { topic: i % 3 === 0 ? 'event' : 'telemetry' }),
      )
      const positions = await log.append(given)
      for (const [i, { topic, partition, offset }] of positions.entries()) {
        const [stored] = (await log.read(topic, partition, offset, { records: 1, bytes: 1e6 })).records
        assert.equal(text(stored!), String(i))
      }
      for (const topic of ['event', 'telemetry'] as const)
        for (let partition = 0; partition < partitions; partition++)
          assert.deepEqual(
            (await log.read(topic, partition, 0, everything)).records.map(({ offset }) => offset),
            positions.filter((at) => at.topic === topic && at.partition === partition).map((_, i) => i),
          )
    }))

  test('the bytes are copied before append returns', () =>
    onFreshLog(subject, async ({ log }) => {
      const memory = Buffer.from('before')
      const appending = log.append([record('k', '', { value: memory })])
      memory.write('after!')
      await appending
      assert.equal(text((await readWhole(log, 'telemetry'))[0]!), 'before')
    }))

  test('what a reader does to the bytes it got changes nothing', () =>
    onFreshLog(subject, async ({ log }) => {
      await log.append([record('k', 'intact')])
      const [given] = await readWhole(log, 'telemetry')
      given!.value.fill(0)
      assert.equal(text((await readWhole(log, 'telemetry'))[0]!), 'intact')
    }))

  test('a thousand concurrent appends keep the order of the calls for each key', () =>
    onFreshLog(subject, async ({ log }) => {
      const appends: Promise<unknown>[] = []
      for (let i = 0; i < 1000; i++) {
        appends.push(log.append([record(`acme/${i % 10}`, String(i)), record(`acme/${(i + 1) % 10}`, `${i}b`)]))
        if (i % 100 === 99) await appends[i - 50]
      }
      await Promise.all(appends)
      const stored = await readWhole(log, 'telemetry')
      assert.equal(stored.length, 2000)
      const lastOf = new Map<string, number>()
      for (const one of stored) {
        const order = Number.parseInt(text(one), 10)
        assert.ok(order > (lastOf.get(one.key) ?? -1), `${one.key}: ${order} after ${lastOf.get(one.key)}`)
        lastOf.set(one.key, order)
      }
    }))

  test('append times never go back, though the clock does', () =>
    onFreshLog(subject, async ({ log }, clock) => {
      for (const step of [0, 1000, -5000, 2000]) {
        clock.at += step
        await log.append([record('k', 'x')])
      }
      const times = (await readWhole(log, 'telemetry')).map(({ appendedAt }) => appendedAt)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
      const startAt = 1_700_000_000_000
      if (subject.isClockGiven)
        assert.deepEqual(
          times.map((at) => at - startAt),
          [0, 1000, 1000, 1000],
        )
    }))

  test('appending nothing gives nothing', () =>
    onFreshLog(subject, async ({ log }) => {
      assert.deepEqual(await log.append([]), [])
      assert.deepEqual(await log.bounds('telemetry', 0), { start: 0, end: 0 })
    }))
}

function limitsAndEdges(subject: LogSubject<OpenedLog>): void {
  const partition = partitionOf('k', partitions)

  test('a read never gives more records or bytes than asked, but always one', () =>
    onFreshLog(subject, async ({ log }) => {
      await log.append(Array.from({ length: 50 }, (_, i) => record('k', `${i}`.padEnd(100, '.'))))
      await log.append([record('k', 'L'.repeat(300_000))])
      const offsets = async (offset: number, records: number, bytes: number): Promise<number[]> =>
        (await log.read('telemetry', partition, offset, { records, bytes })).records.map((one) => one.offset)
      assert.deepEqual(await offsets(0, 3, 1e6), [0, 1, 2])
      assert.deepEqual(await offsets(10, 100, 250), [10, 11])
      assert.deepEqual(await offsets(10, 100, 300), [10, 11, 12])
      assert.deepEqual(await offsets(10, 100, 1), [10])
      assert.deepEqual(await offsets(49, 100, 1000), [49])
      assert.deepEqual(await offsets(50, 100, 1000), [50])
      assert.deepEqual(await offsets(51, 100, 1000), [])
      assert.deepEqual(await offsets(5000, 100, 1000), [])
    }))

  test('small steps read what one large read does', () =>
    onFreshLog(subject, async ({ log }) => {
      for (let i = 0; i < 10; i++)
        await log.append(Array.from({ length: 1 + i * 3 }, (_, j) => record('k', `${i}/${j}`)))
      const whole = (await log.read('telemetry', partition, 0, everything)).records.map(text)
      const stepped: string[] = []
      for (;;) {
        const next = (await log.read('telemetry', partition, stepped.length, { records: 4, bytes: 1e6 })).records
        if (next.length === 0) break
        stepped.push(...next.map(text))
      }
      assert.deepEqual(stepped, whole)
      assert.deepEqual((await log.read('telemetry', partition, 77, everything)).records.map(text), whole.slice(77))
    }))

  test('topics and partitions nobody wrote to are empty', () =>
    onFreshLog(subject, async ({ log }) => {
      await log.append([record('k', 'x')])
      assert.deepEqual((await log.read('alert', 0, 0, everything)).records, [])
      assert.deepEqual(await log.bounds('alert', 0), { start: 0, end: 0 })
      assert.deepEqual(await log.bounds('telemetry', partition), { start: 0, end: 1 })
    }))
}

function topicsOfTheirOwn(subject: LogSubject<OpenedLog>): void {
  const topics = [{ name: 'one', partitions: 1 }, { name: 'seven', partitions: 7 }, { name: 'usual' }]

  test('each topic has its own number of partitions, or that of the log', () =>
    onFreshLog(
      subject,
      async ({ log }) => {
        for (const [topic, count] of [
          ['one', 1],
          ['seven', 7],
          ['usual', partitions],
        ] as const) {
          assert.equal(log.partitionsOf(topic), count)
          const keys = Array.from({ length: 50 }, (_, i) => `acme/${i}`)
          const positions = await log.append(keys.map((key) => record(key, key, { topic })))
          assert.deepEqual(
            positions.map(({ partition }) => partition),
            keys.map((key) => partitionOf(key, count)),
          )
          assert.deepEqual((await readWhole(log, topic)).map(({ key }) => key).sort(), [...keys].sort())
          await assert.rejects(log.read(topic, count, 0, everything), RangeError)
        }
      },
      { topics },
    ))

  test('a topic that nobody declared is a RangeError with its name, and nothing of the call is stored', () =>
    onFreshLog(
      subject,
      async ({ log }) => {
        const namesIt = (error: unknown): boolean =>
          error instanceof RangeError && error.message.includes('"telemetry"')
        await assert.rejects(log.append([record('k', 'x', { topic: 'one' }), record('k', 'x')]), namesIt)
        await assert.rejects(log.read('telemetry', 0, 0, everything), namesIt)
        assert.throws(() => log.partitionsOf('telemetry'), namesIt)
        await log.append([record('k', 'y', { topic: 'one' })])
        assert.deepEqual((await readWhole(log, 'one')).map(text), ['y'])
      },
      { topics },
    ))

  test('what can be no topic is refused when the log is opened', async () => {
    await using place = subject.place()
    for (const name of ['', 'a/b', 'ñ', 'epoch', '..', 'x'.repeat(250)])
      await assert.rejects(place.open({ partitions, clock: settableClock(), topics: [{ name }] }), RangeError)
    for (const wrong of [0, -1, 1.5, 70_000])
      await assert.rejects(
        place.open({ partitions, clock: settableClock(), topics: [{ name: 'a', partitions: wrong }] }),
        RangeError,
      )
  })
}

function waitingAndClosing(subject: LogSubject<OpenedLog>): void {
  const hourMs = 3_600_000

  test('appended resolves when one of its topics grows', { timeout: 20_000 }, () =>
    onFreshLog(subject, async ({ log }) => {
      const woken = log.appended(['event', 'alert'], new AbortController().signal, hourMs)
      await log.append([record('k', 'x', { topic: 'alert' })])
      await woken
    }),
  )

  test('appended is left by its signal and by its time', { timeout: 20_000 }, () =>
    onFreshLog(subject, async ({ log }) => {
      const controller = new AbortController()
      const waiting = log.appended(['event'], controller.signal, hourMs)
      controller.abort()
      await waiting
      await log.appended(['event'], controller.signal, hourMs)
      await log.appended(['event'], new AbortController().signal, 1)
    }),
  )

  test('a reader that follows sees every record, in order', { timeout: 20_000 }, ({ signal }) =>
    onFreshLog(subject, async ({ log }) => {
      const partition = partitionOf('k', partitions)
      const seen: string[] = []
      const follow = async (): Promise<void> => {
        while (seen.length < 300) {
          signal.throwIfAborted()
          const next = (await log.read('telemetry', partition, seen.length, { records: 7, bytes: 1e6 })).records
          if (next.length === 0) await log.appended(['telemetry'], signal, hourMs)
          seen.push(...next.map(text))
        }
      }
      const following = follow()
      for (let i = 0; i < 300; i += 3) await log.append([0, 1, 2].map((j) => record('k', String(i + j))))
      await following
      assert.deepEqual(
        seen,
        Array.from({ length: 300 }, (_, i) => String(i)),
      )
    }),
  )

  test(
    'closing waits for the appends under way, wakes those who wait, and refuses the rest',
    { timeout: 20_000 },
    async () => {
      await using place = subject.place()
      const { log } = await place.open({ partitions, clock: settableClock() })
      const appending = log.append([record('k', 'x')])
      const waiting = log.appended(['event'], new AbortController().signal, hourMs)
      await log[Symbol.asyncDispose]()
      assert.equal((await appending).length, 1)
      await waiting
      await assert.rejects(log.append([record('k', 'x')]), outage('LOG_CLOSED'))
      await assert.rejects(log.read('event', 0, 0, everything), outage('LOG_CLOSED'))
      await log.appended(['event'], new AbortController().signal, hourMs)
      await log[Symbol.asyncDispose]()
    },
  )
}

function openingAgain(subject: LogSubject<OpenedLog>): void {
  test('records, offsets and append times outlive closing', async () => {
    await using place = subject.place()
    const clock = settableClock()
    const partition = partitionOf('k', partitions)
    const offsets: number[] = []
    for (let round = 0; round < 4; round++) {
      await using opened = await place.open({ partitions, clock })
      const [position] = await opened.log.append([record('k', `round ${round}`)])
      offsets.push(position!.offset)
      clock.at -= 1000
    }
    assert.deepEqual(offsets, [0, 1, 2, 3])
    await using opened = await place.open({ partitions, clock })
    assert.deepEqual(await opened.log.bounds('telemetry', partition), { start: 0, end: 4 })
    const stored = (await opened.log.read('telemetry', partition, 0, everything)).records
    assert.deepEqual(
      stored.map(text),
      offsets.map((round) => `round ${round}`),
    )
    const times = stored.map(({ appendedAt }) => appendedAt)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    if (subject.isClockGiven) assert.deepEqual(new Set(times), new Set([1_700_000_000_000]))
  })

  test('an epoch begins with the first append of each opener, and all are remembered', async () => {
    await using place = subject.place()
    const open = () => place.open({ partitions, clock: settableClock() })
    const known: number[][] = []
    for (let round = 0; round < 3; round++) {
      await using opened = await open()
      known.push([...(await opened.log.epochs())])
      await opened.log.append([record('k', 'x')])
      await opened.log.append([record('k', 'y')])
      const { epoch } = await opened.log.read('telemetry', 0, 0, everything)
      assert.ok(Number.isInteger(epoch) && epoch > 0 && epoch < 2 ** 48)
      assert.deepEqual(await opened.log.epochs(), [...known.at(-1)!, epoch])
    }
    assert.deepEqual(
      known.map(({ length }) => length),
      [0, 1, 2],
    )
  })

  test('opening with another number of partitions is refused with a remedy', async () => {
    await using place = subject.place()
    {
      await using opened = await place.open({ partitions, clock: settableClock() })
      await opened.log.append([record('k', 'x')])
    }
    await assert.rejects(place.open({ partitions: partitions + 1, clock: settableClock() }), outage('LOG_MISMATCH'))
    await using opened = await place.open({ partitions, clock: settableClock() })
    assert.equal((await readWhole(opened.log, 'telemetry')).length, 1)
  })
}
