// The promises of every MessageIndex.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { seeded } from '../base/seeded.testing.ts'
import { messageRow, ref, t0 } from '../read-models/rows.testing.ts'
import type { MessageEntry, MessageIndex } from './message-index.ts'
import type { MessageDocument } from './message-store.ts'
import { assertPages } from './paging.contract.ts'
import { projectionContract, type OpenStore } from './projection.contract.ts'
import type { Change } from './projection.ts'
import { receiptListContract } from './receipt-list.contract.ts'

const entryOf = ({ body, ...row }: MessageDocument): MessageEntry => ({ ...row, digest: crc32(JSON.stringify(body)) })
const change = (offset: number, row: MessageDocument): Change<MessageEntry> => ({
  id: `telemetry/0/${offset}`,
  row: entryOf(row),
})

/** `open` gives the index of a log; of another one when it is named. */
export function messageIndexContract(open: OpenStore<MessageIndex & { of(logId: string): MessageIndex }>): void {
  projectionContract('message index', open, {
    first: change(1, messageRow(t0)),
    second: change(1, messageRow(t0)),
    other: change(2, messageRow(t0 + 1)),
    ids: async (store) => (await store.list(ref('v1'), {}, { limit: 100 })).rows.map(({ id }) => id),
    unstorable: change(9, messageRow(t0, { at: 0.5 })),
    forgets: false,
  })

  receiptListContract('message index', open, { rowOf: entryOf, listed: entryOf })

  test('message index: all that was put is listed in order, however far apart, late or many', async () => {
    const random = seeded(5)
    await using store = await open()
    const far = [0, 50, 3_000, 700_000, -40_000_000, 2 ** 41]
    const documents = Array.from({ length: 900 }, (_, i) => {
      const receivedAt = t0 + i * 37 + Math.floor(random() * 500)
      return messageRow(receivedAt, {
        at: receivedAt - far[Math.floor(random() * (i % 50 === 0 ? far.length : 2))]!,
        stream: random() < 0.1 ? 'event' : 'telemetry',
        body: { seq: i },
      })
    })
    const all = documents.map((document, i) => ({
      id: `${document.stream}/0/${i * 2 ** 20}`,
      row: entryOf(document),
    }))
    for (let rest = all; rest.length > 0;) {
      const count = 1 + Math.floor(random() * 500)
      await store.put(rest.slice(0, count), {})
      rest = rest.slice(count)
    }
    const sorted = all
      .map(({ id, row }) => ({ ...row, id }))
      .sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1))
    await assertPages((page) => store.list(ref('v1'), {}, page), sorted)
    const filter = { stream: 'telemetry', receivedFrom: t0 + 8_000, atFrom: t0, eitherTo: t0 + 25_000 }
    await assertPages(
      (page) => store.list(ref('v1'), filter, page),
      sorted.filter(
        ({ stream, at, receivedAt }) =>
          stream === filter.stream &&
          receivedAt >= filter.receivedFrom &&
          at >= filter.atFrom &&
          Math.min(at, receivedAt) <= filter.eitherTo,
      ),
    )
  })

  test('message index: of another log it has nothing, and positions of its own', async () => {
    await using store = await open()
    await store.put([change(1, messageRow(t0))], { 'telemetry/0': 2 })
    const other = store.of('ffff')
    assert.deepEqual(await other.positions(), {})
    assert.deepEqual(await other.list(ref('v1'), {}, { limit: 9 }), { rows: [] })
    await other.put([change(7, messageRow(t0))], { 'telemetry/0': 8 })
    const ids = async (index: MessageIndex) => (await index.list(ref('v1'), {}, { limit: 9 })).rows.map(({ id }) => id)
    assert.deepEqual([await ids(store), await ids(other)], [['telemetry/0/1'], ['telemetry/0/7']])
    assert.deepEqual(await store.positions(), { 'telemetry/0': 2 })
  })
}
