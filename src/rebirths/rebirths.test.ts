// Whom of the nodes in the log is asked for its births: those of now, once, at a bounded rate, and
// nobody where the broker does not bear it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { rebirthRecord } from '../eventlog/rebirth-record.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import { uplinkTopics } from '../eventlog/topics.ts'
import { decodeBinary } from '../mapping/binary/decode-binary.ts'
import { openRebirths, type RebirthsOptions } from './rebirths.ts'

const at = 1_772_600_000_000
const lateMs = 60_000

function open(partitions = 2) {
  const clock = {
    at,
    now() {
      return this.at
    },
  }
  const opened = openMemoryLog({ partitions, clock, topics: uplinkTopics })
  const told: string[] = []
  const lines: unknown[] = []
  const logger = Object.assign(Object.create(silentLogger) as typeof silentLogger, {
    error: (line: unknown) => void lines.push(line),
  })
  let losses = 0
  return {
    ...opened,
    clock,
    lines,
    lose: () => void (losses += 1),
    /** Topics to which something was published since the last time. */
    news: () => told.splice(0),
    need: (...nodes: (readonly [node: string, receivedAt: number])[]) =>
      opened.log.append(
        nodes.map(([node, receivedAt]) => rebirthRecord(`~m/fleet%2F${node}`, { group: 'fleet', node }, receivedAt)),
      ),
    start(more: Partial<RebirthsOptions> = {}) {
      const registry = new Registry()
      const publish: RebirthsOptions['publish'] = async ({ topic, payload }, expiryS) => {
        const read = decodeBinary('sparkplug-b', payload)
        assert.ok(read.ok && expiryS > 0 && expiryS <= lateMs / 1000)
        told.push(topic)
        return 'taken'
      }
      const it = openRebirths({ uplink: opened, publish, losses: () => losses, logger, registry, ...more })
      return { ...it, metrics: () => registry.metrics() }
    },
  }
}

test('a node is asked by its own topic, once, also where the process starts again', async () => {
  await using it = open()
  await it.need(['car7', at])
  const rebirths = it.start()
  assert.deepEqual([await rebirths.round(), it.news()], ['asked', ['spBv1.0/fleet/NCMD/car7']])
  assert.equal(await rebirths.round(), 'idle')
  assert.equal(await it.start().round(), 'idle')
  assert.deepEqual(it.news(), [])
  assert.match(await rebirths.metrics(), /roadstream_rebirth_requests_total\{outcome="taken"\} 1/)
})

test('what is long past asks for nothing, by the receipt that needed it, nor does what is no request', async () => {
  await using it = open(1)
  await it.need(['old', at - lateMs], ['young', at - lateMs + 1], ['a/b', at])
  await it.log.append([{ topic: 'rebirth', key: '~m/x', value: Buffer.from('{'), at }])
  const rebirths = it.start()
  await rebirths.round()
  assert.deepEqual(it.news(), ['spBv1.0/fleet/NCMD/young'])
  assert.match(await rebirths.metrics(), /outcome="late"\} 1\n(?:.*\n)*.*outcome="unreadable"\} 2/)
})

test('so many are asked in a round, in the order in which they are needed', async () => {
  await using it = open(1)
  await it.need(...Array.from({ length: 5 }, (_, index) => [`car${index}`, at] as const))
  const rebirths = it.start({ limits: { roundNodes: 2 } })
  const rounds: number[] = []
  while ((await rebirths.round()) !== 'idle') rounds.push(it.news().length)
  assert.deepEqual(rounds, [2, 2, 1])
})

test('a position that is not stored asks nobody, and all are asked once it is', async () => {
  await using it = open()
  await it.need(['car7', at])
  let isAway = true
  const state = Object.assign(Object.create(it.state) as StateStore, {
    commit: (...given: Parameters<StateStore['commit']>) =>
      isAway ? Promise.reject(new Outage('LOG_FULL', 'full', { retryable: true })) : it.state.commit(...given),
    positions: (task: string) => it.state.positions(task),
  })
  const rebirths = it.start({ uplink: { log: it.log, state } })
  await assert.rejects(rebirths.round(), { code: 'LOG_FULL' })
  assert.deepEqual(it.news(), [])
  isAway = false
  assert.equal(await rebirths.round(), 'asked')
  assert.deepEqual(it.news(), ['spBv1.0/fleet/NCMD/car7'])
})

test('a broker that ends the connection over it three times in a row is not commanded any more, and that is told once', async () => {
  await using it = open()
  const rebirths = it.start()
  const asks = async (isLost: boolean): Promise<number> => {
    await it.need(['car7', at])
    await rebirths.round()
    if (isLost) it.lose()
    return it.news().length
  }
  // A connection that outlives a round begins the count anew; a loss while nobody is asked is none.
  for (const isLost of [true, true, false]) assert.equal(await asks(isLost), 1)
  await rebirths.round()
  it.lose()
  for (const isLost of [true, true]) assert.equal(await asks(isLost), 1)
  assert.deepEqual([await asks(true), it.lines.length], [1, 0])
  for (const isLost of [false, true, false]) assert.equal(await asks(isLost), 0)
  assert.equal(it.lines.length, 1)
  assert.match(String(it.lines[0]), /spBv1\.0\/\+\/NCMD\/\+/)
  assert.match(await rebirths.metrics(), /outcome="withheld"\} 3/)
})

test('however requests, rounds, kills and time are mixed, none goes out twice or late, and no round asks more than it may', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('need' as const), ageMs: fc.nat({ max: 2 * lateMs }) }),
    fc.record({ do: fc.constantFrom('round' as const, 'restart' as const), ageMs: fc.constant(0) }),
    fc.record({ do: fc.constant('wait' as const), ageMs: fc.nat({ max: lateMs }) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using it = open()
      const neededAt = new Map<string, number>()
      let rebirths = it.start({ limits: { roundNodes: 3 } })
      for (const { do: what, ageMs } of steps) {
        if (what === 'need') {
          const node = `car${neededAt.size}`
          neededAt.set(node, it.clock.at - ageMs)
          await it.need([node, it.clock.at - ageMs])
        } else if (what === 'wait') it.clock.at += ageMs
        else if (what === 'restart') rebirths = it.start({ limits: { roundNodes: 3 } })
        else {
          await rebirths.round()
          const asked = it.news().map((topic) => topic.split('/').at(-1)!)
          assert.ok(asked.length <= 3)
          for (const node of asked) {
            assert.ok(it.clock.at - (neededAt.get(node) ?? -Infinity) < lateMs, node)
            neededAt.delete(node)
            neededAt.set(`gone ${node}`, 0)
          }
        }
      }
    }),
    { numRuns: 100 },
  )
})
