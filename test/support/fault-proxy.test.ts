// The proxy that spoils links, each of its faults by TCP and by a Unix socket.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { openFaultProxy, type Fault, type FaultProxy, type Place } from './fault-proxy.ts'
import { temporaryFolder } from './running-system.ts'

type Link = AsyncDisposable & {
  readonly proxy: FaultProxy
  /** The two ends of the first connection. */
  readonly client: Socket
  readonly server: Socket
  /** A connection that may fail. */
  begin(): Socket
  connect(): Promise<Socket>
  /** All connections that reached the server. */
  readonly served: readonly Socket[]
}

async function openLink(kind: 'tcp' | 'unix'): Promise<Link> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(temporaryFolder())
  const server = createServer({ allowHalfOpen: true })
  const sockets = new Set<Socket>()
  const served: Socket[] = []
  server.on('connection', (socket) => {
    served.push(socket)
    sockets.add(socket.on('error', () => {}))
  })
  stack.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  })
  const at = { path: join(folder.path, 'proxy') }
  server.listen(kind === 'unix' ? join(folder.path, 'server') : { port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const address = server.address()
  const to: Place = typeof address === 'string' ? { path: address } : { port: address?.port ?? 0, host: '127.0.0.1' }
  const proxy = stack.use(await openFaultProxy(to, kind === 'unix' ? at : undefined))
  const begin = (): Socket => {
    const socket = connect({ ...(kind === 'unix' ? at : { port: proxy.port }), allowHalfOpen: true })
    sockets.add(socket.on('error', () => {}))
    return socket
  }
  const open = async (): Promise<Socket> => {
    const socket = begin()
    await once(socket, 'connect')
    return socket
  }
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = await open()
  const [socket] = await accepted
  const opened = stack.move()
  return {
    proxy,
    client,
    server: socket,
    begin,
    connect: open,
    served,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Resolves with the next so many bytes, as text. */
async function received(socket: Socket, bytes: number): Promise<string> {
  let text = ''
  while (text.length < bytes) {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) await once(socket, 'readable')
    else text += chunk.toString('latin1')
  }
  return text
}

/** Resolves when nothing comes from it any more, with the code of the error if that is why. */
const gone = (socket: Socket): Promise<string | undefined> =>
  new Promise((resolve) => {
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
    for (const sign of ['end', 'close']) socket.once(sign, () => resolve(undefined))
    socket.resume()
  })

async function turnsUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((turn) => setImmediate(turn))
}

const set = (link: Link, fault: Fault): void => link.proxy.set(fault)

for (const kind of ['tcp', 'unix'] as const) {
  test(`${kind}: bytes pass both ways, a megabyte whole, and an end is one direction's`, async () => {
    await using link = await openLink(kind)
    const much = 'abcdefgh'.repeat(500_000)
    link.client.end(much)
    assert.equal(await received(link.server, much.length), much)
    link.server.resume()
    if (!link.server.readableEnded) await once(link.server, 'end')
    link.server.end('answer')
    assert.equal(await received(link.client, 6), 'answer')
  })

  test(`${kind}: a cut ends connections on both sides, and no new one comes until it is over`, async () => {
    await using link = await openLink(kind)
    const ended = Promise.all([gone(link.client), gone(link.server)])
    // Nobody reads it: a cut waits for no byte on its way.
    link.client.write('x'.repeat(8_000_000))
    set(link, { kind: 'cut' })
    const errors = await ended
    if (kind === 'tcp') assert.deepEqual(errors, ['ECONNRESET', 'ECONNRESET'])
    await gone(link.begin())
    assert.equal(link.served.length, 1)
    set(link, { kind: 'none' })
    const last = await link.connect()
    last.write('x')
    await turnsUntil(() => link.served.length === 2)
  })

  test(`${kind}: late bytes come in their order, none before its time`, async () => {
    await using link = await openLink(kind)
    set(link, { kind: 'late', ms: 60 })
    const at = performance.now()
    link.client.write('a')
    link.client.write('b')
    assert.equal(await received(link.server, 2), 'ab')
    assert.ok(performance.now() - at >= 59)
    link.client.write('c')
    set(link, { kind: 'none' })
    assert.equal(await received(link.server, 1), 'c')
  })

  test(`${kind}: a slow link takes no more than its bytes a second, and two connections share it`, async () => {
    await using link = await openLink(kind)
    set(link, { kind: 'slow', bytesPerSecond: 100_000 })
    const other = await link.connect()
    await turnsUntil(() => link.served.length === 2)
    const at = performance.now()
    for (const socket of [link.client, other]) socket.write('x'.repeat(10_000))
    await Promise.all(link.served.map((socket) => received(socket, 10_000)))
    assert.ok(performance.now() - at >= 199)
  })

  test(`${kind}: one direction stands still while the other moves, and goes on where it stood`, async () => {
    await using link = await openLink(kind)
    set(link, { kind: 'half-open', stands: 'to-server' })
    link.client.write('late')
    link.server.write('early')
    assert.equal(await received(link.client, 5), 'early')
    await link.connect()
    assert.equal(link.server.read(), null)
    assert.equal(link.served.length, 1)
    set(link, { kind: 'half-open', stands: 'to-client' })
    assert.equal(await received(link.server, 4), 'late')
    link.server.write('back')
    set(link, { kind: 'none' })
    assert.equal(await received(link.client, 4), 'back')
    await turnsUntil(() => link.served.length === 2)
  })

  test(`${kind}: a stream that lost bytes in a black hole stays dead; others go on`, async () => {
    await using link = await openLink(kind)
    const silent = await link.connect()
    await turnsUntil(() => link.served.length === 2)
    set(link, { kind: 'black-hole' })
    link.client.write('lost')
    link.server.write('lost')
    ;(await link.connect()).write('lost')
    await turnsUntil(() => link.proxy.lostBytes() === 12)
    set(link, { kind: 'none' })
    link.client.write('more')
    await turnsUntil(() => link.proxy.lostBytes() === 16)
    assert.equal(link.server.read(), null)
    ;(await link.connect()).write('new')
    await turnsUntil(() => link.served.length === 3)
    assert.equal(await received(link.served[2]!, 3), 'new')
    silent.write('old')
    assert.equal(await received(link.served[1]!, 3), 'old')
    assert.equal(link.client.closed || link.server.closed, false)
  })
}
