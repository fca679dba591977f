// Traces of OpenXC (openxcplatform.com, "trace file format"): a JSON object a line, each a value of
// one kind. Raw CAN and diagnostic messages in them are counted, not taken.
import { RecordingError } from '../recorded-sample.ts'
import type { NumberedRow } from '../rows.ts'
import { linesOf } from './lines.ts'
import { note, noted, type Notes } from './notes.ts'

/** A row for each message: `timestamp` (epoch seconds with a fraction), and a field of the
 *  message's name with its value as text (`null` is empty). One with an event, such as
 *  `{"name": "door_status", "value": "driver", "event": true}`, has it as the field
 *  `door_status.driver`. */
export async function* readOpenxc(
  bytes: AsyncIterable<Uint8Array>,
  notes: Notes = new Map(),
): AsyncIterable<NumberedRow> {
  let isAnyRow = false
  let line = 0
  for await (const text of linesOf(bytes)) {
    line++
    const trimmed = text.trim()
    if (trimmed === '') continue
    const row = rowOf(trimmed)
    if (row === undefined) continue
    if (typeof row === 'string') note(notes, row, line)
    else {
      isAnyRow = true
      yield { row, line }
    }
  }
  if (isAnyRow) return
  throw new RecordingError(
    'format',
    `there is no line like {"timestamp": 1332432977.835, "name": "vehicle_speed", "value": 42.5} in it${noted(notes)}. Is it another kind of file?`,
  )
}

/** The row of a message; a text, which says what the message is instead, when it is not of one
 *  value; undefined for the metadata that may stand first. */
function rowOf(text: string): Record<string, string> | string | undefined {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return 'lines that are no JSON'
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return 'lines that are no JSON object'
  const { timestamp, name, value, event } = message as Record<string, unknown>
  if ('metadata' in message) return undefined
  if (typeof name !== 'string')
    return 'id' in message ? 'CAN and diagnostic messages, which are not taken' : 'messages without a "name"'
  if (typeof timestamp !== 'number') return 'messages without a "timestamp" in seconds'
  const told = textOf(event === undefined ? value : event)
  if (told === undefined) return 'messages whose value or event is no number, text or truth value'
  return { [event === undefined ? name : `${name}.${textOf(value) ?? ''}`]: told, timestamp: String(timestamp) }
}

function textOf(value: unknown): string | undefined {
  if (value === null) return ''
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
    ? String(value)
    : undefined
}
