// Lists of the log and of documents as one: each message once, in order, whatever both have.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seeded } from '../base/seeded.testing.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { uplinkTopics } from '../eventlog/topics.ts'
import { messageRow, ref, t0, toKeep } from '../read-models/rows.testing.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { readPages } from '../storage/paging.contract.ts'
import { openMessageList } from './message-list.ts'

const dayMs = 86_400_000

test('documents of before are listed among the messages of the log until they have had their time', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = seeded(seed)
    await using opened = openMemoryLog({ partitions: 2, topics: uplinkTopics, clock: { now: () => t0 } })
    await using storage = openMemoryStorage()
    await using expected = openMemoryStorage()
    const { log } = opened
    // The log has no longer what was received first. Of the rest there are documents under the
    // places of another log.
    for (let n = 0; n < 60; n++) {
      const isOld = n < 20
      const row = toKeep(messageRow(t0 + n * 10 - (isOld ? dayMs : 0), { stream: 'event', body: { seq: n } }))
      const { json, at, receivedAt } = row
      const record = { topic: 'event', key: 'acme/v1', at, receivedAt, value: Buffer.from(json) }
      const [place] = isOld ? [] : await log.append([record])
      const id = place === undefined ? `event/0/${n}` : `event/${place.partition}/${place.offset}`
      await expected.messages.put([{ id, row }], {})
      if (isOld) await storage.messages.put([{ id, row }], {})
      else if (random() < 0.5) await storage.messages.put([{ id: `event/9/${n}`, row }], {})
    }
    const [both, alone] = [openMessageList('log', log, storage), openMessageList('documents', log, storage)]
    for (const limit of [1, 7, 1_000])
      assert.deepEqual(
        await readPages((page) => both.list(ref('v1'), {}, page), limit),
        await readPages((page) => expected.messages.list(ref('v1'), {}, page), limit),
        `seed ${seed}, pages of ${limit}`,
      )
    assert.equal(alone, storage.messages)
  }
})
