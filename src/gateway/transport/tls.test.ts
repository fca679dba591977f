// TLS with clients and certificates that are real: who comes in, who does not, and what an operator
// is told.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectTcp, type Socket } from 'node:net'
import { test } from 'node:test'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { issueVehicle, makeAuthority, revocationList, serialOf, type Issued } from '../../certificates/authority.ts'
import { vehiclePassword } from '../../model/vehicle-credential.ts'
import { openTestGateway, telemetry, type TestGateway, until } from '../gateway.testing.ts'
import { vehicleAdmission } from '../admission/vehicle-admission.ts'
import type { TlsOptions } from './secure.ts'
import { makeTestCertificates, validFor, type TestCertificates } from './certificates.testing.ts'

const host = '127.0.0.1'
const fleetKey = Buffer.alloc(32, 3)
const admission = vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) })
const passwordOf = (vehicle: string): string => vehiclePassword(fleetKey, { tenant: 'acme', vehicle })

const openSecure = (files: TestCertificates, tls: Partial<TlsOptions> = {}, limits = {}): Promise<TestGateway> =>
  openTestGateway({
    admission,
    limits: { tlsReloadMs: 2, ...limits },
    listeners: [{ kind: 'tls', host, port: 0, tls: { certFile: files.certFile, keyFile: files.keyFile, ...tls } }],
  })

const mutual = (files: TestCertificates): Partial<TlsOptions> => ({ clientCaFile: files.caFile })

/** Rejects also when the server closes without a word, which MQTT.js takes for a reason to wait. */
function connectCar(
  it: TestGateway,
  files: TestCertificates,
  options: IClientOptions & Partial<Issued> = {},
): Promise<MqttClient> {
  const { clientId = 'acme/car-1' } = options
  const car = mqtt.connect(`mqtts://${host}:${it.port}`, {
    protocolVersion: 5,
    clientId,
    username: clientId,
    ca: files.ca,
    reconnectPeriod: 0,
    ...options,
  })
  return new Promise((resolve, reject) => {
    car
      .once('connect', () => resolve(car))
      .once('close', () => reject(new Error('closed')))
      .on('error', reject)
  })
}

const failures = (it: TestGateway, reason: string): Promise<number> =>
  it.metric(`roadstream_gateway_disconnects_total{reason="${reason}"}`)

/** Waits until it was counted; the gateway hears of it when the client already knows. */
const counted = (it: TestGateway, reason: string): Promise<void> =>
  until(`a failure is counted as ${reason}`, async () => (await failures(it, reason)) > 0)

test('over TLS a car connects with its password alone, and what it publishes is stored', async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files)
  const car = await connectCar(it, files, { password: passwordOf('car-1') })
  await car.publishAsync('v1/acme/car-1/up/telemetry', telemetry(1), { qos: 1 })
  assert.equal((await it.stored('telemetry')).length, 1)
  const { rows } = await it.gateway.sessions.list({ tenant: 'acme', limit: 10 })
  assert.equal(rows[0]?.transport, 'tls')
  assert.match(rows[0]?.address ?? '', /^127\.0\.0\.1:\d+$/)
  await car.endAsync()
  await assert.rejects(connectCar(it, files, { password: 'wrong' }), { code: 0x86 })
})

test('by TLS 1.2 only ciphers are spoken that are authenticated, and that keep past traffic secret when the key is stolen', async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files)
  for (const ciphers of [
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ])
    (await dial(it, { ca: files.ca, ciphers, maxVersion: 'TLSv1.2' })).destroy()
  for (const ciphers of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-ECDSA-AES128-CCM'])
    await assert.rejects(dial(it, { ca: files.ca, ciphers, maxVersion: 'TLSv1.2' }), /handshake failure/i, ciphers)
})

test('by mutual TLS the certificate is the proof: no password is needed, and a wrong one is not overlooked', async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files, mutual(files))
  const own = files.vehicle('acme/car-1')
  const car = await connectCar(it, files, own)
  await car.publishAsync('v1/acme/car-1/up/telemetry', telemetry(1), { qos: 1 })
  assert.equal((await it.stored('telemetry')).length, 1)
  await car.endAsync()
  await (await connectCar(it, files, { ...own, password: passwordOf('car-1') })).endAsync()
  await assert.rejects(connectCar(it, files, { ...own, password: passwordOf('car-2') }), { code: 0x86 })
})

