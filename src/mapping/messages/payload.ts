// A payload, read as far as a route asks for it.
import { decodeUtf8 } from '../../base/utf8.ts'
import { parseLenientJson } from '../../model/lenient-json.ts'
import { messageMappingLimits } from './limits.ts'
import type { Refusal } from './refusal.ts'

/** `json` is what `readJson` found. */
export type Payload = { readonly text: string; json: unknown }

const unread = Symbol('unread')

export function openPayload(bytes: Uint8Array): Payload | Refusal {
  if (bytes.byteLength > messageMappingLimits.payloadBytes)
    return {
      reason: 'too-large',
      detail: `A payload has at most ${messageMappingLimits.payloadBytes} bytes; this one has ${bytes.byteLength}.`,
    }
  const text = decodeUtf8(bytes)
  return text === undefined ? { reason: 'not-utf8', detail: 'The bytes of the payload are not UTF-8.' } : { text, json: unread }
}

/** Undefined where the text is no JSON. Depth costs nothing: parsing is not recursive, and pointers are as deep as the mapping says. */
export function readJson(payload: Payload): unknown {
  if (payload.json === unread) payload.json = parse(payload.text)
  return payload.json
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return parseLenientJson(text)
  }
}
