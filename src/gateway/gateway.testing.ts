// For the gateway's tests: a gateway on a free port with a log whose appends can be held back, and
// a raw client that sends any bytes and reads what comes with another project's parser.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import { silentLogger, type Logger } from '../base/logger.ts'
import type { EventLog, Topic, NewRecord, StoredRecord } from '../eventlog/event-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { LogAndState, StateStore } from '../eventlog/state-store.ts'
import { encodeMessage } from '../model/message-codec.ts'
import type { Admission } from './admission/admission.ts'
import { encodeConnect, encodePublish } from '../mqtt/encode-packet.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import { openGatewayStore, type GatewayStore } from './gateway-store.ts'
import { openGateway, type Gateway, type ListenerOptions } from './gateway.ts'
import { openAdmission } from './admission/open-admission.ts'
import { createMeshMembers, type MeshMember } from './peers/mesh.ts'
import { joinGateways } from './joined.testing.ts'
import type { Connect, ProtocolVersion, Publish } from '../mqtt/packet.ts'
import { noProperties } from '../mqtt/properties.ts'

/** Tests send as fast as they can by a clock that stands still. */
export const noRateLimits = {
  connectionMessagesPerS: Number.POSITIVE_INFINITY,
  connectionBytesPerS: Number.POSITIVE_INFINITY,
  tenantMessagesPerS: Number.POSITIVE_INFINITY,
  tenantBytesPerS: Number.POSITIVE_INFINITY,
} as const

/** Waits turn by turn until it holds. How many turns that takes says nothing: a kernel under load
 *  brings the bytes of a loopback late, and the log is tried again after real milliseconds. So only
 *  what does not come for a very long time is a failure, which says what was waited for. */
