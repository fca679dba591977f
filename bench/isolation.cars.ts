// The well-behaved cars of the isolation bench: each publishes a message at QoS 1 every so often,
// one in flight, and pings. Arguments: port, cars, milliseconds between two messages of a car.
// Prints a line when all are connected; the line `figures` gives the latencies of the
// acknowledgements since the one before, in milliseconds, with the connections lost and the
// messages still to be acknowledged.
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { encodePublish, pingRequest } from '../src/mqtt/encode-packet.ts'
import { noProperties } from '../src/mqtt/properties.ts'
import { connectPacket } from '../src/gateway/gateway.testing.ts'
import { telemetry } from '../src/gateway/gateway.testing.ts'

const [port, cars, everyMs] = process.argv.slice(2).map(Number) as [number, number, number]
const keepAliveS = 5

let latencies: number[] = []
let lost = 0
let waiting = 0

function openCar(index: number): Promise<void> {
  const clientId = `acme/good-${index}`
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let seq = 0
  let sentAt = 0
  let pingedAt = 0
  const say = (): void => {
    if (sentAt > 0) return
    sentAt = performance.now()
    waiting++
    const message = {
      topic: `v1/${clientId}/up/telemetry`,
      payload: telemetry(++seq, Date.now()),
      qos: 1,
      dup: false,
      retain: false,
    } as const
    socket.write(encodePublish(4, { ...message, packetId: (seq % 65_000) + 1, properties: noProperties }))
  }
  const tick = (): void => {
    say()
    if (performance.now() - pingedAt < 2000) return
    pingedAt = performance.now()
    socket.write(pingRequest)
  }
  return new Promise((resolve) => {
    let isConnected = false
    socket.on('error', () => undefined)
    socket.on('close', () => lost++)
    socket.write(connectPacket(4, clientId, { keepAliveS }))
    socket.on('data', (chunk: Buffer) => {
      if (!isConnected) {
        isConnected = true
        // Spread over the time between two messages.
        setTimeout(() => setInterval(tick, everyMs), (index / cars) * everyMs)
        resolve()
        return
      }
      // PUBACK and PINGRESP; with one in flight there is one of each at most.
      if (sentAt === 0 || !(chunk[0] === 0x40 || chunk.length > 2)) return
      latencies.push(performance.now() - sentAt)
      waiting--
      sentAt = 0
    })
  })
}

await Promise.all(Array.from({ length: cars }, (_, index) => openCar(index)))
process.stdout.write('{}\n')

createInterface({ input: process.stdin })
  .on('line', () => {
    const sorted = latencies.toSorted((a, b) => a - b)
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? -1
    process.stdout.write(
      `${JSON.stringify({ count: sorted.length, p50: at(0.5), p99: at(0.99), worst: at(1), lost, waiting })}\n`,
    )
    latencies = []
  })
  .on('close', () => process.exit(0))
