// The bytes of a request's body, as long as they stay within a bound and within what all bodies
// together may take.
import type { IncomingMessage } from 'node:http'

export type Room = {
  readonly bytesMax: number
  /** Takes so many bytes more of what there is room for; false when there is none. */
  take(bytes: number): boolean
}

/** Gives the bytes, or why they are not read on; undefined when the client left. The bytes `take`
 *  was asked for are held by the caller then. */
export async function readBody(
  request: IncomingMessage,
  { bytesMax, take }: Room,
): Promise<Buffer | 'too-large' | 'busy' | undefined> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > bytesMax) return 'too-large'
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    // A refused client is still to be answered on the connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > bytesMax) return 'too-large'
      if (!take(chunk.length)) return 'busy'
      chunks.push(chunk)
    }
  } catch {
    // It ended before its body did.
    return undefined
  }
  return Buffer.concat(chunks)
}
