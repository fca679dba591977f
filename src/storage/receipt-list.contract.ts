// The promises of every list by receipt, of messages or of their places: its order, its times, its
// pages, and that a message that came twice is there once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '../base/seeded.testing.ts'
import { messageRow, ref, t0 } from '../read-models/rows.testing.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { MessageDocument, MessageFilter } from './message-store.ts'
import type { Page, PageRequest } from './page.ts'
import { assertPages, assertRefusesCursors, readPages } from './paging.contract.ts'
import type { OpenStore } from './projection.contract.ts'
import type { Projection } from './projection.ts'

const hourMs = 3_600_000

type Listed = { readonly id: string; readonly receivedAt: number }
type ReceiptStore<Row> = Projection<Row> & {
  list(ref: VehicleRef, filter: MessageFilter, page: PageRequest): Promise<Page<Listed>>
  expire(olderThan: number): Promise<void>
}

export type ReceiptSubject<Row> = {
  readonly rowOf: (document: MessageDocument) => Row
  /** As lists have it, but for the id. */
  readonly listed: (document: MessageDocument) => object
}

export function receiptListContract<Row, Store extends ReceiptStore<Row>>(
  name: string,
  open: OpenStore<Store>,
  { rowOf, listed }: ReceiptSubject<Row>,
): void {
  /** A document at a place of its stream. */
  const change = (place: string, document: MessageDocument) => ({
    id: `${document.stream}/${place}`,
    row: rowOf(document),
    document,
  })
  type Told = ReturnType<typeof change>
  const sorted = (changes: readonly Told[]): readonly Told[] =>
    changes.toSorted((a, b) => b.document.receivedAt - a.document.receivedAt || (a.id < b.id ? 1 : -1))
  const kept = ({ id, document }: Told) => ({ ...listed(document), id, receivedAt: document.receivedAt })

  test(`${name}: of those received within some spans, and no others`, async () => {
    await using store = await open()
    const random = seeded(7)
    const changes = Array.from({ length: 30 }, (_, n) =>
      change(`0/${n}`, messageRow(t0 - n * hourMs * 0.7, { stream: 'event', body: { seq: n } })),
    )
    await store.put(changes, {})
    const bound = (): number | null => (random() < 0.2 ? null : t0 - Math.floor(random() * 30) * hourMs * 0.7)
    for (let round = 0; round < 20; round++) {
      const spans = Array.from({ length: Math.floor(random() * 3) }, () => ({ from: bound(), until: bound() }))
      const listed = await readPages((page) => store.list(ref('v1'), { receivedIn: spans }, page), 1 + (round % 4))
      const isIn = (at: number): boolean =>
        spans.some(({ from, until }) => (from === null || at >= from) && (until === null || at < until))
      assert.deepEqual(
        listed.map(({ id }) => id),
        sorted(changes.filter(({ document }) => isIn(document.receivedAt))).map(({ id }) => id),
      )
    }
  })

  test(`${name}: lists newest first over many hours, ties by id, by stream, of one vehicle`, async () => {
    await using store = await open()
    const hours = [0, 0, 0, 1, 2, 2, 30, 30, 31, 400]
    const changes = hours.map((hour, i) =>
      change(
        `0/${i}`,
        messageRow(t0 - hour * hourMs, { stream: i % 3 === 0 ? 'event' : 'telemetry', body: { seq: i } }),
      ),
    )
    await store.put(
      [
        ...changes,
        change('9/1', messageRow(t0, { vehicle: 'v2' })),
        change('9/2', messageRow(t0, { tenant: 'other' })),
      ],
      {},
    )
    const inOrder = sorted(changes)
    await assertPages((page) => store.list(ref('v1'), {}, page), inOrder.map(kept))
    await assertPages(
      (page) => store.list(ref('v1'), { stream: 'event' }, page),
      inOrder.filter(({ document }) => document.stream === 'event').map(kept),
    )
    assert.deepEqual(await store.list(ref('v3'), {}, { limit: 1 }), { rows: [] })
    await assertRefusesCursors('messages', (page) => store.list(ref('v1'), {}, page))
  })

  test(`${name}: lists those of a time: by receipt, by instant, and by whichever of the two is earlier`, async () => {
    await using store = await open()
    const told = (hour: number, late: number) =>
      change(`0/${100 * hour + late + 50}`, messageRow(t0 - hour * hourMs, { at: t0 - (hour + late) * hourMs }))
    const changes = [told(0, 0), told(0, 5), told(1, -40), told(3, 0), told(30, 0), told(31, 200)]
    await store.put([...changes, change('9/1', messageRow(t0, { vehicle: 'v2' }))], {})
    const inOrder = sorted(changes)
    const lists = async (filter: MessageFilter, holds: (row: MessageDocument) => boolean): Promise<void> =>
      assertPages(
        (page) => store.list(ref('v1'), filter, page),
        inOrder.filter(({ document }) => holds(document)).map(kept),
      )
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

  test(`${name}: messages that come while pages are read neither repeat nor hide others`, async () => {
    await using store = await open()
    const changes = Array.from({ length: 7 }, (_, i) =>
      change(`0/${i}`, messageRow(t0 - Math.floor(i / 3) * hourMs, { body: { seq: i } })),
    )
    await store.put(changes, {})
    let added = 0
    const read = await readPages(
      (page) => store.list(ref('v1'), {}, page),
      2,
      () => store.put([change(`1/${added}`, messageRow(t0 + hourMs, { body: { seq: 100 + added++ } }))], {}),
    )
    assert.deepEqual(new Set(read.map(({ id }) => id)), new Set(changes.map(({ id }) => id)))
    assert.equal(read.length, changes.length)
  })

  test(`${name}: one that came twice is there once, as it was received first, in whatever batches`, async () => {
    const random = seeded(11)
    const first = Array.from({ length: 60 }, (_, i) =>
      change(
        `0/${i}`,
        messageRow(t0 + i * 7_000, {
          at: t0 + i * 7_000 - Math.floor(random() * 60_000),
          body: { seq: i, samples: [{ 'Vehicle.Speed': 0.5 }] },
          stream: i % 5 === 0 ? 'event' : 'telemetry',
        }),
      ),
    )
    const again = (from: number): Told[] =>
      first.map(({ document }, i) => change(`0/${from + i}`, { ...document, receivedAt: t0 + 500_000 + from + i }))
    const expected = first.map(({ id }) => id).toSorted()
    for (let round = 0; round < 5; round++) {
      await using store = await open()
      const all = [...first, ...again(100), ...again(200)]
      while (all.length > 0) {
        // As after a start, when another process may have put some.
        if (random() < 0.3) await store.positions()
        await store.put(all.splice(0, 1 + Math.floor(random() * 60)), {})
      }
      const ids = (await store.list(ref('v1'), {}, { limit: 100 })).rows.map(({ id }) => id)
      assert.deepEqual(ids.toSorted(), expected)
    }
  })

  test(`${name}: what is said of another instant, stream, vehicle or tenant, or without an instant, is no repeat`, async () => {
    await using store = await open()
    const said = messageRow(t0, { at: t0 - 10 })
    const others = [
      said,
      { ...said, receivedAt: t0 + 1, at: t0 - 9 },
      { ...said, receivedAt: t0 + 2, stream: 'event' },
      { ...said, receivedAt: t0 + 3, body: { seq: 2 } },
      { ...said, receivedAt: t0 + 4, at: t0 + 4 },
      { ...said, receivedAt: t0 + 4, at: t0 + 4 },
    ].map((row, i) => change(`0/${i}`, row))
    const elsewhere = [change('9/1', { ...said, vehicle: 'v2' }), change('9/2', { ...said, tenant: 'other' })]
    await store.put(elsewhere, {})
    await store.put(others, {})
    const { rows } = await store.list(ref('v1'), {}, { limit: 9 })
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['telemetry/0/5', 'telemetry/0/4', 'telemetry/0/3', 'event/0/2', 'telemetry/0/1', 'telemetry/0/0'],
    )
    const counts = [
      await store.list(ref('v2'), {}, { limit: 9 }),
      await store.list({ tenant: 'other', vehicle: 'v1' }, {}, { limit: 9 }),
    ].map((page) => page.rows.length)
    assert.deepEqual(counts, [1, 1])
  })

  test(`${name}: whole hours that have had their time are forgotten, and can be stored again`, async () => {
    await using store = await open()
    const start = Math.floor(t0 / hourMs) * hourMs
    const changes = [-2, -1, 0, 1].map((hour) => change(`0/${hour + 2}`, messageRow(start + hour * hourMs + 10)))
    const left = async () => (await store.list(ref('v1'), {}, { limit: 9 })).rows.map(({ id }) => id)
    await store.put(changes, {})
    await store.expire(start + 20)
    assert.deepEqual(await left(), ['telemetry/0/3', 'telemetry/0/2'])
    await store.expire(start + 20)
    await store.put(changes, {})
    assert.equal((await left()).length, 4)
    await store.expire(start + 100 * hourMs)
    assert.deepEqual(await left(), [])
  })
}
