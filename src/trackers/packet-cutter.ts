// Cuts what comes of a connection into the packets of a tracker, wherever the network has cut it.
// Bytes are joined when a packet may be whole, and when they lie in many pieces: one that comes
// byte by byte costs little more than one that comes at once, in time as in memory. Bytes 0xFF
// between packets keep a silent connection open ("Network Ping Timeout" of the maker's
// configurator), and say nothing.
import { accepted, refused, type Result } from '../base/errors.ts'
import { teltonikaPacketBytes } from '../mapping/binary/decode-binary.ts'

/** The head of a packet tells within so many bytes how long it is. */
const headBytes = 8
const ping = 0xff
/** A piece of one byte takes a hundred bytes of memory. */
const chunksMax = 64

export class PacketCutter {
  readonly #packetBytesMax: number
  #chunks: Buffer[] = []
  #bytes = 0
  /** So many must be there before it is worth looking. */
  #wanted = 1

  constructor(packetBytesMax: number) {
    this.#packetBytesMax = packetBytesMax
  }

  /** Bytes that are there and in no packet yet. */
  get bytes(): number {
    return this.#bytes
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#chunks.length > chunksMax) this.#joined()
  }

  /** The next whole packet, or undefined while more is to come. A refusal is for good: where the
   *  next packet begins cannot be known. The bytes are a view of what was added. */
  next(): Result<Buffer | undefined> {
    if (this.#bytes < this.#wanted) return accepted(undefined)
    if (this.#joined()[0] === ping) this.#skipPings()
    const all = this.#joined()
    const length = teltonikaPacketBytes(all)
    if (!length.ok) return length
    if (length.value === undefined) {
      this.#wanted = Math.min(all.length + 1, headBytes)
      return accepted(undefined)
    }
    if (length.value > this.#packetBytesMax)
      return refused('too-long', `a packet of ${length.value} bytes; ${this.#packetBytesMax} are read`)
    if (length.value > all.length) {
      this.#wanted = length.value
      return accepted(undefined)
    }
    this.#keep(all.subarray(length.value))
    return accepted(all.subarray(0, length.value))
  }

  /** All that is there, for a dead letter. */
  rest(): Buffer {
    return this.#joined()
  }

  #skipPings(): void {
    const all = this.#joined()
    const packetAt = all.findIndex((byte) => byte !== ping)
    this.#keep(packetAt < 0 ? all.subarray(all.length) : all.subarray(packetAt))
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#bytes = rest.length
    this.#wanted = 1
  }
}
