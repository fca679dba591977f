// Logs of can-utils' candump, as written by -l and -L and as shown on a terminal with -ta, -tA or
// -tz, through a CAN database. Invariant: a frame that is not whole, or that the database does not
// have, gives no value; each is counted.
import { RecordingError } from '../recorded-sample.ts'
import type { NumberedRow } from '../rows.ts'
import { signalsOf } from './can-signal.ts'
import type { Dbc } from './dbc.ts'
import { linesOf } from './lines.ts'
import { note, noted, type Notes } from './notes.ts'

type Frame = {
  readonly time: string
  readonly bus: string
  readonly idText: string
  readonly id: number
  readonly isExtended: boolean
  readonly data: Uint8Array
}

/** A row for each frame that `dbc` has: `time` as it is written (epoch seconds with a fraction, or
 *  with -tA `yyyy-MM-dd HH:mm:ss.ffffff` of the logger's zone), `bus`, `id` (hex), `message` (its
 *  name), and each signal as `MESSAGE.SIGNAL`, a number in the database's unit or the word of its
 *  value table. */
export async function* readCandump(
  bytes: AsyncIterable<Uint8Array>,
  dbc: Dbc,
  notes: Notes = new Map(),
): AsyncIterable<NumberedRow> {
  let isAnyRow = false
  let line = 0
  for await (const text of linesOf(bytes)) {
    line++
    if (text.trim() === '') continue
    const frame = frameOf(text)
    if (typeof frame === 'string') {
      note(notes, frame, line)
      continue
    }
    const message = dbc.find(frame.id, frame.isExtended)
    if (message === undefined) {
      note(notes, 'frames whose id the DBC does not have', line)
      continue
    }
    isAnyRow = true
    const row: Record<string, string> = { time: frame.time, bus: frame.bus, id: frame.idText, message: message.name }
    const values = signalsOf(message, frame.data)
    for (const [name, value] of values) row[`${message.name}.${name}`] = value
    if (values.size === 0) note(notes, 'frames too short for any signal of their message', line)
    yield { row, line }
  }
  if (isAnyRow) return
  throw new RecordingError(
    'format',
    `there is no frame in it that the DBC has${noted(notes)}. A line of candump -L looks like (1436509052.249713) can0 244#2A366C2B; is the DBC that of another car?`,
  )
}

const errorFlag = 0x20_00_00_00
const notFrames = 'lines that are no frames of candump'
const errorFrames = 'error frames, which are no data'
const remoteFrames = 'remote frames, which ask and hold no data'

/** The frame of a line; a text, which says what the line is instead, when it has no frame with
 *  data. */
function frameOf(text: string): Frame | string {
  const match = /^\s*\(([^()]{1,40})\)\s+(\S{1,40})\s+(.+)$/.exec(text)
  if (match === null) return notFrames
  const [, time = '', bus = '', rest = ''] = match
  const log = /^([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})(##[0-9A-Fa-f]|#)([^\s]*)(?:\s+[RT])?\s*$/.exec(rest)
  if (log !== null) return frameFrom(time, bus, log[1] ?? '', log[3] ?? '')
  // With -x the direction and the flags of CAN FD are before the id.
  const shown = /^(?:[RT]X\s+[-BEPX]+(?:\s+[-BEPX]+)*\s+)?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})\s+\[(\d{1,2})\]\s*(.*)$/.exec(
    rest,
  )
  if (shown === null) return notFrames
  const [, id = '', length = '', behind = ''] = shown
  if (behind.startsWith('remote request')) return remoteFrames
  // Behind the bytes may be their characters (-a) or the word ERRORFRAME.
  const bytes = /^(?:[0-9A-Fa-f]{2}(?:\s+|$))*/.exec(behind)?.[0].split(/\s+/).filter(Boolean) ?? []
  if (behind.includes('ERRORFRAME')) return errorFrames
  return bytes.length < Number(length) ? notFrames : frameFrom(time, bus, id, bytes.slice(0, Number(length)).join(''))
}

function frameFrom(time: string, bus: string, idText: string, hex: string): Frame | string {
  const id = Number.parseInt(idText, 16)
  const isExtended = idText.length === 8
  if (isExtended && id >= errorFlag) return errorFrames
  if (/^R[0-9A-Fa-f]?$/.test(hex)) return remoteFrames
  // Dots may stand between the bytes; behind an underscore is the raw length code of frames with 8
  // bytes.
  const digits = hex.replaceAll('.', '').replace(/_[9A-Fa-f]$/, '')
  if (!/^(?:[0-9A-Fa-f]{2}){0,64}$/.test(digits)) return notFrames
  return { time: time.trim(), bus, idText: idText.toUpperCase(), id, isExtended, data: Buffer.from(digits, 'hex') }
}
