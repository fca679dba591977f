// The table of limits that operators read says what the code does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { defaultBridgeLimits } from './bridge-limits.ts'

test('docs/bridge.md lists every limit with its default', () => {
  const text = readFileSync(new URL('../../docs/bridge.md', import.meta.url), 'utf8')
  const section = text.slice(text.indexOf('## Limits'), text.indexOf('## Figures'))
  const listed = [...section.matchAll(/^\| `(\w+)` \| ([\d,]+) \|$/gm)].map(([, name, value]) => [
    name,
    Number(value!.replaceAll(',', '')),
  ])
  assert.deepEqual(Object.fromEntries(listed), { ...defaultBridgeLimits })
})
