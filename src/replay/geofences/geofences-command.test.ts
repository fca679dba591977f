import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openDraftTest } from '../draft.testing.ts'
import { geofencesCommand } from './geofences-command.ts'

const { scratch, write, say } = openDraftTest('geofences', geofencesCommand)

const head = 'ID,NAME,DESCRIPTION,AREA,ATTRIBUTES,CALENDARID\n'
const table = `${head}1,Depot,,"CIRCLE (52.5125 13.4125, 250.5)","{""floor"":10,""color"":""#f00""}",3
2,"Yard, east","big ""one""","POLYGON ((52.5125 13.4125, 52.5125 13.5, 52.75 13.5, 52.5125 13.4125))",{},
3,Road,,"LINESTRING (52.5125 13.4125, 52.75 13.5)",,0
`
const api = [
  {
    id: 1,
    attributes: { floor: 10, color: '#f00' },
    calendarId: 3,
    name: 'Depot',
    description: null,
    area: 'CIRCLE (52.5125 13.4125, 250.5)',
  },
  {
    id: 2,
    attributes: {},
    calendarId: 0,
    name: 'Yard, east',
    description: 'big "one"',
    area: 'POLYGON ((52.5125 13.4125, 52.5125 13.5, 52.75 13.5, 52.5125 13.4125))',
  },
  {
    id: 3,
    attributes: {},
    calendarId: 0,
    name: 'Road',
    description: null,
    area: 'LINESTRING (52.5125 13.4125, 52.75 13.5)',
  },
]

test('the table and the answer of the API give the same GeoJSON, and what is not taken is told', async () => {
  const shown = await say(write('geofences.csv', table))
  assert.equal(shown.code, 0)
  const { type, features } = JSON.parse(shown.out) as {
    type: string
    features: { id: string; geometry: { type: string }; properties: object }[]
  }
  assert.equal(type, 'FeatureCollection')
  assert.deepEqual(
    features.map(({ id, geometry, properties }) => [id, geometry.type, properties]),
    [
      ['traccar:1', 'Point', { name: 'Depot', radiusM: 250.5, floorM: 10 }],
      ['traccar:2', 'Polygon', { name: 'Yard, east', description: 'big "one"' }],
      ['traccar:3', 'LineString', { name: 'Road', halfWidthM: 25 }],
    ],
  )
  assert.match(shown.err, /^geofences drafted: 3 \(circles: 1, polygons: 1, corridors: 1\); refused: 0\n/)
  assert.match(shown.err, /not taken: the calendars of the geofences 1\.\n/)
  assert.match(shown.err, /not taken: the attributes "color"\.\n/)
  assert.match(shown.err, /not taken: which devices, groups and users/)
  const json = await say(write('geofences.json', `\ufeff ${JSON.stringify(api)}`))
  assert.deepEqual(json, shown)
})

test('a file is written where none is, for its owner alone, and a second run changes nothing', async () => {
  const file = write('geofences.csv', table)
  const folder = join(scratch, 'drafts')
  const written = await say(file, '--draft', folder)
  assert.deepEqual([written.code, written.out], [0, ''])
  const path = join(folder, 'geofences.geojson')
  const content = readFileSync(path, 'utf8')
  assert.equal(content, (await say(file)).out)
  if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600)
  write('geofences.csv', table.replaceAll('Depot', 'Other'))
  const again = await say(file, '--draft', folder)
  assert.equal(again.code, 1)
  assert.match(again.err, /The draft .*geofences\.geojson cannot be written \(EEXIST\)\.\n$/)
  assert.equal(readFileSync(path, 'utf8'), content)
})

