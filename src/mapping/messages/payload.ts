// A payload, read as far as the routes ask for it, and each way once: births of Sparkplug are
// remembered as they are read.
import { decodeUtf8 } from '../../base/utf8.ts'
import { decodeBinary, type BinaryForm } from '../binary/decode-binary.ts'
import { rebirthBy, type Rebirth } from '../binary/sparkplug/rebirth.ts'
import { readSparkplug } from '../binary/sparkplug/session.ts'
import type { Packing } from '../binary/unpack.ts'
import { parseJsonText } from '../../model/lenient-json.ts'
import type { ForeignMessage, Memory } from '../foreign.ts'
import { messageMappingLimits } from './limits.ts'
import type { MappingRefusal } from './refusal.ts'
import { rememberedIn } from './remembered.ts'

/** A payload, with what was found in it kept beside it. */
export type Payload = {
  readonly bytes: Uint8Array
  readonly address: string
  readonly memory: Memory
  readonly receivedAt: number
  text?: string | MappingRefusal
  json?: unknown
  trees?: Map<string, PayloadTree>
  rebirth?: Rebirth | undefined
}

/** `aside`: what of it could not be read, where the rest stands. */
export type PayloadTree = { readonly tree: unknown; readonly aside?: MappingRefusal } | MappingRefusal

export function openPayload(
  { payload: bytes, address, receivedAt }: ForeignMessage,
  memory: Memory,
): Payload | MappingRefusal {
  if (bytes.byteLength <= messageMappingLimits.payloadBytes) return { bytes, address, memory, receivedAt }
  return {
    reason: 'too-large',
    detail: `A payload has at most ${messageMappingLimits.payloadBytes} bytes; this one has ${bytes.byteLength}.`,
  }
}

export const readText = (payload: Payload): string | MappingRefusal =>
  (payload.text ??= decodeUtf8(payload.bytes) ?? {
    reason: 'not-utf8',
    detail: 'The bytes of the payload are not UTF-8.',
  })

const noJson: MappingRefusal = { reason: 'not-json', detail: 'The payload is no JSON.' }

/** Pointers into it are as deep as the mapping says. */
export function readJson(payload: Payload): PayloadTree {
  const text = readText(payload)
  if (typeof text !== 'string') return text
  payload.json ??= parseJsonText(text)
  return payload.json === undefined ? noJson : { tree: payload.json }
}

export function readBinary(payload: Payload, form: BinaryForm, packing: Packing): PayloadTree {
  payload.trees ??= new Map()
  const key = `${form} ${packing}`
  const known = payload.trees.get(key)
  if (known !== undefined) return known
  const read = form === 'sparkplug-b' ? sparkplug(payload) : plain(payload, form, packing)
  payload.trees.set(key, read)
  return read
}

function plain({ bytes }: Payload, form: BinaryForm, packing: Packing): PayloadTree {
  const decoded = decodeBinary(form, bytes, packing)
  return decoded.ok
    ? { tree: decoded.value.tree }
    : { reason: decoded.reason, detail: `As ${form} (${packing}): ${decoded.detail}` }
}

function sparkplug(payload: Payload): PayloadTree {
  const { bytes, address, receivedAt } = payload
  const memory = (rememberedIn(payload.memory).sparkplug ??= {})
  const read = readSparkplug(memory, address, bytes)
  payload.rebirth = rebirthBy(memory, address, read, receivedAt)
  if (!read.ok) return { reason: read.reason, detail: read.detail }
  const tree = read.value
  const aside = tree['setAside'] as readonly { readonly reason: string }[]
  if (aside.length === 0) return { tree }
  const reasons = [...new Set(aside.map(({ reason }) => reason))].join(', ')
  return {
    tree,
    aside: { reason: 'set-aside', detail: `Metrics that could not be read: ${aside.length} (${reasons}).` },
  }
}
