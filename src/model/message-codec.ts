// JSON messages as bytes, both ways. `parseMessage` takes bytes from anyone: whatever they hold, it gives a message or a reason.
import type { Result } from '../base/errors.ts'
import { messageLimits, parseMessageText, type MessageRefusal } from './message-check.ts'
import type { Message } from './message.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Parses the JSON form of a message. Never throws; the reasons are those of `MessageRefusal`. */
export const parseMessage = (bytes: Uint8Array): Result<Message, MessageRefusal> =>
  parseMessageText(bytes.byteLength > messageLimits.bytes ? undefined : textOf(bytes), bytes.byteLength)

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The JSON form of a message in UTF-8. */
export const encodeMessage = (message: Message): Uint8Array => new TextEncoder().encode(JSON.stringify(message))
