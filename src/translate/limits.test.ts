import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { httpLimits } from '../publishers/http-limits.ts'
import { foreignLimits } from '../eventlog/foreign-record.ts'
import { translatorLimits } from './limits.ts'

test('docs/publishers.md lists every limit with its default', () => {
  const text = readFileSync(new URL('../../docs/publishers.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `(\w+)` \| ([\d,]+) \|$/gm)].map(([, name, value]) => [
    name,
    Number(value?.replaceAll(',', '')),
  ])
  assert.deepEqual(Object.fromEntries(listed), { ...foreignLimits, ...translatorLimits, ...httpLimits })
})
