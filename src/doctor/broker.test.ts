// The broker of the bridge as it is found, by servers that the test runs.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createServer, type TlsOptions } from 'node:tls'
import type { Finding } from '../base/finding.ts'
import { readConfig } from '../config/config.ts'
import { makeTestCertificates, validFor } from '../gateway/transport/certificates.testing.ts'
import { brokerExamination } from './broker.ts'

/** The finding of the broker that the settings name. */
async function found(settings: Readonly<Record<string, string>>): Promise<Finding> {
  const config = readConfig(settings)
  assert.ok(config.ok, JSON.stringify(config))
  const [examination] = brokerExamination(config.value)
  const [finding, ...more] = (await examination?.look()) ?? []
  assert.ok(finding)
  assert.deepEqual(more, [])
  return finding
}

async function openTls(options: TlsOptions): Promise<AsyncDisposable & { readonly url: string }> {
  // A client that refuses the certificate ends the connection.
  const server = createServer(options, (socket) => socket.on('error', () => {})).on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `mqtts://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))),
  }
}

test('a certificate that has expired is to be renewed, and one of another authority is to be named', async () => {
  using files = makeTestCertificates()
  using others = makeTestCertificates()
  await using late = await openTls(files.server(validFor(-0.5)))
  const expired = await found({ ROADSTREAM_BRIDGE: late.url, ROADSTREAM_BRIDGE_CA: files.caFile })
  assert.equal(expired.state, 'problem')
  assert.match(expired.says, /\(ROADSTREAM_BRIDGE\) shows a certificate that has expired/)
  assert.match(expired.remedy ?? '', /^renew it on that broker/)
  await using own = await openTls(files.server())
  const foreign = await found({ ROADSTREAM_BRIDGE: own.url, ROADSTREAM_BRIDGE_CA: others.caFile })
  assert.equal(foreign.state, 'problem')
  assert.match(foreign.remedy ?? '', /^name its authority in ROADSTREAM_BRIDGE_CA/)
})

test('with a certificate of ours MQTT is not spoken, and that is said', async () => {
  using files = makeTestCertificates()
  const { cert, key } = files.vehicle('acme/bridge')
  await using own = await openTls(files.server())
  const { state, says } = await found({
    ROADSTREAM_BRIDGE: own.url,
    ROADSTREAM_BRIDGE_CA: files.caFile,
    ROADSTREAM_BRIDGE_CERT: files.write('own.pem', cert),
    ROADSTREAM_BRIDGE_KEY: files.write('own.key', key),
  })
  assert.equal(state, 'ok')
  assert.match(says, /takes connections, by TLSv1\.3; whether it lets the bridge in is not asked/)
})

test('a server that is no broker, one that says nothing and one that is gone are told apart', async () => {
  const listening = async (said: string | Buffer | undefined): Promise<Finding> => {
    const server = createTcpServer((socket) =>
      socket.on('error', () => {}).on('data', () => said !== undefined && socket.end(said)),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      return await found({ ROADSTREAM_BRIDGE: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` })
    } finally {
      server.close()
    }
  }
  assert.match((await listening(Buffer.of(0xd0, 0))).says, /broke the protocol: its first packet is no CONNACK/)
  assert.match((await listening('')).says, /closed the connection before it answered/)
  assert.match((await listening(undefined)).says, /does not answer within 5 s/)
})
