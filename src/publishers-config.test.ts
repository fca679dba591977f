import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
const bridge = { ROADSTREAM_BRIDGE: 'mqtt://broker' }

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function problemsOf(settings: Readonly<Record<string, string>>): readonly string[] {
  const config = readConfig(settings)
  assert.ok(!config.ok)
  return config.detail.split('\n')
}

test('publishers are taken with the mappings that read them and a table of their ids', () => {
  const ROADSTREAM_SENDERS = file('senders.json', { ovms: { CAR7: 'leaf', CAR8: 'leaf' }, owntracks: {} })
  const config = readConfig({ ...bridge, ROADSTREAM_MAPPINGS: 'ovms, owntracks', ROADSTREAM_SENDERS })
  assert.ok(config.ok)
  assert.deepEqual(
    config.value.publishers?.mappings.map(({ name }) => name),
    ['ovms', 'owntracks'],
  )
  assert.deepEqual(
    [...config.value.publishers.senders.get('ovms')!],
    [
      ['CAR7', 'leaf'],
      ['CAR8', 'leaf'],
    ],
  )
  assert.equal(readConfig({}).ok && readConfig(bridge).ok, true)
  const none = readConfig(bridge)
  assert.ok(none.ok && none.value.publishers === undefined)
})

test('all that is wrong with publishers is told together, each with the setting and the remedy', () => {
  const ovms = JSON.parse(readFileSync(new URL('../mappings/ovms.json', import.meta.url), 'utf8')) as { signals: object }
  const broken = file('broken.json', { ...ovms, signals: { 'Vehicle.Speed': { field: 'v.p.speed', unit: 'furlongs' } } })
  const senders = file('wrong.json', { ovms: { CAR7: 'two/parts' } })
  const names = `ovms,${file('ovms.json', ovms)},torque,nothing,${broken}`
  const lines = problemsOf({ ROADSTREAM_MAPPINGS: names, ROADSTREAM_SENDERS: senders })
  for (const [index, part] of [
    "ROADSTREAM_MAPPINGS is set, and nothing brings publishers' messages: give ROADSTREAM_BRIDGE",
    'ROADSTREAM_MAPPINGS: two mappings have the name "ovms": give a copy another one',
    'ROADSTREAM_MAPPINGS: there is no mapping of messages "torque": give a file ending in .json, or of evcc, ',
    'ROADSTREAM_MAPPINGS: there is no mapping of messages "nothing"',
    'ROADSTREAM_MAPPINGS: broken.json: $.signals["Vehicle.Speed"]',
    `ROADSTREAM_SENDERS names ${senders}: "ovms": "CAR7" is "two/parts"; a vehicle id has`,
  ].entries())
    assert.ok(lines[index]?.startsWith(part), lines[index])
  assert.equal(lines.length, 6)
  const given = { ...bridge, ROADSTREAM_MAPPINGS: 'ovms,owntracks' }
  for (const [wrong, problem] of [
    [given, 'ROADSTREAM_MAPPINGS needs ROADSTREAM_SENDERS: a file that says whose each id is'],
    [{ ...bridge, ROADSTREAM_SENDERS: senders }, 'ROADSTREAM_SENDERS is set, and ROADSTREAM_MAPPINGS is not'],
    [{ ...given, ROADSTREAM_SENDERS: '/nonexistent' }, 'ROADSTREAM_SENDERS names /nonexistent: it cannot be read (ENOENT): give a file'],
    [{ ...given, ROADSTREAM_SENDERS: file('a', '{') }, `ROADSTREAM_SENDERS names ${join(folder, 'a')}: it is no JSON`],
    [{ ...given, ROADSTREAM_SENDERS: file('b', []) }, `ROADSTREAM_SENDERS names ${join(folder, 'b')}: it is an object of mappings`],
    [{ ...given, ROADSTREAM_SENDERS: file('c', { ovms: 7 }) }, `ROADSTREAM_SENDERS names ${join(folder, 'c')}: "ovms": it is an object of`],
    [
      { ...given, ROADSTREAM_SENDERS: file('d', { owntraks: {} }) },
      `ROADSTREAM_SENDERS names ${join(folder, 'd')}: "owntraks" is no mapping`,
    ],
  ] as const) {
    const [line, ...more] = problemsOf(wrong)
    assert.ok(line?.startsWith(problem), line)
    assert.deepEqual(more, [])
  }
})
