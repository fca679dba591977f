// The vehicle over TLS, against our gateway: its certificate in place of a password, the server's
// certificate checked, short handshakes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { test } from 'node:test'
import { openTestGateway } from '../gateway/gateway.testing.ts'
import { makeTestCertificates } from '../gateway/transport/certificates.testing.ts'
import { vehicleAdmission } from '../gateway/admission/vehicle-admission.ts'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { openVehicle, type VehicleOptions } from './vehicle.ts'

const fleetKey = Buffer.alloc(32, 7)
const ref = { tenant: 'acme', vehicle: 'car-1' }
const password = vehiclePassword(fleetKey, ref)
const limits = { reconnectMinMs: 1, reconnectMaxMs: 5 }
const admission = vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) })
const body = { samples: [{ at: Date.UTC(2026, 0, 1), signals: { 'Vehicle.Speed': 63.2 } }] }

async function openSecure() {
  const files = makeTestCertificates()
  const tls = {
    certFile: files.certFile,
    keyFile: files.keyFile,
    clientCaFile: files.caFile,
    clientCertificate: 'optional' as const,
  }
  const it = await openTestGateway({ admission, listeners: [{ kind: 'tls', host: '127.0.0.1', port: 0, tls }] })
  const url = `mqtts://127.0.0.1:${it.port}`
  return {
    files,
    it,
    url,
    async [Symbol.asyncDispose]() {
      await it[Symbol.asyncDispose]()
      files[Symbol.dispose]()
    },
  }
}

test('with its certificate a vehicle needs no password, is stored and commanded, and comes back after a tunnel', async () => {
  await using secure = await openSecure()
  const { ca } = secure.files
  const heard = Promise.withResolvers<string>()
  await using car = openVehicle({
    url: secure.url,
    ref,
    limits,
    tls: { ca, ...secure.files.vehicle('acme/car-1') },
    onDown: (channel, payload) => heard.resolve(`${channel} ${Buffer.from(payload).toString()}`),
  })
  car.send('telemetry', body)
  assert.equal(await car.flush(10_000), true)
  await secure.it.gateway.publish('v1/acme/car-1/down/command', Buffer.from('{}'), { qos: 1 })
  assert.equal(await heard.promise, 'command {}')
  car.setNetwork(false)
  car.send('telemetry', body)
  car.setNetwork(true)
  assert.equal(await car.flush(10_000), true)
  assert.equal((await secure.it.stored('telemetry')).length, 2)
})

test('the second handshake of a vehicle is a short one', async () => {
  using files = makeTestCertificates()
  const { cert, key } = files.server()
  const reused: boolean[] = []
  const server = createTlsServer({ cert, key }, (socket) => {
    reused.push(socket.isSessionReused())
    // CONNECT, and then away.
    socket.on('error', () => undefined).once('data', () => socket.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const car = openVehicle({ url: `mqtts://127.0.0.1:${port}`, ref, password, limits, tls: { ca: files.ca } })
  while (!reused.includes(true)) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(reused[0], false)
  await car[Symbol.asyncDispose]()
  server.close()
})

for (const [what, change] of [
  ['a server that another authority signed', () => ({ tls: {} })],
  ['a server of another name', (ca) => ({ tls: { ca, servername: 'other.example' } })],
] as const satisfies readonly (readonly [string, (ca: string) => Partial<VehicleOptions>])[])
  test(`the vehicle says nothing to ${what}`, async () => {
    await using secure = await openSecure()
    const { promise, resolve } = Promise.withResolvers<void>()
    await using car = openVehicle({
      url: secure.url,
      ref,
      password,
      limits,
      ...change(secure.files.ca),
      onState: (state) => state === 'waiting' && resolve(),
    })
    await promise
    assert.equal(car.trouble?.code, 'unreachable')
    assert.equal(secure.it.gateway.connectionCount(), 0)
  })

test('a server that takes the connection and does not answer the handshake is left after the answer timeout', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { promise, resolve } = Promise.withResolvers<void>()
  const car = openVehicle({
    url: `mqtts://127.0.0.1:${port}`,
    ref,
    password,
    limits: { ...limits, answerTimeoutMs: 100 },
    onState: (state) => state === 'waiting' && resolve(),
  })
  await promise
  assert.equal(car.trouble?.code, 'timeout')
  await car[Symbol.asyncDispose]()
  server.close()
})

test('options that do not go together are refused by name', () => {
  using files = makeTestCertificates()
  const { cert } = files.vehicle('acme/car-1')
  const open = (options: Partial<VehicleOptions>) => () => openVehicle({ url: 'mqtts://127.0.0.1:1', ref, ...options })
  assert.throws(open({}), /password: a vehicle needs its password, or a certificate/)
  assert.throws(open({ url: 'mqtt://127.0.0.1:1', password, tls: {} }), /tls: goes with a url that begins with mqtts/)
  assert.throws(open({ password, tls: { cert } }), /tls: cert and key go together/)
  assert.throws(open({ tls: { cert, key: files.vehicle('acme/car-1').key } }), /tls: ca, cert and key are PEM/)
  assert.throws(open({ url: 'https://127.0.0.1', password }), /url: .* is not of the form mqtt/)
})
