// The table of limits that operators read says what the code does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { defaultLimits, shareOf } from './gateway-limits.ts'

test('docs/gateway-limits.md lists every limit with its default', () => {
  const text = readFileSync(new URL('../../docs/gateway-limits.md', import.meta.url), 'utf8')
  const section = text.slice(text.indexOf('## Limits'), text.indexOf('## Reason codes'))
  const listed = [...section.matchAll(/^\| `(\w+)` \| ([\d,]+) \|$/gm)].map(([, name, value]) => [
    name,
    Number(value!.replaceAll(',', '')),
  ])
  assert.deepEqual(Object.fromEntries(listed), { ...defaultLimits })
})

test('one thread has the limits as they are, several have their parts of what is bounded for all, as docs/gateway.md lists them', () => {
  assert.deepEqual(shareOf(defaultLimits, 1), defaultLimits)
  const part = shareOf(defaultLimits, 4)
  const names = Object.keys(defaultLimits) as (keyof typeof defaultLimits)[]
  const divided = names.filter((name) => part[name] !== defaultLimits[name])
  for (const name of divided) assert.equal(part[name], Math.ceil(defaultLimits[name] / 4))
  const text = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8')
  const listed = text.slice(text.indexOf('Limits of the whole gateway')).split('. The spread')[0]!
  assert.deepEqual(new Set([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name)), new Set(divided))
})
