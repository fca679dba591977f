// CAN databases (Vector's DBC, as "DBC File Format Documentation" 1.0.5 describes it): which bits
// of a frame are which signal. The part of it that reading a log needs. Invariant: a signal is told
// only where all of its bits are in the frame and its multiplexer selects it; what has a name in
// the value table is told by that name.
import { RecordingError } from '../recorded-sample.ts'

export type CanSignal = {
  readonly name: string
  /** As DBC counts: the least significant bit of an Intel signal, the most significant of a
   *  Motorola one. */
  readonly startBit: number
  readonly length: number
  readonly order: 'intel' | 'motorola'
  readonly type: 'unsigned' | 'signed' | 'float'
  readonly factor: number
  readonly offset: number
  readonly unit: string
  /** Whether others are selected by its value. */
  readonly isMultiplexer: boolean
  /** Which values of which signal select it; undefined for one that is always there. */
  readonly selectedBy: { readonly signal: string; readonly ranges: readonly (readonly [number, number])[] } | undefined
  /** The raw value from which on it is a code for "unknown". */
  readonly unknownFrom?: number | undefined
  /** By the raw value in decimal digits. */
  readonly words: ReadonlyMap<string, string>
}

export type CanMessage = {
  readonly id: number
  readonly isExtended: boolean
  readonly name: string
  readonly signals: readonly CanSignal[]
}

export type Dbc = {
  readonly messages: readonly CanMessage[]
  /** Frames of 11 and of 29 bits with the same number are two. */
  readonly find: (id: number, isExtended: boolean) => CanMessage | undefined
}

const extendedFlag = 2 ** 31
/** VECTOR__INDEPENDENT_SIG_MSG holds signals of no message. */
const independentId = 0xc0_00_00_00
/** More than any has; it is read as a whole. */
export const dbcBytesMax = 64 * 1024 * 1024

type Draft = { -readonly [Field in keyof CanSignal]: CanSignal[Field] } & { readonly multiplexText: string }

/** Parses a DBC file, in UTF-8 or, where it is none, Windows-1252. Throws a `RecordingError`
 *  (`format`) that names line and remedy for a message or signal that cannot be read: of what is
 *  not known in a database nothing is guessed. */
export function parseDbc(bytes: Uint8Array): Dbc {
  const { text, strings } = withoutStrings(decode(bytes))
  const messages = new Map<number, { readonly name: string; readonly signals: Map<string, Draft> }>()
  let signals: Map<string, Draft> | undefined
  const read = new Set<number>()
  const find = (id: string | undefined, name: string | undefined): Draft | undefined =>
    messages.get(Number(id))?.signals.get(name ?? '')

  for (const match of text.matchAll(statementPattern)) {
    read.add(match.index)
    const part = match.groups ?? {}
    if (part['message'] !== undefined) {
      signals = new Map()
      messages.set(Number(part['messageId']), { name: part['message'], signals })
    } else if (part['signal'] !== undefined) {
      if (signals === undefined) throw fault(text, match.index, 'a signal (SG_) before the first message (BO_)')
      const draft = draftOf(part, strings)
      if (draft.length < 1 || draft.length > 64 || !Number.isFinite(draft.factor) || !Number.isFinite(draft.offset))
        throw fault(
          text,
          match.index,
          `the signal ${draft.name}, which has no length of 1 to 64 bits, or no number for factor or offset`,
        )
      signals.set(draft.name, draft)
    } else if (part['words'] !== undefined) {
      const signal = find(part['wordsId'], part['wordsOf'])
      if (signal !== undefined)
        signal.words = new Map(
          [...part['words'].matchAll(/(-?\d+)\s+"(\d+)"/g)].map(([, value = '0', key]) => [
            String(BigInt(value)),
            strings[Number(key)] ?? '',
          ]),
        )
    } else if (part['floatKind'] !== undefined) {
      const signal = find(part['floatId'], part['floatOf'])
      if (signal !== undefined && part['floatKind'] !== '0') {
        if (signal.length !== (part['floatKind'] === '1' ? 32 : 64))
          throw fault(text, match.index, `the signal ${signal.name}, a floating-point number of ${signal.length} bits`)
        signal.type = 'float'
      }
    } else {
      const signal = find(part['mulId'], part['mulOf'])
      if (signal !== undefined)
        signal.selectedBy = {
          signal: part['mulBy'] ?? '',
          ranges: [...(part['ranges'] ?? '').matchAll(/(\d+)\s*-\s*(\d+)/g)].map(([, from, to]) => [
            Number(from),
            Number(to),
          ]),
        }
    }
  }
  for (const line of text.matchAll(/^[ \t]*(?=(?:SG_|BO_)[ \t])/gm)) {
    const at = line.index + line[0].length
    if (!read.has(at))
      throw fault(
        text,
        at,
        `the ${text.startsWith('SG_', at) ? 'signal' : 'message'} "${text.slice(at, at + 60).split('\n')[0]}"`,
      )
  }
  messages.delete(independentId)
  if (messages.size === 0) throw new RecordingError('format', 'there is no message (BO_) in it. Is it a DBC file?')
  const byId = new Map([...messages].map(([id, { name, signals: drafts }]) => [id, messageOf(id, name, drafts)]))
  return { messages: [...byId.values()], find: (id, isExtended) => byId.get(isExtended ? id + extendedFlag : id) }
}

