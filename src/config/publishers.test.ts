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
  const ovms = JSON.parse(readFileSync(new URL('../../mappings/ovms.json', import.meta.url), 'utf8')) as {
    signals: object
  }
  const broken = file('broken.json', {
    ...ovms,
    signals: { 'Vehicle.Speed': { field: 'v.p.speed', unit: 'furlongs' } },
  })
  const senders = file('wrong.json', { ovms: { CAR7: 'two/parts' } })
  const names = `ovms,${file('ovms.json', ovms)},torque,nothing,${broken}`
  const lines = problemsOf({ ROADSTREAM_MAPPINGS: names, ROADSTREAM_SENDERS: senders })
  for (const [index, part] of [
    'ROADSTREAM_MAPPINGS: two mappings have the name "ovms": give a copy another one',
    'ROADSTREAM_MAPPINGS: there is no mapping of messages "torque": give a file ending in .json, or of ',
    'ROADSTREAM_MAPPINGS: there is no mapping of messages "nothing"',
    'ROADSTREAM_MAPPINGS: broken.json: $.signals["Vehicle.Speed"]',
    'ROADSTREAM_MAPPINGS: nothing brings the messages of ovms: give ROADSTREAM_BRIDGE, the broker where it publishes',
    `ROADSTREAM_SENDERS names ${senders}: "ovms": "CAR7" is "two/parts"; a vehicle id has`,
  ].entries())
    assert.ok(lines[index]?.startsWith(part), lines[index])
  assert.equal(lines.length, 6)
  const given = { ...bridge, ROADSTREAM_MAPPINGS: 'ovms,owntracks' }
  for (const [wrong, problem] of [
    [given, 'ROADSTREAM_MAPPINGS needs ROADSTREAM_SENDERS: a file that says whose each id is'],
    [{ ...bridge, ROADSTREAM_SENDERS: senders }, 'ROADSTREAM_SENDERS is set, and ROADSTREAM_MAPPINGS is not'],
    [
      { ...given, ROADSTREAM_SENDERS: '/nonexistent' },
      'ROADSTREAM_SENDERS names /nonexistent: it cannot be read (ENOENT): give a file',
    ],
    [{ ...given, ROADSTREAM_SENDERS: file('a', '{') }, `ROADSTREAM_SENDERS names ${join(folder, 'a')}: it is no JSON`],
    [
      { ...given, ROADSTREAM_SENDERS: file('b', []) },
      `ROADSTREAM_SENDERS names ${join(folder, 'b')}: it is an object of mappings`,
    ],
    [
      { ...given, ROADSTREAM_SENDERS: file('c', { ovms: 7 }) },
      `ROADSTREAM_SENDERS names ${join(folder, 'c')}: "ovms": it is an object of`,
    ],
    [
      { ...given, ROADSTREAM_SENDERS: file('d', { owntraks: {} }) },
      `ROADSTREAM_SENDERS names ${join(folder, 'd')}: "owntraks" is no mapping`,
    ],
    [
      { ...given, ROADSTREAM_SENDERS: file('h', { ovms: { '': 'leaf' } }) },
      `ROADSTREAM_SENDERS names ${join(folder, 'h')}: "ovms": an id is empty`,
    ],
  ] as const) {
    const [line, ...more] = problemsOf(wrong)
    assert.ok(line?.startsWith(problem), line)
    assert.deepEqual(more, [])
  }
})

test('an id of a publisher is told by its end alone, and what is no JSON is not quoted', () => {
  const given = { ...bridge, ROADSTREAM_MAPPINGS: 'owntracks' }
  const vin = 'WAUZZZ8V000000007'
  for (const [table, problem] of [
    [{ owntracks: { [vin]: 'two/parts' } }, '"owntracks": "…0007" is "two/parts"; a vehicle id has'],
    [`{"owntracks":{"${vin}"`, 'it is no JSON'],
    [vin, 'it is no JSON'],
  ] as const) {
    const lines = problemsOf({ ...given, ROADSTREAM_SENDERS: file('vin', table) })
    assert.ok(lines[0]?.startsWith(`ROADSTREAM_SENDERS names ${join(folder, 'vin')}: ${problem}`), lines[0])
    assert.equal(lines.length, 1)
    assert.ok(!lines.join().includes(vin.slice(0, 9)))
  }
})

const secret = 'c0ffee'.repeat(8)

