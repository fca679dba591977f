// The promises of every MessageStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '../base/seeded.testing.ts'
import { messageRow, ref, t0, toKeep } from '../read-models/rows.testing.ts'
import type { MessageDocument, MessageFilter, MessageToKeep, MessageStore } from './message-store.ts'
import { assertPages, assertRefusesCursors, readPages } from './paging.contract.ts'
import { projectionContract, type OpenStore } from './projection.contract.ts'
import type { Change } from './projection.ts'

const hourMs = 3_600_000
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

  test('messages: lists newest first over many hours, ties by id, by stream, of one vehicle', async () => {
    await using store = await open()
    const hours = [0, 0, 0, 1, 2, 2, 30, 30, 31, 400]
    const changes = hours.map((hour, i) =>
      change(
        `telemetry/0/${i}`,
        messageRow(t0 - hour * hourMs, { stream: i % 3 === 0 ? 'event' : 'telemetry', body: { seq: i } }),
      ),
    )
    await store.put(
      [...changes, change('x', messageRow(t0, { vehicle: 'v2' })), change('y', messageRow(t0, { tenant: 'other' }))],
      {},
    )
    const sorted = changes.map(kept).sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1))
    await assertPages((page) => store.list(ref('v1'), {}, page), sorted)
    await assertPages(
      (page) => store.list(ref('v1'), { stream: 'event' }, page),
      sorted.filter(({ stream }) => stream === 'event'),
    )
    assert.deepEqual(await store.list(ref('v3'), {}, { limit: 1 }), { rows: [] })
    await assertRefusesCursors('messages', (page) => store.list(ref('v1'), {}, page))
  })

  test('messages: lists those of a time: by receipt, by instant, and by whichever of the two is earlier', async () => {
    await using store = await open()
    const told = (hour: number, late: number) =>
      change(`telemetry/0/${hour}/${late}`, messageRow(t0 - hour * hourMs, { at: t0 - (hour + late) * hourMs }))
    const changes = [told(0, 0), told(0, 5), told(1, -40), told(3, 0), told(30, 0), told(31, 200)]
    await store.put([...changes, change('x', messageRow(t0, { vehicle: 'v2' }))], {})
    const sorted = changes.map(kept).sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1))
    const lists = async (filter: MessageFilter, holds: (row: MessageDocument) => boolean): Promise<void> =>
      assertPages((page) => store.list(ref('v1'), filter, page), sorted.filter(holds))
    await lists({ receivedFrom: t0 - 3 * hourMs }, ({ receivedAt }) => receivedAt >= t0 - 3 * hourMs)
    await lists({ receivedFrom: t0 - 3 * hourMs + 0.5 }, ({ receivedAt }) => receivedAt > t0 - 3 * hourMs)
    await lists({ atFrom: t0 - 5 * hourMs }, ({ at }) => at >= t0 - 5 * hourMs)
    await lists(
      { eitherTo: t0 - 2 * hourMs + 0.5 },
      ({ at, receivedAt }) => Math.min(at, receivedAt) <= t0 - 2 * hourMs,
    )
    const all = { stream: 'telemetry', receivedFrom: t0 - 30 * hourMs, atFrom: t0 - 30 * hourMs, eitherTo: t0 - hourMs }
    await lists(
      all,
      ({ at, receivedAt }) =>
        receivedAt >= all.receivedFrom && at >= all.atFrom && Math.min(at, receivedAt) <= all.eitherTo,
    )
    await lists({ receivedFrom: t0 + hourMs }, () => false)
  })

  test('messages: messages that come while pages are read neither repeat nor hide others', async () => {
    await using store = await open()
    const changes = Array.from({ length: 7 }, (_, i) =>
      change(`telemetry/0/${i}`, messageRow(t0 - Math.floor(i / 3) * hourMs, { body: { seq: i } })),
    )
    await store.put(changes, {})
    let added = 0
    const read = await readPages(
      (page) => store.list(ref('v1'), {}, page),
      2,
      () => store.put([change(`telemetry/1/${added}`, messageRow(t0 + hourMs, { body: { seq: 100 + added++ } }))], {}),
    )
    assert.deepEqual(new Set(read.map(({ id }) => id)), new Set(changes.map(({ id }) => id)))
    assert.equal(read.length, changes.length)
  })

  test('messages: another log has other messages at the same places, which are kept beside those of the log before it', async () => {
    await using store = await open()
    const ours = change('telemetry/0/1', messageRow(t0))
    const theirs = change('telemetry/0/1', messageRow(t0 + 1, { body: { seq: 2 } }))
    for (const each of [ours, theirs, ours, theirs]) await store.put([each], {})
    const { rows } = await store.list(ref('v1'), {}, { limit: 9 })
    assert.deepEqual(rows, [kept(theirs), kept(ours)])
  })

  test('messages: one that came twice is there once, as it was received first, in whatever batches', async () => {
    const random = seeded(11)
    const first = Array.from({ length: 60 }, (_, i) =>
      change(
        `telemetry/0/${i}`,
        messageRow(t0 + i * 7_000, {
          at: t0 + i * 7_000 - Math.floor(random() * 60_000),
          body: { seq: i, samples: [{ 'Vehicle.Speed': 0.5 }] },
          stream: i % 5 === 0 ? 'event' : 'telemetry',
        }),
      ),
    )
    const again = first.map(({ row }, i) => ({
      id: `telemetry/0/${100 + i}`,
      row: { ...row!, receivedAt: t0 + 500_000 + i, json: `{"samples":[{"Vehicle.Speed":0.50}],"seq":${i}}` },
    }))
    const expected = first.map(({ id }) => id).toSorted()
    for (let round = 0; round < 5; round++) {
      await using store = await open()
      const all = [...first, ...again, ...again.map((each, i) => ({ ...each, id: `telemetry/0/${200 + i}` }))]
      while (all.length > 0) {
        // As after a start, when another process may have put some.
        if (random() < 0.3) await store.positions()
        await store.put(all.splice(0, 1 + Math.floor(random() * 60)), {})
      }
      const ids = (await store.list(ref('v1'), {}, { limit: 100 })).rows.map(({ id }) => id)
      assert.deepEqual(ids.toSorted(), expected)
    }
  })

  test('messages: what is said of another instant, stream, vehicle or tenant, or without an instant, is no repeat', async () => {
    await using store = await open()
    const said = messageRow(t0, { at: t0 - 10 })
    const others = [
      said,
      { ...said, receivedAt: t0 + 1, at: t0 - 9 },
      { ...said, receivedAt: t0 + 2, stream: 'event' },
      { ...said, receivedAt: t0 + 3, body: { seq: 2 } },
      { ...said, receivedAt: t0 + 4, at: t0 + 4 },
      { ...said, receivedAt: t0 + 4, at: t0 + 4 },
    ].map((row, i) => change(`telemetry/0/${i}`, row))
    const elsewhere = [change('x', { ...said, vehicle: 'v2' }), change('y', { ...said, tenant: 'other' })]
    await store.put(elsewhere, {})
    await store.put(others, {})
    const { rows } = await store.list(ref('v1'), {}, { limit: 9 })
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['5', '4', '3', '2', '1', '0'].map((n) => `telemetry/0/${n}`),
    )
    const counts = [
      await store.list(ref('v2'), {}, { limit: 9 }),
      await store.list({ tenant: 'other', vehicle: 'v1' }, {}, { limit: 9 }),
    ].map((page) => page.rows.length)
    assert.deepEqual(counts, [1, 1])
  })

  test('messages: whole hours that have had their time are forgotten, and can be stored again', async () => {
    await using store = await open()
    const start = Math.floor(t0 / hourMs) * hourMs
    const changes = [-2, -1, 0, 1].map((hour) => change(`telemetry/0/${hour}`, messageRow(start + hour * hourMs + 10)))
    const left = async () => (await store.list(ref('v1'), {}, { limit: 9 })).rows.map(({ id }) => id)
    await store.put(changes, {})
    await store.expire(start + 20)
    assert.deepEqual(await left(), ['telemetry/0/1', 'telemetry/0/0'])
    await store.expire(start + 20)
    await store.put(changes, {})
    assert.equal((await left()).length, 4)
    await store.expire(start + 100 * hourMs)
    assert.deepEqual(await left(), [])
  })
}
