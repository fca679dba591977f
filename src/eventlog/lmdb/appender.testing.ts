// Another thread or process on the same log: appends `calls` times three records to each of ten
// keys and ends. In a thread its arguments come as workerData, in a process on the command line.
import { isMainThread, workerData } from 'node:worker_threads'
import { openLmdbLog } from './lmdb-log.ts'
import { uplinkTopics } from '../topics.ts'

const given: readonly string[] = isMainThread ? process.argv.slice(2) : workerData
const [dir, partitions, name, calls] = given
await using opened = openLmdbLog({ dir: dir!, partitions: Number(partitions), topics: uplinkTopics })
const appends = Array.from({ length: Number(calls) }, (_, n) =>
  opened.log.append(
    [0, 1, 2].map((i) => ({
      topic: 'telemetry' as const,
      key: `${name}/${n % 10}`,
      value: Buffer.from(String(n * 3 + i)),
      at: n,
    })),
  ),
)
await Promise.all(appends)
