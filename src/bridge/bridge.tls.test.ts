// The bridge over TLS: what it trusts, what it shows of itself, and what an operator is told when
// either does not fit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { systemClock } from '../base/clock.ts'
import {
  openConnected,
  openTestGateway,
  publishPacket,
  telemetry,
  type TestGateway,
} from '../gateway/gateway.testing.ts'
import { makeTestCertificates, validFor, type TestCertificates } from '../gateway/transport/certificates.testing.ts'
import { isSubscribed, openTestBridge, until, type TestBridge } from './bridge.testing.ts'

/** A broker with TLS, and a port without it for the car of the test. */
const openBroker = ({ certFile, keyFile, caFile }: TestCertificates, isMutual = false): Promise<TestGateway> =>
  openTestGateway({
    wallClock: systemClock,
    listeners: [
      {
        kind: 'tls',
        host: '127.0.0.1',
        port: 0,
        tls: { certFile, keyFile, ...(isMutual && { clientCaFile: caFile }) },
      },
      { kind: 'tcp', host: '127.0.0.1', port: 0 },
    ],
  })

const openSecureBridge = (broker: TestGateway, context: SecureContextOptions, servername?: string): TestBridge =>
  openTestBridge({ port: broker.port, server: { tls: { context: createSecureContext(context), servername } } })

const carPort = ({ gateway }: TestGateway): number => gateway.addresses.find(({ kind }) => kind === 'tcp')!.port

test('over TLS, with the authority that is named, messages come into the log', async () => {
  using files = makeTestCertificates()
  await using broker = await openBroker(files)
  await using it = openSecureBridge(broker, { ca: files.ca })
  await until(() => isSubscribed(it))
  await using car = await openConnected(carPort(broker), 5, 'acme/car-1')
  car.send(publishPacket(5, 'v1/acme/car-1/up/telemetry', telemetry(1)))
  await until(() => it.bridge.state().acknowledged === 1)
})

const refusals: readonly (readonly [
  what: string,
  context: (files: TestCertificates) => SecureContextOptions,
  servername: string | undefined,
  said: RegExp,
])[] = [
  ['an authority nobody named', () => ({}), undefined, /name its authority in ROADSTREAM_BRIDGE_CA/],
  ['a certificate for another name', ({ ca }) => ({ ca }), 'elsewhere.example', /set ROADSTREAM_BRIDGE_SERVERNAME/],
]
for (const [what, context, servername, said] of refusals)
  test(`${what} is refused with the remedy`, async () => {
    using files = makeTestCertificates()
    await using broker = await openBroker(files)
    await using it = openSecureBridge(broker, context(files), servername)
    await until(() => it.said.some(({ reason }) => reason === 'tls'))
    assert.match(it.said.find(({ reason }) => reason === 'tls')!.msg, said)
    assert.equal(isSubscribed(it), false)
  })

test('a certificate that has expired is to be renewed, which no setting of ours does', async () => {
  using files = makeTestCertificates()
  const { cert, key } = files.server(validFor(-0.5))
  const expired = { ...files, certFile: files.write('late.pem', cert), keyFile: files.write('late.key', key) }
  await using broker = await openBroker(expired)
  await using it = openSecureBridge(broker, { ca: files.ca })
  await until(() => it.said.some(({ reason }) => reason === 'tls'))
  const { msg } = it.said.find(({ reason }) => reason === 'tls')!
  assert.match(msg, /in ROADSTREAM_BRIDGE has expired: renew it there/)
  assert.ok(!msg.includes('ROADSTREAM_BRIDGE_CA'), msg)
})

test('a broker that wants a certificate gets ours, and without one the setting is named', async () => {
  using files = makeTestCertificates()
  await using broker = await openBroker(files, true)
  await using bare = openSecureBridge(broker, { ca: files.ca })
  await until(() => bare.said.length > 0)
  assert.match(bare.said[0]!.msg, /ROADSTREAM_BRIDGE_CERT/)
  const { cert, key } = files.vehicle('acme/bridge')
  await using it = openSecureBridge(broker, { ca: files.ca, cert, key })
  await until(() => isSubscribed(it))
})
