// The mappings of messages against examples of what publishers send, which lie beside this
// checkout: each gives what is right, whose clock it is by, and no figure where nothing is known.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findMessageMapping } from '../replay/mapping-catalogue.ts'
import {
  assertFigures,
  dialectNames,
  mappingOfDialect,
  noDialects,
  readDialect,
  type DialectName,
} from './dialects.testing.ts'
import type { Memory, VehicleSaid } from './foreign.ts'
import { openTranslation } from './messages/open-translation.ts'

const receivedAt = Date.UTC(2026, 2, 4, 5, 6, 20)

/** As a subscriber hears them that was there before: the flag of retained messages is then not
 *  set. */
function run(name: DialectName, retained = false, { messages } = readDialect(name)): VehicleSaid[] {
  const mapping = findMessageMapping(mappingOfDialect[name])
  assert.ok(mapping.ok, mapping.ok ? '' : mapping.detail)
  const translation = openTranslation(mapping.value)
  const memories = new Map<string, Memory>()
  const said: VehicleSaid[] = []
  for (const message of messages) {
    const sender = translation.senderOf(message.address)
    if (sender === undefined) continue
    const memory = memories.get(sender) ?? {}
    memories.set(sender, memory)
    const taken = translation.take(memory, { ...message, retained, receivedAt })
    assert.equal(taken.refused, null, message.address)
    said.push(...taken.said)
  }
  for (const memory of memories.values())
    if (translation.dueAt(memory) < Infinity) said.push(...translation.pass(memory, translation.dueAt(memory)).said)
  return said
}

/** Of the Teltonika example a second record, without a fix, is newer than what is right of the
 *  first. */
const hasMore = new Set<DialectName>(['teltonika-codec8'])

for (const name of dialectNames)
  test(`${name}: what its messages say is right`, { skip: noDialects }, () => {
    const { right } = readDialect(name)
    const said = run(name)
    assert.ok(said.length > 0)
    for (const { foreignId } of said) assert.equal(foreignId, right.vehicle)
    const all = said.flatMap(({ samples }) => samples)
    const samples = hasMore.has(name) ? all.filter(({ at }) => at <= (right.at ?? Infinity)) : all
    const newest = samples.toSorted((one, other) => one.at - other.at).at(-1)
    const dated =
      right.clock === 'measured' && right.at !== null ? samples.findLast(({ clock }) => clock === undefined) : newest
    assert.equal(dated?.at, right.at ?? receivedAt)
    assert.equal(dated?.clock ?? 'measured', right.clock)
    assertFigures(
      right,
      samples.flatMap(({ signals }) => Object.entries(signals).map(([path, value]) => ({ path, value }))),
    )
  })

test('where an example has one message in several forms, each of them says all of it', { skip: noDialects }, () => {
  for (const name of ['tesla-fleet-telemetry-kafka', 'kuksa-v2', 'fleetwise-edge', 'teltonika-codec8'] as const) {
    const { right, messages } = readDialect(name)
    assert.equal(messages.length, 2)
    for (const message of messages) {
      const samples = run(name, false, { right, messages: [message] }).flatMap((said) => said.samples)
      const told = samples.filter(({ at }) => at <= (right.at ?? Infinity))
      assertFigures(
        right,
        told.flatMap(({ signals }) => Object.entries(signals).map(([path, value]) => ({ path, value }))),
      )
    }
  }
})

test('records of a tracker without a fix say that speed and place are unknown', { skip: noDialects }, () => {
  const { at } = readDialect('teltonika-codec8').right
  const later = run('teltonika-codec8').flatMap(({ samples }) =>
    samples.filter((sample) => sample.at > (at ?? Infinity)),
  )
  assert.equal(later.length, 2)
  for (const { signals } of later)
    for (const path of ['Vehicle.Speed', 'Vehicle.CurrentLocation.Latitude', 'Vehicle.CurrentLocation.Longitude'])
      assert.equal(signals[path], null, path)
})

test('what a broker kept tells no figure at our receipt', { skip: noDialects }, () => {
  for (const name of dialectNames) {
    if (readDialect(name).messages.some(({ address }) => address.includes(' '))) continue
    for (const { samples } of run(name, true)) for (const { clock } of samples) assert.notEqual(clock, 'received', name)
  }
})
