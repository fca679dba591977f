import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseVehicleTable } from '../../model/vehicle-table.ts'
import { openDraftTest } from '../draft.testing.ts'
import { devicesCommand } from './devices-command.ts'
import { draftVehicles } from './draft-vehicles.ts'

const { scratch, write, say } = openDraftTest('devices', devicesCommand)

const table = `ID,NAME,UNIQUEID,LASTUPDATE,CATEGORY
1,Golf,861230000000007,2026-03-01 08:00:00,car
3,"Müller, Anhänger 7",861230000000008,,trailer
4,Golf,861230000000009,,
9,Tractor WVWZZZ1JZXW000001,861230000000010,,tractor
12,861230000000011,861230000000011,,default
`
const drafts = {
  'table.json': { 1: 'Golf', 3: 'Muller-Anhanger-7', 4: 'Golf-4', 9: 'device-9', 12: 'device-12' },
  'vehicles.json': {
    vehicles: [
      { vehicle: 'Golf', kind: 'car' },
      { vehicle: 'Muller-Anhanger-7', kind: 'trailer' },
    ],
  },
  'senders.json': {
    traccar: {
      861230000000007: 'Golf',
      861230000000008: 'Muller-Anhanger-7',
      861230000000009: 'Golf-4',
      861230000000010: 'device-9',
      861230000000011: 'device-12',
    },
  },
}

test('the table and the answer of the API give the same drafts, and what to put right is told', async () => {
  const shown = await say(write('devices.csv', table))
  assert.equal(shown.code, 0)
  assert.deepEqual(JSON.parse(shown.out), drafts)
  assert.match(shown.err, /^5 devices, of which 2 have a kind\n/)
  assert.match(shown.err, /check: device 4, "Golf", is Golf-4\.\n/)
  assert.match(shown.err, /check: no category says no kind: Golf-4\. Add those that have one\.\n/)
  assert.match(shown.err, /check: "tractor" says no kind: device-9\./)
  const [, ...rows] = table.trim().split('\n')
  const json = rows.map((row) => {
    const [, id, name, uniqueId, category] = /^(\d+),"?(.*?)"?,(\d{15}),[^,]*,(.*)$/.exec(row) ?? []
    return {
      id: Number(id),
      attributes: {},
      groupId: 0,
      name,
      uniqueId,
      status: 'offline',
      category: category === '' ? null : category,
    }
  })
  assert.equal((await say(write('devices.json', `\ufeff ${JSON.stringify(json)}`))).out, shown.out)
})

test('files are written where none of them is, and none where one is', async () => {
  const file = write('devices.csv', table)
  const folder = join(scratch, 'drafts')
  const written = await say(file, '--draft', folder)
  assert.deepEqual([written.code, written.out], [0, ''])
  for (const [name, draft] of Object.entries(drafts))
    assert.deepEqual(JSON.parse(readFileSync(join(folder, name), 'utf8')), draft)
  rmSync(join(folder, 'table.json'))
  const again = await say(file, '--draft', folder)
  assert.equal(again.code, 1)
  assert.match(again.err, /The draft .*vehicles\.json cannot be written \(EEXIST\)\.\n$/)
  assert.equal(existsSync(join(folder, 'table.json')), false)
})

test('whatever devices are called, each has an id of its own that a table of vehicles takes', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('Golf', 'golf', 'Golf-2', 'device-1', '', '-', 'A'.repeat(90), '__proto__'),
  )
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 12 }), (names) => {
      const { table } = draftVehicles(
        names.map((name, index) => ({ id: String(index), name, uniqueId: `imei-${index}`, category: 'car' })),
      )
      assert.equal(new Set(Object.values(table)).size, names.length)
      const parsed = parseVehicleTable(table, 'devices')
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.detail)
    }),
    { numRuns: 500 },
  )
})

const draftOf = (...names: readonly string[]) =>
  draftVehicles(
    names.map((name, index) => ({ id: String(index + 1), name, uniqueId: `imei-${index}`, category: 'car' })),
  )

test('no id is made of a VIN, however it is written apart and whatever stands around it', () => {
  const vin = 'WVWZZZ1JZXW000001'
  const word = fc.constantFrom('', 'VIN', 'Golf', 'car 12', 'Tractor')
  const separator = fc.constantFrom(' ', '-', '.', '_', '/', ' - ', '\u00a0', '\u200b')
  fc.assert(
    fc.property(
      fc.subarray([3, 6, 8, 9, 11]),
      separator,
      word,
      word,
      fc.boolean(),
      (cuts, between, before, behind, isWide) => {
        const groups = [0, ...cuts].map((from, index) => vin.slice(from, cuts[index] ?? vin.length))
        const text = [before, ...groups, behind].join(between)
        const wide = text.replaceAll(/[A-Z0-9]/g, (char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0))
        assert.deepEqual(draftOf(isWide ? wide : text).table, { 1: 'device-1' })
      },
    ),
  )
  assert.deepEqual(draftOf('VINWVWZZZ1JZXW000001').table, { 1: 'device-1' })
  assert.deepEqual(draftOf('Sprinter-Berlin-Nord-12', 'Truck 7 Hamburg').table, {
    1: 'Sprinter-Berlin-Nord-12',
    2: 'Truck-7-Hamburg',
  })
})

test('ids that differ by capital letters alone are told, and others are not', () => {
  const { table, checks } = draftOf('Golf', 'golf', 'Polo', 'GOLF')
  assert.deepEqual(Object.values(table), ['Golf', 'golf', 'Polo', 'GOLF'])
  assert.deepEqual(
    checks.filter((check) => check.includes('capital')),
    ['Golf and golf and GOLF differ by capital letters alone, and are different vehicles'],
  )
})

test('what is no such export is told in one line, with the column and the remedy', async () => {
  const head = 'id,name,uniqueid,category\n'
  for (const [text, expected] of [
    [
      'id,name,category\n1,a,car\n',
      /has no column "uniqueid"\. Its columns are: id, name, category\. Export SELECT id, name, uniqueid/,
    ],
    ['[{"id":1,"name":"a"}]', /has no column "uniqueid", "category"/],
    ['{"error":"x"}', /no list of devices\. Export SELECT/],
    ['[{"id":1', /is no JSON: is it cut off\?/],
    [`${head}1,a,8.6123E+14,car\n`, /"uniqueid" of device 1 has "8\.6123E\+14": a spreadsheet/],
    [`${head}1,a,x,car\n1,b,y,car\n`, /"id" of device 1 stands there twice/],
    [`${head}1,a,x,car\n2,b,x,car\n`, /"uniqueid" of device 2 stands there twice/],
    [`${head}1,a,x,car\n2,b`, /line 3 has another number of fields than the header\. Is it cut off/],
    [`${head}golf,a,x,car\n`, /"id" has "golf", which is no row number/],
    [head, /has no device/],
    ['id;name;uniqueid;category\n1;a,b;x;car\n', /another number of fields/],
  ] as const) {
    const said = await say(write('wrong.csv', text))
    assert.deepEqual([said.code, said.out, said.err.split('\n').length], [1, '', 2], text)
    assert.match(said.err, expected)
  }
  for (const words of [[], ['a', 'b'], ['a', '--mapping', 'x']]) assert.equal((await say(...words)).code, 2)
})
