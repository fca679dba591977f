// The table of limits that operators read says what the code does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { defaultLimits } from './gateway-limits.ts'

test('docs/gateway-limits.md lists every limit with its default', () => {
  const text = readFileSync(new URL('../../docs/gateway-limits.md', import.meta.url), 'utf8')
  const section = text.slice(text.indexOf('## Limits'), text.indexOf('## Reason codes'))
  const listed = [...section.matchAll(/^\| `(\w+)` \| ([\d,]+) \|$/gm)].map(([, name, value]) => [name, Number(value!.replaceAll(',', ''))])
  assert.deepEqual(Object.fromEntries(listed), { ...defaultLimits })
})