test('a row that is wrong is refused with its place and the remedy, while the others are taken', async () => {
  const csv = `${table}4,bow,,"POLYGON ((52.5125 13.4125, 53.5 14.5, 52.5125 14.5, 53.5 13.4125))",{},
5,none,,,{},
6,json,,"CIRCLE (52.5125 13.4125, 5)",{floor:1},
1,twice,,"CIRCLE (52.5125 13.4125, 5)",{},
x,id,,"CIRCLE (52.5125 13.4125, 5)",{},
7,torn
8,good,,"CIRCLE (52.5125 13.4125, 5)",{},
9,swapped,,"CIRCLE (152.5125 -33.4125, 5)",{},
`
  const said = await say(write('some.csv', csv))
  assert.equal(said.code, 1)
  assert.deepEqual(
    (JSON.parse(said.out) as { features: { id: string }[] }).features.map(({ id }) => id),
    ['traccar:1', 'traccar:2', 'traccar:3', 'traccar:8'],
  )
  const refusals = said.err.split('\n').filter((line) => line.startsWith('refused: '))
  for (const [index, expected] of [
    /^refused: line 5: geofence 4 is a polygon that crosses or touches itself: .* Put its corners/,
    /^refused: line 6: geofence 5 has an area that is empty\. Draw/,
    /^refused: line 7: geofence 6 has attributes that are no JSON object\. Export/,
    /^refused: line 8 has the id 1, as line 2 has\. Take out/,
    /^refused: line 9 has the id "x", which is no row number\. Export/,
    /^refused: line 10 has another number of fields than the header\. Is it cut off\? Export/,
    /^refused: line 12: geofence 9 has a latitude of about 153° .* look swapped/,
  ].entries())
    assert.match(refusals[index] ?? '', expected)
  assert.equal(refusals.length, 7)
  assert.match(said.err, /^geofences drafted: 4 \(circles: 2, polygons: 1, corridors: 1\); refused: 7\n/)
  assert.doesNotMatch(said.err, /52\.5|13\.4|53\.5|14\.5|33\.4/)
  const list = [...api, { ...api[0], id: 4, area: 7 }, { ...api[0], id: 5, attributes: [] }, { ...api[0], id: null }]
  const json = await say(write('some.json', JSON.stringify(list)))
  assert.equal(json.code, 1)
  assert.match(json.err, /refused: entry 4: geofence 4 has an area that is no text\. Draw/)
  assert.match(json.err, /refused: entry 5: geofence 5 has attributes that are no JSON object/)
  assert.match(json.err, /refused: entry 6 has the id "", which is no row number/)
})

test('where all is refused nothing is written', async () => {
  const folder = join(scratch, 'none')
  const said = await say(write('bad.csv', `${head}1,a,,"CIRCLE (1 2, 0)",,\n`), '--draft', folder)
  assert.deepEqual([said.code, said.out], [1, ''])
  assert.match(said.err, /^geofences drafted: 0 .*refused: 1\nrefused: line 2: geofence 1 has a radius of 0 m/)
  assert.doesNotMatch(said.err, /geofences\.geojson/)
  assert.equal(readdirSync(scratch).includes('none'), false)
})

test('what is no such export is told in one line, with the column and the remedy', async () => {
  for (const [text, expected] of [
    [
      'id,name,description,attributes,calendarid\n1,a,,,\n',
      /has no column "area"\. Its columns are: .* Export SELECT id, name, description, area/,
    ],
    ['[{"id":1,"name":"a","area":"CIRCLE (1 2, 3)"}]', /has no column "description", "attributes", "calendarid"/],
    ['{"type":"FeatureCollection"}', /no list of geofences\. Export SELECT/],
    ['[{"id":1', /is no JSON: is it cut off\?/],
    ['[]', /has no geofence\. Export/],
    [head, /has no geofence\. Export/],
    [`${head}1,a\n2,b\n`, /line 2 has another number of fields than the header/],
    [
      head.replaceAll(',', ';') + '1;a;;CIRCLE (1 2, 3);;\n',
      /another number of fields.*saved with semicolons\? Export SELECT/,
    ],
    [`${head}1,a,,"CIRCLE (1 2, 3)","{\\"floor\\":1}",\n`, /A quote within a text is written twice/],
  ] as const) {
    const said = await say(write('wrong.csv', text))
    assert.deepEqual([said.code, said.out, said.err.split('\n').length], [1, '', 2], text)
    assert.match(said.err, expected)
  }
  for (const words of [[], ['a', 'b'], ['a', '--devices']]) assert.equal((await say(...words)).code, 2)
})

test('a file is read to a bound, packed or not', async () => {
  const area = `POLYGON ((${'0 0, '.repeat(200_000)}`
  const rows = (row: string, between: string): string => Array.from({ length: 70 }, () => row).join(between)
  for (const text of [
    `[${rows(JSON.stringify({ ...api[0], area }), ',')}]`,
    `${head}${rows(`1,a,,"${area}",,`, '\n')}`,
  ]) {
    const file = join(scratch, 'huge.gz')
    writeFileSync(file, gzipSync(text, { level: 1 }))
    const said = await say(file)
    assert.deepEqual([said.code, said.out], [1, ''])
    assert.match(said.err, /has more than 67108864 bytes\. Export/)
  }
})
