// Promises of every GatewayStore.
import assert from 'node:assert/strict'
import { test, type TestOptions } from 'node:test'
import { Outage } from '../base/errors.ts'
import type { NewRecord, StoredRecord } from '../eventlog/event-log.ts'
import type { GatewayStore } from './gateway-store.ts'

export type OpenedGatewayStore = AsyncDisposable & {
  readonly store: GatewayStore
  /** The records of the topic `event`, in order. */
  records(): Promise<readonly StoredRecord[]>
  /** From now on the log takes nothing. */
  fill(): void
}

const record = (text: string): NewRecord => ({ topic: 'event', key: 'acme/v1', at: 1, value: Buffer.from(text) })
const texts = (records: readonly StoredRecord[]): string[] => records.map(({ value }) => Buffer.from(value).toString())
const entriesOf = (store: GatewayStore, prefix: string): (readonly [string, string])[] =>
  [...store.entries(prefix)].map(([key, value]) => [key, Buffer.from(value).toString()] as const)

/** Clients of the entries below are those of the store. */
export const contractClients = ['1', '2', '10'] as const

export function gatewayStoreContract(
  name: string,
  open: () => OpenedGatewayStore | Promise<OpenedGatewayStore>,
  options: TestOptions = {},
): void {
  test(
    `${name}: records and entries are there together, in the order given, copied before it returns`,
    options,
    async () => {
      await using opened = await open()
      const { store } = opened
      const value = Buffer.from('one')
      const committed = store.commit(
        [record('a'), record('b')],
        [
          { key: 's/1', value },
          { key: 's/2', value: Buffer.from('two') },
          { key: 's/2' },
          { key: 's/10', value: Buffer.from('ten') },
        ],
      )
      value.fill(0)
      await committed
      await store.append([record('c')])
      assert.deepEqual(texts(await opened.records()), ['a', 'b', 'c'])
      assert.deepEqual(entriesOf(store, 's/'), [
        ['s/1', 'one'],
        ['s/10', 'ten'],
      ])
      assert.deepEqual([store.get('s/1')?.length, store.get('s/2')], [3, undefined])
    },
  )

  test(`${name}: entries alone are stored, those of another prefix apart`, options, async () => {
    await using opened = await open()
    const { store } = opened
    await store.commit(
      [],
      [
        { key: 's/1', value: Buffer.from('one') },
        { key: 'm/1', value: Buffer.from('kept') },
      ],
    )
    assert.deepEqual(entriesOf(store, 'm/'), [['m/1', 'kept']])
    await store.commit([], [{ key: 's/1' }])
    assert.deepEqual(entriesOf(store, ''), [['m/1', 'kept']])
    assert.deepEqual(await opened.records(), [])
  })

  test(`${name}: a log that takes nothing is told as an outage, and no entry is changed`, options, async () => {
    await using opened = await open()
    const { store } = opened
    await store.commit([record('a')], [{ key: 's/1', value: Buffer.from('one') }])
    opened.fill()
    const refused = (error: unknown): boolean => error instanceof Outage && error.code === 'LOG_FULL'
    await assert.rejects(store.commit([record('b')], [{ key: 's/1' }]), refused)
    await assert.rejects(store.append([record('c')]), refused)
    assert.deepEqual([texts(await opened.records()), entriesOf(store, '')], [['a'], [['s/1', 'one']]])
  })

  test(`${name}: its time does not go back`, options, async () => {
    await using opened = await open()
    const before = opened.store.now()
    await opened.store.append([record('a')])
    assert.ok(opened.store.now() >= before)
  })
}
