import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { homeAssistantLimits } from './home-assistant-limits.ts'

test('docs/home-assistant.md lists every limit with its default', () => {
  const text = readFileSync(new URL('../../docs/home-assistant.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `(\w+)` \| ([\d,]+) \|$/gm)].map(([, name, value]) => [
    name,
    Number(value!.replaceAll(',', '')),
  ])
  assert.deepEqual(Object.fromEntries(listed), homeAssistantLimits)
})
