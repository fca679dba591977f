import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseVehicleTable } from './vehicle-table.ts'

test('a table gives each id its vehicle', () => {
  const table = parseVehicleTable({ '7': 'golf', 'a/b ñ': 'van.2_x-1' }, 'segments')
  assert.ok(table.ok)
  assert.deepEqual(
    [...table.value],
    [
      ['7', 'golf'],
      ['a/b ñ', 'van.2_x-1'],
    ],
  )
})

test('all that is wrong is told, with the id and what may stand there', () => {
  for (const wrong of [null, [], 'x', 7]) {
    const table = parseVehicleTable(wrong, 'segments', 'file: ')
    assert.ok(!table.ok)
    assert.match(table.detail, /^file: it is an object of segments and vehicle ids, such as/)
  }
  const table = parseVehicleTable({ a: 'golf', b: 'two/parts', c: 7, d: '~group' }, 'ids')
  assert.ok(!table.ok)
  assert.deepEqual(
    table.detail.split('\n').map((line) => line.slice(0, line.indexOf(';'))),
    ['"b" is "two/parts"', '"c" is 7', '"d" is "~group"'],
  )
})
