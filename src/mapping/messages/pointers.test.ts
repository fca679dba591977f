import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { readRef } from './fields.ts'
import { keysOf, openPointer, openPut as openPutOf } from './pointers.ts'
import { createUnreadNames } from './unread-names.ts'

const openPut = (fields: Parameters<typeof openPutOf>[0], unread = createUnreadNames()) =>
  openPutOf(fields, 'thing', unread)

test('a pointer leads through objects and lists, never beyond what came', () => {
  const json = JSON.parse('{"a":{"b/c":[5,{"~":6}]},"__proto__":7}') as unknown
  const at = (ref: string) => openPointer(readRef(ref).keys)(json)
  assert.deepEqual(keysOf('/a/b~1c/~01'), ['a', 'b/c', '~1'])
  assert.deepEqual(keysOf(''), [])
  assert.equal(at('/a/b~1c/0'), 5)
  assert.equal(at('/a/b~1c/1/~0'), 6)
  assert.equal(at('/__proto__'), 7)
  for (const ref of ['/a/length', '/a/b~1c/length', '/toString', '/a/b~1c/2', '/constructor/name'])
    assert.equal(at(ref), undefined, ref)
})

/** Below null everything is null. */
function expected(source: unknown, keys: readonly string[]): unknown {
  const isNull = keys.some((_key, index) => openPointer(keys.slice(0, index))(source) === null)
  return isNull ? null : openPointer(keys)(source)
}

test('one pass finds what each pointer finds, whatever was read before', () => {
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
    fc.property(fc.array(json, { maxLength: 5 }), pointers, (sources, all) => {
      const put = openPut(all.map((keys, place) => ({ ref: keys.join('/'), name: '', keys, place })))
      for (const source of sources) {
        const now: unknown[] = all.map(() => undefined)
        put(now, source)
        assert.deepEqual(
          now,
          all.map((keys) => (source === '' ? '' : expected(source, keys))),
        )
      }
    }),
    { numRuns: 300 },
  )
})

const fieldsOf = (...refs: string[]) => refs.map((ref, place) => ({ ref, ...readRef(ref), place }))

test('a key * is whatever stands there', () => {
  const fields = fieldsOf('x/value/*', 'x/value/invalid')
  const told = (source: unknown): unknown[] => {
    const now: unknown[] = [undefined, undefined]
    openPut(fields)(now, source)
    return now
  }
  assert.deepEqual(told({ value: { doubleValue: 5 } }), [5, undefined])
  assert.deepEqual(told({ value: { invalid: true } }), [true, true])
  assert.deepEqual(told({ value: {} }), [undefined, undefined])
})

test('a part that replaces what was there empties what it does not name, one that does not leaves it', () => {
  const fields = fieldsOf('thing/a/b', 'thing/a/c', 'thing/d')
  const told = (keys: string[], source: unknown, replaces: boolean): unknown[] => {
    const now: unknown[] = fields.map(() => undefined)
    openPut(fields).under(now, keys, source, replaces)
    return now
  }
  assert.deepEqual(told(['a'], { b: 1 }, true), [1, '', undefined])
  assert.deepEqual(told(['a'], { b: 1 }, false), [1, undefined, undefined])
  assert.deepEqual(told(['a', 'b'], 2, false), [2, undefined, undefined])
  assert.deepEqual(told([], { a: null }, false), [null, null, undefined])
  assert.deepEqual(told(['a'], undefined, true), ['', '', undefined])
  assert.deepEqual(told(['x', 'y'], 2, true), [undefined, undefined, undefined])
})

test('names that no rule reads are told, each once, as pointers, and so is what came in another shape; what is made up ends at a bound', () => {
  const unread = createUnreadNames()
  const put = openPut(fieldsOf('thing/a/b', 'thing/c', 'thing/d/*'), unread)
  for (const source of [{ a: { b: 1, x: 2 }, y: { z: 3 }, d: { any: 4 } }, { y: 5 }, { c: { deeper: 6 } }])
    put([], source)
  assert.deepEqual(unread.all(), ['thing/a/x', 'thing/y'])
  for (const source of [{ 'c/d~e': 1 }, { a: 5 }, { a: [{ b: 1 }] }]) put([], source)
  assert.deepEqual(unread.all().slice(2), ['thing/c~1d~0e', 'thing/a'])
  put([], { ours: 1 }, true)
  assert.equal(unread.all().length, 4)
  for (let n = 0; n < 1000; n++) put([], { [`made-up-${n}`]: 1 })
  put([], { ['x'.repeat(61)]: 1 })
  assert.equal(unread.all().length, 100)
})
