// A gateway as a process of its own for the fuzzer and the churn: on a log in memory that keeps no
// records, so that whatever grows is the gateway's. Started with --expose-gc by gateway-process.ts,
// which asks for its vitals.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { queryObjects } from 'node:v8'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../src/base/clock.ts'
import { accepted } from '../../src/base/errors.ts'
import { silentLogger } from '../../src/base/logger.ts'
import type { EventLog } from '../../src/eventlog/event-log.ts'
import { openMemoryLog } from '../../src/eventlog/memory/memory-log.ts'
import { openGatewayStore } from '../../src/gateway/gateway-store.ts'
import { openGateway } from '../../src/gateway/gateway.ts'
import { PacketReader } from '../../src/gateway/packet-reader.ts'
import { openAdmission } from '../../src/gateway/admission/open-admission.ts'
import { Session } from '../../src/gateway/session/session.ts'
import type { StateStore } from '../../src/eventlog/state-store.ts'
import type { Vitals } from './gateway-process.ts'

/** How far apart the loop is looked at; a stall is what comes on top. */
const resolutionMs = 2

/** Packets that reached their handler, and those that could not be cut from the stream. */
let packets = 0
const { onFrame, onFrameFault } = PacketReader.prototype
PacketReader.prototype.onFrame = function count(this: PacketReader, ...frame) {
  packets++
  return onFrame.apply(this, frame)
}
PacketReader.prototype.onFrameFault = function count(this: PacketReader, code) {
  packets++
  onFrameFault.call(this, code)
}

let stored = 0
const { log: kept, state } = openMemoryLog({ partitions: 1 })
const log: EventLog = {
  ...kept,
  async append(records) {
    await turn()
    stored += records.length
    return []
  },
}
const forgetful: StateStore = {
  ...state,
  commit(commits, outputs) {
    stored += outputs.length
    return state.commit(commits, [])
  },
}

const gateway = await openGateway({
  listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
  store: openGatewayStore({ log, state: forgetful }),
  // The hostile and the well-behaved are of two tenants.
  admission: {
    ...openAdmission,
    authenticate: ({ clientId }) => accepted({ id: clientId, tenant: clientId.split('-')[0]! }),
  },
  limits: {
    connectionMessagesPerS: Number.POSITIVE_INFINITY,
    connectionBytesPerS: Number.POSITIVE_INFINITY,
    tenantMessagesPerS: Number.POSITIVE_INFINITY,
    tenantBytesPerS: Number.POSITIVE_INFINITY,
    connectsPerS: 1e6,
    addressConnectsPerS: 1e6,
    // Memory kept on purpose must be little and soon forgotten, so that memory kept by mistake
    // shows.
    sessionExpiryMaxS: 1,
    retainedMessages: 200,
    retainedBytes: 100_000,
    connectTimeoutMs: 2000,
    sweepMs: 100,
  },
  clock: systemClock,
  steady: steadyClock,
  logger: silentLogger,
  registry: new Registry(),
})

const delay = monitorEventLoopDelay({ resolution: resolutionMs })
delay.enable()

/** The worst of all stretches between two looks. */
const stalls = { p99: 0, p999: 0, worst: 0, busiest: 0 }

/** On a machine with other work a process is late although it has little to do: what counts then is
 *  the CPU it took between two rounds of its loop. */
let cpuAt = process.threadCpuUsage()
setInterval(() => {
  const { user, system } = process.threadCpuUsage(cpuAt)
  cpuAt = process.threadCpuUsage()
  stalls.busiest = Math.max(stalls.busiest, (user + system) / 1000)
}, resolutionMs)

function noteStalls(): void {
  const found = { p99: delay.percentile(99), p999: delay.percentile(99.9), worst: delay.max }
  for (const name of ['p99', 'p999', 'worst'] as const)
    stalls[name] = Math.max(stalls[name], found[name] / 1e6 - resolutionMs)
}

async function vitals(): Promise<Vitals> {
  noteStalls()
  // Looking is a stall of its own.
  delay.disable()
  for (let times = 0; times < 3; times++) {
    globalThis.gc!()
    await turn()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const counted = (constructor: typeof PacketReader | typeof Session | typeof Map): number =>
    queryObjects(constructor, { format: 'count' })
  const found: Vitals = {
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
    sockets: gateway.connectionCount(),
    arrivals: gateway.arrivalCount(),
    entries: [...state.range('gateway/1', '')].length,
    connections: counted(PacketReader),
    sessions: counted(Session),
    maps: counted(Map),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    packets,
    stored,
    stalls: { ...stalls },
    disconnects: gateway.disconnects(),
  }
  delay.reset()
  delay.enable()
  cpuAt = process.threadCpuUsage()
  return found
}

process.on('message', (question) => {
  if (question === 'vitals') void vitals().then((answer) => process.send!(answer))
  else if (question === 'forget stalls') {
    delay.reset()
    Object.assign(stalls, { p99: 0, p999: 0, worst: 0, busiest: 0 })
    process.send!('forgotten')
  } else if (question === 'sockets') process.send!(gateway.connectionCount())
})
process.on('disconnect', () => process.exit(0))
process.send!(gateway.port)
