// The binary examples of publishers in use, held against what is right of them. They are not part
// of this project.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decodeBinary, type BinaryForm } from './decode-binary.ts'
import { readSparkplug } from './sparkplug/session.ts'
import type { Branch, Tree } from './tree.ts'
import type { Packing } from './unpack.ts'

const folder = fileURLToPath(new URL('../../../../shared/dialects/', import.meta.url))
const skip = existsSync(folder) ? false : 'the example messages are not on this machine'

type Example = {
  readonly right: Readonly<Record<string, number | string | null>>
  readonly messages: readonly { readonly topic?: string; readonly hex?: string; readonly payload?: string }[]
}

const exampleOf = (name: string): Example => JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as Example
const bytesOf = ({ hex = '' }: { readonly hex?: string }): Buffer => Buffer.from(hex, 'hex')

function treeOf(form: BinaryForm, bytes: Uint8Array, packing: Packing = 'none'): Branch {
  const decoded = decodeBinary(form, bytes, packing)
  assert.ok(decoded.ok, JSON.stringify(decoded))
  assert.equal(decoded.value.unknownFields, 0)
  return decoded.value.tree
}

const listOf = (tree: Branch | undefined, name: string): readonly Branch[] => tree?.[name] as readonly Branch[]
const place = (right: Example['right']) => [right['latitude'], right['longitude']]

for (const [name, form, text] of [
  ['tesla-fleet-telemetry-kafka', 'tesla-fleet-telemetry', 1],
  ['kuksa-v2', 'kuksa-v2', 1],
] as const)
  test(`a message of ${name} gives the tree that its JSON is`, { skip }, () => {
    const { messages } = exampleOf(name)
    assert.deepEqual(treeOf(form, bytesOf(messages[0] ?? {})), JSON.parse(messages[text]?.payload ?? '') as Tree)
  })

test('Tesla: the figures, in its own units, and the instant', { skip }, () => {
  const { right, messages } = exampleOf('tesla-fleet-telemetry-kafka')
  const tree = treeOf('tesla-fleet-telemetry', bytesOf(messages[0] ?? {}))
  const value = Object.fromEntries(listOf(tree, 'data').map(({ key, value: told }) => [key, told as Branch]))
  assert.ok(Math.abs(Number(value['VehicleSpeed']?.['doubleValue']) * 1.609344 - Number(right['speedKmh'])) < 1e-4)
  assert.ok(Math.abs(Number(value['Odometer']?.['doubleValue']) * 1.609344 - Number(right['odometerKm'])) < 1e-4)
  assert.equal(value['Soc']?.['floatValue'], right['batteryPercent'])
  assert.deepEqual(Object.values(value['Location']?.['locationValue'] as Branch), place(right))
  assert.deepEqual(value['GpsHeading'], { invalid: true })
  assert.deepEqual([tree['vin'], tree['createdAt'], tree['isResend']], [right['vehicle'], right['at'], false])
})

test('Kuksa: the figures, and a door without a value', { skip }, () => {
  const { right, messages } = exampleOf('kuksa-v2')
  const entries = treeOf('kuksa-v2', bytesOf(messages[0] ?? {}))['entries'] as Readonly<Record<string, Branch>>
  const valueOf = (path: string): Tree | undefined => Object.values((entries[path]?.['value'] ?? {}) as Branch)[0]
  assert.equal(valueOf('Vehicle.Speed'), right['speedKmh'])
  assert.equal(valueOf('Vehicle.TraveledDistance'), right['odometerKm'])
  assert.equal(valueOf('Vehicle.Powertrain.TractionBattery.StateOfCharge.Current'), right['batteryPercent'])
  assert.deepEqual(
    [valueOf('Vehicle.CurrentLocation.Latitude'), valueOf('Vehicle.CurrentLocation.Longitude')],
    place(right),
  )
  assert.deepEqual(
    Object.values(entries).map(({ timestamp }) => timestamp),
    Object.keys(entries).map(() => right['at']),
  )
  assert.deepEqual(entries['Vehicle.Cabin.Door.Row1.DriverSide.IsOpen'], { timestamp: right['at'] })
})

test('FleetWise: the figures and their instants, plain and by snappy', { skip }, () => {
  const { right, messages } = exampleOf('fleetwise-edge')
  for (const [index, packing] of (['none', 'snappy'] as const).entries()) {
    const tree = treeOf('fleetwise', bytesOf(messages[index] ?? {}), packing)
    const at = Date.parse(String(right['at']))
    assert.equal(tree['collectionEventTimeMsEpoch'], at)
    const signals = listOf(tree, 'capturedSignals').map(({ signalId, relativeTimeMs, doubleValue }) => [
      signalId,
      Number(relativeTimeMs),
      doubleValue,
    ])
    assert.deepEqual(signals, [
      [11, 0, right['speedKmh']],
      [12, -40, right['latitude']],
      [13, -40, right['longitude']],
      [14, -900, right['odometerKm']],
      [15, -250, right['batteryPercent']],
      [11, -500, 62],
    ])
  }
})

test('Sparkplug: the figures by alias, the odometer in either field', { skip }, () => {
  const { right, messages } = exampleOf('sparkplug-b')
  const memory = {}
  const trees = messages.map((message) => {
    const read = readSparkplug(memory, message.topic ?? '', bytesOf(message))
    assert.ok(read.ok, JSON.stringify(read))
    return read.value
  })
  for (const tree of trees.slice(1)) {
    assert.deepEqual(Object.fromEntries(listOf(tree, 'metrics').map(({ name, value }) => [name, value])), {
      'Vehicle/Speed': right['speedKmh'],
      'Vehicle/Latitude': right['latitude'],
      'Vehicle/Longitude': right['longitude'],
      'Vehicle/Odometer': Math.round(Number(right['odometerKm']) * 1000),
      'Vehicle/Battery': right['batteryPercent'],
      'Vehicle/Height': right['heightM'],
      'Vehicle/Power': right['powerAsToldW'],
    })
    assert.deepEqual(
      new Set(listOf(tree, 'metrics').map(({ timestamp }) => timestamp)),
      new Set([Date.parse(String(right['at']))]),
    )
    assert.deepEqual(
      [tree['group'], tree['node'], tree['setAside'], tree['missed']],
      [...String(right['vehicle']).split('/'), [], 0],
    )
  }
  const unborn = readSparkplug({}, messages[1]?.topic ?? '', bytesOf(messages[1] ?? {}))
  assert.equal(unborn.ok ? 'none' : unborn.reason, 'no-birth')
})

test('Teltonika: the figures of both codecs, and a second record without a fix', { skip }, () => {
  const { right, messages } = exampleOf('teltonika-codec8')
  const ofFrames = messages.map((message) => listOf(treeOf('teltonika', bytesOf(message)), 'records'))
  assert.equal(ofFrames.length, 2)
  for (const [first, second] of ofFrames) {
    const io = first?.['io'] as Readonly<Record<string, Branch>>
    assert.equal(first?.['timestamp'], Date.parse(String(right['at'])))
    assert.deepEqual(
      [first?.['latitude'], first?.['longitude'], first?.['speed']],
      [...place(right), right['speedKmh']],
    )
    assert.equal(io[16]?.['unsigned'], Math.round(Number(right['odometerKm']) * 1000))
    assert.equal(io[89]?.['unsigned'], right['fuelPercent'])
    assert.equal(io[66]?.['unsigned'], Math.round(Number(right['externalVoltageV']) * 1000))
    assert.equal(io[32]?.['signed'], right['coolantC'])
    assert.deepEqual([second?.['satellites'], second?.['speed']], [0, 0])
  }
})
