// Sockets that share one buffer get each their own bytes, whole, in order, and for good.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { readShared } from './shared-read.ts'

const received = new WeakMap<Socket, Buffer[]>()
function keep(this: Socket, chunk: Buffer): void {
  received.get(this)!.push(chunk)
}

type Pair = AsyncDisposable & { readonly client: Socket; readonly server: Socket; readonly bytes: () => Buffer }

async function listening(): Promise<Server> {
  const server = createServer()
  server.listen(0, '127.0.0.1').unref()
  await once(server, 'listening')
  return server
}

async function connected(server: Server): Promise<Pair> {
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true })
  const [socket] = (await once(server, 'connection')) as [Socket]
  received.set(socket, [])
  assert.equal(readShared(socket, keep), true, 'this Node reads accepted sockets into a buffer of ours')
  return {
    client,
    server: socket,
    bytes: () => Buffer.concat(received.get(socket)!),
    async [Symbol.asyncDispose]() {
      client.destroy()
      if (!socket.closed) await once(socket, 'close')
    },
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('whatever is sent on however many sockets in whatever pieces arrives on each as it was, and stays', async () => {
  const server = await listening()
  const piece = fc.tuple(
    fc.nat(3),
    fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 10_000, max: 200_000 })),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      await using stack = new AsyncDisposableStack()
      const pairs: Pair[] = []
      for (let count = 0; count < 4; count++) pairs.push(stack.use(await connected(server)))
      const sent = pairs.map((): Buffer[] => [])
      for (const [index, what] of pieces) {
        const bytes = typeof what === 'number' ? Buffer.alloc(what, what % 251) : Buffer.from(what)
        sent[index]!.push(bytes)
        pairs[index]!.client.write(bytes)
        await turn()
      }
      // Only compared once all of it has come: bytes of an earlier read must not have been written
      // over.
      for (const [index, pair] of pairs.entries()) {
        pair.client.end()
        await once(pair.server, 'end')
        assert.ok(pair.bytes().equals(Buffer.concat(sent[index]!)))
      }
    }),
    { numRuns: process.env['CI'] === 'true' ? 100 : 15 },
  )
  server.close()
})

test('a paused socket is not read, and goes on where it was', async () => {
  const server = await listening()
  await using pair = await connected(server)
  await using other = await connected(server)
  pair.server.pause()
  pair.client.write('while paused')
  other.client.write('meanwhile')
  while (other.bytes().length < 9) await turn()
  assert.equal(pair.bytes().length, 0)
  pair.server.resume()
  while (pair.bytes().length < 12) await turn()
  assert.equal(pair.bytes().toString(), 'while paused')
  server.close()
})

test('a socket that was paused before stays so', async () => {
  const server = await listening()
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' })
  const [socket] = (await once(server, 'connection')) as [Socket]
  received.set(socket, [])
  socket.pause()
  readShared(socket, keep)
  client.write('x')
  await using other = await connected(server)
  other.client.write('meanwhile')
  while (other.bytes().length < 9) await turn()
  assert.equal(received.get(socket)!.length, 0)
  socket.resume()
  while (received.get(socket)!.length === 0) await turn()
  client.destroy()
  await once(socket, 'close')
  server.close()
})

test('a stream that is no TCP socket is left as it is', () => {
  const stream = new PassThrough()
  assert.equal(
    readShared(stream as unknown as Socket, () => undefined),
    false,
  )
  assert.equal(stream.isPaused(), false)
  assert.equal(stream.readableFlowing, null)
})
