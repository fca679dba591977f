// The stream of bytes below a connection. A TCP and a TLS socket of Node are it as they
// come, so that plain TCP pays nothing for the other transports.
import type { ClientTransport } from '../../model/client-session.ts'
import type { VehicleCertificate } from './vehicle-certificate.ts'

/** Bytes go out by `write` and come in by whatever listens to the stream (welcome.ts). */
export interface ClientStream {
  /** Bytes written and not yet taken by the system. Once it was high and is 0 again, `drain` is
   *  told. */
  readonly writableLength: number
  /** Of the client, or of whoever a trusted proxy says it is. Looked up when asked for; undefined
   *  once the connection is gone. */
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  /** For operators: absent means plain TCP, and bytes that are not counted. */
  readonly transport?: ClientTransport
  /** Who the client's certificate says it is. */
  readonly certificate?: VehicleCertificate | undefined
  readonly bytesRead?: number
  readonly bytesWritten?: number
  pause(): unknown
  resume(): unknown
  write(bytes: Buffer): unknown
  cork(): void
  uncork(): void
  /** Says that nothing more will be written, and goes on reading: the client can hear the last
   *  words before it ends too. */
  end(): unknown
  /** Ends once everything written is out. */
  destroySoon(): void
  destroy(): unknown
}
