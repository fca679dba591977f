// The mappings that docs/mapping.md shows are ones: whole ones with their examples, and parts in a
// mapping that is sound without them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { exampleFaults } from './examples.ts'
import { parseAnyMapping } from './parse-mapping.ts'
import { units } from './units.ts'

const page = readFileSync(new URL('../../docs/mapping.md', import.meta.url), 'utf8')
const around = {
  name: 'part',
  about: 'a part of a mapping',
  from: { form: 'csv' },
  time: { as: 'epoch', field: 't', unit: 's' },
  signals: { 'Vehicle.Speed': { field: 'v', unit: 'km/h' } },
}
/** A part that is about messages and says nothing of time takes that of receipt. */
const aroundMessages = { ...around, time: { as: 'receipt' } }

type Part = { readonly from?: { readonly form?: string } }
const wholeOf = (part: Part): object => ({ ...(part.from?.form === 'messages' ? aroundMessages : around), ...part })

test('every mapping on the page of the language is sound, and its examples are right', () => {
  const blocks = [...page.matchAll(/```json\n([^]*?)```/g)].map(([, json = '']) => json)
  assert.ok(blocks.length > 12)
  for (const json of blocks) {
    const mapping = parseAnyMapping(JSON.stringify(wholeOf(JSON.parse(json) as Part)), 'docs/mapping.md')
    assert.ok(mapping.ok, mapping.ok ? '' : `${mapping.detail}\n${json}`)
    assert.deepEqual(exampleFaults(mapping.value), [])
  }
})

test('the page names every unit', () => {
  const [, listed = ''] = /Units, by what they measure: ([^]*?)\n\n/.exec(page) ?? []
  const words = new Set(listed.replace(/\.$/, '').split(/[\s·]+/))
  assert.deepEqual(
    units.filter((unit) => !words.has(unit)),
    [],
  )
})
