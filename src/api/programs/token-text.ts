// The text of a program's token: `rs_`, 32 random letters and digits (190 bits), and six that are
// the checksum of those before. So scanners for secrets that lie about tell one from any other
// text, and what was mistyped is refused without a look at the store.
import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const prefix = 'rs_'
const randomChars = 32
const sumChars = 6
const pattern = new RegExp(`^${prefix}[0-9A-Za-z]{${randomChars + sumChars}}$`)

export function newTokenText(): string {
  const body = prefix + randomLetters(randomChars)
  return body + checksum(body)
}

export const isTokenText = (text: string): boolean =>
  pattern.test(text) && checksum(text.slice(0, -sumChars)) === text.slice(-sumChars)

/** Bytes that would make some letters more frequent than others are passed over. */
function randomLetters(count: number): string {
  const fair = Math.floor(256 / letters.length) * letters.length
  let text = ''
  while (text.length < count)
    for (const byte of randomBytes(count))
      if (byte < fair && text.length < count) text += letters.charAt(byte % letters.length)
  return text
}

function checksum(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let place = 0; place < sumChars; place++) {
    text = letters.charAt(rest % letters.length) + text
    rest = Math.floor(rest / letters.length)
  }
  return text
}
