// Payloads that no publisher would send: whole ones, changed at random, and bytes out of nowhere.
// The same for the same seed.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { BinaryForm } from './decode-binary.ts'
import { encodeFrame, encodeSnappy, sealFrame, testRecord, type TestRecord } from './encoders.testing.ts'
import type { Packing } from './unpack.ts'

export type Hostile = { readonly form: BinaryForm; readonly packing: Packing; readonly bytes: Buffer }

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`samples/${name}.json`, import.meta.url), 'utf8'))
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

const record: TestRecord = {
  ...testRecord,
  io: [
    [239, Buffer.of(1)],
    [66, Buffer.of(54, 26)],
    [16, Buffer.of(11, 47, 96, 177)],
    [11, Buffer.alloc(8, 7)],
  ],
}
const imei = Buffer.concat([Buffer.of(0, 15), Buffer.from('861230000000007')])

const messages = (
  sample('protobuf-vectors') as { readonly messages: readonly { readonly form: BinaryForm; readonly hex: string }[] }
).messages.map((message) => ({ form: message.form, bytes: hex(message.hex) }))
const sparkplug = Object.values(sample('sparkplug-vectors') as Readonly<Record<string, readonly string[]>>)
  .flat()
  .map((text) => ({ form: 'sparkplug-b' as const, bytes: hex(text) }))
const frames = [
  imei,
  encodeFrame('8', [record, record]),
  encodeFrame('8E', [{ ...record, io: [...record.io, [256, Buffer.from('A VIN')]] }]),
  encodeFrame('16', [record]),
].map((bytes) => ({ form: 'teltonika' as const, bytes }))

/** Whole ones, by their forms. */
export const wholePayloads: readonly { readonly form: BinaryForm; readonly bytes: Buffer }[] = [
  ...messages,
  ...sparkplug,
  ...frames,
]

const wholeOf = Map.groupBy(wholePayloads, ({ form }) => form)

export const hostileForms = [...wholeOf.keys()]

/** `random`: from 0 to below 1. Frames of Teltonika get a checksum that is right every other time,
 *  so that what lies behind it is reached. */
export function hostilePayload(form: BinaryForm, random: () => number): Hostile {
  const own = wholeOf.get(form) ?? []
  const draw = (below: number): number => Math.floor(random() * below)
  const packing = random() < 0.8 ? 'none' : random() < 0.5 ? 'snappy' : 'gzip'
  let bytes = random() < 0.1 ? noise(draw(200), random) : (own[draw(own.length)]?.bytes ?? Buffer.of())
  for (let changes = draw(4); changes > 0; changes--) bytes = changed(bytes, draw, random)
  if (form === 'teltonika' && random() < 0.5) bytes = sealFrame(bytes.subarray(8, -4))
  if (packing === 'none') return { form, packing, bytes }
  const packed = packing === 'gzip' ? gzipSync(bytes) : encodeSnappy(bytes.length === 0 ? [] : [bytes], bytes.length)
  return { form, packing, bytes: random() < 0.5 ? packed : changed(packed, draw, random) }
}

const noise = (length: number, random: () => number): Buffer =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))

function changed(bytes: Buffer, draw: (below: number) => number, random: () => number): Buffer {
  const at = draw(bytes.length + 1)
  const end = at + draw(bytes.length - at + 1)
  const before = bytes.subarray(0, at)
  switch (draw(7)) {
    case 0:
      return before
    case 1:
      return Buffer.concat([before, noise(1, random), bytes.subarray(at + 1)])
    case 2:
      return Buffer.concat([before, Buffer.of((bytes[at] ?? 0) ^ (1 << draw(8))), bytes.subarray(at + 1)])
    case 3:
      return Buffer.concat([before, noise(draw(9), random), bytes.subarray(at)])
    case 4:
      return Buffer.concat([before, bytes.subarray(end)])
    case 5:
      return Buffer.concat([bytes, bytes.subarray(at, end)])
    default:
      return Buffer.concat([before, Buffer.alloc(1 + draw(10), 0xff), bytes.subarray(at)])
  }
}

const kinds = ['NBIRTH', 'NDATA', 'DBIRTH', 'DDATA', 'DDEATH', 'NDEATH']

/** A topic of one edge node and few devices. */
export function sparkplugTopic(random: () => number): string {
  const kind = kinds[Math.floor(random() * kinds.length)] ?? ''
  return `spBv1.0/group/${kind}/node${kind.startsWith('D') ? `/d${Math.floor(random() * 3)}` : ''}`
}
