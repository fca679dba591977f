import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Outage } from '../base/errors.ts'
import { loadCity, parseCity } from './city.ts'
import { streetMap } from './street-map.ts'

const city = await loadCity()
const file = await readFile(new URL('../../city/montevideo.json.gz', import.meta.url))

test('Montevideo has the streets, signs and stations that the map had', () => {
  assert.equal(city.ways.length, 10_742)
  assert.equal(city.signals.length / 2, 1077)
  assert.equal(city.fuelStations.length, 148)
  const share = (count: number): number => Math.round((100 * count) / city.ways.length)
  assert.equal(share(city.ways.filter(({ limitKmh }) => limitKmh !== null).length), 88)
  assert.equal(share(city.ways.filter(({ name }) => name !== null).length), 95)
  for (const name of ['water', 'park']) assert.ok(city.areas.some((area) => area.class === name))
})

test('the file is small, carries its licence, and tells nothing of who edited the map', () => {
  assert.ok(file.byteLength < 1_200_000)
  const text = gunzipSync(file).toString('utf8')
  assert.match(text, /© OpenStreetMap contributors/)
  assert.match(text, /ODbL-1\.0/)
  assert.doesNotMatch(text, /changeset|"@user|"uid"|@timestamp/)
})

test('the street map draws every street where it is, to a metre', () => {
  const map = streetMap(city)
  assert.equal(map.attribution, '© OpenStreetMap contributors')
  assert.equal(map.streets.length, city.ways.flatMap(({ lines }) => lines).length)
  const [west, south, east, north] = map.bounds
  for (const { line } of map.streets) {
    let lon = 0
    let lat = 0
    assert.ok(line.length >= 4 && line.every(Number.isInteger))
    for (let i = 0; i < line.length; i += 2) {
      lon += line[i]!
      lat += line[i + 1]!
      assert.ok(lon >= west * 1e5 - 1 && lon <= east * 1e5 + 1 && lat >= south * 1e5 - 1 && lat <= north * 1e5 + 1)
    }
  }
  assert.equal(map.streets.at(-1)?.class, 'motorway', 'main roads are drawn on top')
})

test('a city file that is missing, cut short or of another form is refused with its name and the remedy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-city-'))
  try {
    const cases = [
      ['missing.json.gz', undefined, 'CITY_UNREADABLE'],
      ['cut.json.gz', file.subarray(0, 1000), 'CITY_UNREADABLE'],
      ['text.json.gz', gzipSync('no JSON'), 'CITY_INVALID'],
      ['other.json.gz', gzipSync('{"format":"other"}'), 'CITY_INVALID'],
    ] as const
    for (const [name, bytes, code] of cases) {
      const path = join(folder, name)
      if (bytes !== undefined) writeFileSync(path, bytes)
      await assert.rejects(loadCity(pathToFileURL(path)), (error) => {
        assert.ok(error instanceof Outage)
        assert.equal(error.code, code)
        assert.ok(error.message.includes(name) && error.message.includes('build-city.ts'))
        return true
      })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a damaged field is named', () => {
  const whole = JSON.parse(gunzipSync(file).toString('utf8'))
  const damaged: readonly [RegExp, object][] = [
    [/"ways.name"/, { ways: { ...whole.ways, name: [] } }],
    [/"ways.class" 99/, { ways: { ...whole.ways, class: whole.ways.class.map(() => 99) } }],
    [/"points.signals"/, { points: { ...whole.points, signals: [1] } }],
    [/range of degrees/, { points: { ...whole.points, stops: [2_000_000_000, 0] } }],
    [/"fuelNames"/, { fuelNames: [] }],
    [/name 1 is not in "names"/, { names: [], ways: { ...whole.ways, name: whole.ways.name.map(() => 1) } }],
  ]
  for (const [message, change] of damaged) assert.throws(() => parseCity({ ...whole, ...change }), message)
})
