// When the translator has an edge node of Sparkplug B asked for its births: by records in the log,
// each with what needs it, at a bounded rate.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../base/logger.ts'
import { clockAt, passTime } from '../engine/runner.testing.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { askedNodeOf } from '../eventlog/rebirth-record.ts'
import { foreignRecord } from '../eventlog/foreign-record.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import { uplinkTopics } from '../eventlog/topics.ts'
import { nbirth, payloadOf, topicOf } from '../mapping/binary/sparkplug/payloads.testing.ts'
import { reorderTimeoutMs } from '../mapping/binary/sparkplug/rebirth.ts'
import { openTranslation } from '../mapping/messages/open-translation.ts'
import type { MessageMapping } from '../mapping/messages/message-mapping.ts'
import { shippedAnyMapping } from '../replay/mapping-catalogue.ts'
import { beganAt, translateToEnd } from './translator.testing.ts'
import type { TranslatorOptions } from './translator.ts'

const everyMs = 300_000
const sparkplug = openTranslation(shippedAnyMapping('sparkplug-b') as MessageMapping)
const speed = { name: 'Vehicle/Speed', alias: 1, datatype: 9, floatValue: 1 }

function of(topic: string, payload: Uint8Array, receivedAt: number, retained = false): NewRecord {
  const sender = sparkplug.senderOf(topic)!
  return foreignRecord({ mapping: 'sparkplug-b', sender, address: topic, payload, retained, receivedAt }).record
}
const data = (at: number, seq = 1, retained = false): NewRecord =>
  of(topicOf('NDATA'), payloadOf([{ alias: 1, floatValue: 63 }], seq), beganAt + at, retained)
const birth = (at: number, metrics = [speed]): NewRecord => of(nbirth, payloadOf(metrics, 0), beganAt + at)

const openLog = (clock = clockAt(beganAt)) => openMemoryLog({ partitions: 1, clock, topics: uplinkTopics })
type Log = ReturnType<typeof openLog>

const options: Partial<TranslatorOptions> = { translations: [sparkplug], senders: new Map(), asksForRebirths: true }
const translate = (memory: Log, more: Partial<TranslatorOptions> = {}) =>
  translateToEnd(memory, { ...options, ...more })

/** When each was asked for, after the beginning. */
const askedAt = async ({ log }: Log): Promise<number[]> =>
  (await readWhole(log, 'rebirth')).map(({ receivedAt }) => receivedAt - beganAt)

test('data before their birth have the node asked once in five minutes, with the receipt that needs it, also over starts', async () => {
  await using memory = openLog()
  await memory.log.append([data(0), data(1), data(1_000)])
  await translate(memory)
  const [record, ...more] = await readWhole(memory.log, 'rebirth')
  assert.deepEqual([askedNodeOf(record!), record!.receivedAt, more], [{ group: 'group', node: 'node' }, beganAt, []])
  await memory.log.append([data(everyMs - 1), data(everyMs), data(everyMs + 1)])
  const metrics = await translate(memory)
  assert.deepEqual(await askedAt(memory), [0, everyMs])
  assert.match(metrics, /roadstream_publishers_rebirths_total\{mapping="sparkplug-b"\} 1/)
})

test('nobody is asked where that is off, for what a broker had kept, and once the birth was heard', async () => {
  await using memory = openLog()
  await memory.log.append([data(0)])
  await translate(memory, { asksForRebirths: false })
  await memory.log.append([data(1, 1, true)])
  await translate(memory)
  await memory.log.append([birth(2), data(3), data(4, 2)])
  await translate(memory)
  assert.deepEqual(await askedAt(memory), [])
})

test('a hole in seq has the node asked when its time has passed in the log, though nothing comes', async () => {
  const clock = clockAt(beganAt)
  await using memory = openLog(clock)
  await memory.log.append([birth(0), data(1), data(2, 3)])
  await translate(memory)
  assert.deepEqual(await askedAt(memory), [])
  await passTime(memory.log, clock, 2 + reorderTimeoutMs)
  await translate(memory)
  assert.deepEqual(await askedAt(memory), [2 + reorderTimeoutMs])
})

test('a node that gave no birth when it was asked is counted and told once; one that gave it and lacks another is not', async () => {
  await using memory = openLog()
  const lines: object[] = []
  const logger = Object.assign(Object.create(silentLogger) as typeof silentLogger, {
    warn: (about: object) => void lines.push(about),
  })
  await memory.log.append([data(0), data(everyMs), data(2 * everyMs)])
  const metrics = await translate(memory, { logger, limits: { roundRecords: 1 } })
  assert.match(metrics, /roadstream_publishers_rebirths_total\{mapping="sparkplug-b"\} 3/)
  assert.match(metrics, /roadstream_publishers_rebirths_unanswered_total\{mapping="sparkplug-b"\} 2/)
  assert.deepEqual(lines, [{ mapping: 'sparkplug-b' }])
  const unknown = of(topicOf('NDATA'), payloadOf([{ alias: 9, floatValue: 1 }], 1), beganAt + 4 * everyMs)
  await memory.log.append([birth(3 * everyMs), unknown])
  assert.match(
    await translate(memory, { logger }),
    /roadstream_publishers_rebirths_unanswered_total\{mapping="sparkplug-b"\} 0/,
  )
  assert.deepEqual([(await askedAt(memory)).length, lines.length], [4, 1])
})

test('a node whose births are more than is remembered is asked once, not for ever', async () => {
  await using memory = openLog()
  const limits = { memoryChars: 200 }
  const many = Array.from({ length: 40 }, (_, index) => ({ ...speed, name: `Vehicle/Speed${index}`, alias: index }))
  for (let round = 0; round < 4; round++) {
    await memory.log.append([data(round * everyMs)])
    await translate(memory, { limits })
    await memory.log.append([birth(round * everyMs + 1, many)])
    await translate(memory, { limits })
  }
  assert.deepEqual(await askedAt(memory), [0])
})

test('whatever comes and however it is cut into rounds and starts, a node is asked at most once in five minutes, and the same', async () => {
  const message = fc.record({
    afterMs: fc.nat({ max: 2 * everyMs }),
    what: fc.constantFrom('data', 'hole', 'birth'),
    isEnd: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (messages, roundRecords) => {
        await using once = openLog()
        await using often = openLog()
        let at = 0
        for (const [index, { afterMs, what, isEnd }] of messages.entries()) {
          at += afterMs
          const record = what === 'birth' ? birth(at) : data(at, what === 'hole' ? index + 7 : 1)
          for (const { log } of [once, often]) await log.append([record])
          if (isEnd) await translate(often, { limits: { roundRecords } })
        }
        await translate(often)
        await translate(once)
        const asked = await askedAt(once)
        assert.deepEqual(await askedAt(often), asked)
        for (const [index, each] of asked.entries()) assert.ok(index === 0 || each - asked[index - 1]! >= everyMs)
        const [first] = messages
        assert.ok(first === undefined || first.what === 'birth' || asked.length > 0)
      },
    ),
    { numRuns: 60 },
  )
})
