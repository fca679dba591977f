// The load: raw MQTT 3.1.1 clients, as light as can be, so that the server is what is measured.
// Arguments: port, connections, QoS, window, warm-up ms, measured ms, and the number of the first
// car. Prints a line when connected, one when it begins to count, and one with what was answered.
//
// QoS 1: each connection keeps `window` PUBLISHes unacknowledged. QoS 0 has no acknowledgement, so
// each connection sends a burst of `window` PUBLISHes with a PINGREQ behind them, and the next
// burst when the PINGRESP has come: the server has then read the burst.
import { connect, type Socket } from 'node:net'
import { encodeConnect, encodePublish, pingRequest } from '../src/mqtt/encode-packet.ts'
import { noProperties } from '../src/mqtt/properties.ts'
import { telemetry } from './support/telemetry.ts'

const [port, connections, qos, window, warmUpMs, measuredMs, firstCar] = process.argv.slice(2).map(Number) as [
  number,
  number,
  0 | 1,
  number,
  number,
  number,
  number,
]

/** The window's PUBLISHes, one behind the other, all of one size. */
const windowOf = (clientId: string): Buffer =>
  Buffer.concat(
    Array.from({ length: window }, (_, slot) =>
      encodePublish(4, {
        topic: `v1/${clientId}/up/telemetry`,
        payload: telemetry(100 + slot),
        qos,
        dup: false,
        retain: false,
        packetId: slot + 1,
        properties: noProperties,
      }),
    ),
  )

let answered = 0

/** Handles `count` answers: send as many again. */
type Refill = (socket: Socket, count: number) => void

function refillWindow(ring: Buffer): Refill {
  const twice = Buffer.concat([ring, ring])
  const size = ring.length / window
  let at = 0
  return (socket, count) => {
    answered += count
    socket.write(twice.subarray(at * size, (at + count) * size))
    at = (at + count) % window
  }
}

function repeatBurst(burst: Buffer): Refill {
  return (socket, count) => {
    answered += count * window
    socket.write(burst)
  }
}

function openCar(index: number): Promise<() => void> {
  const clientId = `bench/car-${firstCar + index}`
  const first = qos === 1 ? windowOf(clientId) : Buffer.concat([windowOf(clientId), pingRequest])
  const refill = qos === 1 ? refillWindow(first) : repeatBurst(first)
  // All that comes after the CONNACK are PUBACKs of four bytes, or PINGRESPs of two.
  const answerBytes = qos === 1 ? 4 : 2
  let isConnected = false
  let odd = 0
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The server closed a connection.')))
    socket.once('connect', () =>
      socket.write(
        encodeConnect({
          version: 4,
          clientId,
          cleanStart: true,
          keepAliveS: 600,
          username: undefined,
          password: undefined,
          will: undefined,
          properties: noProperties,
        }),
      ),
    )
    socket.on('data', (chunk) => {
      if (!isConnected) {
        isConnected = true
        resolve(() => void socket.write(first))
        return
      }
      const count = Math.floor((odd + chunk.length) / answerBytes)
      odd = (odd + chunk.length) % answerBytes
      if (count > 0) refill(socket, count)
    })
  })
}

const begin: (() => void)[] = []
for (let index = 0; index < connections; index += 100)
  begin.push(
    ...(await Promise.all(Array.from({ length: Math.min(100, connections - index) }, (_, n) => openCar(index + n)))),
  )
process.stdout.write(`${JSON.stringify({ connected: begin.length })}\n`)

for (const send of begin) send()
setTimeout(() => {
  const before = answered
  const from = performance.now()
  process.stdout.write(`${JSON.stringify({ started: 1 })}\n`)
  setTimeout(() => {
    process.stdout.write(`${JSON.stringify({ answered: answered - before, ms: performance.now() - from })}\n`)
  }, measuredMs)
}, warmUpMs)
// Ends when whoever started it does.
process.stdin.on('close', () => process.exit(0)).resume()
