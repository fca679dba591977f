// A link that goes wrong: a proxy between clients and one server, by TCP or a Unix socket, which
// passes bytes on as its fault says. A stream that lost bytes carries none any more, as behind a
// firewall that forgot the connection: TCP delivers nothing beyond a hole.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export type Place = { readonly port: number; readonly host?: string } | { readonly path: string }
type Way = 'to-server' | 'to-client'

export type Fault =
  | { readonly kind: 'none' }
  /** Connections are reset, and new ones as they come. */
  | { readonly kind: 'cut' }
  /** Bytes arrive so much later, in their order. */
  | { readonly kind: 'late'; readonly ms: number }
  /** All connections together have so many bytes a second, in each direction. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** In one direction nothing moves, the end of a connection neither, and no connection is made; it
   *  goes on where it stood. */
  | { readonly kind: 'half-open'; readonly stands: Way }
  /** Bytes and ends of connections vanish in both directions; the connections stay. */
  | { readonly kind: 'black-hole' }

export type FaultProxy = AsyncDisposable & {
  /** Of 127.0.0.1; 0 where it listens on a Unix socket. */
  readonly port: number
  /** Takes effect at once, for bytes on their way too. */
  set(fault: Fault): void
  /** Bytes that vanished so far. */
  lostBytes(): number
}

type Link = {
  fault: Fault
  /** Resolves with the next fault. */
  changed: PromiseWithResolvers<void>
  /** When the bytes of a slow link have gone, by way. */
  readonly freeAt: Record<Way, number>
  lostBytes: number
}
/** One direction of a connection. */
type Stream = {
  readonly from: Socket
  readonly onto: Socket
  readonly way: Way
  readonly connection: { hasLost: boolean }
}
type Item = { readonly at: number; readonly what: Uint8Array | 'end' | 'reset' }

/** Of a stream; a sender beyond it waits. */
const queueBytesMax = 1024 * 1024
/** Pieces of a slow link, so that two connections share it. */
const piecesPerSecond = 50

/** Listens on a free port of 127.0.0.1, or at `at`. */
export async function openFaultProxy(to: Place, at?: { readonly path: string }): Promise<FaultProxy> {
  const link: Link = {
    fault: { kind: 'none' },
    changed: Promise.withResolvers(),
    freeAt: { 'to-server': 0, 'to-client': 0 },
    lostBytes: 0,
  }
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const set = (fault: Fault): void => {
    link.fault = fault
    if (fault.kind === 'cut') for (const socket of sockets) reset(socket)
    link.changed.resolve()
    link.changed = Promise.withResolvers()
  }
  const server = createServer({ allowHalfOpen: true }, (near) => void join(keep(near)))
  const join = async (near: Socket): Promise<void> => {
    while (link.fault.kind === 'half-open') await link.changed.promise
    if (link.fault.kind === 'cut') return reset(near)
    // A server behind a black hole does not hear that somebody connects.
    if (link.fault.kind === 'black-hole') return void near.on('data', ({ length }) => (link.lostBytes += length))
    const far = keep(connect({ ...to, allowHalfOpen: true }))
    const connection = { hasLost: false }
    void carry({ from: near, onto: far, way: 'to-server', connection }, link)
    void carry({ from: far, onto: near, way: 'to-client', connection }, link)
  }
  server.listen(at ?? { port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const address = server.address() as AddressInfo | string
  return {
    port: typeof address === 'string' ? 0 : address.port,
    set,
    lostBytes: () => link.lostBytes,
    async [Symbol.asyncDispose]() {
      set({ kind: 'cut' })
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** Ends with the stream. */
async function carry(stream: Stream, link: Link): Promise<void> {
  const { from, onto, connection } = stream
  const queue: Item[] = []
  let queuedBytes = 0
  let news = Promise.withResolvers<void>()
  const put = (what: Item['what']): void => {
    queue.push({ at: performance.now(), what })
    news.resolve()
  }
  from.on('data', (bytes: Buffer) => {
    queuedBytes += bytes.length
    if (queuedBytes > queueBytesMax) from.pause()
    put(bytes)
  })
  from.on('end', () => put('end'))
  from.on('close', (hadError) => (hadError || !from.readableEnded) && put('reset'))

  for (;;) {
    const item = queue[0]
    if (item === undefined) {
      news = Promise.withResolvers()
      await news.promise
      continue
    }
    connection.hasLost ||= link.fault.kind === 'black-hole'
    const { hasLost } = connection
    if (!hasLost && (await isHeld(item, stream.way, link))) continue
    queue.shift()
    if (typeof item.what === 'string') {
      if (hasLost) return
      if (item.what === 'reset') return reset(onto)
      onto.end()
      continue
    }
    const [piece, rest] = hasLost ? [item.what] : cutPiece(item.what, link.fault)
    if (rest !== undefined) queue.unshift({ at: item.at, what: rest })
    if (hasLost) link.lostBytes += piece.length
    else await send(stream, piece, link)
    queuedBytes -= piece.length
    if (queuedBytes <= queueBytesMax) from.resume()
  }
}

/** True after a wait for the link, which may be another one by then. */
async function isHeld({ at }: Item, way: Way, { fault, changed }: Link): Promise<boolean> {
  if (fault.kind === 'half-open' && fault.stands === way) {
    await changed.promise
    return true
  }
  const lateMs = fault.kind === 'late' ? at + fault.ms - performance.now() : 0
  if (lateMs <= 0) return false
  await Promise.race([wait(lateMs), changed.promise])
  return true
}

const cutPiece = (bytes: Uint8Array, fault: Fault): readonly [Uint8Array, Uint8Array?] => {
  const most = fault.kind === 'slow' ? Math.ceil(fault.bytesPerSecond / piecesPerSecond) : Infinity
  return bytes.length <= most ? [bytes] : [bytes.subarray(0, most), bytes.subarray(most)]
}

/** Resolves when the system has the bytes, or nobody is there to take them. */
async function send({ onto, way }: Stream, bytes: Uint8Array, link: Link): Promise<void> {
  const { fault, freeAt, changed } = link
  if (fault.kind === 'slow') {
    freeAt[way] = Math.max(freeAt[way], performance.now()) + (bytes.length / fault.bytesPerSecond) * 1000
    await Promise.race([wait(freeAt[way] - performance.now()), changed.promise])
  }
  await new Promise<void>((sent) => onto.write(bytes, () => sent()))
}

/** A Unix socket knows no reset, and a TCP one whose end is on its way takes none. */
function reset(socket: Socket): void {
  if (socket.connecting) return void socket.once('connect', () => reset(socket))
  if (socket.remoteFamily !== undefined && !socket.writableEnded) socket.resetAndDestroy()
  // By itself a reset waits until all that was written is gone.
  socket.destroy()
}
