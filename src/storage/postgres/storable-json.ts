// JSON that PostgreSQL can keep. Its text holds no U+0000 and its jsonb no half of a surrogate
// pair, both of which a car may send; they become U+FFFD here. The log keeps the bytes as they
// came.

const suspicious = /\\u(?:0000|[dD][89a-fA-F])/

/** JSON text of the value. Throws what JSON.stringify throws. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  // JSON.stringify writes only these characters as such escapes; an escaped backslash before a `u`
  // costs a second look, no more.
  return suspicious.test(text) ? JSON.stringify(mended(value)) : text
}

/** The same of JSON text, which must parse. */
export const storableText = (json: string): string =>
  suspicious.test(json) ? JSON.stringify(mended(JSON.parse(json))) : json

/** The same of a text that is a value of its own. */
export const mendedText = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')

function mended(value: unknown): unknown {
  if (typeof value === 'string') return mendedText(value)
  if (Array.isArray(value)) return value.map(mended)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [mendedText(name), mended(part)]))
}
