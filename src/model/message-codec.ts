// JSON messages as bytes, both ways. `parseMessage` takes bytes from anyone: whatever they hold, it
// gives a message or a reason.
import type { Result } from '../base/errors.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import { messageLimits, parseMessageText, type MessageRefusal } from './message-check.ts'
import type { Message } from './message.ts'

/** Parses the JSON form of a message. Never throws; the reasons are those of `MessageRefusal`. */
export const parseMessage = (bytes: Uint8Array): Result<Message, MessageRefusal> =>
  parseMessageText(bytes.byteLength > messageLimits.bytes ? undefined : decodeUtf8(bytes), bytes.byteLength)

/** The JSON form of a message in UTF-8. Small ones share memory, as a Buffer's bytes do: making an
 *  array for each costs more than making its text. */
export const encodeMessage = (message: Message): Uint8Array => Buffer.from(JSON.stringify(message))
