// The key of a block of records: where the block stands and what trimming must know, so that neither finding nor
// trimming blocks reads their values. Big-endian, hence in order of topic, partition and offset:
//
//   topic 1 | partition 2 | base offset 6 | records 4 | bytes 4 | appended at 6
import assert from 'node:assert/strict'
import { uplinkStreams } from '../../model/topic.ts'
import { derivedTopics, type LogTopic } from '../event-log.ts'

/** Stored in every key: a number, once given, keeps its meaning for ever. New topics take the next ones. */
export const topicIds: Readonly<Record<LogTopic, number>> = {
  telemetry: 1,
  event: 2,
  critical: 3,
  snapshot: 4,
  result: 5,
  session: 6,
  'dead-letter': 7,
  twin: 8,
  track: 9,
  trip: 10,
  alert: 11,
  ledger: 12,
}

const topics: readonly LogTopic[] = [...uplinkStreams, 'dead-letter', ...derivedTopics]
export const topicsById: ReadonlyMap<number, LogTopic> = new Map(topics.map((topic) => [topicIds[topic], topic]))

export const partitionsMax = 0xffff
const keyBytes = 23
const offsetAt = 3

export type BlockKey = {
  readonly topicId: number
  readonly partition: number
  readonly base: number
  readonly count: number
  readonly bytes: number
  readonly appendedAt: number
}

const scratch = Buffer.alloc(keyBytes)

/** The key, in memory that the next call uses again. */
export function encodeBlockKey({ topicId, partition, base, count, bytes, appendedAt }: BlockKey): Buffer {
  scratch.writeUInt8(topicId, 0)
  scratch.writeUInt16BE(partition, 1)
  scratch.writeUIntBE(base, offsetAt, 6)
  scratch.writeUInt32BE(count, 9)
  scratch.writeUInt32BE(bytes, 13)
  scratch.writeUIntBE(appendedAt, 17, 6)
  return scratch
}

export function decodeBlockKey(key: Uint8Array): BlockKey {
  assert.equal(key.byteLength, keyBytes)
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength)
  return {
    topicId: bytes.readUInt8(0),
    partition: bytes.readUInt16BE(1),
    base: bytes.readUIntBE(offsetAt, 6),
    count: bytes.readUInt32BE(9),
    bytes: bytes.readUInt32BE(13),
    appendedAt: bytes.readUIntBE(17, 6),
  }
}

/** Sorts before every block of the partition with a base of `offset` or more, and after all the others. */
export function blockKeyFrom(topicId: number, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(offsetAt + 6)
  key.writeUInt8(topicId, 0)
  key.writeUInt16BE(partition, 1)
  key.writeUIntBE(offset, offsetAt, 6)
  return key
}
