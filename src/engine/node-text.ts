// UTF-8 by Node.
import { decodeUtf8 } from '../base/utf8.ts'
import type { HostText } from './host.ts'

export const nodeText: HostText = {
  encode: (text) => Buffer.from(text),
  decode: decodeUtf8,
  decodeLoosely: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
}
