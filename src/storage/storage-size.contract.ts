// The promises of every Storage about its sizes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readModels } from '../read-models/read-models.ts'
import { outage } from './projection.contract.ts'
import type { Storage } from './storage.ts'
import { tableNames } from './storage-size.ts'

const hourMs = 3_600_000

export function storageSizeContract(open: () => Promise<Storage>): void {
  test('sizes: every table is named once, and none of them takes less than before when rows come', async () => {
    await using storage = await open()
    const before = await storage.size()
    assert.deepEqual(
      before.tables.map(({ table }) => table),
      tableNames(Object.keys(readModels)),
    )
    const receivedAt = 470_000 * hourMs
    const rows = [-3, 0, 2].flatMap((hour) => {
      const instant = receivedAt + hour * hourMs + 7
      return Array.from({ length: 200 }, (_, n) => ({
        id: `telemetry/0/${hour}/${n}`,
        row: {
          tenant: 'acme',
          vehicle: `car-${n}`,
          stream: 'telemetry',
          at: instant,
          receivedAt: instant,
          json: JSON.stringify({ text: 'x'.repeat(500) }),
        },
      }))
    })
    await storage.messages.put(rows, {})
    const { tables } = await storage.size()
    const grown = tables.filter(({ bytes }, index) => bytes !== before.tables[index]?.bytes)
    const messages = tables.find(({ table }) => table === 'messages')
    if (messages?.bytes === null) return assert.deepEqual(grown, [], 'rows in memory take no disk')
    assert.deepEqual(
      grown.map(({ table }) => table),
      ['messages'],
    )
    assert.ok((messages?.bytes ?? 0) > 600 * 500 && (messages?.bytes ?? 0) < 600 * 2_000, 'the three hours together')
    assert.equal(messages?.oldestAt, receivedAt - 3 * hourMs)
    await storage.messages.expire(receivedAt + hourMs)
    const after = (await storage.size()).tables.find(({ table }) => table === 'messages')
    assert.ok((after?.bytes ?? 0) < (messages?.bytes ?? 0) / 2, 'what was dropped takes no disk')
    assert.equal(after?.oldestAt, receivedAt + 2 * hourMs)
  })

  test('sizes: are not told of a storage that is closed', async () => {
    const storage = await open()
    await storage[Symbol.asyncDispose]()
    await assert.rejects(storage.size(), outage('STORE_CLOSED'))
  })
}