test('publishers that send by HTTP come in where it is said, each with a proof of its own', () => {
  const ROADSTREAM_SENDERS = file('http-senders.json', { owntracks: { 'ana/phone': 'leaf' }, smartcar: {} })
  const ROADSTREAM_PUBLISHERS_SECRETS = file('secrets.json', {
    owntracks: { secret },
    smartcar: { key: 'x'.repeat(36), secret },
  })
  const config = readConfig({
    ROADSTREAM_MAPPINGS: 'owntracks,smartcar',
    ROADSTREAM_SENDERS,
    ROADSTREAM_PUBLISHERS_HTTP: '127.0.0.1:8090',
    ROADSTREAM_PUBLISHERS_SECRETS,
  })
  assert.ok(config.ok)
  const { listen, proofs } = config.value.publishers!.http!
  assert.deepEqual(listen, { host: '127.0.0.1', port: 8090 })
  assert.deepEqual(
    [...proofs],
    [
      ['owntracks', { secret }],
      ['smartcar', { secret, key: 'x'.repeat(36) }],
    ],
  )
})

test('what is wrong with proofs is told with its remedy, and never what the file holds', () => {
  const given = {
    ROADSTREAM_MAPPINGS: 'owntracks',
    ROADSTREAM_SENDERS: file('e', { owntracks: {} }),
    ROADSTREAM_PUBLISHERS_HTTP: '127.0.0.1:8090',
  }
  const { ROADSTREAM_PUBLISHERS_HTTP: _, ...without } = given
  const ovms = { ...bridge, ROADSTREAM_MAPPINGS: 'ovms', ROADSTREAM_SENDERS: file('f', { ovms: {} }) }
  let files = 0
  const secrets = (content: unknown) => ({ ...given, ROADSTREAM_PUBLISHERS_SECRETS: file(`hush-${files++}`, content) })
  const name = `ROADSTREAM_PUBLISHERS_SECRETS names ${join(folder, 'hush')}: `
  for (const [settings, ...problems] of [
    [given, 'ROADSTREAM_PUBLISHERS_HTTP needs ROADSTREAM_PUBLISHERS_SECRETS: a file'],
    [
      { ROADSTREAM_PUBLISHERS_HTTP: '127.0.0.1:1' },
      'ROADSTREAM_PUBLISHERS_HTTP is set, and ROADSTREAM_MAPPINGS is not',
    ],
    [
      without,
      'ROADSTREAM_MAPPINGS: nothing brings the messages of owntracks: give ROADSTREAM_BRIDGE, the broker where it publishes, or ROADSTREAM_PUB',
    ],
    [
      { ...without, ROADSTREAM_MAPPINGS: 'smartcar', ROADSTREAM_SENDERS: file('g', {}) },
      'ROADSTREAM_MAPPINGS: nothing brings the messages of smartcar: give ROADSTREAM_PUBLISHERS_HTTP',
    ],
    [
      { ...without, ...bridge, ROADSTREAM_PUBLISHERS_SECRETS: 'x' },
      'ROADSTREAM_PUBLISHERS_SECRETS is set, and ROADSTREAM_PUBLISHERS_HTTP is not',
    ],
    [
      { ...ovms, ...secrets({}), ...ovms },
      'ROADSTREAM_PUBLISHERS_HTTP is set, and no mapping of ROADSTREAM_MAPPINGS reads HTTP',
    ],
    [
      { ...given, ROADSTREAM_PUBLISHERS_SECRETS: '/nonexistent' },
      'ROADSTREAM_PUBLISHERS_SECRETS names /nonexistent: it cannot be read (ENOENT)',
    ],
    [secrets(`{"owntracks": ${secret}`), `${name}it is no JSON`],
    [secrets([secret]), `${name}it is an object of mappings`],
    [secrets({}), `${name}"owntracks" reads HTTP and has no secret there`],
    [
      secrets({ owntracks: { secret: `${secret}/` } }),
      `${name}"owntracks" has a secret that is none: 32 to 200 letters`,
    ],
    [secrets({ owntracks: { secret: secret.slice(0, 31) } }), `${name}"owntracks" has a secret that is none`],
    [secrets({ owntracks: { key: 'c0ffee' } }), `${name}"owntracks" has a key that is none`],
    [secrets({ owntracks: secret }), `${name}"owntracks" is an object with secret, key or both`],
    [
      secrets({ owntracks: { secret, kee: secret } }),
      `${name}"owntracks" is an object with secret, key or both, and nothing else`,
    ],
    [
      secrets({ owntracks: {}, ovms: { secret } }),
      `${name}"owntracks" is an object`,
      `${name}"ovms" is no mapping of ROADSTREAM_MAPPINGS that reads HTTP`,
    ],
  ] as const) {
    const lines = problemsOf(settings).map((line) => line.replace(/hush-\d+/, 'hush'))
    for (const [index, problem] of problems.entries()) assert.ok(lines[index]?.startsWith(problem), lines[index])
    assert.equal(lines.length, problems.length, lines.join('\n'))
    assert.ok(!lines.join().includes('c0ffee'))
  }
})

