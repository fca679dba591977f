// The fuzzer: many connections at once that each say something valid, then something that is not,
// cut into pieces or not, and end. Beside them clients that behave well (MQTT.js) publish and
// subscribe at QoS 1 and 2 and must never notice.
import { connect, type Socket } from 'node:net'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import mqtt from 'mqtt'
import type { ProtocolVersion } from '../../src/mqtt/packet.ts'
import { Random } from '../../src/sim/random.ts'
import { isTaken, someSource } from './client-source.ts'
import { hostileConnect, hostilePacket, mutated } from './hostile-packets.ts'

export type FuzzOptions = {
  readonly port: number
  readonly seed: number
  /** Packets to send: of each connection those up to its first mutated one, and that one. A valid
   *  one may end it as well, so not all are read. */
  readonly packets: number
  /** Connections at once. */
  readonly width: number
}

export type FuzzResult = {
  readonly packets: number
  readonly connections: number
  /** Messages of the well-behaved that were acknowledged, and how long the slowest took. */
  readonly acknowledged: number
  readonly slowestMs: number
  /** Complaints of the well-behaved; empty when all is well. */
  readonly complaints: readonly string[]
}

const wellBehaved = 4
/** Between two messages of one of them. */
const paceMs = 5

const telemetry = '{"boot":"0123456789abcdef","seq":1,"samples":[{"at":1700000000000,"signals":{"Vehicle.Speed":1}}]}'

/** One connection's bytes, as pieces for one write each, and how many packets of it are certainly
 *  read. */
function conversation(random: Random): { readonly pieces: readonly Buffer[]; readonly packets: number } {
  const version: ProtocolVersion = random.chance(0.5) ? 5 : 4
  const packets: Buffer[] = [hostileConnect(random, version)]
  let count = 1
  if (random.chance(0.1)) packets[0] = mutated(packets[0]!, random)
  else {
    while (packets.length < 40 && random.chance(0.92)) packets.push(hostilePacket(random, version))
    count = packets.push(mutated(hostilePacket(random, version), random))
    while (random.chance(0.5)) packets.push(mutated(hostilePacket(random, version), random))
  }
  const bytes = Buffer.concat(packets)
  if (random.chance(0.9)) return { pieces: [bytes], packets: count }
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = 1 + Math.floor(random.unit() * random.pick([3, 50, 1000, 20_000]))
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return { pieces: pieces.slice(0, 50), packets: pieces.length <= 50 ? count : 1 }
}

function opened(port: number, random: Random): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...someSource(random) })
    // The source is taken: another.
    socket.once('error', (error: NodeJS.ErrnoException) =>
      isTaken(error) ? resolve(opened(port, random)) : reject(error),
    )
    socket.once('connect', () => resolve(socket.removeAllListeners('error').on('error', () => undefined)))
  })
}

async function converse(port: number, random: Random): Promise<number> {
  const { pieces, packets } = conversation(random)
  const socket = await opened(port, random)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  // Some take no answers.
  if (random.chance(0.95)) socket.resume()
  for (const piece of pieces) {
    if (socket.destroyed) break
    socket.write(piece)
    if (pieces.length > 1) await turn()
  }
  if (random.chance(0.02)) socket.resetAndDestroy()
  // The end of the stream: what is unfinished by then stays so.
  socket.end()
  socket.resume()
  await closed
  return packets
}

type Watch = { acknowledged: number; slowestMs: number; readonly complaints: string[] }

/** A client that publishes until the signal aborts, at QoS 1 to the log and at QoS 2 to itself, and
 *  hears each of the latter once. */
async function behaveWell(port: number, index: number, signal: AbortSignal, watch: Watch): Promise<void> {
  const clientId = `well-${index}`
  const client = await mqtt.connectAsync({
    port,
    host: '127.0.0.1',
    clientId,
    protocolVersion: index % 2 === 0 ? 5 : 4,
    reconnectPeriod: 0,
  })
  const complain = (what: string): void => void (signal.aborted || watch.complaints.push(`${clientId}: ${what}`))
  client.on('close', () => complain('the connection ended'))
  client.on('error', ({ message }) => complain(message))
  const own = `well-behaved/${index}`
  let heard = 0
  client.on('message', (topic, payload) => {
    if (topic !== own || Number(payload.toString()) !== heard++)
      complain(`heard ${topic} ${payload.toString().slice(0, 20)}, expected ${heard - 1}`)
  })
  await client.subscribeAsync(own, { qos: 2 })
  for (let count = 0; !signal.aborted && client.connected; count++) {
    const from = performance.now()
    await client.publishAsync(`v1/well/car-${index}/up/telemetry`, telemetry, { qos: 1 })
    await client.publishAsync(own, String(count), { qos: 2 })
    watch.acknowledged += 2
    watch.slowestMs = Math.max(watch.slowestMs, performance.now() - from)
    await wait(paceMs)
  }
  await client.endAsync()
}

/** Runs until so many packets are sent. Rejects when the gateway cannot be reached any more. */
export async function runFuzz({ port, seed, packets, width }: FuzzOptions): Promise<FuzzResult> {
  const watch: Watch = { acknowledged: 0, slowestMs: 0, complaints: [] }
  const stop = new AbortController()
  const watchers = Array.from({ length: wellBehaved }, (_, index) =>
    behaveWell(port, index, stop.signal, watch).catch(
      (error: unknown) => void watch.complaints.push(`well-${index}: ${String(error)}`),
    ),
  )
  let sent = 0
  let connections = 0
  const fuzz = async (worker: number): Promise<void> => {
    const random = new Random(seed, worker)
    while (sent < packets) {
      const count = await converse(port, random)
      sent += count
      connections++
    }
  }
  try {
    await Promise.all(Array.from({ length: width }, (_, worker) => fuzz(worker)))
  } finally {
    stop.abort()
    await Promise.all(watchers)
  }
  return { packets: sent, connections, ...watch }
}
