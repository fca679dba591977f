// The promises of every MessageStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageRow, ref, t0, toKeep } from '../read-models/rows.testing.ts'
import type { MessageDocument, MessageToKeep, MessageStore } from './message-store.ts'
import { projectionContract, type OpenStore } from './projection.contract.ts'
import type { Change } from './projection.ts'
import { receiptListContract } from './receipt-list.contract.ts'

const change = (id: string, row: MessageDocument): Change<MessageToKeep> => ({ id, row: toKeep(row) })

function kept({ id, row }: Change<MessageToKeep>): MessageDocument & { readonly id: string } {
  const { json, ...document } = row!
  return { ...document, id, body: JSON.parse(json) as unknown }
}

export function messageStoreContract(open: OpenStore<MessageStore>): void {
  projectionContract('messages', open, {
    first: change('telemetry/0/1', messageRow(t0)),
    second: change('telemetry/0/1', messageRow(t0)),
    other: change('telemetry/0/2', messageRow(t0 + 1)),
    ids: async (store) => (await store.list(ref('v1'), {}, { limit: 100 })).rows.map(({ id }) => id),
    unstorable: change('telemetry/0/9', messageRow(t0, { at: 0.5 })),
  })

  receiptListContract('messages', open, {
    rowOf: toKeep,
    listed: (document) => document,
  })

  test('messages: a body comes back as it was, but that U+0000 and half characters become U+FFFD', async () => {
    await using store = await open()
    const body = {
      text: '🚗 "q" \\ \\u0000 é',
      list: [1.5, null, true, [], {}],
      deep: { a: { b: 0.1 + 0.2 } },
      large: 'x'.repeat(100_000),
    }
    await store.put(
      [change('event/0/1', messageRow(t0, { body })), change('event/0/2', messageRow(t0 - 1, { body: null }))],
      {},
    )
    const rows = (await store.list(ref('v1'), {}, { limit: 2 })).rows
    assert.deepEqual(
      rows.map((row) => row.body),
      [body, null],
    )
    await store.put([change('event/0/3', messageRow(t0 + 1, { body: { 'a\0': 'b\0c', half: '\ud83d!' } }))], {})
    const [odd] = (await store.list(ref('v1'), {}, { limit: 1 })).rows
    assert.match(JSON.stringify(odd?.body), /^\{"a(\uFFFD|\\u0000)":"b(\uFFFD|\\u0000)c","half":"(\uFFFD|\\ud83d)!"\}$/)
  })

  test('messages: numbers come back as JSON.parse reads them, however they are written', async () => {
    await using store = await open()
    const json =
      '{"all":[1e5,1E+20,-0.5e-7,0.1000000000000000055,12345678901234567890,1e99,-2.50,0.0],"twice":1,"twice":2}'
    const { body: _body, ...row } = messageRow(t0)
    await store.put([{ id: 'event/0/1', row: { ...row, json } }], {})
    const [found] = (await store.list(ref('v1'), {}, { limit: 1 })).rows
    assert.deepEqual(found?.body, JSON.parse(json))
  })

  test('messages: another log has other messages at the same places, which are kept beside those of the log before it', async () => {
    await using store = await open()
    const ours = change('telemetry/0/1', messageRow(t0))
    const theirs = change('telemetry/0/1', messageRow(t0 + 1, { body: { seq: 2 } }))
    for (const each of [ours, theirs, ours, theirs]) await store.put([each], {})
    const { rows } = await store.list(ref('v1'), {}, { limit: 9 })
    assert.deepEqual(rows, [kept(theirs), kept(ours)])
  })
}
