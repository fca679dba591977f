// The whole system on the cars of another broker: one setting, and it listens for none itself.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../src/base/clock.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { openConnected, openTestGateway, publishPacket, telemetry } from '../src/gateway/gateway.testing.ts'
import { recordsOf } from './support/log-records.ts'
import { startSystem, temporaryFolder } from './support/running-system.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'

test('with ROADSTREAM_BRIDGE the system takes what cars publish at another broker, and leaves its session there', async () => {
  using folder = temporaryFolder()
  await using broker = await openTestGateway({ wallClock: systemClock })
  await using car = await openConnected(broker.port, 5, 'demo/car-1')
  const url = `mqtt://127.0.0.1:${broker.port}`
  const system = await startSystem({ dataDir: folder.path, settings: { ROADSTREAM_BRIDGE: url } })
  assert.equal(system.mqttUrl, url)
  // The bridge's, for the car has none: what is published before it is for nobody.
  while ((await broker.metric('roadstream_gateway_subscription_bytes')) === 0)
    await new Promise((resolve) => setTimeout(resolve, 5))
  for (let seq = 0; seq < 20; seq++) {
    car.send(publishPacket(5, 'v1/demo/car-1/up/telemetry', telemetry(seq, Date.now()), { packetId: seq + 1 }))
    await car.expect('puback')
  }
  const { log } = openLmdbLog({ dir: join(folder.path, 'log'), partitions: 8, topics: uplinkTopics })
  while ((await recordsOf(log, ['telemetry'])).length < 20) await new Promise((resolve) => setTimeout(resolve, 5))
  await log[Symbol.asyncDispose]()
  assert.equal(await system.stop(), 0)
  assert.equal(await broker.metric('roadstream_gateway_sessions'), 2)
  assert.equal(broker.gateway.connectionCount(), 1)
})