test("a car with another car's certificate gets neither its client id nor throws it off", async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files, mutual(files))
  const first = await connectCar(it, files, files.vehicle('acme/car-1'))
  const other = files.vehicle('acme/car-2')
  await assert.rejects(connectCar(it, files, other), { code: 0x87 })
  await assert.rejects(connectCar(it, files, { ...other, password: passwordOf('car-1') }), { code: 0x87 })
  assert.equal(first.connected, true)
  assert.equal(await failures(it, 'certificate'), 2)
  // Of a tenant that this gateway does not serve.
  await assert.rejects(connectCar(it, files, { ...files.vehicle('other/car-1'), clientId: 'other/car-1' }), {
    code: 0x87,
  })
  await first.endAsync()
})

const fleetOf = (name: string, validity = validFor(30)): Issued =>
  issueVehicle(makeAuthority('Test fleet', validity), { tenant: 'acme', vehicle: name }, validity)

for (const [what, certificateOf, reason] of [
  ['no certificate', () => ({}), 'tls-no-certificate'],
  ['one of another authority of the same name', () => fleetOf('car-1'), 'tls-certificate-untrusted'],
  ['one that has expired', (files) => files.vehicle('acme/car-1', validFor(-0.5)), 'tls-certificate-expired'],
  ['one that serves servers', (files) => files.server(), 'tls-certificate-purpose'],
] as const satisfies readonly (readonly [string, (files: TestCertificates) => Partial<Issued>, string])[])
  test(`by mutual TLS a client with ${what} is not heard, and the reason is counted`, async () => {
    using files = makeTestCertificates()
    await using it = await openSecure(files, mutual(files))
    await assert.rejects(connectCar(it, files, { ...certificateOf(files), password: passwordOf('car-1') }))
    await counted(it, reason)
    assert.equal(it.gateway.connectionCount(), 0)
  })

test('where certificates are optional, a client without one needs its password, and a bad one is refused all the same', async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files, { ...mutual(files), clientCertificate: 'optional' })
  await (await connectCar(it, files, { password: passwordOf('car-1') })).endAsync()
  await assert.rejects(connectCar(it, files), { code: 0x86 })
  await (await connectCar(it, files, files.vehicle('acme/car-1'))).endAsync()
  await assert.rejects(connectCar(it, files, { ...fleetOf('car-1'), password: passwordOf('car-1') }))
  await counted(it, 'tls-certificate-untrusted')
})

async function dial(it: TestGateway, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host, port: it.port, ...options })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}

test('TLS 1.2 is taken, 1.1 is not, and what is no TLS at all is counted as that', async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files)
  const old = await dial(it, { ca: files.ca, maxVersion: 'TLSv1.2' })
  assert.equal(old.getProtocol(), 'TLSv1.2')
  old.destroy()
  await assert.rejects(
    dial(it, { ca: files.ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }),
  )
  await counted(it, 'tls-version')
  const plain = connectTcp(it.port, host)
  plain.write('GET / HTTP/1.1\r\n\r\n')
  await counted(it, 'tls-not-tls')
  plain.destroy()
  const gone = connectTcp(it.port, host)
  await once(gone, 'connect')
  gone.destroy()
  await counted(it, 'tls-lost')
})

test('a session that is taken up again still names its vehicle, until the certificates change', async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files, mutual(files))
  const car = files.vehicle('acme/car-1')
  const first = await dial(it, { ...car, ca: files.ca })
  const [session] = (await once(first, 'session')) as [Buffer]
  first.destroy()
  const second = await connectCar(it, files, { ...car, session } as IClientOptions & Issued)
  assert.equal((second.stream as TLSSocket).isSessionReused(), true)
  await assert.rejects(connectCar(it, files, { ...car, session, clientId: 'acme/car-2' } as IClientOptions & Issued), {
    code: 0x87,
  })
  await second.endAsync()
  const renewed = files.server(validFor(60))
  files.write('server.key', renewed.key)
  files.write('server.pem', renewed.cert)
  for (let isReused = true; isReused;) {
    const again = await dial(it, { ...car, ca: files.ca, session })
    isReused = again.isSessionReused()
    again.destroy()
  }
})

