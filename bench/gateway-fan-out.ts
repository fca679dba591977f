// One message of 256 KiB for many: 10,000 lasting sessions that are away, and 4,000 clients that
// are connected and read nothing. Its cost in memory, how long its publisher waits, and how long a
// car beside it waits for its PUBACK meanwhile. Ours stores it for those that are away and fsyncs;
// Mosquitto keeps it in memory.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeConnect, encodeDisconnect, encodePublish, encodeSubscribe } from '../src/mqtt/encode-packet.ts'
import { noProperties } from '../src/mqtt/properties.ts'
import { canMeasure, memoryBytes, pause } from './support/measured-process.ts'
import { absenceOf, startMqttServer, type ServerKind } from './support/mqtt-servers.ts'
import { telemetry } from './support/telemetry.ts'

export const title = 'Gateway: one large message for thousands of sessions, away and connected'

const payload = Buffer.alloc(256 * 1024, 'x')
const atOnce = 200
/** After the message, until all of it is over. */
const watchedMs = 3000
const rounds = 3

type Run = { readonly kind: ServerKind; readonly subscribers: number; readonly isAway: boolean }
const runs: readonly Run[] = (['ours', 'mosquitto'] as const).flatMap((kind) => [
  { kind, subscribers: 10_000, isAway: true },
  { kind, subscribers: 4000, isAway: false },
])

/** Resolves with a connection whose CONNECT was answered. */
async function enter(port: number, clientId: string, cleanStart: boolean): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  // It ends with the server.
  socket.on('error', () => undefined)
  const packet = {
    version: 4,
    clientId,
    cleanStart,
    keepAliveS: 0,
    username: undefined,
    password: undefined,
    will: undefined,
  } as const
  socket.write(encodeConnect({ ...packet, properties: noProperties }))
  await once(socket, 'data')
  return socket
}

async function subscribe(port: number, index: number, isAway: boolean): Promise<void> {
  const socket = await enter(port, `sub-${index}`, !isAway)
  const subscriptions = [
    { filter: 'news', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
  ] as const
  socket.write(encodeSubscribe(4, { packetId: 1, subscriptions, subscriptionId: undefined }))
  await once(socket, 'data')
  if (!isAway) {
    socket.pause()
    return
  }
  socket.end(encodeDisconnect(4, { reason: 0, properties: noProperties }))
  await once(socket, 'close')
}

/** Sends a QoS 1 message and gives how long its PUBACK took, in milliseconds. */
async function publish(socket: Socket, topic: string, bytes: Buffer): Promise<number> {
  const at = performance.now()
  socket.write(
    encodePublish(4, {
      topic,
      payload: bytes,
      qos: 1,
      dup: false,
      retain: false,
      packetId: 1,
      properties: noProperties,
    }),
  )
  await once(socket, 'data')
  return performance.now() - at
}

async function measure({ kind, subscribers, isAway }: Run): Promise<void> {
  await using server = await startMqttServer(kind, undefined)
  const { pid } = server.process
  for (let from = 0; from < subscribers; from += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, index) => subscribe(server.port, from + index, isAway)))
  const publisher = await enter(server.port, 'publisher', true)
  const car = await enter(server.port, 'car', true)
  await pause(watchedMs)
  const beforeBytes = memoryBytes(pid)
  let isOver = false
  let waitedMs = 0
  let mostBytes = beforeBytes
  const beside = (async () => {
    // oxlint-disable-next-line no-unmodified-loop-condition -- set below, once all is over
    for (let seq = 0; !isOver; seq++) {
      waitedMs = Math.max(waitedMs, await publish(car, 'v1/bench/car/up/telemetry', telemetry(seq)))
      mostBytes = Math.max(mostBytes, memoryBytes(pid))
      await pause(1)
    }
  })()
  const publishedMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    publishedMs.push(await publish(publisher, 'news', payload))
    await pause(watchedMs)
  }
  isOver = true
  await beside
  process.stdout.write(
    `${kind}, ${subscribers} ${isAway ? 'away' : 'connected, reading nothing'}: ${rounds} messages of 256 KiB acknowledged in ${publishedMs.map((ms) => ms.toFixed(0)).join(', ')} ms; ` +
      `a car beside waited ${waitedMs.toFixed(0)} ms at most; memory ${mb(beforeBytes)} before, at most ${mb(mostBytes)}, ${mb(memoryBytes(pid))} after\n`,
  )
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`

export async function run(): Promise<void> {
  if (!canMeasure) {
    process.stdout.write('not measured: memory is read from /proc, which Linux alone has\n')
    return
  }
  for (const each of runs) {
    const absence = absenceOf(each.kind)
    if (absence === undefined) await measure(each)
    else process.stdout.write(`${each.kind}: not measured, ${absence}\n`)
  }
}
