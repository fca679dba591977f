// UTF-8 by Node.
import type { HostText } from './host.ts'

const strict = new TextDecoder('utf-8', { fatal: true })

export const nodeText: HostText = {
  encode: (text) => Buffer.from(text),
  decode(bytes) {
    try {
      return strict.decode(bytes)
    } catch {
      return undefined
    }
  },
  decodeLoosely: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
}
