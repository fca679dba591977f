// The promises of every state store, as one suite that each adapter runs: all of a commit or
// nothing of it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { Outage } from '../base/errors.ts'
import { onFreshLog, record, settableClock, type LogSubject, type SweptSubject } from './event-log-subject.testing.ts'
import { readWhole } from './read-whole.testing.ts'
import type { LogAndState, StateChange, StateStore, TaskCommit } from './state-store.ts'

const task = 'trips/0'
/** A commit of one task. */
const one = (changes: readonly StateChange[], more: Partial<TaskCommit> = {}): TaskCommit[] => [
  { task, positions: {}, state: changes, ...more },
]
const entry = (key: string, text?: string): StateChange =>
  text === undefined ? { key } : { key, value: Buffer.from(text) }
const entries = (state: StateStore, of: string, prefix = ''): [string, string][] =>
  [...state.range(of, prefix)].map(([key, value]) => [key, Buffer.from(value).toString()])
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString()

export type StateSubject = LogSubject<LogAndState>

export function stateStoreContract(subject: StateSubject): void {
  describe(`${subject.name}: state store`, () => {
    commits(subject)
    keysAndRanges(subject)
    if (subject.durable) durability(subject)
    modelTest(subject)
  })
}

function commits(subject: StateSubject): void {
  test('a commit stores state, positions and outputs, and all are there when it resolves', () =>
    onFreshLog(subject, async ({ log, state }) => {
      assert.deepEqual(state.positions(task), {})
      assert.equal(state.get(task, 'a'), undefined)
      const positions = { 'telemetry/3': 1042, 'event/3': 7 }
      await state.commit(one([entry('a', '1'), entry('b', '')], { positions }), [
        record('x', 'first', { topic: 'trip' }),
        record('x', 'second', { topic: 'trip' }),
      ])
      assert.deepEqual(state.positions(task), positions)
      assert.deepEqual([textOf(state.get(task, 'a')), textOf(state.get(task, 'b'))], ['1', ''])
      assert.deepEqual(
        (await readWhole(log, 'trip')).map(({ value }) => textOf(value)),
        ['first', 'second'],
      )
    }))

  test('a log that is closed takes no commit', async () => {
    await using place = subject.place()
    const { log, state } = await place.open({ partitions: 1, clock: settableClock() })
    await log[Symbol.asyncDispose]()
    const refused = (error: unknown): boolean => error instanceof Outage && error.code === 'LOG_CLOSED'
    await assert.rejects(state.commit(one([]), []), refused)
  })

  test('tasks that commit together are stored together', () =>
    onFreshLog(subject, async ({ log, state }) => {
      const positions = { 'telemetry/3': 9 }
      const tasks = ['trips/3', 'crash/3', 'twin/3']
      await state.commit(
        tasks.map((each) => ({ task: each, positions, state: [entry('a', each)] })),
        [record('x', 'said', { topic: 'trip' })],
      )
      for (const each of tasks) {
        assert.deepEqual(state.positions(each), positions)
        assert.deepEqual(entries(state, each), [['a', each]])
      }
      assert.equal((await readWhole(log, 'trip')).length, 1)
    }))

  test('outputs wake those who wait for their topic', { timeout: 20_000 }, () =>
    onFreshLog(subject, async ({ log, state }) => {
      const woken = log.appended(['alert'], new AbortController().signal, 3_600_000)
      await state.commit(one([]), [record('x', 'y', { topic: 'alert' })])
      await woken
    }),
  )

  test('a later commit replaces values and positions, deletes, and the last change of a key wins', () =>
    onFreshLog(subject, async ({ state }) => {
      await state.commit(one([entry('a', '1'), entry('b', '1'), entry('c', '1')], { positions: { 'event/0': 1 } }), [])
      const changes = [
        entry('a', '2'),
        entry('b'),
        entry('never'),
        entry('c'),
        entry('c', '3'),
        entry('d', '4'),
        entry('d'),
      ]
      await state.commit(one(changes, { positions: { 'event/0': 2 } }), [])
      assert.deepEqual(entries(state, task), [
        ['a', '2'],
        ['c', '3'],
      ])
      assert.deepEqual(state.positions(task), { 'event/0': 2 })
    }))

  test('the bytes are copied both ways', () =>
    onFreshLog(subject, async ({ state }) => {
      const memory = Buffer.from('before')
      const committing = state.commit(one([{ key: 'a', value: memory }]), [])
      memory.write('after!')
      await committing
      state.get(task, 'a')!.fill(0)
      for (const [, value] of state.range(task, '')) value.fill(0)
      assert.equal(textOf(state.get(task, 'a')), 'before')
    }))

  test('concurrent commits of many tasks, with appends between them, each stay whole', () =>
    onFreshLog(subject, async ({ log, state }) => {
      const work: Promise<unknown>[] = []
      for (let round = 0; round < 20; round++)
        for (let n = 0; n < 5; n++) {
          const changes = [entry('round', String(round)), entry(`r${round}`, 'x')]
          work.push(
            state.commit(one(changes, { task: `job/${n}`, positions: { 'event/0': round } }), [
              record(`job/${n}`, `${round}`, { topic: 'trip' }),
            ]),
          )
          work.push(log.append([record('k', 'x')]))
        }
      await Promise.all(work)
      for (let n = 0; n < 5; n++) {
        assert.equal(textOf(state.get(`job/${n}`, 'round')), '19')
        assert.equal(entries(state, `job/${n}`).length, 21)
        assert.deepEqual(state.positions(`job/${n}`), { 'event/0': 19 })
        const outputs = (await readWhole(log, 'trip')).filter(({ key }) => key === `job/${n}`)
        assert.deepEqual(
          outputs.map(({ value }) => textOf(value)),
          Array.from({ length: 20 }, (_, round) => String(round)),
        )
      }
    }))
}

