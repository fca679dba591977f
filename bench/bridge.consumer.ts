// A consumer that takes what Mosquitto has kept for its session and puts it into an LMDB log:
// `ours` is the bridge; `after` is what one would write with MQTT.js that acknowledges each message
// when its own append has resolved; `before` lets MQTT.js acknowledge at once, and appends then, as
// most do. Arguments: which, the broker's port, the directory of the log, how many messages there
// are, and for how long at most (ms). Subscribes and says so; at a line of input takes up its
// session and says how many it stored, in which time, and with how much CPU.
import { once } from 'node:events'
import mqtt from 'mqtt'
import { Registry } from 'prom-client'
import { steadyClock } from '../src/base/clock.ts'
import { silentLogger } from '../src/base/logger.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { openBridge } from '../src/bridge/bridge.ts'
import { uplinkRecord } from '../src/ingest/uplink.ts'
import { parseUplinkTopic } from '../src/model/topic.ts'
import { vehicleKey } from '../src/model/vehicle-id.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'
import { ownMicros } from './support/own-cpu.ts'

const [kind, port, dir, count, timeoutMs] = process.argv.slice(2)
const { log } = openLmdbLog({ dir: dir!, partitions: 8, topics: uplinkTopics })
let stored = 0

function openOurs(): { readonly isReady: () => boolean; readonly close: () => Promise<void> } {
  const bridge = openBridge({
    server: { host: '127.0.0.1', port: Number(port), tls: undefined, user: undefined, password: undefined },
    clientId: 'bench',
    group: 'bench',
    tenants: ['bench'],
    connections: 1,
    log,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })
  return {
    isReady() {
      stored = bridge.state().acknowledged
      return bridge.state().subscribed === 1
    },
    close: () => bridge.drain(),
  }
}

async function store(topic: string, payload: Buffer): Promise<void> {
  const uplink = parseUplinkTopic(topic)
  if (!uplink.ok) return
  await log.append([uplinkRecord(uplink.value.stream, vehicleKey(uplink.value), payload, log.now()).record])
  stored++
}

function openMqttJs(): ReturnType<typeof openOurs> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    clientId: 'bench',
    clean: false,
    properties: { receiveMaximum: 4096, sessionExpiryInterval: 3600 },
    ...(kind === 'after' && {
      // oxlint-disable-next-line promise/no-callback-in-promise, max-params -- MQTT.js's handlers are callbacks
      customHandleAcks: (topic, payload, _packet, done) => void store(topic, payload).then(() => done(0)),
    }),
  })
  if (kind === 'before') client.on('message', (topic, payload) => void store(topic, payload))
  let isReady = false
  client.on('connect', () => client.subscribe('$share/bench/v1/bench/+/up/#', { qos: 1 }, () => void (isReady = true)))
  return { isReady: () => isReady, close: () => client.endAsync() }
}

const open = kind === 'ours' ? openOurs : openMqttJs
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
const say = (report: Record<string, number>): void => void process.stdout.write(`${JSON.stringify(report)}\n`)

const first = open()
while (!first.isReady()) await tick()
await first.close()
say({ subscribed: 1 })
process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'))
await once(process.stdin, 'data')

stored = 0
const from = performance.now()
const cpuBefore = process.cpuUsage()
const second = open()
const isOver = (): boolean => {
  second.isReady()
  return stored >= Number(count) || performance.now() - from > Number(timeoutMs)
}
while (!isOver()) await tick()
const cpuMs = ownMicros(cpuBefore) / 1000
say({ stored, ms: performance.now() - from, cpuMs })
