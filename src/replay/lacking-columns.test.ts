// Promise: a column that a mapping reads and a file has not is told, also where the mapping goes on
// without it, and so is a column of JSON that holds none.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { passedOverColumns } from '../mapping/open-mapping.ts'
import { shippedMapping } from './mapping-catalogue.ts'
import { openServer } from './import-server.testing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-lacking-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const write = (name: string, text: string): string => {
  writeFileSync(join(scratch, name), text)
  return join(scratch, name)
}

type Told = {
  readonly lacking: Readonly<Record<string, readonly string[]>>
  readonly withoutObjects: readonly string[]
}

async function told(
  mapping: string,
  ...files: readonly string[]
): Promise<Told & { readonly lines: readonly string[] }> {
  await using server = await openServer()
  const words = [...files, '--mapping', mapping, '--speed', 'max']
  const linesOf = (out: string): string[] => out.split('\n').filter((line) => line.startsWith('lacking'))
  const [dry, run, json] = [
    await server.say([...words, '--dry-run']),
    await server.say(words),
    await server.say([...words, '--json']),
  ]
  assert.deepEqual([dry.code, run.code, json.code], [0, 0, 0], dry.err)
  assert.deepEqual(linesOf(run.out), linesOf(dry.out))
  const { lacking, withoutObjects } = JSON.parse(json.out) as Told
  return { lacking, withoutObjects, lines: linesOf(dry.out) }
}

const charges = 'date,battery_level,usable_battery_level,rated_battery_range_km,charger_power,outside_temp,car_id'
const charge = '2026-03-01 18:00:00,61,60,248.3,11,4.5,7'

test('a column that charges go on without is told with the file, and nothing is where none lacks', async () => {
  const whole = write('whole.csv', `${charges},is_charging\n${charge},t\n`)
  assert.deepEqual(await told('teslamate-charges', whole), { lacking: {}, withoutObjects: [], lines: [] })
  const misspelt = write('misspelt.csv', `${charges},ischarging\n${charge},t\n`)
  const { lacking, lines } = await told('teslamate-charges', whole, misspelt)
  assert.deepEqual(lacking, { is_charging: ['misspelt.csv'] })
  assert.match(
    lines.join('\n'),
    /^lacking {3}no column "is_charging" in misspelt\.csv: the mapping reads it .* goes on without/,
  )
  const both = await told(
    'teslamate-charges',
    misspelt,
    write('other.csv', `${charges}\n2026-03-02 18:00:00,61,60,248.3,11,4.5,7\n`),
  )
  assert.match(both.lines.join('\n'), /^lacking {3}no column "is_charging" in misspelt\.csv and 1 more file:/)
})

const positions = 'deviceid,devicetime,fixtime,valid,latitude,longitude,altitude,accuracy,course,speed'
const position = '3,2026-03-01 08:00:00,2026-03-01 08:00:00,t,-34.9,-56.2,12,0,270,34'

test('of a table of Traccar the columns "attributes" and "outdated" are told, and those of its own export are not where another tells the same', async () => {
  const whole = write('tc.csv', `${positions},attributes,outdated\n${position},"{""rpm"":1800}",f\n`)
  assert.deepEqual(await told('traccar-positions', whole), { lacking: {}, withoutObjects: [], lines: [] })
  const { lacking } = await told('traccar-positions', write('short.csv', `${positions}\n${position}\n`))
  assert.deepEqual(Object.keys(lacking).slice(0, 2).toSorted(), ['attributes', 'outdated'])
  const mapping = shippedMapping('traccar-positions')
  const others = ['obdOdometer', 'odometer', 'ignition', 'rpm', 'fuelLevel', 'coolantTemp', 'throttle']
  assert.deepEqual(new Set(Object.keys(lacking)), new Set(['attributes', 'outdated', ...others]))
  assert.deepEqual(passedOverColumns(mapping, [...positions.split(','), 'Outdated', ...others]), [])
})

test('a column of JSON of which not one row is an object is told, and one with a single one is not', async () => {
  const row = (text: string): string => `${position},${text},f\n`
  const head = `${positions},Attributes,outdated\n`
  const none = await told(
    'traccar-positions',
    write('none.csv', `${head}${row('')}${row('17')}${row('[]')}${row('ignition=true')}`),
  )
  assert.deepEqual([none.lacking, none.withoutObjects], [{}, ['Attributes']])
  assert.match(none.lines.join('\n'), /^lacking {3}the column "Attributes" holds no JSON object in any row/)
  const one = await told('traccar-positions', write('one.csv', `${head}${row('')}${row('{}')}`))
  assert.deepEqual([one.withoutObjects, one.lines], [[], []])
})
