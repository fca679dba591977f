// The promises of every store on its writing side, whatever its rows: positions with the rows, once
// and only once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import type { Change, Projection } from './projection.ts'

/** Opens an empty store. */
export type OpenStore<Store> = () => Promise<Store & AsyncDisposable>

export type ProjectionSubject<Row, Store extends Projection<Row>> = {
  /** Two versions of one row, then another row. */
  readonly first: Change<Row>
  readonly second: Change<Row>
  readonly other: Change<Row>
  /** Ids of the rows there are, in any order. */
  readonly ids: (store: Store) => Promise<readonly string[]>
  /** A row the database cannot hold. */
  readonly unstorable: Change<Row>
  /** False where no row is ever forgotten by its id. */
  readonly forgets?: false
}

export const outage = (code: string) => (error: unknown) => error instanceof Outage && error.code === code

export function projectionContract<Row, Store extends Projection<Row>>(
  name: string,
  open: OpenStore<Store>,
  subject: ProjectionSubject<Row, Store>,
): void {
  const { first, second, other, ids, unstorable, forgets = true } = subject

  test(`${name}: a new store has no positions`, async () => {
    await using store = await open()
    assert.deepEqual(await store.positions(), {})
  })

  test(`${name}: rows and positions are there together, and positions of other partitions stay`, async () => {
    await using store = await open()
    await store.put([first], { 'telemetry/0': 7 })
    await store.put([other], { 'telemetry/1': 3 })
    await store.put([], { 'telemetry/0': 9 })
    assert.deepEqual(await store.positions(), { 'telemetry/0': 9, 'telemetry/1': 3 })
    assert.deepEqual([...(await ids(store))].sort(), [first.id, other.id].sort())
  })

  test(`${name}: epochs of logs are kept beside the positions as they are, up to 48 bits, and void ones too`, async () => {
    await using store = await open()
    await store.put([first], { 'telemetry/0': 7, 'epoch/00ff': 2 ** 48 - 1 })
    await store.put([], { 'telemetry/0': 8, 'epoch/00ff': -1, 'epoch/a1': 5 })
    await store.put([], { 'epoch/a1': 2 ** 47 })
    assert.deepEqual(await store.positions(), { 'telemetry/0': 8, 'epoch/00ff': -1, 'epoch/a1': 2 ** 47 })
  })

  test(`${name}: putting the same twice is the same as once`, async () => {
    await using store = await open()
    for (let i = 0; i < 2; i++) await store.put([first, second, other], { 'telemetry/0': 3 })
    assert.deepEqual([...(await ids(store))].sort(), [first.id, other.id].sort())
    assert.deepEqual(await store.positions(), { 'telemetry/0': 3 })
  })

  if (forgets)
    test(`${name}: a tombstone forgets the row, in the order given, and may be for a row that never was`, async () => {
      await using store = await open()
      await store.put([first, { id: first.id, row: null }, other, { id: 'acme/nobody', row: null }], {})
      assert.deepEqual(await ids(store), [other.id])
      await store.put([{ id: other.id, row: null }, first], {})
      assert.deepEqual(await ids(store), [first.id])
      await store.put([{ id: first.id, row: null }, first], {})
      assert.deepEqual(await ids(store), [first.id])
      await store.put([{ id: first.id, row: null }], {})
      assert.deepEqual(await ids(store), [])
    })

  test(`${name}: a batch with one row the database cannot hold changes nothing`, async () => {
    await using store = await open()
    await store.put([first], { 'telemetry/0': 1 })
    await assert.rejects(store.put([other, unstorable], { 'telemetry/0': 3 }), outage('ROW_REFUSED'))
    assert.deepEqual(await ids(store), [first.id])
    assert.deepEqual(await store.positions(), { 'telemetry/0': 1 })
  })

  test(`${name}: after disposal every call is told so`, async () => {
    const store = await open()
    await store[Symbol.asyncDispose]()
    await assert.rejects(store.put([first], {}), outage('STORE_CLOSED'))
    await assert.rejects(store.positions(), outage('STORE_CLOSED'))
    await assert.rejects(ids(store), outage('STORE_CLOSED'))
  })
}
