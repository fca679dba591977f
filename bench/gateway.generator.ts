// The load: raw MQTT 3.1.1 clients that each keep a window of QoS 1 messages unacknowledged. As light as can be, so that the server is what is
// measured. Arguments: port, connections, window, warm-up ms, measured ms. Prints a line when connected, and one with what was acknowledged.
import { connect, type Socket } from 'node:net'
import { encodeConnect, encodePublish } from '../src/gateway/encode-packet.ts'
import { noProperties } from '../src/gateway/properties.ts'

const [port, connections, window, warmUpMs, measuredMs] = process.argv.slice(2).map(Number) as [number, number, number, number, number]

/** A telemetry message of 250 bytes. */
function payload(seq: number): Buffer {
  const signals = { 'Vehicle.Speed': 63.2, 'Vehicle.CurrentLocation.Latitude': -34.9011, 'Vehicle.CurrentLocation.Longitude': -56.1645 }
  const message = { boot: '0123456789abcdef', seq, samples: [{ at: 1_700_000_000_000, signals }], pad: '' }
  message.pad = 'x'.repeat(250 - JSON.stringify(message).length)
  return Buffer.from(JSON.stringify(message))
}

let acknowledged = 0

function openCar(index: number): Promise<Socket> {
  const clientId = `bench/car-${index}`
  const ring = Buffer.concat(
    Array.from({ length: Math.max(window, 1) }, (_, slot) =>
      encodePublish(4, {
        topic: `v1/${clientId}/up/telemetry`,
        payload: payload(100 + slot),
        qos: 1,
        dup: false,
        retain: false,
        packetId: slot + 1,
        properties: noProperties,
      }),
    ),
  )
  const size = ring.length / Math.max(window, 1)
  const twice = Buffer.concat([ring, ring])
  let at = 0
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
        resolve(socket)
        return
      }
      // All that comes are PUBACKs, four bytes each.
      const count = Math.floor((odd + chunk.length) / 4)
      odd = (odd + chunk.length) % 4
      acknowledged += count
      socket.write(twice.subarray(at * size, (at + count) * size))
      at = (at + count) % window
    })
    socket.on('ready-to-load', () => socket.write(ring))
  })
}

const sockets: Socket[] = []
for (let index = 0; index < connections; index += 100)
  sockets.push(...(await Promise.all(Array.from({ length: Math.min(100, connections - index) }, (_, n) => openCar(index + n)))))
process.stdout.write(`${JSON.stringify({ connected: sockets.length })}\n`)

if (window > 0) {
  for (const socket of sockets) socket.emit('ready-to-load')
  setTimeout(() => {
    const before = acknowledged
    const from = performance.now()
    process.stdout.write(`${JSON.stringify({ started: true })}\n`)
    setTimeout(() => {
      process.stdout.write(`${JSON.stringify({ acknowledged: acknowledged - before, ms: performance.now() - from })}\n`)
    }, measuredMs)
  }, warmUpMs)
}
// Ends when whoever started it does.
process.stdin.on('close', () => process.exit(0)).resume()
