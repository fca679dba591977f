// Opens a log as a start does after a power cut, and holds it against all that had been said of it.
import assert from 'node:assert/strict'
import { everything, logTopics } from '../../../src/eventlog/event-log-subject.testing.ts'
import type { StoredRecord, Topic } from '../../../src/eventlog/event-log.ts'
import { checkFile } from '../../../src/eventlog/lmdb/check-file.ts'
import { checkedOpening } from '../../../src/eventlog/lmdb/checked-opening.ts'
import { openLmdbLog } from '../../../src/eventlog/lmdb/lmdb-log.ts'
import type { LogAndState } from '../../../src/eventlog/state-store.ts'
import {
  idOf,
  outputTopics,
  partitions,
  recordOf,
  stateKey,
  stateOf,
  tasks,
  topicsByLetter,
  type Said,
} from './words.ts'

/** Throws what is wrong. */
export async function judge(dir: string, said: Said): Promise<void> {
  using opening = checkedOpening(dir)
  void opening
  assert.deepEqual(checkFile(dir, Infinity).faults, [], 'a power cut leaves no damage')
  await using opened = openLmdbLog({ dir, partitions, topics: logTopics, sweepEveryMs: 0 })
  if (said.log !== undefined) assert.equal(opened.log.id, said.log, 'it is the log that was there')
  for (const topic of Object.values(topicsByLetter)) await judgeRecords(opened, topic, said)
  await judgeCommits(opened, said)
  assert.deepEqual(await opened.log.damage(), [], 'nothing is damaged')
  await goOn(opened)
}

/** All records of the partition, which has neither gaps nor holes. */
async function recordsOf({ log }: LogAndState, topic: Topic, partition: number): Promise<readonly StoredRecord[]> {
  const place = `${topic}/${partition}`
  const { records, gaps, start, end } = await log.read(topic, partition, 0, everything)
  assert.deepEqual(gaps, [], `${place} has no gap`)
  assert.equal(start, 0, `${place} begins at its beginning`)
  assert.equal(records.length, end, `${place} is as long as it says`)
  for (const [index, { offset }] of records.entries()) assert.equal(offset, index, `${place} has no hole`)
  return records
}

async function judgeRecords(opened: LogAndState, topic: string, said: Said): Promise<void> {
  const found = new Map<string, string>()
  for (let partition = 0; partition < partitions; partition += 1) {
    const records = await recordsOf(opened, topic, partition)
    for (const record of records) {
      const place = `${topic}/${partition}/${record.offset}`
      const id = idOf(record)
      assert(id !== undefined && said.tried.has(id), `${place} is a record that was appended, byte for byte`)
      found.set(place, id)
    }
    const read = said.read.get(`${topic}/${partition}`) ?? 0
    assert(records.length >= read, `${topic}/${partition} was read up to ${read}, and ends at ${records.length}`)
  }
  assert.equal(new Set(found.values()).size, found.size, 'no record is there twice')
  for (const [place, id] of said.stored)
    if (place.startsWith(`${topic}/`)) assert.equal(found.get(place), id, `${place} was acknowledged`)
}

async function judgeCommits(opened: LogAndState, said: Said): Promise<void> {
  const { state } = opened
  const count = state.positions(tasks[0])['event/0'] ?? 0
  assert(count >= said.commits, `commit ${said.commits} was acknowledged, and the last is ${count}`)
  for (const task of tasks) {
    assert.equal(state.positions(task)['event/0'] ?? 0, count, 'a commit is there for all tasks, or for none')
    assert.equal(textOf(state.get(task, 'count') ?? '0'), String(count), 'state and positions are of one commit')
    for (let n = count; n > Math.max(0, count - 40); n -= 1)
      assert.equal(textOf(state.get(task, stateKey(n)) ?? ''), stateOf(n).toString(), `the state of commit ${n}`)
  }
  const outputs = Array.from({ length: count }, (_, n) => String(n + 1))
  for (const topic of outputTopics) {
    const texts: string[] = []
    for (let partition = 0; partition < partitions; partition += 1)
      texts.push(...(await recordsOf(opened, topic, partition)).map(({ value }) => textOf(value)))
    assert.deepEqual(texts, outputs, 'outputs are of the same commits')
  }
}

const textOf = (value: Uint8Array | string): string =>
  typeof value === 'string' ? value : Buffer.from(value).toString()

/** Appends behind what is there, and reads it again. */
async function goOn({ log }: LogAndState): Promise<void> {
  const ends = new Map<string, number>()
  for (const topic of Object.values(topicsByLetter))
    for (let partition = 0; partition < partitions; partition += 1)
      ends.set(`${topic}/${partition}`, (await log.bounds(topic, partition)).end)
  const records = Object.keys(topicsByLetter).map((letter) => recordOf(`${letter}-after-0-0-0`))
  for (const [i, { topic, partition, offset }] of (await log.append(records)).entries()) {
    assert.equal(offset, ends.get(`${topic}/${partition}`), 'the log goes on where it ends')
    const [record] = (await log.read(topic, partition, offset, everything)).records
    assert.deepEqual(Buffer.from(record?.value ?? []), records[i]!.value, 'what is appended then is read')
  }
}