const statementPattern = new RegExp(
  [
    String.raw`\bBO_\s+(?<messageId>\d+)\s+(?<message>\w+)\s*:\s*\d+\s+\w+`,
    String.raw`\bSG_\s+(?<signal>\w+)\s*(?:\s(?<multiplex>M|m\d+M?)\s*)?:\s*(?<start>\d+)\s*\|\s*(?<length>\d+)\s*@\s*(?<order>[01])\s*(?<sign>[+-])\s*` +
      String.raw`\((?<factor>[^,()]*),(?<offset>[^,()]*)\)\s*\[[^\]]*\]\s*"(?<unit>\d+)"`,
    String.raw`\bVAL_\s+(?<wordsId>\d+)\s+(?<wordsOf>\w+)\s(?<words>(?:\s*-?\d+\s+"\d+")*)\s*;`,
    String.raw`\bSIG_VALTYPE_\s+(?<floatId>\d+)\s+(?<floatOf>\w+)\s*:?\s*(?<floatKind>[0-3])\s*;`,
    String.raw`\bSG_MUL_VAL_\s+(?<mulId>\d+)\s+(?<mulOf>\w+)\s+(?<mulBy>\w+)\s+(?<ranges>[\d\s,-]+);`,
  ].join('|'),
  'g',
)

function draftOf(part: Readonly<Record<string, string | undefined>>, strings: readonly string[]): Draft {
  const multiplexText = part['multiplex'] ?? ''
  return {
    name: part['signal'] ?? '',
    startBit: Number(part['start']),
    length: Number(part['length']),
    order: part['order'] === '1' ? 'intel' : 'motorola',
    type: part['sign'] === '-' ? 'signed' : 'unsigned',
    factor: numberOf(part['factor']),
    offset: numberOf(part['offset']),
    unit: strings[Number(part['unit'])] ?? '',
    isMultiplexer: multiplexText.endsWith('M'),
    selectedBy: undefined,
    words: noWords,
    multiplexText,
  }
}

const noWords: ReadonlyMap<string, string> = new Map()
const numberOf = (text = ''): number => (text.trim() === '' ? Number.NaN : Number(text))

/** `m3` without an SG_MUL_VAL_ is selected by the one multiplexer of its message that is always
 *  there. */
function messageOf(id: number, name: string, drafts: ReadonlyMap<string, Draft>): CanMessage {
  const multiplexer = [...drafts.values()].find(({ multiplexText }) => multiplexText === 'M')
  const signals = [...drafts.values()].map(({ multiplexText, ...signal }): CanSignal => {
    const value = /^m(\d+)/.exec(multiplexText)?.[1]
    if (value === undefined || signal.selectedBy !== undefined) return signal
    return { ...signal, selectedBy: { signal: multiplexer?.name ?? '', ranges: [[Number(value), Number(value)]] } }
  })
  const isExtended = id >= extendedFlag
  return { id: isExtended ? id - extendedFlag : id, isExtended, name, signals }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** Comments and names may hold anything, also what looks like a statement, over several lines: each
 *  string becomes its number, and its lines stay. */
function withoutStrings(text: string): { readonly text: string; readonly strings: readonly string[] } {
  const strings: string[] = []
  return {
    text: text.replaceAll(
      /"((?:[^"\\]|\\[^])*)"/g,
      (_all, inside: string) =>
        `"${strings.push(inside.replaceAll(/\\(["\\])/g, '$1')) - 1}"${'\n'.repeat(inside.split('\n').length - 1)}`,
    ),
    strings,
  }
}

const fault = (text: string, at: number, what: string): RecordingError =>
  new RecordingError(
    'format',
    `line ${text.slice(0, at).split('\n').length}: ${what} cannot be read. Mend or remove it.`,
  )
