// The PROXY header: as bytes, and in front of every transport, wherever it is cut.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { test } from 'node:test'
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { WebSocket } from 'ws'
import type { GatewayLimits } from '../gateway-limits.ts'
import { connectPacket, openTestGateway, type TestGateway, until } from '../gateway.testing.ts'
import { vehicleAdmission } from '../admission/vehicle-admission.ts'
import type { ListenerOptions } from './listener.ts'
import { parseProxyPreamble, parseProxyRest, proxyPreambleBytes } from './proxy-header.ts'
import { parseNetworks } from '../../tcp/networks.ts'
import { makeTestCertificates } from './certificates.testing.ts'

const host = '127.0.0.1'
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

function header(
  family: number,
  addresses: Uint8Array,
  tlvs: Uint8Array = Buffer.alloc(0),
  versionAndCommand = 0x21,
): Buffer {
  const head = Buffer.from([versionAndCommand, family, 0, 0])
  head.writeUInt16BE(addresses.length + tlvs.length, 2)
  return Buffer.concat([signature, head, addresses, tlvs])
}
function tlv(type: number, value: Buffer): Buffer {
  const head = Buffer.from([type, 0, 0])
  head.writeUInt16BE(value.length, 1)
  return Buffer.concat([head, value])
}
const ipv4 = Buffer.from([203, 0, 113, 7, 10, 0, 0, 1, 0xc0, 0x00, 0x07, 0x5b])
const ipv6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000007', 'hex'),
  Buffer.alloc(16),
  Buffer.from([0xc0, 0x01, 0, 1]),
])
/** The words of a proxy that ended TLS and verified the client's certificate (or, with `verify` 1,
 *  did not). */
const sslTlv = (commonName: string, verify = 0): Buffer =>
  tlv(
    0x20,
    Buffer.concat([
      Buffer.from([0x07, 0, 0, 0, verify]),
      tlv(0x21, Buffer.from('TLSv1.3')),
      tlv(0x22, Buffer.from(commonName)),
    ]),
  )

const parse = (bytes: Buffer) => {
  const preamble = parseProxyPreamble(bytes.subarray(0, proxyPreambleBytes))
  return preamble.ok
    ? parseProxyRest(bytes.subarray(0, proxyPreambleBytes), bytes.subarray(proxyPreambleBytes))
    : preamble
}

test('addresses, ports and the common name of a verified certificate are read', () => {
  const named = parse(header(0x11, ipv4, Buffer.concat([tlv(0x04, Buffer.alloc(7)), sslTlv('acme/car-1')])))
  assert.deepEqual(named, {
    ok: true,
    value: { client: { address: '203.0.113.7', port: 49_152 }, commonName: 'acme/car-1' },
  })
  const sixth = parse(header(0x21, ipv6, sslTlv('acme/car-1', 1)))
  assert.deepEqual(sixth, {
    ok: true,
    value: { client: { address: '2001:db8::7', port: 49_153 }, commonName: undefined },
  })
  for (const bytes of [
    header(0, Buffer.alloc(0)),
    header(0x11, Buffer.alloc(3), undefined, 0x20),
    header(0x31, Buffer.alloc(216)),
  ])
    assert.deepEqual(parse(bytes), { ok: true, value: { client: undefined, commonName: undefined } })
})

test('every header of every family gives back what was put in, and none that was cut short is taken', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 36, maxLength: 36 }),
      fc.boolean(),
      fc.array(fc.uint8Array({ maxLength: 40 })),
      (bytes, isSix, values) => {
        const addresses = Buffer.from(bytes.subarray(0, isSix ? 36 : 12))
        const whole = header(
          isSix ? 0x21 : 0x11,
          addresses,
          Buffer.concat(values.map((value) => tlv(0xe0, Buffer.from(value)))),
        )
        const parsed = parse(whole)
        assert.ok(parsed.ok && parsed.value.client !== undefined)
        assert.equal(isIP(parsed.value.client.address), isSix ? 6 : 4)
        assert.equal(parsed.value.client.port, addresses.readUInt16BE(isSix ? 32 : 8))
        // Shorter, and saying so: the TLVs end amidst one, or the addresses are not all there.
        const cut = Buffer.from(whole.subarray(0, whole.length - 1))
        cut.writeUInt16BE(cut.length - proxyPreambleBytes, 14)
        assert.equal(parse(cut).ok, false)
      },
    ),
  )
})

