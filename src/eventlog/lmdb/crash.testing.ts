// A process that appends and commits until it is killed, and says on standard output what was
// acknowledged, one line each: `append <id> <partition> <offset>` and `commit <n>`. Run as:
// crash.testing.ts <dir> <partitions> <round>
import { writeSync } from 'node:fs'
import { openLmdbLog } from './lmdb-log.ts'
import { derivedLogTopics, uplinkTopics } from '../topics.ts'

const [dir, partitions, round] = process.argv.slice(2)
const { log, state } = openLmdbLog({
  dir: dir!,
  partitions: Number(partitions),
  topics: [...uplinkTopics, ...derivedLogTopics],
  // So often that a kill falls into packing as well.
  sweepEveryMs: 20,
  merging: { bytes: 20_000, ageMs: 100, spanMs: 3_600_000, restMs: 0 },
})
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}

/** Values long enough that blocks and pages are cut in more than one way. */
const valueOf = (id: string, n: number): Buffer => Buffer.from(`${id} `.padEnd(20 + ((n * 37) % 3_000), '.'))

async function appendForEver(appender: number): Promise<void> {
  for (let n = 0; ; n++) {
    const ids = Array.from({ length: 1 + (n % 4) }, (_, i) => `${round}-${appender}-${n}-${i}`)
    const positions = await log.append(ids.map((id) => ({ topic: 'telemetry', key: id, value: valueOf(id, n), at: n })))
    for (const [i, { partition, offset }] of positions.entries()) say(`append ${ids[i]} ${partition} ${offset}`)
  }
}

/** Each commit adds one to the count, in the state, in the positions and in the outputs. */
async function commitForEver(): Promise<void> {
  for (let n = (state.positions('count/0')['event/0'] ?? 0) + 1; ; n++) {
    const count = Buffer.from(String(n))
    const changes = [
      { key: 'count', value: count },
      { key: `n/${n}`, value: valueOf(`n${n}`, n) },
    ]
    await state.commit(
      ['count/0', 'other/0'].map((task) => ({ task, positions: { 'event/0': n }, state: changes })),
      [
        { topic: 'ledger', key: 'a', value: count, at: n },
        { topic: 'alert', key: 'b', value: count, at: n },
      ],
    )
    say(`commit ${n}`)
  }
}

await Promise.all([...Array.from({ length: 8 }, (_, i) => appendForEver(i)), commitForEver()])
