// The store of a gateway over a log on a real broker, with its copy on LMDB.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { noKafka, startKafka, type Kafka } from '../../../test/engines/kafka.ts'
import { formOn, openTestLog } from '../../eventlog/kafka/kafka.testing.ts'
import { openLmdbLog } from '../../eventlog/lmdb/lmdb-log.ts'
import { sessionsTopic, uplinkTopics } from '../../eventlog/topics.ts'
import { gatewayStoreContract } from '../gateway-store.contract.ts'
import { openContractStore, openTestStore } from './shared-store.testing.ts'

let kafka: Kafka | undefined
before(async () => {
  if (noKafka === false) kafka = await startKafka({ nodes: 1 })
})
after(async () => kafka?.[Symbol.asyncDispose]())

const openLog = (form = formOn(kafka!)) =>
  openTestLog(kafka!, { form, topics: [...uplinkTopics, sessionsTopic], partitions: 1 })

gatewayStoreContract('kafka', async () => openContractStore(await openLog()), { skip: noKafka })

test(
  'kafka: a client goes from gateway to gateway with a large queue, over many batches',
  { skip: noKafka },
  async () => {
    const form = formOn(kafka!)
    const dir = mkdtempSync(join(tmpdir(), 'roadstream-store-'))
    {
      await using one = await openLog(form)
      await using other = await openLog(form)
      await using copy = openLmdbLog({ dir, partitions: 1, topics: [] })
      const first = await openTestStore(one.log)
      await first.claims.claim('car')
      const value = Buffer.alloc(20_000, 7)
      const waiting = Array.from({ length: 200 }, (_, index) => ({
        key: `q/car\0${String(index).padStart(16, '0')}`,
        value,
      }))
      await first.commit([], [{ key: 's/car', value: Buffer.from('session') }, ...waiting])
      const second = await openTestStore(other.log, copy.state)
      await second.claims.claim('car')
      assert.equal(second.claims.holds('car'), true)
      assert.deepEqual(
        [...second.entries('q/car\0')].map(([key]) => key),
        waiting.map(({ key }) => key),
      )
      await first.commit([], [{ key: 's/car', value: Buffer.from('late') }])
      assert.equal(first.claims.holds('car'), false)
      assert.equal(Buffer.from(second.get('s/car') ?? []).toString(), 'session')
      await second.commit([], [{ key: waiting[0]!.key }])
    }
    await using again = await openLog(form)
    await using copy = openLmdbLog({ dir, partitions: 1, topics: [] })
    const second = await openTestStore(again.log, copy.state)
    assert.equal([...second.entries('q/car\0')].length, 199)
    rmSync(dir, { recursive: true, force: true })
  },
)