test('any 16 bytes and any rest give a header or a reason, and never more', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ maxLength: 300 }), (head, rest) => {
      const parsed = parse(Buffer.concat([signature, head, rest]))
      assert.ok(parsed.ok || parsed.reason === 'proxy-header')
    }),
  )
})

test('networks are addresses and CIDR, and nothing else', () => {
  const list = parseNetworks(['10.0.0.7', '10.1.0.0/16', 'fd00::/8', '::1'])
  assert.ok(list !== undefined)
  assert.ok(
    list.check('10.0.0.7') &&
      list.check('10.1.2.3') &&
      list.check('fd12::1', 'ipv6') &&
      list.check('::ffff:10.1.2.3', 'ipv6'),
  )
  assert.ok(!list.check('10.0.0.8') && !list.check('fe80::1', 'ipv6'))
  for (const wrong of ['10.0.0.0/33', 'proxy.example', '10.0.0.0/8/8', '10.0.0.0/', '', '::/129'])
    assert.equal(parseNetworks([wrong]), undefined)
})

const openBehindProxy = (
  listener: Partial<ListenerOptions> = {},
  limits: Partial<GatewayLimits> = {},
): Promise<TestGateway> =>
  openTestGateway({
    limits,
    listeners: [{ kind: 'tcp', host, port: 0, proxyFrom: ['127.0.0.0/8'], ...listener } as ListenerOptions],
  })

const disconnects = (it: TestGateway, reason: string): Promise<number> =>
  it.metric(`roadstream_gateway_disconnects_total{reason="${reason}"}`)

