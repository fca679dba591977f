// Acknowledged messages outlive the gateway: it is killed with SIGKILL at random moments under QoS
// 1 and QoS 2 load, and its clients, which keep their sessions as the standard demands, come back
// to the next one. Nothing acknowledged is missing in the log, what was sent at QoS 2 is there
// once; persistent sessions are there with their subscriptions, and have every message: at QoS 1 at
// least once, at QoS 2 exactly once, in the order of each publisher. A round ends with a random
// count of packets, not a time: each makes some progress, and a kill may fall on anything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { GatewayLoad } from './support/gateway-load.ts'
import { standByGateway } from './support/standby-gateway.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { recordsOf } from './support/log-records.ts'
import { freePort } from '../src/base/port.testing.ts'
import { temporaryFolder } from './support/running-system.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'

const rounds = Number(process.env['ROUNDS'] ?? (process.env['CI'] === 'true' ? 80 : 8))
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const packetsMax = 1500

test(`killed ${rounds} times under QoS 1 and 2: what was acknowledged is there, QoS 2 once, sessions go on`, async (context) => {
  context.diagnostic(`seed ${seed}`)
  const random = seeded(seed)
  using folder = temporaryFolder()
  const port = await freePort()
  const load = new GatewayLoad(port, random)

  let next = standByGateway(folder.path, port)
  for (let round = 0; round <= rounds; round++) {
    await using gateway = next
    await gateway.open()
    if (round === 0) await load.begin()
    if (round === rounds) {
      await load.finish()
      break
    }
    next = standByGateway(folder.path, port)
    // Most rounds are long enough for the load to flow; some end while sessions are taken up again.
    await load.run(Math.ceil(packetsMax * random() ** 2))
    await gateway.kill()
    load.lose()
  }

  await using opened = openLmdbLog({ dir: folder.path, partitions: 2, topics: uplinkTopics })
  const records = await recordsOf(opened.log, ['telemetry', 'event'])
  const stored = records.map(({ topic, key, value }) => ({
    topic: `v1/${key}/up/${topic}`,
    payload: Buffer.from(value).toString(),
  }))
  context.diagnostic(`${load.sentCount} messages sent, ${stored.length} records`)
  assert.deepEqual(load.faults(stored).slice(0, 20), [])
})