const imei = '861230000000007'
const trackerMapping = (name: string): string =>
  file(`${name}.json`, {
    name,
    about: 'packets of a tracker',
    from: { form: 'messages', routes: [{ method: 'TELTONIKA', path: '/{imei}' }], sender: '{imei}', vehicle: '{imei}' },
    time: { as: 'receipt' },
    signals: { 'Vehicle.Speed': { field: '/speed', unit: 'km/h' } },
  })

test('trackers come in where it is said, each from its own networks or those of all others, and are read by the mapping of their model', () => {
  const own = '861230000000015'
  const config = readConfig({
    ROADSTREAM_MAPPINGS: `${trackerMapping('teltonika-a')},${trackerMapping('teltonika-b')}`,
    ROADSTREAM_SENDERS: file('trackers.json', {
      'teltonika-a': { [imei]: 'van-7' },
      'teltonika-b': { [own]: 'van-8' },
    }),
    ROADSTREAM_TELTONIKA: '0.0.0.0:5027',
    ROADSTREAM_TELTONIKA_FROM: file('networks.json', { '*': ['10.64.0.0/10', 'fd00::/8'], [own]: ['10.64.3.7'] }),
  })
  assert.ok(config.ok, config.ok ? '' : config.detail)
  const { listen, trackers } = config.value.publishers!.teltonika!
  assert.deepEqual(listen, { host: '0.0.0.0', port: 5027 })
  assert.deepEqual(
    [...trackers],
    [
      [imei, { mapping: 'teltonika-a', vehicle: 'van-7', networks: ['10.64.0.0/10', 'fd00::/8'] }],
      [own, { mapping: 'teltonika-b', vehicle: 'van-8', networks: ['10.64.3.7'] }],
    ],
  )
})