async function dial(port: number): Promise<Socket> {
  const socket = connectTcp({ port, host, noDelay: true })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Resolves with the first packet, or undefined when the server closes. */
function firstPacket(socket: Socket): Promise<mqttPacket.Packet | undefined> {
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  return new Promise((resolve) => {
    parser.on('packet', resolve)
    socket.on('data', (chunk: Buffer) => void parser.parse(chunk)).on('close', () => resolve(undefined))
  })
}

async function addressSeen(it: TestGateway): Promise<string | null | undefined> {
  const { rows } = await it.gateway.sessions.list({ tenant: 'acme', limit: 10 })
  return rows[0]?.address
}

test('the client is who the proxy says, wherever header and CONNECT are cut', async () => {
  await using it = await openBehindProxy()
  const bytes = Buffer.concat([header(0x11, ipv4, sslTlv('x')), connectPacket(5, 'acme/car-1')])
  for (let cut = 0; cut <= bytes.length; cut++) {
    const socket = await dial(it.port)
    await new Promise((resolve) => socket.write(bytes.subarray(0, cut), resolve))
    // The gateway reads the first part by itself before the second is sent.
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    const answer = firstPacket(socket)
    socket.write(bytes.subarray(cut))
    assert.equal((await answer)?.cmd, 'connack', `cut at ${cut}`)
    assert.equal(await addressSeen(it), '203.0.113.7:49152')
    socket.destroy()
  }
})

test('a health check of the proxy (LOCAL) is the proxy itself', async () => {
  await using it = await openBehindProxy()
  const socket = await dial(it.port)
  socket.write(Buffer.concat([header(0x11, ipv4, undefined, 0x20), connectPacket(5, 'acme/car-1')]))
  assert.equal((await firstPacket(socket))?.cmd, 'connack')
  assert.match((await addressSeen(it)) ?? '', /^127\.0\.0\.1:/)
  socket.destroy()
})

test('whoever is no trusted proxy is not heard, with a header or without', async () => {
  await using it = await openBehindProxy({ proxyFrom: ['192.0.2.1'] })
  const socket = await dial(it.port)
  socket.write(Buffer.concat([header(0x11, ipv4), connectPacket(5, 'acme/car-1')]))
  assert.equal(await firstPacket(socket), undefined)
  assert.equal(await disconnects(it, 'proxy-untrusted'), 1)
})

for (const [what, bytes, reason] of [
  ['no header', connectPacket(5, 'a-client-id-of-some-length'), 'proxy-header'],
  ['a header of version 1', Buffer.from('PROXY TCP4 203.0.113.7 10.0.0.1 49152 1883\r\n'), 'proxy-version-1'],
  ['an unknown version', header(0x11, ipv4, undefined, 0x31), 'proxy-header'],
  ['an unknown command', header(0x11, ipv4, undefined, 0x22), 'proxy-header'],
  ['a UDP header', header(0x12, ipv4), 'proxy-header'],
  ['too few bytes for its addresses', header(0x21, ipv4), 'proxy-header'],
  ['more bytes than a header may have', header(0x11, ipv4, tlv(4, Buffer.alloc(5000))), 'proxy-header'],
  ['a TLV that goes beyond the end', header(0x11, ipv4, Buffer.from([1, 0, 9, 0])), 'proxy-header'],
  ['an SSL part that is cut', header(0x11, ipv4, tlv(0x20, Buffer.alloc(3))), 'proxy-header'],
] as const)
  test(`behind a proxy, a connection with ${what} is ended`, async () => {
    await using it = await openBehindProxy()
    const socket = await dial(it.port)
    socket.write(bytes)
    assert.equal(await firstPacket(socket), undefined)
    assert.equal(await disconnects(it, reason), 1)
  })

test('a header that does not come is waited for as long as a client has until CONNECT', async () => {
  await using it = await openBehindProxy({}, { connectTimeoutMs: 1000 })
  const socket = await dial(it.port)
  socket.write(header(0x11, ipv4).subarray(0, 20))
  const ended = firstPacket(socket)
  await until('someone has arrived', () => it.gateway.arrivalCount() !== 0)
  it.clock.advance(1001)
  assert.equal(await ended, undefined)
  assert.equal(await disconnects(it, 'connect-timeout'), 1)
})

test('inside the header may be TLS, and inside that a WebSocket; the address is the client’s throughout', async () => {
  using files = makeTestCertificates()
  const tls = { certFile: files.certFile, keyFile: files.keyFile, clientCaFile: files.caFile }
  const car = files.vehicle('acme/car-1')
  const identity = { ...car, ca: files.ca, host, servername: 'localhost' }
  const admission = vehicleAdmission({ fleetKeys: new Map([['acme', Buffer.alloc(32)]]) })
  const behind = { host, port: 0, proxyFrom: [host] }
  await using it = await openTestGateway({
    admission,
    listeners: [
      { kind: 'tls', tls, ...behind },
      { kind: 'wss', tls, ...behind },
    ],
  })
  const [secure, web] = it.gateway.addresses.map(({ port }) => port)
  const raw = await dial(secure!)
  raw.write(header(0x21, ipv6))
  const socket = connectTls({ ...identity, socket: raw })
  socket.on('error', () => undefined).write(connectPacket(5, 'acme/car-1'))
  assert.equal(((await firstPacket(socket)) as mqttPacket.IConnackPacket).reasonCode, 0)
  assert.equal(await addressSeen(it), '[2001:db8::7]:49153')

  const below = await dial(web!)
  below.write(header(0x11, ipv4))
  const page = new WebSocket('wss://localhost/mqtt', 'mqtt', {
    createConnection: () => connectTls({ ...identity, socket: below }),
  })
  page.on('error', () => undefined).on('open', () => page.send(connectPacket(5, 'acme/car-1')))
  await once(page, 'message')
  assert.equal(await addressSeen(it), '203.0.113.7:49152')
  page.terminate()
  socket.destroy()
})

test('a proxy that verified the client’s certificate vouches for its vehicle by the common name', async () => {
  const admission = vehicleAdmission({ fleetKeys: new Map([['acme', Buffer.alloc(32)]]) })
  await using it = await openTestGateway({ admission, listeners: [{ kind: 'tcp', host, port: 0, proxyFrom: [host] }] })
  for (const [tlvs, code] of [
    [sslTlv('acme/car-1'), 0],
    [sslTlv('acme/car-2'), 0x87],
    [sslTlv('acme/car-1', 1), 0x86],
    [Buffer.alloc(0), 0x86],
  ] as const) {
    const socket = await dial(it.port)
    socket.write(Buffer.concat([header(0x11, ipv4, tlvs), connectPacket(5, 'acme/car-1')]))
    assert.equal(((await firstPacket(socket)) as mqttPacket.IConnackPacket).reasonCode, code)
    socket.destroy()
  }
})
