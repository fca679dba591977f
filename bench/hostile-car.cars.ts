// The cars of the bench of a hostile one: usual ones by the vehicle SDK, a message a second each,
// and one that has a password too and sends as fast as it is read: texts and lists of texts as
// signals that nobody knows, new ones in each message, many in one and one in many, under a new
// boot every second or so. Arguments: URL, data folder, number of usual cars, name of the hostile
// one. Prints a line when the usual ones are connected; the line `begin` lets the hostile one
// begin, `bytes` tells what it has sent.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { openSecrets } from '../src/config/secrets.ts'
import { connectPacket, publishPacket } from '../src/gateway/gateway.testing.ts'
import { vehiclePassword } from '../src/model/vehicle-credential.ts'
import { openVehicle } from '../src/vehicle/vehicle.ts'

const [url = '', dataDir = '', cars = '', hostile = ''] = process.argv.slice(2)
const fleetKey = openSecrets(dataDir).fleetKey('demo')
const passwordOf = (vehicle: string): string => vehiclePassword(fleetKey, { tenant: 'demo', vehicle })
const say = (report: object): void => void process.stdout.write(`${JSON.stringify(report)}\n`)

const vehicles = Array.from({ length: Number(cars) }, (_, index) => {
  const ref = { tenant: 'demo', vehicle: `car-${index}` }
  return openVehicle({ url, ref, password: passwordOf(ref.vehicle) })
})
while (vehicles.some(({ state }) => state !== 'online')) await wait(50)
let round = 0
setInterval(() => {
  round += 1
  for (const [index, vehicle] of vehicles.entries()) {
    const signals = {
      'Vehicle.Speed': 30 + (round % 40),
      'Vehicle.CurrentLocation.Latitude': -34.9 + round * 1e-5,
      'Vehicle.CurrentLocation.Longitude': -56.2 + index * 1e-3,
      'Vehicle.Powertrain.FuelSystem.RelativeLevel': 50,
    }
    vehicle.send('telemetry', { samples: [{ at: Date.now(), signals }] })
  }
}, 1000)

const bootMessages = 200
let boot = ''
const text = (chars: number): string => randomBytes(chars).toString('base64url').slice(0, chars)
const list = (): string[] => Array.from({ length: 60 }, () => text(30))
let seq = 0
let name = 0

/** By turns a hundred values of nearly as much as one may have, lists that are longer, and single
 *  short ones. Half of the names come before all earlier ones, which is where room is made. */
function message(): Buffer {
  if (seq % bootMessages === 0) [boot, seq] = [randomBytes(8).toString('hex'), 0]
  const values = seq % 20 === 0 ? 100 : seq % 20 === 1 ? 10 : 1
  const signals: Record<string, string | string[]> = {}
  for (let index = 0; index < values; index += 1) {
    name += 1
    const path = `Vehicle.Made.N${String(name % 2 === 0 ? 1e9 - name : 1e9 + name).padStart(10, '0')}`
    const long = index % 2 === 0 ? text(1950) : list()
    signals[path] = values === 100 ? long : values === 10 ? [...list(), ...list(), ...list()] : text(200)
  }
  return Buffer.from(JSON.stringify({ boot, seq: seq++, samples: [{ at: Date.now(), signals }] }))
}

/** As much as the socket takes: the gateway does not read what is above the rate of a car. */
function attack(): () => number {
  const { hostname, port } = new URL(url)
  const clientId = `demo/${hostile}`
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }).resume()
  socket.on('error', () => undefined)
  socket.write(
    connectPacket(4, clientId, { keepAliveS: 0, username: clientId, password: Buffer.from(passwordOf(hostile)) }),
  )
  const pour = (): void => {
    while (!socket.destroyed && socket.write(publishPacket(4, `v1/${clientId}/up/telemetry`, message(), { qos: 0 })));
  }
  socket.on('drain', pour)
  pour()
  return () => socket.bytesWritten - socket.writableLength
}

let sent: (() => number) | undefined
say({})
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'begin') sent = attack()
    say({ bytes: sent?.() ?? 0 })
  })
  .on('close', () => process.exit(0))
