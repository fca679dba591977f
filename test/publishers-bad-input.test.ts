// Bad input of each form by the way that good input takes: one dead letter with a reason, or one
// clear answer; memory stays where it is, and nothing else is disturbed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Listing, SystemState, VehicleDetail } from '../src/api/contract.ts'
import type { DialectMessage } from '../src/mapping/dialects.testing.ts'
import { copyOf, mappingOf, openPublishers, type Publishers } from './support/publishers.ts'
import { temporaryFolder } from './support/running-system.ts'

/** The first message of a mapping's examples that comes to this address. */
function exampleOf(mapping: string, to: string): Buffer {
  const messages = mappingOf(mapping).examples!.flatMap(({ messages }) => messages)
  const { hex, payload } =
    messages.find((message) => message.to === to) ?? assert.fail(`${mapping} has no example to ${to}`)
  return hex === undefined
    ? Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
    : Buffer.from(hex, 'hex')
}

const cut = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length * 0.6))
const huge = Buffer.alloc(300_000, '{"a":')
const notUtf8 = Buffer.from('{"name":"caf\u00e9"}', 'latin1')
const utf16 = Buffer.from('{"_type":"location"}', 'utf16le')

const owntracks = exampleOf('owntracks', 'owntracks/fleet/car7')
const tesla = exampleOf('tesla-fleet-telemetry', 'POST /V')
const fleetwise = exampleOf('fleetwise', '$aws/iotfleetwise/vehicles/car7/signals')
const kuksa = exampleOf('kuksa', 'kuksa/car7')
const birth = exampleOf('sparkplug-b', 'spBv1.0/fleet/NBIRTH/car7')
const data = exampleOf('sparkplug-b', 'spBv1.0/fleet/NDATA/car7')
const frame = mappingOf('teltonika').examples![0]!.messages[1]!.hex!
const deep = Buffer.from('{"path":['.repeat(20_000))
/** A block of snappy that copies one byte a million times and more: 64 bytes for three. */
const snappyBomb = Buffer.concat([
  Buffer.from([0xff, 0xff, 0xff, 0x03, 0x00, 0x61]),
  Buffer.alloc(3 * 60_000, Buffer.from([0xfe, 0x01, 0x00])),
])

const fleetwiseTopic = '$aws/iotfleetwise/vehicles/bad/signals'

/** By mapping: address, payload, and the reason for which it is refused. */
const bad: readonly (readonly [mapping: string, address: string, payload: Buffer, reason: string])[] = [
  ['owntracks', 'owntracks/fleet/bad', cut(owntracks), 'not-json'],
  ['owntracks', 'owntracks/fleet/bad', huge, 'too-large'],
  ['owntracks', 'owntracks/fleet/bad', Buffer.from('[1,"location"]'), 'not-mapped'],
  ['owntracks', 'owntracks/fleet/bad', notUtf8, 'not-utf8'],
  ['owntracks', 'owntracks/fleet/bad', utf16, 'not-json'],
  ['owntracks', 'owntracks/fleet/bad', gzipSync(owntracks), 'not-utf8'],
  ['owntracks', 'owntracks/fleet/bad', deep, 'not-json'],
  ['ovms', 'ovms/fleet/BAD/metric/v/p/speed', notUtf8, 'not-utf8'],
  ['ovms', 'ovms/fleet/BAD/metric/v/p/speed', huge, 'too-large'],
  ['tesla-fleet-telemetry', 'tesla_V', cut(tesla), 'cut'],
  ['tesla-fleet-telemetry', 'tesla_V', Buffer.from('{"data":5}'), 'not-mapped'],
  ['tesla-fleet-telemetry', 'tesla_V', utf16, 'malformed'],
  ['tesla-fleet-telemetry', 'tesla_V', huge, 'too-large'],
  ['fleetwise', fleetwiseTopic, cut(fleetwise), 'not-packed'],
  ['fleetwise', fleetwiseTopic, snappyBomb, 'too-long'],
  ['fleetwise', fleetwiseTopic, Buffer.from('no protobuf'), 'not-packed'],
  ['fleetwise', fleetwiseTopic, huge, 'too-large'],
  ['kuksa', 'kuksa/bad', cut(kuksa), 'cut'],
  ['kuksa', 'kuksa/bad', Buffer.from('"entries"'), 'not-mapped'],
  ['kuksa', 'kuksa/bad', notUtf8, 'cut'],
  ['sparkplug-b', 'spBv1.0/fleet/NDATA/bad', data, 'no-birth'],
  ['sparkplug-b', 'spBv1.0/fleet/NBIRTH/bad', cut(birth), 'cut'],
  ['sparkplug-b', 'spBv1.0/fleet/NBIRTH/bad', huge, 'too-large'],
  ['ditto', 'ditto/events', cut(exampleOf('ditto', 'ditto/events')), 'not-json'],
  ['ditto', 'ditto/events', deep, 'not-json'],
  ['teltonika', 'TELTONIKA/861230000000009', Buffer.from(frame, 'hex').subarray(0, 40), 'cut'],
  ['teltonika', 'TELTONIKA/861230000000009', Buffer.from(frame.replace(/....$/, '0000'), 'hex'), 'wrong-checksum'],
  ['packed', 'packed/V', gzipSync(Buffer.alloc(200_000_000)), 'too-long'],
  ['packed', 'packed/V', cut(gzipSync(tesla)), 'cut'],
  ['packed', 'packed/V', tesla, 'not-packed'],
]