/** Of a store whose room is bounded. */
export function fullStateContract(subject: SweptSubject): void {
  test('a commit that does not fit changes neither state nor positions nor topics', { timeout: 60_000 }, () =>
    onFreshLog(
      subject,
      async ({ log, state }) => {
        await state.commit(one([entry('a', '1')], { positions: { 'event/0': 1 } }), [
          record('x', '1', { topic: 'trip' }),
        ])
        const big = new Uint8Array(subject.bytesMaxLeast)
        const output = record('x', '2', { topic: 'trip' })
        const fits = one([entry('a', '2')], { positions: { 'event/0': 2 } })
        for (const [commits, outputs] of [
          [one([entry('a', '2'), { key: 'big', value: big }], { positions: { 'event/0': 2 } }), [output]],
          [[...fits, ...one([{ key: 'big', value: big }], { task: 'twin/0' })], [output]],
          [fits, [output, record('x', '', { topic: 'trip', value: big })]],
        ] as const)
          await assert.rejects(
            state.commit(commits, outputs),
            (error) => error instanceof Outage && error.code === 'LOG_FULL' && error.retryable,
          )
        assert.deepEqual(state.tasks(), [task])
        assert.deepEqual(state.positions(task), { 'event/0': 1 })
        assert.deepEqual(entries(state, task), [['a', '1']])
        assert.equal((await readWhole(log, 'trip')).length, 1)
        await state.commit(fits, [])
        assert.equal(textOf(state.get(task, 'a')), '2')
      },
      { bytesMax: subject.bytesMaxLeast },
    ),
  )
}

function keysAndRanges(subject: StateSubject): void {
  test('a range gives the keys with its prefix in the order of their UTF-8 bytes', () =>
    onFreshLog(subject, async ({ state }) => {
      const keys = ['b', 'a/2', 'a/10', 'a', 'a/', 'aé', 'a\u{ffff}', 'a\u{1f697}', 'ab', 'a/2/x', 'Ω', '']
      await state.commit(one(keys.map((key) => entry(key, key))), [])
      const inOrder = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      for (const prefix of ['', 'a', 'a/', 'a/2', 'aé', 'b', 'zz'])
        assert.deepEqual(
          entries(state, task, prefix).map(([key]) => key),
          inOrder.filter((key) => key.startsWith(prefix)),
          prefix,
        )
    }))

  test('a range of thousands of entries gives each once', () =>
    onFreshLog(subject, async ({ state }) => {
      const keys = Array.from({ length: 3_000 }, (_, i) => `timer/${String(i).padStart(6, '0')}`)
      await state.commit(one(keys.map((key) => entry(key, 'x'))), [])
      assert.deepEqual(
        entries(state, task, 'timer/').map(([key]) => key),
        keys,
      )
    }))

  test('a task of tens of thousands of entries is cleared whole', { timeout: 60_000 }, () =>
    onFreshLog(subject, async ({ state }) => {
      await state.commit(one(Array.from({ length: 12_000 }, (_, i) => entry(String(i), 'x'))), [])
      await state.commit(one([entry('kept', 'x')], { task: 'trips/00' }), [])
      await state.clear(task)
      assert.deepEqual([entries(state, task), state.positions(task), state.tasks()], [[], {}, ['trips/00']])
      assert.deepEqual(entries(state, 'trips/00'), [['kept', 'x']])
    }),
  )

  test('a range of long values gives each once', () =>
    onFreshLog(subject, async ({ state }) => {
      const keys = Array.from({ length: 30 }, (_, i) => `body/${String(i).padStart(2, '0')}`)
      await state.commit(one(keys.map((key) => entry(key, key.repeat(15_000)))), [])
      assert.deepEqual(
        entries(state, task, 'body/'),
        keys.map((key) => [key, key.repeat(15_000)]),
      )
    }))

  test('tasks see nothing of one another, and clear forgets one of them whole', () =>
    onFreshLog(subject, async ({ log, state }) => {
      const tasks = ['trips/1', 'trips/10', 'trips/1 ', 'twin/1']
      assert.deepEqual(state.tasks(), [])
      for (const each of tasks)
        await state.commit(one([entry('key', each), entry('/0', each)], { task: each, positions: { 'event/1': 5 } }), [
          record('x', 'y', { topic: 'trip' }),
        ])
      const inOrder = tasks.toSorted()
      assert.deepEqual(state.tasks(), inOrder)
      await state.clear('trips/1')
      await state.clear('unknown')
      assert.deepEqual(state.positions('trips/1'), {})
      assert.deepEqual(entries(state, 'trips/1'), [])
      assert.deepEqual(state.tasks(), inOrder.slice(1))
      for (const each of tasks.slice(1)) {
        assert.deepEqual(state.positions(each), { 'event/1': 5 })
        assert.deepEqual(entries(state, each), [
          ['/0', each],
          ['key', each],
        ])
      }
      assert.equal((await readWhole(log, 'trip')).length, 4)
    }))
}

