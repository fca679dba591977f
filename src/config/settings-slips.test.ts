// Slips of the hand in settings and in the files they name: each is told once, with its name and
// the remedy, and draws no other after it.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MessageMapping } from '../mapping/messages/message-mapping.ts'
import { shippedAnyMapping } from '../replay/mapping-catalogue.ts'
import { readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
const bridge = { ROADSTREAM_BRIDGE: 'mqtt://broker' }
const secret = 'c0ffee'.repeat(8)
const imei = '861230000000007'

function file(name: string, content: unknown, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  chmodSync(path, mode)
  return path
}

function problemsOf(settings: Readonly<Record<string, string>>): readonly string[] {
  const config = readConfig(settings)
  return config.ok ? [] : config.detail.split('\n')
}

function warningsOf(settings: Readonly<Record<string, string>>): readonly string[] {
  const config = readConfig(settings)
  assert.ok(config.ok, config.ok ? '' : config.detail)
  return config.value.warnings
}

const byHttp = {
  ROADSTREAM_MAPPINGS: 'owntracks',
  ROADSTREAM_SENDERS: file('phones.json', { owntracks: {} }),
  ROADSTREAM_PUBLISHERS_HTTP: '127.0.0.1:8090',
  ROADSTREAM_PUBLISHERS_SECRETS: file('proofs.json', { owntracks: { secret } }),
}
const byTcp = {
  ROADSTREAM_MAPPINGS: 'teltonika',
  ROADSTREAM_SENDERS: file('trackers.json', { teltonika: { [imei]: 'van' } }),
  ROADSTREAM_TELTONIKA: '127.0.0.1:5027',
  ROADSTREAM_TELTONIKA_FROM: file('networks.json', { '*': ['10.0.0.0/8'] }),
}

test('an address that is wrong is told alone, not as a fault of what goes with it', () => {
  assert.deepEqual([problemsOf(byHttp), problemsOf(byTcp)], [[], []])
  for (const [given, name] of [
    [byHttp, 'ROADSTREAM_PUBLISHERS_HTTP'],
    [byTcp, 'ROADSTREAM_TELTONIKA'],
  ] as const) {
    const lines = problemsOf({ ...given, [name]: 'localhost' })
    assert.equal(lines.length, 1, lines.join('\n'))
    assert.ok(lines[0]!.startsWith(`${name} is "localhost": give host:port`), lines[0])
    const unnamed = problemsOf({ [name]: 'localhost' })
    assert.equal(unnamed.length, 2)
    assert.ok(unnamed.some((line) => line.startsWith(`${name} is set, and ROADSTREAM_MAPPINGS is not`)))
  }
})

test('a key that stands twice in a file of settings is told with its name, ids by their end and secrets not at all', () => {
  const twice = (name: string, text: string): string => file(name, text)
  const golf = '"kind":"car"'
  for (const [settings, name, problem] of [
    [
      { ...byHttp, ROADSTREAM_SENDERS: twice('a', '{"owntracks":{},"owntracks":{}}') },
      'a',
      'it says "owntracks" twice: leave one',
    ],
    [
      { ...byTcp, ROADSTREAM_SENDERS: twice('b', `{"teltonika":{"${imei}":"van","${imei}":"golf"}}`) },
      'b',
      'it says "…0007" of "teltonika" twice: leave one',
    ],
    [
      {
        ...byHttp,
        ROADSTREAM_PUBLISHERS_SECRETS: twice('c', `{"owntracks":{"secret":"${secret}","secret":"${secret}"}}`),
      },
      'c',
      'it says "secret" of "owntracks" twice: leave one',
    ],
    [
      { ...byHttp, ROADSTREAM_PUBLISHERS_SECRETS: twice('d', `{"owntracks":{"${secret}":1,"${secret}":2}}`) },
      'd',
      'it says "…" of "owntracks" twice: leave one',
    ],
    [
      { ...byTcp, ROADSTREAM_TELTONIKA_FROM: twice('e', `{"${imei}":["10.0.0.0/8"],"${imei}":["::/0"]}`) },
      'e',
      'it says "…0007" twice: leave one',
    ],
    [
      {
        ROADSTREAM_VEHICLES: twice('f', `{"vehicles":[{"vehicle":"golf",${golf}},{"vehicle":"van",${golf},${golf}}]}`),
      },
      'f',
      'vehicles[1].kind stands there twice; leave one',
    ],
    [
      {
        ROADSTREAM_SIGNALS: twice(
          'g',
          '{"Vehicle":{"type":"branch","children":{"Own":{"type":"branch"},"Own":{"type":"branch"}}}}',
        ),
      },
      'g',
      'Vehicle.children.Own stands there twice; leave one',
    ],
    [
      {
        ...bridge,
        ROADSTREAM_MAPPINGS: twice('h.json', '{"name":"h","signals":{"Vehicle.Speed":{},"Vehicle.Speed":{}}}'),
      },
      'h.json',
      '$.signals["Vehicle.Speed"] stands there twice; leave one',
    ],
    [
      { ROADSTREAM_SETTINGS: twice('i', '{"ROADSTREAM_DATA":"a","ROADSTREAM_DATA":"b"}') },
      'i',
      'says ROADSTREAM_DATA twice: leave one',
    ],
  ] as const) {
    const lines = problemsOf(settings)
    const line = lines.find((each) => each.includes(problem))
    assert.ok(line?.includes(name), lines.join('\n'))
    assert.ok(!lines.join().includes(secret) && !lines.join().includes(imei))
  }
})

test('a settings file that is no JSON is not quoted: it may hold passwords', () => {
  const [line, ...more] = problemsOf({ ROADSTREAM_SETTINGS: file('j', '{"ROADSTREAM_BRIDGE_PASSWORD": hush}') })
  assert.match(line!, /^ROADSTREAM_SETTINGS names .*, which cannot be read as settings: it is no JSON$/)
  assert.deepEqual(more, [])
})

test(
  'a file of secrets that others may use is warned of with its mode and the remedy, one of its owner alone is not',
  { skip: process.platform === 'win32' && 'there are no such rights' },
  () => {
    assert.deepEqual(warningsOf(byHttp), [])
    for (const mode of [0o640, 0o604, 0o620, 0o601]) {
      const path = file('open.json', { owntracks: { secret } }, mode)
      const [line, ...more] = warningsOf({ ...byHttp, ROADSTREAM_PUBLISHERS_SECRETS: path })
      assert.equal(
        line,
        `ROADSTREAM_PUBLISHERS_SECRETS names ${path}, which others than its owner may use (mode 0${mode.toString(8)}): chmod 600 it`,
      )
      assert.deepEqual(more, [])
    }
  },
)

/** A copy of a mapping with a name of its own, as a user makes one. */
function copy(of: string, name: string): string {
  const mapping = shippedAnyMapping(of) as MessageMapping
  return file(`${name}.json`, { ...mapping, name, examples: undefined })
}

test('a mapping to which nothing comes, as one before it takes all of its topics, is an error with both names; a part of them is a warning', () => {
  const given = (...mappings: readonly string[]) => {
    const names = mappings.map((name) =>
      name.endsWith('.json') ? name.replace(/^.*\//, '').replace('.json', '') : name,
    )
    const ROADSTREAM_SENDERS = file('ids.json', Object.fromEntries(names.map((name) => [name, {}])))
    return { ...bridge, ROADSTREAM_MAPPINGS: mappings.join(','), ROADSTREAM_SENDERS }
  }
  const alike = copy('kuksa', 'own-kuksa')
  assert.deepEqual(problemsOf(given('kuksa', alike)), [
    'ROADSTREAM_MAPPINGS: nothing comes to own-kuksa: all of its topics are taken by kuksa, before it: leave one of them out',
  ])
  const withHttp = {
    ...given('kuksa', alike),
    ROADSTREAM_PUBLISHERS_HTTP: '127.0.0.1:8090',
    ROADSTREAM_PUBLISHERS_SECRETS: file('both.json', { kuksa: { secret }, 'own-kuksa': { secret } }),
  }
  assert.deepEqual(warningsOf(withHttp), [
    'ROADSTREAM_MAPPINGS: not all of kuksa/{vehicle} comes to own-kuksa: what kuksa reads there is taken by that, which is before it',
  ])
  const one = file('one.json', {
    name: 'one',
    about: 'the speed alone',
    from: {
      form: 'messages',
      routes: [{ topic: 'ovms/{user}/{car}/metric/v/p/speed', payload: 'text', field: 'v.p.speed' }],
      vehicle: '{car}',
    },
    time: { as: 'receipt' },
    signals: { 'Vehicle.Speed': { field: 'v.p.speed', unit: 'mph' } },
  })
  assert.match(
    problemsOf(given('ovms', one))[0] ?? '',
    /^ROADSTREAM_MAPPINGS: nothing comes to one: all of its topics are taken by ovms/,
  )
  // The other way round only that metric is taken.
  assert.deepEqual(warningsOf(given(one, 'ovms')), [
    'ROADSTREAM_MAPPINGS: not all of ovms/{user}/{vehicle}/metric/{metric...} comes to ovms: what one reads there is taken by that, which is before it',
  ])
  assert.deepEqual(warningsOf(given('ovms', 'owntracks', 'kuksa')), [])
})
