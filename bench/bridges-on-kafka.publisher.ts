// The load on bridges: QoS 1 PUBLISHes of some 250 bytes from 64 cars by one raw connection, so
// that a car's are in order. Argument: the broker's port. A line of input asks for something, and a
// line of output says how many were acknowledged in all, once all that was asked for is:
//
//   flood N    so many, as fast as the broker takes them          probe    one of no car
//   steady R   so many a second from now on (said at once)        halt     no more
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { encodeConnect, encodePublish } from '../src/mqtt/encode-packet.ts'
import { noProperties } from '../src/mqtt/properties.ts'
import { carMessage, probeCar } from './support/car-messages.ts'

const [port] = process.argv.slice(2).map(Number)
const window = 1000
const tickMs = 10

const publish = (packetId: number, car: string, payload: Buffer): Buffer =>
  encodePublish(4, {
    topic: `v1/demo/${car}/up/telemetry`,
    payload,
    qos: 1,
    dup: false,
    retain: false,
    packetId: (packetId % 60_000) + 1,
    properties: noProperties,
  })

const socket = connect({ port: port!, host: '127.0.0.1', noDelay: true })
await once(socket, 'connect')
const who = { username: undefined, password: undefined, will: undefined, properties: noProperties }
socket.write(encodeConnect({ version: 4, clientId: 'publisher', cleanStart: true, keepAliveS: 0, ...who }))
await once(socket, 'data')

let packets = 0
let messages = 0
let wanted = 0
let acknowledged = 0
let odd = 0
let whenAcknowledged: (() => void) | undefined

function send(): void {
  const pieces: Buffer[] = []
  while (messages < wanted && packets - acknowledged < window) {
    const { car, payload } = carMessage(messages++)
    pieces.push(publish(packets++, car, payload))
  }
  if (pieces.length > 0) socket.write(Buffer.concat(pieces))
}

socket.on('data', (chunk) => {
  // All that comes are PUBACKs, four bytes each.
  const count = Math.floor((odd + chunk.length) / 4)
  odd = (odd + chunk.length) % 4
  acknowledged += count
  send()
  if (acknowledged === packets && messages === wanted) whenAcknowledged?.()
})

const settled = async (): Promise<void> => {
  send()
  if (acknowledged < packets) await new Promise<void>((resolve) => (whenAcknowledged = resolve))
}

let steady: NodeJS.Timeout | undefined
function speakSteadily(perSecond: number): void {
  const began = performance.now()
  const before = wanted
  steady = setInterval(() => {
    wanted = before + Math.floor(((performance.now() - began) / 1000) * perSecond)
    send()
  }, tickMs)
}

process.stdin.on('close', () => process.exit(0))
for await (const line of createInterface({ input: process.stdin })) {
  const [what, number] = line.split(' ')
  if (what === 'steady') speakSteadily(Number(number))
  else {
    clearInterval(steady)
    if (what === 'flood') wanted += Number(number)
    else if (what === 'probe') socket.write(publish(packets++, probeCar.car, probeCar.payload))
    await settled()
  }
  process.stdout.write(`${JSON.stringify({ messages })}\n`)
}
