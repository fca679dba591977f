// Messages of other publishers are never taken for messages of ours: their topics are no uplink
// topics, and their payloads are refused on one.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseMessageText } from './message-check.ts'
import { parseUplinkTopic } from './topic.ts'

const dialects = fileURLToPath(new URL('../../../shared/dialects/', import.meta.url))
const skip = existsSync(dialects) ? false : 'the examples of other publishers are not beside this checkout'

type Example = {
  readonly messages: readonly { readonly topic?: string; readonly payload?: string; readonly hex?: string }[]
}

test('no message of another publisher is taken for one of ours, whatever its topic', { skip }, () => {
  const files = readdirSync(dialects).filter((file) => file.endsWith('.json'))
  assert.ok(files.length >= 19)
  for (const file of files)
    for (const { topic, payload, hex } of (JSON.parse(readFileSync(dialects + file, 'utf8')) as Example).messages) {
      if (topic !== undefined) assert.equal(parseUplinkTopic(topic).ok, false, `${file}: ${topic}`)
      const text = payload ?? Buffer.from(hex ?? '', 'hex').toString('latin1')
      assert.equal(parseMessageText(text, Buffer.byteLength(text)).ok, false, `${file}: ${text}`)
    }
})