function durability(subject: StateSubject): void {
  test('state and positions outlive closing', async () => {
    await using place = subject.place()
    for (let round = 0; round < 3; round++) {
      await using opened = await place.open({ partitions: 2, clock: settableClock() })
      assert.deepEqual(opened.state.positions(task), round === 0 ? {} : { 'event/0': round - 1 })
      assert.equal(textOf(opened.state.get(task, 'round')), round === 0 ? undefined : String(round - 1))
      await opened.state.commit(one([entry('round', String(round))], { positions: { 'event/0': round } }), [])
    }
  })
}

function modelTest(subject: StateSubject): void {
  const anyKey = fc.oneof(fc.constantFrom('a', 'b', 'ab', 'b/1'), fc.string({ unit: 'grapheme', maxLength: 6 }))
  const anyChange = fc.record({
    key: anyKey,
    value: fc.option(fc.uint8Array({ maxLength: 3_000 }), { nil: undefined }),
  })
  const anyStep = fc.record({
    tasks: fc.subarray(['one', 'two', 'three'], { minLength: 1 }),
    changes: fc.array(anyChange, { maxLength: 12 }),
    outputs: fc.nat(3),
    clear: fc.boolean(),
    prefix: anyKey,
  })

  const sees = (state: StateStore, of: string, prefix: string, expected: ReadonlyMap<string, string>): void => {
    const found = [...state.range(of, prefix)].map(([key, value]) => [key, Buffer.from(value).toString('hex')])
    const wanted = [...expected].filter(([key]) => key.startsWith(prefix))
    assert.deepEqual(
      found,
      wanted.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    for (const [key, value] of wanted) assert.equal(Buffer.from(state.get(of, key)!).toString('hex'), value)
  }

  test('random commits and clears agree with plain maps', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 15 }), (steps) =>
        onFreshLog(subject, async ({ log, state }) => {
          const model = new Map<string, Map<string, string>>()
          let outputs = 0
          for (const [at, step] of steps.entries()) {
            if (step.clear && at % 3 === 2) {
              await state.clear(step.tasks[0]!)
              model.delete(step.tasks[0]!)
            }
            const changes = step.changes.map(({ key, value }): StateChange =>
              value === undefined ? { key } : { key, value },
            )
            const made = Array.from({ length: step.outputs }, (_, i) =>
              record(`${i}`, 'out', { topic: 'ledger', headers: { at: `${at}` } }),
            )
            outputs += made.length
            await state.commit(
              step.tasks.map((each) => ({ task: each, positions: { 'event/0': at }, state: changes })),
              made,
            )
            for (const each of step.tasks) {
              const expected = model.get(each) ?? new Map<string, string>()
              model.set(each, expected)
              for (const { key, value } of step.changes) {
                if (value === undefined) expected.delete(key)
                else expected.set(key, Buffer.from(value).toString('hex'))
              }
              assert.deepEqual(state.positions(each), { 'event/0': at })
            }
            for (const [each, expected] of model) sees(state, each, step.prefix, expected)
          }
          assert.equal((await readWhole(log, 'ledger')).length, outputs)
        }),
      ),
      { numRuns: subject.durable ? 12 : 50 },
    ))
}
