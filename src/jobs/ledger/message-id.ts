// Which message a refused payload was, if that can still be read.
import type { MessageId } from '../../model/message.ts'

const bootPattern = /^[0-9a-f]{16}$/

/** Boot and seq of a payload that is JSON but no message; null when they cannot be read. */
export function readMessageId(text: string): MessageId | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof json !== 'object' || json === null || !('boot' in json) || !('seq' in json)) return null
  const { boot, seq } = json
  if (typeof boot !== 'string' || !bootPattern.test(boot)) return null
  return typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 ? { boot, seq } : null
}
