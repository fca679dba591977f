// Reads plain TCP sockets into one buffer that all sockets of the thread share, and copies what
// came, a few hundred bytes mostly, behind one another into larger pieces of memory. By itself Node
// takes 64 KiB for each read, gives back what was not used and makes an object with a finalizer of
// the rest: with one message a read that is a tenth of all the CPU a message costs, and at QoS 0,
// where many wait for the log at once, much more.
//
// Node offers this (`onread`) for sockets that one makes oneself; for those a server accepted it
// has the same fields without a way to set them. They are looked up once, and where they are not
// found (another Node) everything works as before, by `data` events.
import { Socket } from 'node:net'

/** Bytes a read gives at most; as much as Node asks the system for. */
const readBytes = 64 * 1024
const pieceBytes = 64 * 1024
/** More than this has memory of its own: the rest of a piece would be lost too often. */
const ownBytes = pieceBytes / 4

/** Called with bytes that stay as they are. */
export type TakeBytes<Stream> = (this: Stream, chunk: Buffer) => void

type Internals = { readonly buffer: symbol; readonly callback: symbol }
type ReadHandle = { useUserBuffer?: (buffer: Uint8Array) => void }

const target = Buffer.allocUnsafeSlow(readBytes)
const internals = findInternals()
let piece = Buffer.allocUnsafeSlow(pieceBytes)
let used = 0

function findInternals(): Internals | undefined {
  const callback = (): boolean => true
  const probe = new Socket({ onread: { buffer: target, callback } })
  const fields = Object.getOwnPropertySymbols(probe)
  const holderOf = (value: unknown): symbol | undefined =>
    fields.find((field) => (probe as unknown as Record<symbol, unknown>)[field] === value)
  const found = { buffer: holderOf(target), callback: holderOf(callback) }
  probe.destroy()
  return found.buffer === undefined || found.callback === undefined
    ? undefined
    : { buffer: found.buffer, callback: found.callback }
}

/** The first `count` bytes of the shared buffer, as a copy that nobody writes to again. */
function copyOf(count: number): Buffer {
  if (count > ownBytes) return Buffer.from(target.subarray(0, count))
  if (used + count > pieceBytes) {
    piece = Buffer.allocUnsafeSlow(pieceBytes)
    used = 0
  }
  const chunk = piece.subarray(used, used + count)
  target.copy(piece, used, 0, count)
  used += count
  return chunk
}

/** From now on what comes goes to `take` and there are no `data` events; pause, resume, `end` and
 *  `close` are as ever. `take` is one function for all sockets, called with the socket as `this`.
 *  Gives false, and changes nothing, where this cannot be had: a stream that is not plain TCP. */
export function readShared<Stream extends Socket>(socket: Stream, take: TakeBytes<Stream>): boolean {
  const handle = (socket as unknown as { readonly _handle?: ReadHandle | null })._handle
  // Bytes read already would never come.
  if (
    internals === undefined ||
    socket.readableLength > 0 ||
    handle?.constructor.name !== 'TCP' ||
    typeof handle.useUserBuffer !== 'function'
  )
    return false
  handle.useUserBuffer(target)
  Object.assign(socket, { [internals.buffer]: target, [internals.callback]: receiverOf(take as TakeBytes<never>) })
  // As a listener for `data` would. Until now a pause only kept what was read; from now on it stops
  // reading.
  if (socket.isPaused()) socket.pause()
  else socket.resume()
  return true
}

const receivers = new Map<TakeBytes<never>, (this: never, count: number) => boolean>()

/** The function Node calls after a read, one for each `take`. */
function receiverOf(take: TakeBytes<never>): (this: never, count: number) => boolean {
  let receiver = receivers.get(take)
  if (receiver === undefined) {
    receiver = function receive(this: never, count: number): boolean {
      take.call(this, copyOf(count))
      // Whether to go on reading is said by pause and resume alone.
      return true
    }
    receivers.set(take, receiver)
  }
  return receiver
}
