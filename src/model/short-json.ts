// The beginning of a value's JSON, for people who look for what was wrong with it. Bounded in
// length and depth, whatever the value: JSON.stringify is recursive, and a list in a list in a list
// … ends it.
import { notANumber } from './lenient-json.ts'

const levelsMax = 3
const itemsMax = 8

/** At most `chars` characters; what is left out shows as an ellipsis. Never throws for what
 *  JSON.parse gives. */
export function shortJson(value: unknown, chars: number): string {
  const text = write(value, chars, levelsMax)
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`
}

function write(value: unknown, chars: number, levels: number): string {
  if (typeof value === 'string') return JSON.stringify(value.length > chars ? `${value.slice(0, chars)}…` : value)
  if (typeof value === 'number' && !Number.isFinite(value)) return write(notANumber, chars, levels)
  if (typeof value !== 'object' || value === null) return String(value)
  const isList = Array.isArray(value)
  if (levels === 0) return isList ? '[…]' : '{…}'
  const object: object = value
  const keys = isList ? [...value.slice(0, itemsMax).keys()] : Object.keys(object)
  const items = keys.slice(0, itemsMax).map((key) => {
    const item = write((object as Readonly<Record<number | string, unknown>>)[key], chars, levels - 1)
    return isList ? item : `${JSON.stringify(String(key).slice(0, chars))}:${item}`
  })
  if ((isList ? value.length : keys.length) > itemsMax) items.push('…')
  return isList ? `[${items.join(',')}]` : `{${items.join(',')}}`
}
