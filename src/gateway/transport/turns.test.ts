// Clients of every transport wait unread for their turn, and come in when it comes.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import mqtt from 'mqtt'
import { connectPacket, openTestGateway, until } from '../gateway.testing.ts'
import { makeTestCertificates } from './certificates.testing.ts'

const host = '127.0.0.1'
/** The header of a health check: the client is the proxy. */
const localHeader = Buffer.from('\r\n\r\n\0\r\nQUIT\n\x20\0\0\0', 'latin1')

for (const kind of ['tls', 'ws', 'wss'] as const)
  test(`over ${kind} clients that come at once have their turns one after the other`, async () => {
    using files = makeTestCertificates()
    const tls = { certFile: files.certFile, keyFile: files.keyFile }
    await using it = await openTestGateway({
      limits: { connectsPerS: 1, ratePaceMs: 40 },
      listeners: [kind === 'ws' ? { kind, host, port: 0 } : { kind, host, port: 0, tls }],
    })
    const url = `${kind === 'tls' ? 'mqtts' : kind}://${host}:${it.port}/mqtt`
    const connect = (clientId: string): Promise<mqtt.MqttClient> =>
      mqtt.connectAsync(url, { clientId, ca: files.ca, wsOptions: { ca: files.ca }, reconnectPeriod: 0 })
    const clients = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(connect))
    assert.equal(it.gateway.connectionCount(), 6)
    assert.equal(await it.metric('roadstream_gateway_half_open'), 0)
    await Promise.all(clients.map((client) => client.endAsync()))
  })

test('behind a proxy clients have their turns, however their first bytes were cut', async () => {
  await using it = await openTestGateway({
    limits: { connectsPerS: 1, ratePaceMs: 40 },
    listeners: [{ kind: 'tcp', host, port: 0, proxyFrom: [host] }],
  })
  const bytes = Buffer.concat([localHeader, connectPacket(5, '')])
  const sockets = [0, 1, 10, 16, 17, 30, bytes.length].map((cut) => {
    const socket = connectTcp({ host, port: it.port, noDelay: true })
    socket.write(bytes.subarray(0, cut))
    setImmediate(() => socket.write(bytes.subarray(cut)))
    return socket
  })
  for (const [chunk] of await Promise.all(sockets.map((socket) => once(socket, 'data') as Promise<[Buffer]>)))
    assert.equal(chunk[0], 0x20)
  for (const socket of sockets) socket.destroy()
})

test('a client that leaves while it waits for its turn is forgotten', async () => {
  using files = makeTestCertificates()
  const tls = { certFile: files.certFile, keyFile: files.keyFile }
  await using it = await openTestGateway({
    limits: { connectsPerS: 1, ratePaceMs: 100_000 },
    listeners: [{ kind: 'tls', host, port: 0, tls }],
  })
  const sockets = [0, 1, 2].map(() => connectTcp(it.port, host))
  await until('three have arrived', () => it.gateway.arrivalCount() >= 3)
  assert.equal(await it.metric('roadstream_gateway_half_open'), 3)
  for (const socket of sockets) socket.resetAndDestroy()
  await until('nobody is on the way in any more', () => it.gateway.arrivalCount() === 0)
  assert.equal(await it.metric('roadstream_gateway_half_open'), 0)
})

test('one address has at most its part of the handshakes: others come in beside its slow ones', async () => {
  using files = makeTestCertificates()
  const tls = { certFile: files.certFile, keyFile: files.keyFile }
  await using it = await openTestGateway({
    limits: { handshakes: 3, addressHandshakes: 2 },
    listeners: [{ kind: 'tls', host, port: 0, tls, proxyFrom: [host] }],
  })
  const comeFrom = (lastByte: number): Socket => {
    const socket = connectTcp(it.port, host).on('error', () => undefined)
    const header = Buffer.from('0d0a0d0a000d0a515549540a2111000ccb007100cb00710112345678', 'hex')
    header[19] = lastByte
    socket.resume().write(header)
    return socket
  }
  const slow = [comeFrom(9), comeFrom(9)]
  await until('two have arrived', () => it.gateway.arrivalCount() >= 2)
  await once(comeFrom(9), 'close')
  assert.equal(await it.metric('roadstream_gateway_disconnects_total{reason="address-handshake-limit"}'), 1)
  const other = connectTls({ socket: comeFrom(10), ca: files.ca, servername: 'localhost' })
  await once(other, 'secureConnect')
  for (const socket of slow) socket.resetAndDestroy()
  await until('nobody is on the way in any more', () => it.gateway.arrivalCount() === 0)
  await once(connectTls({ socket: comeFrom(9), ca: files.ca, servername: 'localhost' }), 'secureConnect')
})
