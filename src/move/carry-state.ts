// State beside a log, carried into another store: that of the jobs, sessions of clients, memories
// of the translator. Stores of one log may be of other makes, and give the same entries.
import { createHash } from 'node:crypto'
import { Outage } from '../base/errors.ts'
import type { Positions } from '../eventlog/event-log.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'

export type StateToCarry = Pick<StateStore, 'positions' | 'tasks' | 'range' | 'commit' | 'clear'>

export type StateMove = {
  readonly positions: (positions: Positions) => Positions
  /** The value of an entry, whose positions may be others. */
  readonly value: (key: string, value: Uint8Array) => Uint8Array
}

/** Of one commit. */
const stepBytes = 2 * 2 ** 20
const stepEntries = 5_000

export type CarriedEntries = { readonly entries: number; readonly digest: string }

/** Carries all tasks, in place of what is there of them, and gives the number of their entries and
 *  a SHA-256 over all, both as they are read afterwards from where they went. Rejects with the
 *  outages of the stores, and MOVE_DIFFERS where they are not the same afterwards. */
export async function carryState(from: StateToCarry, to: StateToCarry, move: StateMove): Promise<CarriedEntries> {
  for (const task of to.tasks()) await to.clear(task)
  for (const task of from.tasks()) {
    let step: StateChange[] = []
    let bytes = 0
    for (const [key, stored] of from.range(task, '')) {
      const value = move.value(key, stored)
      step.push({ key, value })
      bytes += value.byteLength
      if (bytes < stepBytes && step.length < stepEntries) continue
      await to.commit([{ task, positions: {}, state: step }], [])
      step = []
      bytes = 0
    }
    await to.commit([{ task, positions: move.positions(from.positions(task)), state: step }], [])
  }
  const there = digestOf(to)
  if (digestOf(from, move).digest !== there.digest)
    throw new Outage(
      'MOVE_DIFFERS',
      'What was remembered beside the log is not the same after it was carried. Something else wrote to it: give the move up (`roadstream move --give-up`), and begin it again.',
      { retryable: false },
    )
  return there
}

const unmoved: StateMove = { positions: (positions) => positions, value: (_, value) => value }

function digestOf(store: StateToCarry, move: StateMove = unmoved): CarriedEntries {
  let entries = 0
  const hash = createHash('sha256')
  for (const task of store.tasks()) {
    const positions = Object.entries(move.positions(store.positions(task))).sort(([a], [b]) => (a < b ? -1 : 1))
    hash.update(JSON.stringify([task, positions]))
    for (const [key, stored] of store.range(task, '')) {
      const value = move.value(key, stored)
      entries += 1
      hash.update(JSON.stringify([key, value.byteLength])).update(value)
    }
  }
  return { entries, digest: hash.digest('hex') }
}

/** Has every position of every task seen, in values too. */
export function seePositions(store: StateToCarry, move: StateMove): void {
  for (const task of store.tasks()) {
    move.positions(store.positions(task))
    for (const [key, value] of store.range(task, '')) move.value(key, value)
  }
}
