// The thread that follows the flooded log, as jobs do: reads what there is and rests a little.
import { setTimeout as wait } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'

const { dir, partitions } = workerData as { readonly dir: string; readonly partitions: number }
const restMs = 100

await using opened = openLmdbLog({ dir, partitions, topics: uplinkTopics })
const next = Array.from({ length: partitions }, () => 0)
for (;;) {
  for (const [partition, from] of next.entries()) {
    const { next: to } = await opened.log.read('telemetry', partition, from, { records: 1_000, bytes: 2 ** 20 })
    next[partition] = to
  }
  await wait(restMs)
}
