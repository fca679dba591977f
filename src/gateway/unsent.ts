// Packets that are unsent to a client: all that is sent to it during a tick leaves at its end, in
// one piece unless that would copy much. There is one only as long as there is something in it.
import type { ClientStream } from './transport/client-stream.ts'

/** Packets up to this size are joined into one write. */
const joinBytesMax = 64 * 1024

export class Unsent {
  readonly #packets: Buffer[] = []
  bytes = 0

  add(packet: Buffer): void {
    this.#packets.push(packet)
    this.bytes += packet.length
  }

  writeTo(stream: Pick<ClientStream, 'write' | 'cork' | 'uncork'>): void {
    if (this.#packets.length === 1) stream.write(this.#packets[0]!)
    else if (this.bytes <= joinBytesMax) stream.write(Buffer.concat(this.#packets, this.bytes))
    else {
      stream.cork()
      for (const packet of this.#packets) stream.write(packet)
      stream.uncork()
    }
  }
}
