import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBinary } from './decode-binary.ts'
import { readSparkplug, type SparkplugMemory } from './sparkplug/session.ts'
import { seeded } from '../../base/seeded.testing.ts'
import { hostileForms, hostilePayload, sparkplugTopic, wholePayloads } from './hostile.testing.ts'

const seed = 20_260_304
const payloads = 10_000

for (const form of hostileForms)
  test(`of ${payloads} payloads that are changed at random none is thrown at: ${form}`, () => {
    const random = seeded(seed)
    const outcomes = new Map<string, number>()
    for (let index = 0; index < payloads; index++) {
      const { packing, bytes } = hostilePayload(form, random)
      const before = Buffer.from(bytes)
      const decoded = decodeBinary(form, bytes, packing)
      assert.ok(bytes.equals(before), 'the payload itself was changed')
      const outcome = decoded.ok ? 'ok' : decoded.reason
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      // The tree holds what JSON can say, and grows with the bytes.
      if (decoded.ok)
        assert.ok(
          JSON.stringify(decoded.value.tree).length < 3000 + 400 * bytes.length,
          `seed ${seed}, payload ${index}`,
        )
      else assert.ok(decoded.detail.length > 0)
    }
    for (const wanted of ['ok', 'cut', 'malformed', 'not-packed'])
      assert.ok((outcomes.get(wanted) ?? 0) > 0, `none was ${wanted}`)
  })

test(`of ${payloads} messages of Sparkplug that are changed at random none is thrown at, and what is remembered stays JSON`, () => {
  const random = seeded(seed)
  let memory: SparkplugMemory = {}
  let taken = 0
  for (let index = 0; index < payloads; index++) {
    if (readSparkplug(memory, sparkplugTopic(random), hostilePayload('sparkplug-b', random).bytes).ok) taken++
    if (index % 100 === 0) {
      const again = JSON.parse(JSON.stringify(memory)) as SparkplugMemory
      assert.deepEqual(again, memory)
      memory = again
    }
  }
  assert.ok(taken > payloads / 20)
})

test('the tree of a payload stays as it is when its bytes are used again', () => {
  for (const { form, bytes } of wholePayloads) {
    const used = Buffer.from(bytes)
    const decoded = decodeBinary(form, used)
    const before = JSON.stringify(decoded)
    used.fill(0)
    assert.equal(JSON.stringify(decoded), before)
  }
})
