// Fills Mosquitto's queue: raw QoS 1 PUBLISHes of 250 bytes from as many cars, a window in flight.
// Arguments: port, messages. Says when all are acknowledged.
import { once } from 'node:events'
import { connect } from 'node:net'
import { encodeConnect, encodePublish } from '../src/mqtt/encode-packet.ts'
import { noProperties } from '../src/mqtt/properties.ts'
import { telemetry } from './support/telemetry.ts'

const [port, messages] = process.argv.slice(2).map(Number) as [number, number]
const cars = 5000
const window = 1000

const publish = (index: number): Buffer =>
  encodePublish(4, {
    topic: `v1/bench/car-${index % cars}/up/telemetry`,
    payload: telemetry(index),
    qos: 1,
    dup: false,
    retain: false,
    packetId: (index % 60_000) + 1,
    properties: noProperties,
  })

const socket = connect({ port, host: '127.0.0.1', noDelay: true })
await once(socket, 'connect')
const properties = noProperties
const who = { username: undefined, password: undefined, will: undefined, properties }
socket.write(encodeConnect({ version: 4, clientId: 'publisher', cleanStart: true, keepAliveS: 600, ...who }))
await once(socket, 'data')
let sent = 0
let odd = 0
let acknowledged = 0
const send = (count: number): void => {
  const until = Math.min(messages, sent + count)
  const packets: Buffer[] = []
  while (sent < until) packets.push(publish(sent++))
  if (packets.length > 0) socket.write(Buffer.concat(packets))
}
socket.on('data', (chunk) => {
  // All that comes are PUBACKs, four bytes each.
  const count = Math.floor((odd + chunk.length) / 4)
  odd = (odd + chunk.length) % 4
  acknowledged += count
  send(count)
  if (acknowledged === messages) process.stdout.write(`${JSON.stringify({ acknowledged })}\n`)
})
send(window)
process.stdin.on('close', () => process.exit(0)).resume()
