// The last value that a key said of each output, so that what holds may be said again and again,
// and only changes come out. A digest stands for the value. Bounded: what was said longest ago is
// forgotten first, and would be said once more, which changes nothing.
import { jsonCodec } from './part-codec.ts'

/** The digest of the last value by output, the one said longest ago first. */
export type Said = Map<string, string>

export const saidMaxUsual = 64

export const saidCodec = (() => {
  const entries = jsonCodec<readonly (readonly [string, string])[]>()
  return {
    form: 'text',
    encode: (said: Said): string => entries.encode([...said]),
    decode: (text: string): Said => new Map(entries.decode(text)),
  } as const
})()

/** Takes in that `text` is said of an output at an instant, empty when it is deleted; false when
 *  that is what was said last. */
export function saysAnew(
  said: Said,
  output: string,
  { at, text }: { readonly at: number; readonly text: string },
  max: number,
): boolean {
  if (text === '') {
    said.delete(output)
    return true
  }
  const digest = digestOf([`${at} `, text])
  const same = said.get(output) === digest
  said.delete(output)
  said.set(output, digest)
  if (said.size > max) for (const oldest of said.keys()) if (said.size > max) said.delete(oldest)
  return !same
}

/** Of texts one behind the other: to put them together would copy them. By cyrb53 (bryc, public
 *  domain), 53 bits: two multiplicative hashes side by side. */
function digestOf(texts: readonly string[]): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (const text of texts)
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      a = Math.imul(a ^ code, 0x9e3779b1)
      b = Math.imul(b ^ code, 0x5f356495)
    }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return (0x1_0000_0000 * (b & 0x1f_ffff) + (a >>> 0)).toString(36)
}
