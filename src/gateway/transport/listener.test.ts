// Listening for real: ports shared and taken, and a process that runs out of file descriptors.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { connectPacket, openConnected, openRawClient, openTestGateway } from '../gateway.testing.ts'

const host = '127.0.0.1'

test('a port that another program has is an outage that names it, and nothing stays open', async () => {
  const other = createServer().listen(0, host)
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const free = createServer().listen(0, host)
  await once(free, 'listening')
  const { port: freed } = free.address() as AddressInfo
  free.close()
  await once(free, 'close')
  await assert.rejects(
    openTestGateway({
      listeners: [
        { kind: 'tcp', host, port: freed },
        { kind: 'tcp', host, port },
      ],
    }),
    { code: 'LISTEN', message: new RegExp(`${host}:${port}: another program has it`) },
  )
  const again = createServer().listen(freed, host)
  await once(again, 'listening')
  again.close()
  other.close()
})

test('one gateway listens on several addresses, and says which', async () => {
  await using it = await openTestGateway({
    listeners: [
      { kind: 'tcp', host, port: 0 },
      { kind: 'tcp', host: '127.0.0.2', port: 0 },
    ],
  })
  assert.deepEqual(
    it.gateway.addresses.map(({ kind, host }) => [kind, host]),
    [
      ['tcp', host],
      ['tcp', '127.0.0.2'],
    ],
  )
  const second = connect(it.gateway.addresses[1]!.port, '127.0.0.2')
  await once(second, 'connect')
  second.destroy()
})

test(
  'two gateways share one port when both ask for it',
  { skip: process.platform === 'linux' ? false : 'reusePort is for Linux' },
  async () => {
    await using first = await openTestGateway({ listeners: [{ kind: 'tcp', host, port: 0, reusePort: true }] })
    await using second = await openTestGateway({
      listeners: [{ kind: 'tcp', host, port: first.port, reusePort: true }],
    })
    await using clients = new AsyncDisposableStack()
    // Each goes to either by chance: 40 on one side alone is one chance in 2^39.
    for (let index = 0; index < 40; index++) clients.use(await openConnected(first.port, 5, `car-${index}`))
    assert.equal(first.gateway.connectionCount() + second.gateway.connectionCount(), 40)
    assert.ok(first.gateway.connectionCount() > 0 && second.gateway.connectionCount() > 0)
  },
)

test('the connection limit holds over all addresses, and a place that is free again is taken', async () => {
  const limits = { connections: 2 }
  await using it = await openTestGateway({ limits, listeners: [0, 0].map((port) => ({ kind: 'tcp', host, port })) })
  const [one, two] = it.gateway.addresses.map(({ port }) => port)
  await using a = await openConnected(one!, 5, 'a')
  await using _b = await openConnected(two!, 5, 'b')
  await using turnedAway = await openRawClient(one!)
  assert.equal(await turnedAway.next(), undefined)
  assert.equal(await it.metric('roadstream_gateway_disconnects_total{reason="connection-limit"}'), 1)
  await it.lose(a)
  await using _c = await openConnected(two!, 5, 'c')
})

const noLimits = process.platform === 'linux' ? false : 'only Linux tells the limit of open files'

test(
  'near the limit of open files clients are turned away, and taken again when others have left',
  { skip: noLimits },
  async () => {
    const program = new URL('short-of-files.testing.ts', import.meta.url).pathname
    // exec: the limit is of the shell, which becomes the process.
    const child = spawn('sh', ['-c', `ulimit -n 100; exec "$0" "$1"`, process.execPath, program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const port = Number((await lines.next()).value)
    const sockets: Socket[] = []
    let turnedAway = 0
    const enough = Promise.withResolvers<void>()
    for (let index = 0; index < 100; index++)
      sockets.push(
        connect(port, host)
          .on('error', () => undefined)
          .on('close', () => ++turnedAway > 40 && enough.resolve()),
      )
    await enough.promise
    assert.match(String((await lines.next()).value), /a client was turned away/)
    for (const socket of sockets.splice(0)) socket.destroy()
    // Its sockets close when it hears of it.
    for (let isIn = false; !isIn;) {
      await using client = await openRawClient(port)
      client.send(connectPacket(5, 'a'))
      isIn = (await client.next())?.cmd === 'connack'
    }
    child.kill()
    assert.equal((await lines.next()).done, true)
  },
)
