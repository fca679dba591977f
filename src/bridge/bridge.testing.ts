// For the bridge's tests: a bridge on a memory log whose appends can be held back, and a car at the
// other broker.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { steadyClock, systemClock, type Clock } from '../base/clock.ts'
import type { Topic, StoredRecord } from '../eventlog/event-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { heldLog, telemetry, type HeldLog } from '../gateway/gateway.testing.ts'
import { openBridge, type Bridge, type BridgeOptions } from './bridge.ts'

/** Quick where production is patient. */
const quick = { reconnectMinMs: 2, reconnectMaxMs: 20, sweepMs: 5, stableMs: 0 }

type Said = {
  readonly msg: string
  readonly reason?: string
  readonly code?: number | string
  readonly grantedS?: number
  readonly askedS?: number
}

export type TestBridge = AsyncDisposable & {
  readonly bridge: Bridge
  readonly log: HeldLog
  /** Lines it logged, oldest first. */
  readonly said: Said[]
  /** All that was logged, as text. */
  saidText(): string
  stored(topic: Topic): Promise<StoredRecord[]>
  metric(line: string): Promise<number>
}

export type TestBridgeOptions = Partial<Omit<BridgeOptions, 'server'>> & {
  readonly port: number
  readonly server?: Partial<BridgeOptions['server']>
  /** Gives the time of its log. */
  readonly clock?: Clock
}

export function openTestBridge({
  port,
  server,
  bridgeLimits,
  limits,
  clock = systemClock,
  ...options
}: TestBridgeOptions): TestBridge {
  const log = heldLog(openMemoryLog({ partitions: 1, clock }))
  const registry = new Registry()
  const lines: string[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const bridge = openBridge({
    server: { host: '127.0.0.1', port, tls: undefined, user: undefined, password: undefined, ...server },
    clientId: 'bridge',
    group: 'g',
    tenants: ['acme'],
    connections: 1,
    log,
    steady: steadyClock,
    logger,
    registry,
    bridgeLimits: { ...quick, ...bridgeLimits },
    limits: { appendRetryMinMs: 1, appendRetryMaxMs: 5, drainTimeoutMs: 500, ...limits },
    ...options,
  })
  return {
    bridge,
    log,
    get said() {
      return lines.map((line) => JSON.parse(line) as Said)
    },
    saidText: () => lines.join(''),
    stored: (topic) => readWhole(log, topic),
    async metric(line) {
      const found = (await registry.metrics()).split('\n').find((text) => text.startsWith(`${line} `))
      return found === undefined ? 0 : Number(found.slice(line.length + 1))
    },
    async [Symbol.asyncDispose]() {
      log.isFull = false
      log.release()
      await bridge[Symbol.asyncDispose]()
      await log[Symbol.asyncDispose]()
    },
  }
}

/** Resolves once it holds: looked at after every turn of the event loop, and left to the test's own
 *  time limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 1))
}

export const isSubscribed = ({ bridge }: TestBridge): boolean =>
  bridge.state().subscribed === bridge.state().connections

/** The seqs of the records of a topic, each once. */
export const seqsOf = (records: readonly StoredRecord[]): Set<number> =>
  new Set(records.map(({ value }) => (JSON.parse(Buffer.from(value).toString()) as { seq: number }).seq))

/** Its session lasts, so that its subscription is there before it is, when the broker restarts. */
export const openCar = (port: number, user: Pick<IClientOptions, 'username' | 'password'> = {}): Promise<MqttClient> =>
  mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    ...user,
    protocolVersion: 5,
    clientId: 'acme/car-1',
    reconnectPeriod: 20,
    clean: false,
    properties: { sessionExpiryInterval: 600 },
  })

/** Publishes telemetry at QoS 1, so many at a time, until told to stop; gives the seqs that the
 *  broker acknowledged. */
export function load(car: MqttClient, window: number) {
  const acknowledged: number[] = []
  let seq = 0
  let isStopped = false
  const one = async (): Promise<void> => {
    // oxlint-disable-next-line no-unmodified-loop-condition -- stop() changes it
    while (!isStopped) {
      const own = seq++
      await car.publishAsync('v1/acme/car-1/up/telemetry', telemetry(own), { qos: 1 })
      acknowledged.push(own)
    }
  }
  const running = Promise.all(Array.from({ length: window }, one))
  return {
    acknowledged,
    async stop() {
      isStopped = true
      await running
    },
  }
}

/** A bridge in a process of its own, on an LMDB log in `dir`, once it is subscribed: to be
 *  killed. */
export async function startBridge(port: number, dir: string, group: string): Promise<ChildProcess> {
  const bridge = spawn(
    process.execPath,
    [fileURLToPath(new URL('killed-bridge.testing.ts', import.meta.url)), String(port), dir, group],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  await once(bridge.stdout, 'data')
  return bridge
}
