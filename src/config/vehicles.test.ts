// The file of vehicles as a setting: what is taken of it, and what is said of each fault.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { devicesCommand } from '../replay/devices/devices-command.ts'
import { readConfig } from './config.ts'
import { vehicleListLimits } from './vehicles.ts'

const folder = mkdtempSync(join(tmpdir(), 'roadstream-vehicles-'))
let files = 0

function fileOf(content: unknown): string {
  files += 1
  const file = join(folder, `${files}.json`)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

function faultsOf(content: unknown): readonly string[] {
  const file = fileOf(content)
  const config = readConfig({ ROADSTREAM_VEHICLES: file })
  assert.ok(!config.ok, 'it is accepted')
  return config.detail.split('\n').map((line) => line.replace(`ROADSTREAM_VEHICLES: ${file}: `, ''))
}

test('entries are taken as they stand; without the setting, and of an empty list, nothing is known', () => {
  const vehicles = [
    { vehicle: 'van-*', kind: 'van', model: 'Sprinter 315 CDI', version: '2.1' },
    { vehicle: 'rsu-7', kind: 'fixed' },
  ]
  const config = readConfig({ ROADSTREAM_VEHICLES: fileOf({ vehicles }) })
  assert.deepEqual(config.ok && config.value.vehicles, vehicles)
  for (const env of [{}, { ROADSTREAM_VEHICLES: fileOf({ vehicles: [] }) }]) {
    const none = readConfig(env)
    assert.deepEqual(none.ok && none.value.vehicles, [])
  }
})

test('each fault names its field and what may stand there', () => {
  const kinds = '"car", "van", "truck", "bus", "two-wheeler", "trailer", "machine", "fixed"'
  const id =
    'a vehicle id (1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit), or one with one * for any part of it'
  const word = 'a text of up to 100 characters without commas, stars and outer space'
  assert.deepEqual(
    faultsOf({
      vehicles: [
        { vehicle: 'a', kind: 'lorry' },
        { vehicle: 'a b', kind: 'car' },
        { vehicle: 'a*b*', kind: 'car' },
        { kind: 'car' },
        { vehicle: 'b', kind: 'car', modell: 'X' },
        { vehicle: 'c', kind: 'car', model: 'X, Y', version: ' 1' },
        'd',
      ],
    }),
    [
      `vehicles[0].kind is one of ${kinds}, not "lorry".`,
      `vehicles[1].vehicle is ${id}, not "a b".`,
      `vehicles[2].vehicle is ${id}, not "a*b*".`,
      `vehicles[3].vehicle is missing; it is ${id}.`,
      'vehicles[4].modell is no field that is known; there may be vehicle, kind, model, version.',
      `vehicles[5].model is ${word}, not "X, Y".`,
      `vehicles[5].version is ${word}, not " 1".`,
      'vehicles[6] is an object with vehicle, kind, model, version, not "d".',
    ],
  )
  assert.deepEqual(faultsOf([]), ['the file is an object with one field, "vehicles".'])
  assert.deepEqual(faultsOf({ vehicles: 3 }), [
    'vehicles is a list of { "vehicle", "kind", "model", "version" }, not 3.',
  ])
  assert.match(faultsOf('{')[0]!, /^this is not JSON \(.+\)\.$/)
})

test('an entry that says nothing, stands there twice, or is never looked at is told', () => {
  assert.deepEqual(
    faultsOf({
      vehicles: [
        { vehicle: 'a' },
        { vehicle: 'b', version: '1' },
        { vehicle: 'van-*', kind: 'van' },
        { vehicle: 'van-7*', kind: 'truck' },
        { vehicle: 'van-1', kind: 'bus' },
        { vehicle: 'van-1', kind: 'car' },
        { vehicle: 'van-*', kind: 'van' },
      ],
    }),
    [
      'vehicles[0] says nothing of the vehicle; give kind or model.',
      'vehicles[1].model is missing; a version is one of a model.',
      'vehicles[3].vehicle is "van-7*", of which "van-*" takes all; put it before that.',
      'vehicles[5].vehicle is "van-1", which stands there already; leave one of them out.',
      'vehicles[6].vehicle is "van-*", which stands there already; leave one of them out.',
    ],
  )
})

test('a file that is not there, and limits, are told; a file of something else does not fill the screen', () => {
  const missing = readConfig({ ROADSTREAM_VEHICLES: join(folder, 'none.json') })
  assert.ok(
    !missing.ok && missing.detail.endsWith('none.json, which cannot be read (ENOENT): give a file that is there'),
  )
  const many = Array.from({ length: vehicleListLimits.patterns + 2 }, (_, index) => ({
    vehicle: `v${index}x*`,
    kind: 'van',
  }))
  assert.deepEqual(faultsOf({ vehicles: many }), [
    'vehicles has more than 1000 patterns; name the vehicles by their ids.',
  ])
  const faults = faultsOf({ vehicles: Array.from({ length: 5_000 }, () => ({ name: 'x' })) })
  assert.deepEqual([faults.length, faults.at(-1)], [21, 'and 9980 more.'])
})

test("the drafts that replay makes of Traccar's devices are taken by the settings they are for", async () => {
  const devices = fileOf(
    'id,name,uniqueid,category\n1,Golf,861230000000007,car\n3,"Anhänger, 7",861230000000008,trailer\n',
  )
  const drafts = mkdtempSync(join(folder, 'drafts-'))
  const quiet = { print: () => {}, complain: () => {} }
  assert.equal(await devicesCommand(['--devices', devices, '--draft', drafts], quiet), 0)
  const config = readConfig({
    ROADSTREAM_VEHICLES: join(drafts, 'vehicles.json'),
    ROADSTREAM_SENDERS: join(drafts, 'senders.json'),
    ROADSTREAM_MAPPINGS: 'traccar',
    ROADSTREAM_BRIDGE: 'mqtt://127.0.0.1',
  })
  assert.ok(config.ok, config.ok ? '' : config.detail)
  assert.deepEqual(
    config.value.vehicles.map(({ vehicle, kind }) => `${vehicle} ${kind}`),
    ['Golf car', 'Anhanger-7 trailer'],
  )
  assert.equal(config.value.publishers?.senders.get('traccar')?.get('861230000000008'), 'Anhanger-7')
})