test('a session is not taken up again once the certificate it began with has ended', async () => {
  using files = makeTestCertificates()
  let now = Date.now()
  await using it = await openTestGateway({
    admission,
    wallClock: { now: () => now },
    listeners: [
      {
        kind: 'tls',
        host,
        port: 0,
        tls: { certFile: files.certFile, keyFile: files.keyFile, clientCaFile: files.caFile },
      },
    ],
  })
  const car = files.vehicle('acme/car-1', validFor(1))
  const first = await dial(it, { ...car, ca: files.ca })
  const [session] = (await once(first, 'session')) as [Buffer]
  first.destroy()
  now += 2 * 86_400_000
  await assert.rejects(connectCar(it, files, { ...car, session } as IClientOptions & Issued))
  await counted(it, 'tls-certificate-expired')
})

const shownSerial = async (it: TestGateway, files: TestCertificates): Promise<string> => {
  const socket = await dial(it, { ca: files.ca })
  const serial = socket.getPeerX509Certificate()!.serialNumber.toLowerCase()
  socket.destroy()
  return serial
}

test('a renewed certificate is used without a restart, a broken one is named and leaves the old one in use', async () => {
  using files = makeTestCertificates()
  const errors: string[] = []
  const told = Promise.withResolvers<void>()
  await using it = await openTestGateway({
    limits: { tlsReloadMs: 2 },
    listeners: [{ kind: 'tls', host, port: 0, tls: { certFile: files.certFile, keyFile: files.keyFile } }],
    onError(text) {
      errors.push(text)
      told.resolve()
    },
  })
  const before = await shownSerial(it, files)
  const endsAt = async (): Promise<number> =>
    1000 * (await it.metric('roadstream_gateway_certificate_expiry_timestamp_seconds'))
  assert.equal(await endsAt(), new X509Certificate(readFileSync(files.certFile)).validToDate.getTime())
  files.write('server.pem', '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n')
  await told.promise
  assert.deepEqual(errors, [
    `The server certificate in ${files.certFile} cannot be used: it is not PEM of that kind (a key must be without a passphrase). The one before stays in use.`,
  ])
  assert.equal(await shownSerial(it, files), before)
  const renewed = files.server()
  files.write('server.key', renewed.key)
  files.write('server.pem', renewed.cert)
  await until('the renewed certificate is shown', async () => (await shownSerial(it, files)) === serialOf(renewed.cert))
  assert.equal(await endsAt(), new X509Certificate(renewed.cert).validToDate.getTime())
})

test('a certificate that was revoked does not come in any more, and others do', async () => {
  using files = makeTestCertificates()
  const [stolen, other] = [files.vehicle('acme/car-1'), files.vehicle('acme/car-2')]
  const list = (revoked: readonly Issued[]): string =>
    revocationList(
      files.authority,
      revoked.map(({ cert }) => ({ serial: serialOf(cert), revokedAt: new Date() })),
      validFor(1),
    )
  const crlFile = files.write('crl.pem', list([]))
  await using it = await openSecure(files, { ...mutual(files), crlFile })
  await (await connectCar(it, files, stolen)).endAsync()
  files.write('crl.pem', list([stolen]))
  for (let isIn = true; isIn;)
    isIn = await connectCar(it, files, stolen).then(
      (car) => car.endAsync().then(() => true),
      () => false,
    )
  await counted(it, 'tls-certificate-revoked')
  await (await connectCar(it, files, { ...other, clientId: 'acme/car-2' })).endAsync()
})

test('a revocation list whose next one was due is told in the log', async () => {
  using files = makeTestCertificates()
  const yesterday = { notBefore: new Date(Date.now() - 2 * 86_400_000), notAfter: new Date(Date.now() - 86_400_000) }
  const crlFile = files.write('crl.pem', revocationList(files.authority, [], yesterday))
  const warned: string[] = []
  await using _it = await openTestGateway({
    wallClock: { now: () => Date.now() },
    listeners: [
      {
        kind: 'tls',
        host,
        port: 0,
        tls: { certFile: files.certFile, keyFile: files.keyFile, clientCaFile: files.caFile, crlFile },
      },
    ],
    onWarn: (_fields, text) => void warned.push(text),
  })
  assert.match(warned.join(), /the next revocation list was due/)
})

