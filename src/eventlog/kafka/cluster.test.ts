// Connections to brokers: each one that was made is closed with the cluster.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import type { Connection } from '@platformatic/kafka'
import { openCluster } from './cluster.ts'

test(
  'a broker that is asked again before a connection that was reset is closed has one that closes with the cluster',
  { timeout: 20_000 },
  async (context) => {
    const server = createServer((socket) => void socket.on('error', () => {}).resume())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    context.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const broker = { host: '127.0.0.1', port }
    const cluster = openCluster({ brokers: [broker], tls: undefined, sasl: undefined }, 'test', [])
    const connect = (): Promise<Connection> => cluster.ask(broker, 'read', async (connection) => connection)
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const first = await connect()
    const [socket] = await accepted
    const closed = new Promise((resolve) => first.socket.once('close', resolve))
    const again = new Promise<Connection>((resolve, reject) => {
      first.on('error', () => void connect().then(resolve, reject))
    })
    const acceptedAgain = once(server, 'connection') as Promise<[Socket]>
    socket.resetAndDestroy()
    const [second] = await Promise.all([again, closed])
    const [other] = await acceptedAgain
    context.after(() => other.destroy())
    assert.notEqual(second, first)
    assert.equal(await connect(), second)
    const gone = once(other, 'close')
    await cluster[Symbol.asyncDispose]()
    await gone
  },
)
