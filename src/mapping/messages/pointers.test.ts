import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readRef } from './fields.ts'
import { openPointer, openPut } from './pointers.ts'

test('a pointer leads through objects and lists, never beyond what came', () => {
  const json = JSON.parse('{"a":{"b/c":[5,{"~":6}]},"__proto__":7}') as unknown
  const at = (ref: string) => openPointer(readRef(ref).keys)(json)
  assert.equal(at('/a/b~1c/0'), 5)
  assert.equal(at('/a/b~1c/1/~0'), 6)
  assert.equal(at('/__proto__'), 7)
  for (const ref of ['/a/length', '/a/b~1c/length', '/toString', '/a/b~1c/2', '/constructor/name']) assert.equal(at(ref), undefined, ref)
})

test('one pass finds what each pointer finds', () => {
  const key = fc.constantFrom('a', 'b', '0', '1', 'toString', 'length')
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom<unknown>(1, null, true, 'text', ''),
      fc.dictionary(key, tie('json')),
      fc.array(tie('json'), { maxLength: 3 }),
    ),
  }))
  const pointers = fc.uniqueArray(fc.array(key, { maxLength: 3 }), { maxLength: 8, selector: (keys) => keys.join('/') })
  fc.assert(
    fc.property(json, pointers, (source, all) => {
      const fields = all.map((keys, place) => ({ ref: keys.join('/'), name: '', keys, place }))
      const now: unknown[] = all.map(() => undefined)
      openPut(fields)(now, source)
      assert.deepEqual(
        now,
        all.map((keys) => (source === '' ? '' : openPointer(keys)(source))),
      )
    }),
    { numRuns: 1000 },
  )
})
