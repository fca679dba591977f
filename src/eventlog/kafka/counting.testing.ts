// A job of the tests of state: it counts, and says so in all that a commit has.
import assert from 'node:assert/strict'
import { record } from '../event-log-subject.testing.ts'
import type { EventLog } from '../event-log.ts'
import { readWhole } from '../read-whole.testing.ts'
import type { StateStore } from '../state-store.ts'

export const task = 'trips@1/1'

/** Adds one to the count, in the state, in the positions and in an output. */
export async function count({ state }: { readonly state: StateStore }, of = task): Promise<void> {
  const n = (state.positions(of)['event/0'] ?? 0) + 1
  const value = Buffer.from(String(n))
  const changes = [
    { key: 'count', value },
    { key: `n/${n}`, value },
  ]
  const outputs = [record(of, String(n), { topic: 'trip' }), record(of, String(n), { topic: 'alert' })]
  await state.commit([{ task: of, positions: { 'event/0': n }, state: changes }], outputs)
}

const textsOf = async (log: EventLog, topic: string, key: string): Promise<string[]> =>
  (await readWhole(log, topic)).filter((each) => each.key === key).map(({ value }) => Buffer.from(value).toString())

/** All there is says the same count, and each output is there once, in order. */
export async function checkCounts(log: EventLog, state: StateStore, counted: number, of = task): Promise<void> {
  const numbers = Array.from({ length: counted }, (_, index) => String(index + 1))
  assert.deepEqual(await textsOf(log, 'trip', of), numbers)
  assert.deepEqual(await textsOf(log, 'alert', of), numbers)
  assert.equal(state.positions(of)['event/0'], counted)
  assert.equal(Buffer.from(state.get(of, 'count')!).toString(), String(counted))
  assert.deepEqual(Array.from(state.range(of, 'n/'), ([key]) => key).sort(), numbers.map((n) => `n/${n}`).sort())
}
