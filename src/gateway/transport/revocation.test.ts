// A certificate that is revoked while its vehicle is connected: who is thrown out, what they are
// told, and who stays.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { test } from 'node:test'
import { connect } from 'node:tls'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { makeAuthority, revocationList, serialOf, type Issued } from '../../certificates/authority.ts'
import { vehicleAdmission } from '../admission/vehicle-admission.ts'
import { openTestGateway, telemetry, type TestGateway } from '../gateway.testing.ts'
import { makeTestCertificates, validFor, type TestCertificates } from './certificates.testing.ts'

const host = '127.0.0.1'
const admission = vehicleAdmission({ fleetKeys: new Map([['acme', Buffer.alloc(32, 3)]]) })

const listOf = (authority: Issued, revoked: readonly Issued[]): string =>
  revocationList(
    authority,
    revoked.map(({ cert }) => ({ serial: serialOf(cert), revokedAt: new Date() })),
    validFor(1),
  )

/** In one step, as whoever publishes lists should. */
const replace = (files: TestCertificates, text: string): void =>
  renameSync(files.write('crl.new', text), files.write('crl.pem', text))

async function openMutual(
  files: TestCertificates,
  list: string,
  options: { readonly caFile?: string; readonly threads?: number } = {},
) {
  const crlFile = files.write('crl.pem', list)
  const { certFile, keyFile } = files
  const tls = { certFile, keyFile, clientCaFile: options.caFile ?? files.caFile, crlFile }
  const warned: object[] = []
  const it = await openTestGateway({
    admission,
    limits: { tlsReloadMs: 2 },
    threads: options.threads ?? 1,
    listeners: [
      { kind: 'tls', host, port: 0, tls },
      { kind: 'wss', host, port: 0, tls },
    ],
    onWarn: (fields, text) => void warned.push({ ...fields, text }),
  })
  return { it, warned }
}

const count = (it: TestGateway, reason: string): Promise<number> =>
  it.metric(`roadstream_gateway_disconnects_total{reason="${reason}"}`)

function connectCar(
  it: TestGateway,
  files: TestCertificates,
  name: string,
  own: Issued,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const url =
    options.protocol === 'wss' ? `wss://${host}:${it.gateway.addresses[1]!.port}/mqtt` : `mqtts://${host}:${it.port}`
  return mqtt.connectAsync(url, {
    // Those of a WebSocket.
    wsOptions: { ca: files.ca, ...own },
    protocolVersion: 5,
    clientId: name,
    username: name,
    ca: files.ca,
    reconnectPeriod: 0,
    ...own,
    ...options,
  })
}

/** The reason code of the DISCONNECT, if there was one, once the connection is gone. */
async function goodbye(car: MqttClient): Promise<number | undefined> {
  let code: number | undefined
  car.on('packetreceive', (packet) => {
    if (packet.cmd === 'disconnect') code = packet.reasonCode
  })
  await new Promise<void>((resolve) => car.once('close', () => resolve()))
  return code
}

for (const threads of [1, 2])
  test(`a revoked certificate ends its connections, by TLS and by WebSocket, with ${threads} thread(s), and no others`, async () => {
    using files = makeTestCertificates()
    const names = ['acme/car-1', 'acme/car-2', 'acme/car-3', 'acme/car-4']
    const [first, second, third, other] = names.map((name) => files.vehicle(name)) as [Issued, Issued, Issued, Issued]
    const { it: opened, warned } = await openMutual(files, listOf(files.authority, []), { threads })
    await using it = opened
    const gone = [
      await connectCar(it, files, names[0]!, first),
      await connectCar(it, files, names[1]!, second, { protocol: 'wss' }),
      await connectCar(it, files, names[2]!, third, { protocolVersion: 4 }),
    ]
    const stays = [
      await connectCar(it, files, names[3]!, other),
      await connectCar(it, files, 'acme/car-5', files.vehicle('acme/car-5')),
    ]
    const codes = Promise.all(gone.map(goodbye))
    replace(files, listOf(files.authority, [first, second, third]))
    assert.deepEqual(await codes, [0x87, 0x87, undefined])
    assert.equal(await count(it, 'certificate-revoked'), 3)
    const said = warned
      .filter((line) => /was revoked/.test(JSON.stringify(line)))
      .map((line) => (line as { client: string }).client)
    assert.deepEqual(said.toSorted(), names.slice(0, 3))
    assert.doesNotMatch(JSON.stringify(warned), /BEGIN|PRIVATE/)
    for (const car of stays) {
      await car.publishAsync(`v1/${car.options.clientId}/up/telemetry`, telemetry(1), { qos: 1 })
      await car.endAsync()
    }
    // Nor does it come back.
    const again = connect({ host, port: it.port, ca: files.ca, ...first }).on('error', () => undefined)
    await once(again.resume(), 'close')
    assert.equal(await count(it, 'tls-certificate-revoked'), 1)
  })

test('of two authorities each has its own list: who is on one of them goes, and the same serial number of the other stays', async () => {
  using files = makeTestCertificates()
  const second = makeAuthority('Second fleet', validFor(30))
  const caFile = files.write('both.pem', files.authority.cert + second.cert)
  const own = { first: files.vehicle('acme/car-1'), second: files.vehicleOf(second, 'acme/car-2') }
  const { it: opened } = await openMutual(files, listOf(files.authority, []) + listOf(second, []), { caFile })
  await using it = opened
  const cars = [
    await connectCar(it, files, 'acme/car-1', own.first),
    await connectCar(it, files, 'acme/car-2', own.second),
  ] as const
  const code = goodbye(cars[1])
  // The serial number of the first car, on the list of the other authority.
  replace(files, listOf(files.authority, []) + listOf(second, [own.first, own.second]))
  assert.equal(await code, 0x87)
  assert.equal(cars[0].connected, true)
  await cars[0].endAsync()
})

test('a client that is between its handshake and its WebSocket is turned away too', async () => {
  using files = makeTestCertificates()
  const car = files.vehicle('acme/car-1')
  const { it: opened } = await openMutual(files, listOf(files.authority, []))
  await using it = opened
  const socket = connect({ host, port: it.gateway.addresses[1]!.port, ca: files.ca, ...car }).on(
    'error',
    () => undefined,
  )
  await once(socket, 'secureConnect')
  const closed = once(socket.resume(), 'close')
  replace(files, listOf(files.authority, [car]))
  await closed
  assert.equal(await count(it, 'tls-certificate-revoked'), 1)
  assert.equal(await count(it, 'connect-timeout'), 0)
})
