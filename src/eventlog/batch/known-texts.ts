// Texts that are read from bytes again and again, such as the keys of vehicles: each is decoded
// once and found by its bytes from then on.

/** A power of two. Beyond it texts take each other's place. */
const places = 8_192
/** In bytes; longer ones are decoded each time. */
const lengthMax = 128
const known: (string | undefined)[] = Array.from({ length: places })

/** The UTF-8 text of bytes [start, end). */
export function knownText(bytes: Buffer, start: number, end: number): string {
  if (end - start > lengthMax) return bytes.toString('utf8', start, end)
  // FNV-1a, of 32 bits.
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  const place = (hash ^ (hash >>> 15)) & (places - 1)
  const text = known[place]
  if (text !== undefined && isTextOf(text, bytes, start, end)) return text
  const decoded = bytes.toString('utf8', start, end)
  // A text of more than ASCII has other characters than bytes, and would never be found.
  if (decoded.length === end - start) known[place] = decoded
  return decoded
}

function isTextOf(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let at = start, index = 0; at < end; at++, index++) if (text.charCodeAt(index) !== bytes[at]) return false
  return true
}