export async function until(what: string | (() => string), holds: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > endsAt)
      assert.fail(`Waited ${patienceMs / 1000} s and it is not so: ${typeof what === 'string' ? what : what()}.`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const patienceMs = 20_000

/** The log and state of a test: whatever stores waits while it is held and rejects while it is
 *  full. */
export type HeldLog = EventLog & {
  readonly state: StateStore
  hold(): void
  release(): void
  isFull: boolean
  /** The number of records of each append that was let through. */
  readonly commits: number[]
  /** Appends that were asked for, let through or not. */
  attempts: number
  /** Resolves with the next append that is asked for, let through or not. */
  nextAttempt(): Promise<void>
}

/** A log that does as it is told; `clock` gives its time. */
export function heldLog({ log, state }: Pick<LogAndState, 'log' | 'state'>, clock: Clock = log): HeldLog {
  let gate: PromiseWithResolvers<void> | undefined
  let attempt = Promise.withResolvers<void>()
  /** As the port says: copied before it returns. */
  const whenLet = async <Stored>(
    records: readonly NewRecord[],
    store: (copies: NewRecord[]) => Promise<Stored>,
  ): Promise<Stored> => {
    held.attempts++
    attempt.resolve()
    attempt = Promise.withResolvers<void>()
    const copies = records.map((record) => ({ ...record, value: Uint8Array.from(record.value) }))
    if (held.isFull) throw new Outage('LOG_FULL', 'full', { retryable: true })
    await gate?.promise
    if (copies.length > 0) held.commits.push(copies.length)
    return store(copies)
  }
  const held: HeldLog = {
    partitions: log.partitions,
    partitionsOf: (topic) => log.partitionsOf(topic),
    commits: [],
    attempts: 0,
    nextAttempt: () => attempt.promise,
    isFull: false,
    hold: () => void (gate ??= Promise.withResolvers<void>()),
    release() {
      gate?.resolve()
      gate = undefined
    },
    append: (records) => whenLet(records, (copies) => log.append(copies)),
    state: {
      ...state,
      commit: (commits, outputs) => whenLet(outputs, (copies) => state.commit(commits, copies)),
    },
    id: log.id,
    epochs: () => log.epochs(),
    read: (...args) => log.read(...args),
    bounds: (...args) => log.bounds(...args),
    now: () => clock.now(),
    agedAt: (ms) => log.agedAt(ms),
    damage: () => log.damage(),
    appended: (...args) => log.appended(...args),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  }
  return held
}

type Listeners = {
  /** Hears what the gateway logs as an error. */
  readonly onError?: (text: string) => void
  /** Hears what it logs of each client. */
  readonly onDebug?: (fields: object, text: string) => void
  readonly onWarn?: (fields: object, text: string) => void
}
const ignore = (): void => undefined
const listening = ({ onError = ignore, onDebug = ignore, onWarn = ignore }: Listeners): Logger =>
  Object.assign(Object.create(silentLogger) as Logger, {
    error: (_fields: object, text: string) => onError(text),
    debug: onDebug,
    warn: onWarn,
  })

/** How many gateways a test has where it does not say so, joined to one. */
export const testThreads = { count: 1 }

/** The store of a test's gateway: by default that of a log which holds its entries. */
export const testStore = {
  open: async (log: HeldLog, _local: StateStore): Promise<GatewayStore> => openGatewayStore({ log, state: log.state }),
  /** The keys of all its entries. */
  entries: ({ state }: Pick<LogAndState, 'state'>): string[] => [...state.range('gateway/1', '')].map(([key]) => key),
}

export type TestGateway = AsyncDisposable & {
  readonly gateway: Gateway
  /** With several gateways each in turn. */
  readonly port: number
  readonly log: HeldLog
  readonly registry: Registry
  readonly clock: Clock & { advance(ms: number): void }
  stored(topic: Topic): Promise<StoredRecord[]>
  /** Ends it as a kill would: nothing more is stored. */
  crash(): Promise<void>
  /** Ends the client's connection without a word, and waits until the gateway has noticed. */
  lose(client: RawClient): Promise<void>
  /** The value of one line of the metrics, 0 when it is not there. */
  metric(line: string): Promise<number>
  /** Waits until that value is a wanted one: for what no client is told of. */
  untilMetric(line: string, isWanted: (value: number) => boolean): Promise<void>
}

export async function openTestGateway(
  options: {
    readonly admission?: Admission
    readonly limits?: Partial<GatewayLimits>
    readonly wallClock?: Clock
    readonly listeners?: readonly ListenerOptions[]
    readonly threads?: number
    /** Its place beside threads that the test plays itself. */
    readonly member?: MeshMember
    /** The store an earlier gateway left; whoever gives it disposes it. */
    readonly kept?: LogAndState
  } & Listeners = {},
): Promise<TestGateway> {
  let now = 1_700_000_000_000
  const clock = { now: () => now, advance: (ms: number) => void (now += ms) }
  const kept = options.kept ?? openMemoryLog({ partitions: 1, clock })
  const log = heldLog(kept, options.wallClock ?? clock)
  const threads = options.member === undefined ? (options.threads ?? testThreads.count) : 1
  const registries = Array.from({ length: threads }, () => new Registry())
  let isCrashed = false
  const store = await testStore.open(log, kept.state)
  const open = (registry: Registry, member: MeshMember | undefined): Promise<Gateway> =>
    openGateway({
      listeners: options.listeners ?? [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
      store,
      admission: options.admission ?? openAdmission,
      limits: {
        sweepMs: 5,
        appendRetryMinMs: 1,
        appendRetryMaxMs: 5,
        drainTimeoutMs: 200,
        ...noRateLimits,
        ...options.limits,
      },
      clock: options.wallClock ?? clock,
      steady: clock,
      logger: listening(options),
      registry,
      ...(member === undefined ? {} : { member }),
    })
  const members = threads === 1 ? [options.member] : createMeshMembers(threads)
  const gateway = joinGateways(await Promise.all(registries.map((registry, index) => open(registry, members[index]))))
  async function metric(line: string): Promise<number> {
    let sum = 0
    const name = line.split('{', 1)[0]!
    for (const registry of registries) {
      // A histogram's lines have other names than the histogram.
      const text =
        registry.getSingleMetric(name) === undefined ? registry.metrics() : registry.getSingleMetricAsString(name)
      const found = (await text).split('\n').find((each) => each.startsWith(`${line} `))
      if (found !== undefined) sum += Number(found.slice(line.length + 1))
    }
    return sum
  }
  return {
    gateway,
    get port() {
      return gateway.port
    },
    log,
    registry: registries[0]!,
    clock,
    async crash() {
      isCrashed = true
      log.isFull = true
      await gateway[Symbol.asyncDispose]()
    },
    stored: (topic) => readWhole(log, topic),
    async lose(client) {
      const wanted = gateway.connectionCount() - 1
      client.socket.destroy()
      await until('the gateway has noticed that a client is gone', () => gateway.connectionCount() <= wanted)
    },
    metric,
    async untilMetric(line, isWanted) {
      let value = NaN
      await until(
        () => `${line} is as wanted, and not ${value}`,
        async () => isWanted((value = await metric(line))),
      )
    },
    async [Symbol.asyncDispose]() {
      if (!isCrashed) {
        log.isFull = false
        log.release()
      }
      await gateway[Symbol.asyncDispose]()
      if (options.kept === undefined) await kept[Symbol.asyncDispose]()
    },
  }
}

export const telemetry = (seq: number, at = 1_700_000_000_000): Buffer =>
  Buffer.from(encodeMessage({ boot: '0123456789abcdef', seq, samples: [{ at, signals: { 'Vehicle.Speed': seq } }] }))

export const connectPacket = (version: ProtocolVersion, clientId: string, change: Partial<Connect> = {}): Buffer =>
  encodeConnect({
    version,
    clientId,
    cleanStart: true,
    keepAliveS: 60,
    username: undefined,
    password: undefined,
    will: undefined,
    properties: noProperties,
    ...change,
  })

export const publishPacket = (
  version: ProtocolVersion,
  topic: string,
  payload: Buffer,
  change: Partial<Publish> = {},
): Buffer =>
  encodePublish(version, {
    topic,
    payload,
    qos: 1,
    dup: false,
    retain: false,
    packetId: 1,
    properties: noProperties,
    ...change,
  })

export interface RawClient extends AsyncDisposable {
  readonly socket: Socket
  send(...bytes: readonly Uint8Array[]): void
  /** The next packet, or undefined once the server has closed. */
  next(): Promise<Packet | undefined>
  /** The next packet, which must be of this kind. */
  expect<Command extends Packet['cmd']>(cmd: Command): Promise<Extract<Packet, { cmd: Command }>>
}

const sharedHost = '127.0.0.1'
const { pid, platform } = process
/** An address that no other process uses, where loopback has more than one. A client of another
 *  test that goes on calling a server which is gone may find a gateway of this one at its port: a
 *  test that has to know of every client is at home here. */
export const ownHost = platform === 'linux' ? `127.${64 + (pid >> 16)}.${(pid >> 8) & 255}.${pid & 255}` : sharedHost

export async function openRawClient(port: number, version: ProtocolVersion = 5, host = sharedHost): Promise<RawClient> {
  const parser = mqttPacket.parser({ protocolVersion: version })
  const packets: Packet[] = []
  let isClosed = false
  let wake: (() => void) | undefined
  parser.on('packet', (packet) => {
    packets.push(packet)
    wake?.()
  })
  const socket = connect({ port, host, noDelay: true })
  socket.on('data', (chunk) => void parser.parse(chunk))
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isClosed = true
    wake?.()
  })
  await once(socket, 'connect')
  const next = async (): Promise<Packet | undefined> => {
    // oxlint-disable-next-line no-unmodified-loop-condition -- the close listener changes it
    while (packets.length === 0 && !isClosed) await new Promise<void>((resolve) => (wake = resolve))
    return packets.shift()
  }
  return {
    socket,
    send: (...bytes) => void socket.write(Buffer.concat(bytes)),
    next,
    async expect<Command extends Packet['cmd']>(cmd: Command) {
      const packet = await next()
      if (packet?.cmd !== cmd)
        throw new Error(`Expected ${cmd}, got ${packet === undefined ? 'the end' : JSON.stringify(packet)}.`)
      return packet as Extract<Packet, { cmd: Command }>
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return
      socket.destroy()
      await once(socket, 'close')
    },
  }
}

/** A raw client whose CONNECT was accepted. */
export async function openConnected(
  port: number,
  version: ProtocolVersion,
  clientId: string,
  change: Partial<Connect> = {},
): Promise<RawClient> {
  const client = await openRawClient(port, version)
  client.send(connectPacket(version, clientId, change))
  await client.expect('connack')
  return client
}
