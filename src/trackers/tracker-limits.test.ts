import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { trackerLimits } from './tracker-limits.ts'

test('docs/trackers.md lists every limit with its default', () => {
  const text = readFileSync(new URL('../../docs/trackers.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `(\w+)` \| ([\d,]+) \|$/gm)].map(([, name, value]) => [
    name,
    Number(value!.replaceAll(',', '')),
  ])
  assert.deepEqual(Object.fromEntries(listed), trackerLimits)
})
