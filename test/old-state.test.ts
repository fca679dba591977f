// Parts of the jobs' state in forms of before are read as what they were. old-data/README.md says
// how they were made.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isInColumns } from '../src/engine/column-reader.ts'
import { motionCodec } from '../src/jobs/crash/motion-codec.ts'
import { groupCodec } from '../src/jobs/trips/group-codec.ts'
import { copyOf, type DriveSample } from '../src/jobs/trips/drive-sample.ts'
import { minuteCodec } from '../src/jobs/trips/minute-codec.ts'
import type { Minute } from '../src/jobs/trips/minute.ts'
import { SampleRows } from '../src/jobs/trips/sample-rows.ts'

type Kept = { readonly bytes: string; readonly part: unknown }

/** NaN, −0, maps and bytes are words there, as JSON has none. */
function revived(_: string, value: unknown): unknown {
  if (value === 'NaN') return NaN
  if (value === '-0') return -0
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if ('map' in value) return new Map(value.map as [number, unknown][])
  if ('base64' in value) return new Uint8Array(Buffer.from(String(value.base64), 'base64'))
  return 'each' in value && 'length' in value ? new Uint8Array(Number(value.length)).fill(Number(value.each)) : value
}

const kept = JSON.parse(readFileSync(new URL('old-data/parts.json', import.meta.url), 'utf8'), revived) as Readonly<
  Record<'minute' | 'group' | 'motion', readonly Kept[]>
>

/** Whatever the part. */
type AnyCodec = { encode(part: unknown): Uint8Array; decode(bytes: Uint8Array): unknown }

/** Minutes with their samples as a list. */
const minutes = {
  encode: (part: Omit<Minute, 'samples'> & { readonly samples: readonly DriveSample[] }): Uint8Array =>
    minuteCodec.encode({ ...part, samples: SampleRows.of(part.samples) }),
  decode(bytes: Uint8Array) {
    const part = minuteCodec.decode(bytes)
    return { ...part, samples: part.samples.list().map(copyOf) }
  },
}

for (const [family, codec] of [
  ['minute', minutes as AnyCodec],
  ['group', groupCodec as AnyCodec],
  ['motion', motionCodec as AnyCodec],
] as const)
  test(`a ${family} in its form before columns is read, and is the same in columns`, () => {
    assert.ok(kept[family].length >= 2)
    for (const { bytes, part } of kept[family]) {
      const former = new Uint8Array(Buffer.from(bytes, 'base64'))
      assert.ok(!isInColumns(former))
      const read = codec.decode(former)
      assert.deepEqual(read, part)
      const now = codec.encode(read)
      assert.ok(isInColumns(now))
      assert.deepEqual(codec.decode(now), part)
    }
  })
