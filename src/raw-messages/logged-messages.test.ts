// Messages read from the log are those that a store of documents would list: over any log, however
// much of it the index has taken, page by page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '../base/seeded.testing.ts'
import { settableClock } from '../eventlog/event-log-subject.testing.ts'
import type { NewRecord, Positions, StoredRecord } from '../eventlog/event-log.ts'
import { openLogReader } from '../eventlog/log-reader.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { uplinkTopics } from '../eventlog/topics.ts'
import { parseVehicleKey } from '../model/vehicle-id.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import type { MessageList } from '../storage/message-store.ts'
import { readPages } from '../storage/paging.contract.ts'
import { entryOf, messageTopics, openLoggedMessages } from './logged-messages.ts'
import { messageJson } from './message-json.ts'

const t0 = 1_760_000_000_000
const vehicles = ['acme/v1', 'acme/v2', 'other/v1']
const refOf = (key: string) => {
  const ref = parseVehicleKey(key)
  assert.ok(ref.ok)
  return ref.value
}

/** Some twice, some without an instant of their own, some that are no documents. */
function anyRecords(random: () => number, count: number): NewRecord[] {
  const records: NewRecord[] = []
  for (let n = 0; n < count; n++) {
    const before = records[Math.floor(random() * records.length)]
    const receivedAt = t0 + n * 50 + Math.floor(random() * 40)
    if (before !== undefined && random() < 0.15) records.push({ ...before, receivedAt })
    else
      records.push({
        topic: messageTopics[Math.floor(random() * messageTopics.length)]!,
        key: vehicles[Math.floor(random() * vehicles.length)]!,
        value: Buffer.from(random() < 0.05 ? 'no JSON' : `{"seq":${n}}`),
        at: random() < 0.1 ? receivedAt : receivedAt - Math.floor(random() * 9_000),
        receivedAt,
      })
  }
  return records
}

test('messages from the log are those that a store of documents has', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed)
    const clock = settableClock(t0)
    await using opened = openMemoryLog({ partitions: 3, topics: uplinkTopics, clock })
    await using storage = openMemoryStorage()
    const { log } = opened
    const index = storage.messageIndex(log.id)
    const logged = openLoggedMessages(log, index)
    const reader = openLogReader(log, { topics: messageTopics, order: 'fair' }, {})
    const put = async (records: readonly StoredRecord[], to: Positions): Promise<void> =>
      index.put(
        records.map((record) => {
          const { id, ...entry } = entryOf(record)
          return { id, row: { ...refOf(record.key), ...entry } }
        }),
        to,
      )
    for (const record of anyRecords(random, 300)) {
      clock.at = record.receivedAt! + 5
      const [place] = await log.append([record])
      const json = messageJson(record.value)
      if (json.ok)
        await storage.messages.put(
          [
            {
              id: `${place!.topic}/${place!.partition}/${place!.offset}`,
              row: {
                ...refOf(record.key),
                stream: record.topic,
                at: record.at,
                receivedAt: record.receivedAt!,
                json: json.value,
              },
            },
          ],
          {},
        )
      if (random() < 0.01) {
        const { records, to } = await reader.poll({ records: 1 + Math.floor(random() * 200), bytes: Infinity })
        await put(records, to)
      }
    }
    const filters = [{}, { stream: 'event' }, { receivedFrom: t0 + 4_000, atFrom: t0, eitherTo: t0 + 12_000 }]
    for (const key of vehicles)
      for (const filter of filters)
        for (const limit of [1, 7, 1_000]) {
          const all = (list: MessageList) => readPages((page) => list.list(refOf(key), filter, page), limit)
          assert.deepEqual(await all(logged), await all(storage.messages), `seed ${seed}, ${key}, ${limit}`)
        }
  }
})
