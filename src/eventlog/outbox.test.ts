// The suite of the state store over two stores that no transaction holds together, and a process
// that dies at any step between them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import { logTopics, record, settableClock } from './event-log-subject.testing.ts'
import type { EventLog, NewRecord } from './event-log.ts'
import { openMemoryLog } from './memory/memory-log.ts'
import { openOutbox } from './outbox.ts'
import { readWhole } from './read-whole.testing.ts'
import { stateStoreContract } from './state-store.contract.ts'
import type { StateStore } from './state-store.ts'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)
const never = new AbortController().signal

const memoryState = () => openMemoryLog({ partitions: 1, topics: [], clock: settableClock() })

stateStoreContract({
  name: 'state with an outbox',
  durable: false,
  isClockGiven: true,
  place: () => ({
    async open(options) {
      const memory = openMemoryLog({ topics: logTopics, steady: options.clock.steady, ...options })
      const local = memoryState()
      const state = await openOutbox({ state: local.state, log: memory.log, logger: silentLogger, signal: never })
      const close = async (): Promise<void> => {
        await local[Symbol.asyncDispose]()
        await memory[Symbol.asyncDispose]()
      }
      return { log: { ...memory.log, [Symbol.asyncDispose]: close }, state, [Symbol.asyncDispose]: close }
    },
    [Symbol.asyncDispose]: async () => {},
  }),
})

/** A fault of the next append or the next commit of the state: it does not answer though so many
 *  of its records are stored, or the process dies there. */
type Fault = { readonly stored: number; readonly end: 'fails' | 'dies' }

const anyFault = fc.record({ stored: fc.nat(4), end: fc.constantFrom<Fault['end']>('fails', 'dies') })
const anyStep = fc.record({
  outputs: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }),
  /** Of others, before and after. */
  others: fc.nat(3),
  faults: fc.array(fc.option(anyFault, { freq: 2 }), { maxLength: 3 }),
  isDeadInState: fc.constantFrom(false, false, false, true),
})

const failed = (end: Fault['end']): Outage =>
  new Outage(end === 'dies' ? 'KILLED' : 'AWAY', 'It is.', { retryable: end === 'fails' })

/** A log whose appends meet faults in turn: of the records the first ones are stored. */
function faultyLog(log: EventLog, faults: (Fault | null)[]): EventLog {
  return {
    ...log,
    async append(records) {
      const fault = faults.shift()
      if (fault == null) return log.append(records)
      await log.append(records.slice(0, fault.stored))
      throw failed(fault.end)
    },
  }
}

const dyingState = (state: StateStore, isStored: boolean): StateStore => ({
  ...state,
  async commit(...commit) {
    if (isStored) await state.commit(...commit)
    throw failed('dies')
  },
})

test(`killed at any step, each output of a commit that took effect is in the log once and in order (seed ${seed})`, () =>
  fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 8 }), async (steps) => {
      await using memory = openMemoryLog({ partitions: 2, clock: settableClock() })
      await using local = memoryState()
      const options = { logger: silentLogger, signal: never }
      let number = 0
      for (const { outputs, others, faults, isDeadInState } of steps) {
        const appendOthers = () =>
          memory.log.append(Array.from({ length: others }, () => record('a', 'of another', { topic: 'telemetry' })))
        await appendOthers()
        const state = isDeadInState ? dyingState(local.state, others % 2 === 0) : local.state
        const log = faultyLog(memory.log, [...faults])
        try {
          const outbox = await openOutbox({ state, log, ...options })
          number += 1
          const change = { key: String(number), value: Buffer.from(JSON.stringify(outputs)) }
          // Two that are equal are two.
          const said = outputs.flatMap((key) => [saying(key, number), saying(key, number)])
          await outbox.commit([{ task: 'count@1/0', positions: {}, state: [change] }], said)
          const found = await readWhole(memory.log, 'telemetry')
          assert.equal(found.filter(({ value }) => textOf(value) === String(number)).length, said.length)
        } catch (error) {
          if (!(error instanceof Outage && error.code === 'KILLED')) throw error
        }
        await appendOthers()
      }
      await openOutbox({ state: local.state, log: memory.log, ...options })
      const wanted = [...local.state.range('count@1/0', '')].flatMap(([key, value]) =>
        (JSON.parse(textOf(value)) as string[]).flatMap((of) => [`${of} ${key}`, `${of} ${key}`]),
      )
      const found = (await readWhole(memory.log, 'telemetry'))
        .map(({ key, value }) => `${key} ${textOf(value)}`)
        .filter((name) => !name.endsWith('of another'))
      for (const key of ['a', 'b', 'c']) {
        const of = (names: readonly string[]) => names.filter((name) => name.startsWith(key))
        assert.deepEqual(of(found), of(wanted))
      }
    }),
    { numRuns: 60, seed },
  ))

const textOf = (value: Uint8Array): string => Buffer.from(value).toString()
const saying = (key: string, number: number): NewRecord => record(key, String(number))

test('outputs that wait for a log that is away stay for the next opening when the process is told to end', async () => {
  await using memory = openMemoryLog({ partitions: 1, clock: settableClock() })
  await using local = memoryState()
  const stop = new AbortController()
  const append = async (): Promise<never> => {
    stop.abort()
    throw failed('fails')
  }
  const away = { ...memory.log, append }
  const outbox = await openOutbox({ state: local.state, log: away, logger: silentLogger, signal: stop.signal })
  await assert.rejects(outbox.commit([], [record('a', '1')]), (error) => error instanceof Outage && error.retryable)
  assert.deepEqual(outbox.tasks(), [])
  await openOutbox({ state: local.state, log: memory.log, logger: silentLogger, signal: never })
  assert.equal((await readWhole(memory.log, 'telemetry')).length, 1)
  await openOutbox({ state: local.state, log: memory.log, logger: silentLogger, signal: never })
  assert.equal((await readWhole(memory.log, 'telemetry')).length, 1)
})
