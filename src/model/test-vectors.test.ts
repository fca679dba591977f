// The messages of clients/test-vectors.json, which clients in other languages are held against too.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseMessage } from './message-codec.ts'

type Vector = { name: string; text?: string; padTo?: number; base64?: string; taken?: object; refused?: string }

const { vectors } = JSON.parse(readFileSync(new URL('../../clients/test-vectors.json', import.meta.url), 'utf8')) as {
  vectors: Vector[]
}

for (const { name, text = '', padTo = 0, base64, taken, refused } of vectors)
  test(`${name} is ${refused === undefined ? 'taken' : `refused for ${refused}`}`, () => {
    const parsed = parseMessage(base64 === undefined ? Buffer.from(text.padEnd(padTo)) : Buffer.from(base64, 'base64'))
    assert.deepEqual(
      parsed.ok ? { taken: parsed.value } : { refused: parsed.reason },
      refused === undefined ? { taken } : { refused },
    )
  })

test('every reason for which a message is refused has a vector', () => {
  const reasons = new Set(vectors.map(({ refused }) => refused))
  for (const reason of ['too-large', 'not-utf8', 'not-json', 'shape', 'boot', 'seq', 'samples', 'burst', 'event'])
    assert.ok(reasons.has(reason), reason)
})