test('what is wrong with trackers is told with its remedy, and an IMEI by its end alone', () => {
  const mapping = trackerMapping('trackers')
  let files = 0
  const senders = (table: object) => file('tracker-senders.json', table)
  const networks = (content: unknown) => ({ ROADSTREAM_TELTONIKA_FROM: file(`from-${files++}.json`, content) })
  const name = `ROADSTREAM_TELTONIKA_FROM names ${join(folder, 'from.json')}: `
  const plain = { ROADSTREAM_MAPPINGS: mapping, ROADSTREAM_TELTONIKA: '127.0.0.1:5027' }
  const known = { trackers: { [imei]: 'van-7' } }
  const all = networks({ '*': ['10.0.0.0/8'] })
  const owntracks = { ...bridge, ROADSTREAM_MAPPINGS: 'owntracks', ROADSTREAM_TELTONIKA: '127.0.0.1:5027' }
  for (const [settings, table, ...problems] of [
    [
      { ROADSTREAM_MAPPINGS: mapping },
      known,
      'ROADSTREAM_MAPPINGS: nothing brings the messages of trackers: give ROADSTREAM_TELTONIKA, where trackers connect',
    ],
    [
      { ...owntracks, ...all },
      {},
      'ROADSTREAM_TELTONIKA is set, and no mapping of ROADSTREAM_MAPPINGS reads trackers: leave it out',
    ],
    [plain, known, 'ROADSTREAM_TELTONIKA needs ROADSTREAM_TELTONIKA_FROM: a file'],
    [
      { ...bridge, ROADSTREAM_MAPPINGS: 'owntracks', ...all },
      {},
      'ROADSTREAM_TELTONIKA_FROM is set, and ROADSTREAM_TELTONIKA is not: say where',
    ],
    [
      { ...plain, ROADSTREAM_TELTONIKA_FROM: '/nonexistent' },
      known,
      'ROADSTREAM_TELTONIKA_FROM names /nonexistent: it cannot be read (ENOENT)',
    ],
    [{ ...plain, ...networks('{') }, known, `${name}it is no JSON`],
    [{ ...plain, ...networks(['10.0.0.0/8']) }, known, `${name}it is an object of IMEIs and networks`],
    [{ ...plain, ...networks({}) }, known, `${name}"…0007" could come from nowhere: give its networks`],
    [{ ...plain, ...networks({ '*': [] }) }, known, `${name}"*" has no list of addresses and networks`],
    [{ ...plain, ...networks({ '*': '10.0.0.0/8' }) }, known, `${name}"*" has no list of addresses and networks`],
    [{ ...plain, ...networks({ '*': ['10.0.0.0/33'] }) }, known, `${name}"*" has no list`],
    [{ ...plain, ...networks({ '*': ['10.0.0.0/8, 10.0.0.1'] }) }, known, `${name}"*" has no list`],
    [
      { ...plain, ...networks({ '*': ['::/0'], '861230000000015': ['::/0'] }) },
      known,
      `${name}"…0015" is no tracker of ROADSTREAM_SENDERS`,
    ],
    [
      { ...plain, ...networks({ '*': ['::/0'], '86123': ['::/0'] }) },
      known,
      `${name}"…6123" is no IMEI, which has 15 digits, and not "*"`,
    ],
    [
      { ...plain, ...all },
      { trackers: { '86123': 'van-7' } },
      'ROADSTREAM_SENDERS: "trackers": "…6123" is no IMEI, which has 15 digits',
    ],
    [
      { ...plain, ...all, ROADSTREAM_MAPPINGS: `${mapping},${trackerMapping('model-b')}` },
      { ...known, 'model-b': { [imei]: 'van-7' } },
      'ROADSTREAM_SENDERS: "…0007" stands in "trackers" and in "model-b": leave it in the one',
    ],
    [
      { ...plain, ...networks({ [imei]: ['::/0'], '86123': ['::/0'] }) },
      { trackers: { [imei]: 'van/7' } },
      `ROADSTREAM_SENDERS names ${join(folder, 'tracker-senders.json')}: "trackers": "…0007" is "van/7"; a vehicle id has`,
      `${name}"…6123" is no IMEI, which has 15 digits, and not "*"`,
    ],
  ] as const) {
    const lines = problemsOf({ ROADSTREAM_SENDERS: senders(table), ...settings }).map((line) =>
      line.replace(/from-\d+/, 'from'),
    )
    for (const [index, problem] of problems.entries()) assert.ok(lines[index]?.startsWith(problem), lines.join('\n'))
    assert.equal(lines.length, problems.length, lines.join('\n'))
    assert.ok(!lines.join().includes(imei))
  }
  assert.ok(
    problemsOf({ ROADSTREAM_TELTONIKA: '127.0.0.1:1' })[0]!.startsWith(
      'ROADSTREAM_TELTONIKA is set, and ROADSTREAM_MAPPINGS is not',
    ),
  )
})

test('edge nodes are asked for their births only where that is said, with a broker and a mapping for it', () => {
  const ROADSTREAM_SENDERS = file('nodes.json', { 'sparkplug-b': {} })
  const given = { ...bridge, ROADSTREAM_MAPPINGS: 'sparkplug-b', ROADSTREAM_SENDERS }
  const asks = (more: object): boolean | undefined => {
    const config = readConfig({ ...given, ...more })
    return config.ok ? config.value.publishers?.asksForRebirths : undefined
  }
  assert.deepEqual([asks({}), asks({ ROADSTREAM_SPARKPLUG_REBIRTH: 'on' })], [false, true])
  const on = { ROADSTREAM_SPARKPLUG_REBIRTH: 'on' }
  const others = {
    ...bridge,
    ...on,
    ROADSTREAM_MAPPINGS: 'ovms',
    ROADSTREAM_SENDERS: file('others.json', { ovms: {} }),
  }
  for (const [wrong, problem] of [
    [{ ...bridge, ...on }, 'ROADSTREAM_SPARKPLUG_REBIRTH is set, and ROADSTREAM_MAPPINGS is not'],
    [
      others,
      'ROADSTREAM_SPARKPLUG_REBIRTH is on, and no mapping of ROADSTREAM_MAPPINGS reads Sparkplug B: leave it out',
    ],
  ] as const) {
    const [line, ...more] = problemsOf(wrong)
    assert.ok(line?.startsWith(problem), line)
    assert.deepEqual(more, [])
  }
  const { ROADSTREAM_BRIDGE: _, ...unbridged } = { ...given, ...on }
  assert.ok(
    problemsOf(unbridged).some((line) =>
      line.startsWith('ROADSTREAM_SPARKPLUG_REBIRTH is on, and ROADSTREAM_BRIDGE names no broker'),
    ),
  )
})