const asked: readonly (readonly [
  mapping: string,
  message: DialectMessage,
  status: number,
  headers?: Record<string, string>,
])[] = [
  [
    'owntracks',
    { address: 'POST /?u=fleet&d=bad', payload: gzipSync(owntracks), contentType: 'application/json' },
    415,
    { 'content-encoding': 'gzip' },
  ],
  ['owntracks', { address: 'POST /?u=fleet&d=bad', payload: huge, contentType: 'application/json' }, 413],
]

const countsOf = ({ publishers }: SystemState): Record<string, number> =>
  Object.fromEntries(
    (publishers ?? []).flatMap(({ mapping, refused }) =>
      refused.map(({ reason, count }) => [`${mapping} ${reason}`, count] as const),
    ),
  )

/** Bytes that belong to the process alone; undefined where the system does not tell. */
function ownBytes({ process: { pid } }: Publishers['system']): number | undefined {
  try {
    const [, kib] = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kib === undefined ? undefined : Number(kib) * 1024
  } catch {
    return undefined
  }
}

test(
  'bad input of each form is a dead letter with its reason, or a clear answer; memory stays flat and others are heard',
  { timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    const senders = {
      ...Object.fromEntries(
        [...new Set(bad.map(([mapping]) => mapping))].map((mapping) => [mapping, { none: 'none' }]),
      ),
      ovms: { CAR7: 'good' },
    }
    await using publishers = await openPublishers(folder.path, senders, {
      teltonika: copyOf('teltonika', folder.path, 'TELTONIKA/{imei}'),
      packed: copyOf('tesla-fleet-telemetry', folder.path, 'packed/{vin}', { name: 'packed', packing: 'gzip' }),
    })
    const rounds = 30
    const sendAll = async (): Promise<void> => {
      for (const [, address, payload] of bad) await publishers.send({ address, payload })
      for (const [mapping, message, status, headers] of asked) {
        const answer = await publishers.request(message, mapping, headers)
        assert.equal(answer.status, status)
        assert.match(answer.headers.get('content-type') ?? '', /problem\+json/)
        await answer.text()
      }
      await publishers.send({ address: 'ovms/fleet/CAR7/metric/v/p/speed', payload: Buffer.from('no number') })
    }
    // A payload that is too large is a dead letter at once, and is not read by a mapping.
    const read = bad.filter(([, , , reason]) => reason !== 'too-large')
    const each = read.length + 1
    for (let round = 0; round < 10; round++) await sendAll()
    await publishers.untilTaken(10 * each)
    const before = ownBytes(publishers.system)
    for (let round = 10; round < rounds; round++) await sendAll()
    await publishers.untilTaken(rounds * each)
    const after = ownBytes(publishers.system)
    await publishers.send({ address: 'ovms/fleet/CAR7/metric/v/p/speed', payload: Buffer.from('63') })
    const state = await publishers.untilTaken(rounds * each + 1)

    const expected = Map.groupBy(read, ([mapping, , , reason]) => `${mapping} ${reason}`)
    assert.deepEqual(
      countsOf(state),
      Object.fromEntries([...expected].map(([key, of]) => [key, of.length * rounds] as const)),
    )
    const { url, cookie } = publishers.api
    const metrics = await (await fetch(`${url}/metrics`, { headers: { cookie } })).text()
    const tooLarge = [...metrics.matchAll(/^roadstream_gateway_refused_total\{.*reason="too-large".*\} (\d+)/gm)]
    assert.equal(
      tooLarge.reduce((sum, [, count]) => sum + Number(count), 0),
      (bad.length - read.length) * rounds,
    )
    const { rows } = await publishers.api.get<Listing<{ vehicle: string }>>('/vehicles')
    assert.deepEqual(
      rows.map(({ vehicle }) => vehicle),
      ['good'],
    )
    const { signals } = await publishers.api.get<VehicleDetail>('/vehicles/good')
    assert.deepEqual(
      signals.map(({ path, value }) => [path, value]),
      [['Vehicle.Speed', 63]],
    )
    if (before !== undefined && after !== undefined)
      assert.ok(after - before < 64 * 1024 * 1024, `${(after - before) / 1e6} MB more`)
  },
)
