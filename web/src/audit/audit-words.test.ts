import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changesOf, deedOf } from './audit-words.ts'

test('a deed names its target, but not of who signs in', () => {
  assert.equal(deedOf({ action: 'change', target: { kind: 'vehicle', id: 'car-1' } }), 'changed vehicle car-1')
  assert.equal(deedOf({ action: 'sign-in', target: { kind: 'person', id: 'u1' } }), 'signed in')
})

test('what was before and after stands field by field, and what was not is null', () => {
  assert.deepEqual(changesOf({ before: null, after: null }), [])
  assert.deepEqual(changesOf({ before: { name: 'A', tags: ['x', 'y'] }, after: { name: 'B', seats: 0, old: null } }), [
    { field: 'name', before: 'A', after: 'B' },
    { field: 'old', before: null, after: null },
    { field: 'seats', before: null, after: '0' },
    { field: 'tags', before: 'x, y', after: null },
  ])
})
