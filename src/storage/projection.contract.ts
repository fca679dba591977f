// What every store keeps on its writing side, whatever its rows: positions with the rows, once and only once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import type { Change, Projection } from './projection.ts'
import type { OpenStorage } from './contract-rows.testing.ts'
import type { Storage } from './storage.ts'

export type ProjectionSubject<Row> = {
  readonly store: (storage: Storage) => Projection<Row>
  /** Two versions of one row, then another row. */
  readonly first: Change<Row>
  readonly second: Change<Row>
  readonly other: Change<Row>
  /** Ids of the rows there are, in any order. */
  readonly ids: (storage: Storage) => Promise<readonly string[]>
  /** A row the database cannot hold. */
  readonly unstorable: Change<Row>
}

export const outage = (code: string) => (error: unknown) => error instanceof Outage && error.code === code

export function projectionContract<Row>(name: string, open: OpenStorage, subject: ProjectionSubject<Row>): void {
  const { store, first, second, other, ids, unstorable } = subject

  test(`${name}: a new store has no positions`, async () => {
    await using storage = await open()
    assert.deepEqual(await store(storage).positions(), {})
  })

  test(`${name}: rows and positions are there together, and positions of other partitions stay`, async () => {
    await using storage = await open()
    await store(storage).put([first], { 'telemetry/0': 7 })
    await store(storage).put([other], { 'telemetry/1': 3 })
    await store(storage).put([], { 'telemetry/0': 9 })
    assert.deepEqual(await store(storage).positions(), { 'telemetry/0': 9, 'telemetry/1': 3 })
    assert.deepEqual([...(await ids(storage))].sort(), [first.id, other.id].sort())
  })

  test(`${name}: epochs of logs are kept beside the positions as they are, up to 48 bits, and void ones too`, async () => {
    await using storage = await open()
    await store(storage).put([first], { 'telemetry/0': 7, 'epoch/00ff': 2 ** 48 - 1 })
    await store(storage).put([], { 'telemetry/0': 8, 'epoch/00ff': -1, 'epoch/a1': 5 })
    await store(storage).put([], { 'epoch/a1': 2 ** 47 })
    assert.deepEqual(await store(storage).positions(), { 'telemetry/0': 8, 'epoch/00ff': -1, 'epoch/a1': 2 ** 47 })
  })

  test(`${name}: putting the same twice is the same as once`, async () => {
    await using storage = await open()
    for (let i = 0; i < 2; i++) await store(storage).put([first, second, other], { 'telemetry/0': 3 })
    assert.deepEqual([...(await ids(storage))].sort(), [first.id, other.id].sort())
    assert.deepEqual(await store(storage).positions(), { 'telemetry/0': 3 })
  })

  test(`${name}: a tombstone forgets the row, in the order given, and may be for a row that never was`, async () => {
    await using storage = await open()
    await store(storage).put([first, { id: first.id, row: null }, other, { id: 'acme/nobody', row: null }], {})
    assert.deepEqual(await ids(storage), [other.id])
    await store(storage).put([{ id: other.id, row: null }, first], {})
    assert.deepEqual(await ids(storage), [first.id])
    await store(storage).put([{ id: first.id, row: null }, first], {})
    assert.deepEqual(await ids(storage), [first.id])
    await store(storage).put([{ id: first.id, row: null }], {})
    assert.deepEqual(await ids(storage), [])
  })

  test(`${name}: a batch with one row the database cannot hold changes nothing`, async () => {
    await using storage = await open()
    await store(storage).put([first], { 'telemetry/0': 1 })
    await assert.rejects(store(storage).put([other, unstorable], { 'telemetry/0': 3 }), outage('ROW_REFUSED'))
    assert.deepEqual(await ids(storage), [first.id])
    assert.deepEqual(await store(storage).positions(), { 'telemetry/0': 1 })
  })

  test(`${name}: after disposal every call is told so`, async () => {
    const storage = await open()
    await storage[Symbol.asyncDispose]()
    await assert.rejects(store(storage).put([first], {}), outage('STORE_CLOSED'))
    await assert.rejects(store(storage).positions(), outage('STORE_CLOSED'))
    await assert.rejects(ids(storage), outage('STORE_CLOSED'))
  })
}
