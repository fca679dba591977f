// The program that is traced: opens a log as a start does, appends and commits in two threads with
// packing going on, says what is acknowledged (words.ts), and ends after so many appends, with its
// log closed or at once. Run as: program.main.ts LOG-FOLDER SAID-FILE ROUND APPENDS close|kill
import { openSync, writeSync } from 'node:fs'
import { once } from 'node:events'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { checkedOpening } from '../../../src/eventlog/lmdb/checked-opening.ts'
import { openLmdbLog } from '../../../src/eventlog/lmdb/lmdb-log.ts'
import { derivedLogTopics, uplinkTopics } from '../../../src/eventlog/topics.ts'
import { outputTopics, partitions, recordOf, stateKey, stateOf, tasks } from './words.ts'

const given: readonly string[] = isMainThread ? process.argv.slice(2) : workerData
const [dir = '', file = '', round = '', appends = '', ending] = given
const saying = openSync(file, 'a')
const say = (line: string): unknown => writeSync(saying, `${line}\n`)

const opening = isMainThread ? checkedOpening(dir) : undefined
const opened = openLmdbLog({
  dir,
  partitions,
  topics: [...uplinkTopics, ...derivedLogTopics],
  // So often that cuts fall into packing as well.
  sweepEveryMs: isMainThread ? 15 : 0,
  merging: { bytes: 20_000, ageMs: 50, spanMs: 3_600_000, restMs: 0 },
})
const { log, state } = opened
say(`log ${log.id}`)

async function append(letter: string, appender: number): Promise<void> {
  for (let n = 0; n < Number(appends); n += 1) {
    const ids = Array.from(
      { length: 1 + ((n * 7 + appender) % 5) },
      (_, i) => `${letter}-${round}-${appender}-${n}-${i}`,
    )
    say(`try ${ids.join(' ')}`)
    const places = await log.append(ids.map(recordOf))
    for (const [i, { partition, offset }] of places.entries()) say(`stored ${ids[i]} ${partition} ${offset}`)
  }
}

async function commit(): Promise<void> {
  const first = (state.positions(tasks[0])['event/0'] ?? 0) + 1
  for (let n = first; n < first + Number(appends); n += 1) {
    const value = Buffer.from(String(n))
    const changes = [
      { key: 'count', value },
      { key: stateKey(n), value: stateOf(n) },
    ]
    await state.commit(
      tasks.map((task) => ({ task, positions: { 'event/0': n }, state: changes })),
      outputTopics.map((topic) => ({ topic, key: topic, value, at: n })),
    )
    say(`commit ${n}`)
  }
}

/** Reads on behind what the other thread appends. */
async function read(topic: string, signal: AbortSignal): Promise<void> {
  const next = Array.from({ length: partitions }, () => 0)
  while (!signal.aborted) {
    for (const [partition, from] of next.entries()) {
      const segment = await log.read(topic, partition, from, { records: 100, bytes: 1e6 })
      if (segment.next > from) say(`read ${topic} ${partition} ${segment.next}`)
      next[partition] = segment.next
    }
    await log.appended([topic], signal, 5)
  }
}

if (isMainThread) {
  const other = new Worker(new URL(import.meta.url), { workerData: given })
  const otherEnded = once(other, 'exit')
  await Promise.all([append('t', 0), append('t', 1), append('c', 2), commit(), otherEnded])
  if (ending === 'kill') process.kill(process.pid, 'SIGKILL')
  await opened[Symbol.asyncDispose]()
  opening?.[Symbol.dispose]()
} else {
  const reading = new AbortController()
  const reads = read('telemetry', reading.signal)
  await append('e', 3)
  reading.abort()
  await reads
  await opened[Symbol.asyncDispose]()
}