test('files that cannot be used keep the gateway from opening, and the message names the file', async () => {
  using files = makeTestCertificates()
  const missing = files.write('none.pem', '')
  await assert.rejects(openSecure(files, { certFile: missing }), {
    code: 'TLS_FILES',
    message: /server certificate in .*none\.pem/,
  })
  await assert.rejects(openSecure(files, { keyFile: '/nowhere/a.key' }), {
    code: 'TLS_FILES',
    message: /\/nowhere\/a\.key cannot be used: it cannot be read \(ENOENT\)/,
  })
  await assert.rejects(openSecure(files, { clientCaFile: missing }), {
    code: 'TLS_FILES',
    message: /client CA in .*none\.pem/,
  })
  const whole = revocationList(files.authority, [], validFor(1))
  const crlNumber = Buffer.from('0603551d14', 'hex')
  const delta = Buffer.from(whole.replace(/-----[^-]+-----/g, ''), 'base64')
  delta[delta.indexOf(crlNumber) + 4] = 0x1b
  const crlFile = files.write(
    'delta.pem',
    `-----BEGIN X509 CRL-----\n${delta.toString('base64')}\n-----END X509 CRL-----\n`,
  )
  await assert.rejects(openSecure(files, { clientCaFile: files.caFile, crlFile }), {
    code: 'TLS_FILES',
    message: /revocation list in .*delta\.pem cannot be used: it holds a delta list/,
  })
  const otherKey = files.write('other.key', files.server().key)
  await assert.rejects(openSecure(files, { keyFile: otherKey }), {
    message: /other\.key cannot be used: it does not belong to the certificate/,
  })
})

/** However it is closed. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) =>
    socket
      .on('error', () => undefined)
      .on('close', () => resolve())
      .resume(),
  )

test('a client that is slow with its handshake is sent away when its time is over, and those under way are bounded', async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files, {}, { handshakes: 2, connectTimeoutMs: 1000 })
  const slow = [connectTcp(it.port, host), connectTcp(it.port, host)]
  const ended = slow.map(closed)
  await Promise.all(slow.map((socket) => once(socket, 'connect')))
  // A part of a ClientHello.
  for (const socket of slow) socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1]))
  await closed(connectTcp(it.port, host))
  assert.equal(await failures(it, 'handshake-limit'), 1)
  it.clock.advance(1001)
  await Promise.all(ended)
  assert.equal(await failures(it, 'connect-timeout'), 2)
  // The handshake's time is not given again for CONNECT.
  const silentEnded = closed(await dial(it, { ca: files.ca }))
  it.clock.advance(1001)
  await silentEnded
  assert.equal(await failures(it, 'connect-timeout'), 3)
})

test('a frozen client over TLS holds at most what is allowed, and goes on when it reads again', async () => {
  using files = makeTestCertificates()
  await using it = await openTestGateway({
    limits: { outboundBytes: 64 * 1024 },
    listeners: [
      { kind: 'tls', host, port: 0, tls: { certFile: files.certFile, keyFile: files.keyFile } },
      { kind: 'tcp', host, port: 0 },
    ],
  })
  const reader = await connectCar(it, files, { clientId: 'reader' })
  await reader.subscribeAsync('news', { qos: 1 })
  const { stream } = reader
  let heard = 0
  const all = new Promise<void>((resolve) => reader.on('message', () => ++heard === 24 && resolve()))
  stream.pause()
  const payload = Buffer.alloc(32 * 1024)
  for (let index = 0; index < 24; index++) await it.gateway.publish('news', payload, { qos: 1 })
  stream.resume()
  await all
  await reader.endAsync()
})

const noMosquitto =
  spawnSync('mosquitto_pub', ['--help']).error === undefined ? false : 'mosquitto_pub is not installed'
test('mosquitto_pub comes in with its certificate', { skip: noMosquitto }, async () => {
  using files = makeTestCertificates()
  await using it = await openSecure(files, mutual(files))
  const car = files.vehicle('acme/car-1')
  const identity = [
    '--cert',
    files.write('car.pem', car.cert),
    '--key',
    files.write('car.key', car.key),
    '--cafile',
    files.caFile,
  ]
  const message = ['-i', 'acme/car-1', '-t', 'v1/acme/car-1/up/telemetry', '-q', '1', '-m', telemetry(1).toString()]
  await promisify(execFile)('mosquitto_pub', ['-h', host, '-p', String(it.port), '-V', '5', ...identity, ...message])
  assert.equal((await it.stored('telemetry')).length, 1)
})
