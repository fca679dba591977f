// Hostile payloads for each decoder of binary forms: does it ever throw, what does one take at
// most, does what it takes grow with the bytes, and what is left of memory. SEED repeats a run,
// PAYLOADS changes its length.
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { decodeBinary, type BinaryForm } from '../src/mapping/binary/decode-binary.ts'
import { readSparkplug, type SparkplugMemory } from '../src/mapping/binary/sparkplug/session.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { hostileForms, hostilePayload, sparkplugTopic, wholePayloads } from '../src/mapping/binary/hostile.testing.ts'
import type { Packing } from '../src/mapping/binary/unpack.ts'

export const title = 'Binary forms: hostile payloads for each decoder'

const payloads = Number(process.env['PAYLOADS'] ?? 100_000)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))

export async function run(): Promise<void> {
  console.log(`  seed ${seed}, ${payloads.toLocaleString('en')} payloads each`)
  for (const form of hostileForms) await fuzz(form, (payload) => decodeBinary(form, payload.bytes, payload.packing).ok)
  const memory: SparkplugMemory = {}
  const random = seeded(seed + 1)
  await fuzz(
    'sparkplug-b',
    ({ bytes }) => readSparkplug(memory, sparkplugTopic(random), bytes).ok,
    'sparkplug-b, in session',
  )
  console.log(`  what its memory holds afterwards: ${JSON.stringify(memory).length.toLocaleString('en')} bytes of JSON`)
  for (const { form, bytes } of longest()) speed(form, bytes)
  for (const [name, form, packing, bytes] of traps()) trap(name, form, packing, bytes)
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const heapBytes = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

async function fuzz(
  form: BinaryForm,
  decode: (payload: ReturnType<typeof hostilePayload>) => boolean,
  name: string = form,
): Promise<void> {
  const random = seeded(seed)
  const before = heapBytes()
  let taken = 0
  let slowestMs = 0
  let spentMs = 0
  for (let index = 0; index < payloads; index++) {
    const payload = hostilePayload(form, random)
    const beganAt = performance.now()
    try {
      if (decode(payload)) taken++
    } catch (error) {
      assert.fail(`seed ${seed}, payload ${index} of ${name}: ${String(error)}: ${payload.bytes.toString('hex')}`)
    }
    const tookMs = performance.now() - beganAt
    spentMs += tookMs
    slowestMs = Math.max(slowestMs, tookMs)
  }
  // Memory that zlib holds of gzip that was none goes at the next turn.
  await turn()
  console.log(
    `  ${name}: nothing thrown, ${taken.toLocaleString('en')} taken, ${((spentMs / payloads) * 1000).toFixed(1)} µs each, ${slowestMs.toFixed(1)} ms at most, heap ${((heapBytes() - before) / 1e6).toFixed(1)} MB more`,
  )
}

/** The longest whole payload of each form. */
const longest = () =>
  hostileForms.map((form) => ({
    form,
    bytes: wholePayloads
      .filter((payload) => payload.form === form)
      .reduce((a, b) => (b.bytes.length > a.bytes.length ? b : a)).bytes,
  }))

/** Protobuf one after another is one message again: the same payload, 16 and 256 times as long,
 *  should take as much for each byte. */
function speed(form: BinaryForm, bytes: Buffer): void {
  if (form === 'teltonika') return
  const figures = [1, 16, 256].map((times) => {
    const payload = Buffer.concat(Array<Buffer>(times).fill(bytes))
    const rounds = Math.ceil(20_000_000 / payload.length)
    let isTaken = true
    const beganAt = performance.now()
    for (let round = 0; round < rounds; round++) isTaken &&= decodeBinary(form, payload).ok
    const nsPerByte = ((performance.now() - beganAt) * 1e6) / rounds / payload.length
    return `${payload.length.toLocaleString('en')} bytes: ${isTaken ? '' : 'refused, '}${nsPerByte.toFixed(1)} ns a byte`
  })
  console.log(`  ${form}: ${figures.join('; ')}`)
}

const mebibyte = 1_048_576
const varint = (value: number): readonly number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]

/** Small bytes, or long ones, that mean much. */
function traps(): readonly (readonly [name: string, form: BinaryForm, packing: Packing, bytes: Buffer])[] {
  const nested = (depth: number, length: number): Buffer => {
    let bytes = Buffer.alloc(length, Buffer.of(0x18, 1))
    for (let level = 0; level < depth; level++)
      bytes = Buffer.concat([
        Buffer.of(level % 2 === 0 ? 0x12 : 0x92, ...(level % 2 === 0 ? [] : [1]), ...varint(bytes.length)),
        bytes,
      ])
    return bytes
  }
  return [
    ['empty messages', 'tesla-fleet-telemetry', 'none', Buffer.alloc(mebibyte, Buffer.of(0x0a, 0))],
    ['empty metrics', 'sparkplug-b', 'none', Buffer.alloc(mebibyte, Buffer.of(0x12, 0))],
    ['entries of a map', 'kuksa-v2', 'none', Buffer.alloc(mebibyte, Buffer.of(0x0a, 0))],
    ['one value again and again', 'fleetwise', 'none', Buffer.alloc(mebibyte, Buffer.of(0x18, 1))],
    ['unknown fields', 'fleetwise', 'none', Buffer.alloc(mebibyte, Buffer.of(0x78, 1))],
    ['metrics in templates, 29 deep', 'sparkplug-b', 'none', nested(29, mebibyte - 200)],
    [
      'one text',
      'fleetwise',
      'none',
      Buffer.concat([Buffer.of(0x0a, ...varint(mebibyte - 5)), Buffer.alloc(mebibyte - 5, 'a')]),
    ],
    ['a gzip of 100 MB of zeros', 'fleetwise', 'gzip', gzipSync(Buffer.alloc(100_000_000))],
    ['a snappy block that says 4 GB', 'fleetwise', 'snappy', Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0)],
    [
      'a snappy block of copies of one byte',
      'fleetwise',
      'snappy',
      Buffer.concat([
        Buffer.of(...varint(1 + 64 * 16_383)),
        Buffer.of(0, 1),
        Buffer.alloc(3 * 16_383, Buffer.of(0xfe, 1, 0)),
      ]),
    ],
  ]
}

function trap(name: string, form: BinaryForm, packing: Packing, bytes: Buffer): void {
  const before = heapBytes()
  const beganAt = performance.now()
  const decoded = decodeBinary(form, bytes, packing)
  const tookMs = performance.now() - beganAt
  const heldMb = (process.memoryUsage().heapUsed - before) / 1e6
  console.log(
    `  ${bytes.length.toLocaleString('en')} bytes, ${name}: ${decoded.ok ? 'taken' : decoded.reason} in ${tookMs.toFixed(1)} ms, heap ${heldMb.toFixed(1)} MB more until it is collected`,
  )
}
