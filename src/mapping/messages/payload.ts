// A payload, read as far as a route asks for it.
import { decodeUtf8 } from '../../base/utf8.ts'
import { parseLenientJson } from '../../model/lenient-json.ts'
import { messageMappingLimits } from './limits.ts'
import type { Refusal } from './refusal.ts'

export type Payload = {
  readonly text: string
  /** Undefined where the text is no JSON. Depth costs nothing: parsing is not recursive, and pointers are as deep as the mapping says. */
  json(): unknown
}

export function openPayload(bytes: Uint8Array): Payload | Refusal {
  if (bytes.byteLength > messageMappingLimits.payloadBytes)
    return {
      reason: 'too-large',
      detail: `A payload has at most ${messageMappingLimits.payloadBytes} bytes; this one has ${bytes.byteLength}.`,
    }
  const text = decodeUtf8(bytes)
  if (text === undefined) return { reason: 'not-utf8', detail: 'The bytes of the payload are not UTF-8.' }
  let json: unknown
  let isRead = false
  return {
    text,
    json() {
      if (!isRead) json = parse(text)
      isRead = true
      return json
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return parseLenientJson(text)
  }
}
