import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  findAnyMapping,
  findMapping,
  findMessageMapping,
  mappingNames,
  shippedAnyMapping,
} from './mapping-catalogue.ts'

test('every mapping that comes with Roadstream is sound and has the name of its file', () => {
  assert.ok(mappingNames().length >= 5)
  for (const name of mappingNames()) {
    const mapping = findAnyMapping(name)
    assert.ok(mapping.ok, mapping.ok ? '' : mapping.detail)
    assert.equal(mapping.value.name, name)
  }
})

test('an unknown mapping is answered with those there are, and a file that is none by its name', () => {
  const found = findMapping('nds')
  assert.ok(!found.ok)
  for (const name of mappingNames()) assert.ok(found.detail.includes(shippedAnyMapping(name).about))
  const file = findMapping('nowhere/mine.json')
  assert.match(file.ok ? '' : file.detail, /nowhere\/mine\.json cannot be read \(ENOENT\)/)
})

test('a mapping of messages is none of recordings, and the other way round', () => {
  assert.ok(findMessageMapping('owntracks').ok && findMapping('gpx').ok)
  const [messages, recordings] = [findMapping('owntracks'), findMessageMapping('gpx')]
  assert.match(messages.ok ? '' : messages.detail, /owntracks: .*not recordings/)
  assert.match(recordings.ok ? '' : recordings.detail, /gpx: .*reads recordings/)
})
