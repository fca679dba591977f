// Examples of what publishers send, as bytes into their broker or to our listener, through the log,
// the translator and the jobs, to the twin and the trips of the API.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Listing, Trip, VehicleDetail, VehicleSignal } from '../src/api/contract.ts'
import {
  assertFigures,
  dialectNames,
  mappingOfDialect,
  noDialects,
  readDialect,
  type DialectMessage,
  type DialectName,
} from '../src/mapping/dialects.testing.ts'
import { openTranslation } from '../src/mapping/messages/open-translation.ts'
import type { ApiClient } from './support/api-client.ts'
import { copyOf, mappingOf, openPublishers } from './support/publishers.ts'
import { temporaryFolder } from './support/running-system.ts'

const signalsOf = async (api: ApiClient, vehicle: string): Promise<readonly VehicleSignal[]> =>
  (await api.get<VehicleDetail>(`/vehicles/${vehicle}`)).signals

/** That of the newest value, but for those that are as old as they are. */
function assertClock(name: DialectName, signals: readonly VehicleSignal[], sentAt: number): void {
  const { at, clock } = readDialect(name).right
  const newest = signals
    .filter((signal) => (signal.clock ?? 'measured') === clock)
    .toSorted((one, other) => one.at - other.at)
    .at(-1)
  assert.ok(newest !== undefined, `${name}: nothing is ${clock}`)
  if (at === null) assert.ok(newest.at >= sentAt && newest.at <= Date.now(), name)
  // The second record of this one has no fix, a second later.
  else assert.equal(newest.at, name === 'teltonika-codec8' ? at + 1000 : at, name)
}

/** How many of its messages the mapping reads: topics of values that no rule is for are not
 *  stored. */
function readCount(name: DialectName): number {
  const { senderOf } = openTranslation(mappingOf(mappingOfDialect[name]))
  return readDialect(name).messages.filter(({ address }) => senderOf(address) !== undefined).length
}

const noFix = new Set(['speedKmh', 'latitude', 'longitude'])

test(
  'each example gives what is right of it in the twin: vehicle, figures, unknown and clock',
  { skip: noDialects, timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    const [first, later] = [dialectNames.filter((name) => name !== 'openwb-unknown'), 'openwb-unknown' as const]
    const senders = Object.fromEntries(
      first.map((name) => [mappingOfDialect[name], { [readDialect(name).right.vehicle]: name }]),
    )
    // Packets of trackers come by a connection of their own; here what a broker passes on.
    const trackers = copyOf('teltonika', folder.path, 'TELTONIKA/{imei}')
    await using publishers = await openPublishers(folder.path, senders, { teltonika: trackers })
    const { api } = publishers
    const sentAt = Date.now()
    const sendAll = async (name: DialectName): Promise<void> => {
      for (const message of readDialect(name).messages) await publishers.send(message, mappingOfDialect[name])
    }
    for (const name of first) await sendAll(name)
    const sent = first.reduce((sum, name) => sum + readCount(name), 0)
    const state = await publishers.untilTaken(sent)
    assert.deepEqual(
      (state.publishers ?? []).flatMap(({ mapping, refused, unknown }) =>
        refused.length + unknown.length > 0 ? [[mapping, refused, unknown]] : [],
      ),
      [],
    )
    for (const name of first) {
      const { right } = readDialect(name)
      const signals = await signalsOf(api, name)
      const known = Object.entries(right.figures).map(([figure, value]) => [
        figure,
        noFix.has(figure) && name === 'teltonika-codec8' ? null : value,
      ])
      assertFigures({ ...right, figures: Object.fromEntries(known) as typeof right.figures }, signals)
      assertClock(name, signals, sentAt)
    }
    await sendAll(later)
    await publishers.untilTaken(sent + readCount(later))
    const { right } = readDialect(later)
    const soc = (await signalsOf(api, 'openwb')).find(({ path }) => path.endsWith('StateOfCharge.Current'))
    assert.deepEqual([soc?.value, soc?.clock], [null, right.clock])
  },
)

const startAt = Date.UTC(2026, 2, 4, 10)
const stepMs = 10_000
const speedKmh = 54
const stepM = (speedKmh / 3.6) * (stepMs / 1000)
const metersPerDegree = 111_195

const placeOf = (step: number): { readonly lat: number; readonly lon: number } => ({
  lat: -34.9 + (step * stepM) / metersPerDegree,
  lon: -56.2,
})

const messageOf = (address: string, payload: string | object): DialectMessage => ({
  address,
  payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
})

/** Each step of a drive in three dialects. */
const steps: Readonly<Record<string, (step: number, isEnd: boolean) => readonly DialectMessage[]>> = {
  ovms(step) {
    const { lat, lon } = placeOf(step)
    const utc = new Date(startAt + step * stepMs).toISOString().replace('T', ' ').replace('.000Z', ' UTC')
    const metric = (name: string, text: string): DialectMessage => messageOf(`ovms/fleet/CAR7/metric/${name}`, text)
    return [
      metric('v/e/on', 'yes'),
      metric('v/p/latitude', lat.toFixed(6)),
      metric('v/p/longitude', lon.toFixed(6)),
      metric('v/p/speed', String(speedKmh)),
      metric('m/time/utc', utc),
    ]
  },
  owntracks: (step) => [
    messageOf('owntracks/ana/phone', {
      _type: 'location',
      ...placeOf(step),
      vel: speedKmh,
      tst: (startAt + step * stepMs) / 1000,
    }),
  ],
  traccar(step, isEnd) {
    const { lat, lon } = placeOf(step)
    const at = new Date(startAt + step * stepMs).toISOString().replace('Z', '+00:00')
    const position = {
      fixTime: at,
      deviceTime: at,
      outdated: false,
      valid: true,
      latitude: lat,
      longitude: lon,
      course: 0,
      accuracy: 5,
    }
    const told = { ...position, speed: isEnd ? 0 : speedKmh / 1.852, attributes: { ignition: !isEnd } }
    return [messageOf('positions', { position: told, device: { uniqueId: 'tracker' } })]
  },
}

test(
  'a drive that three publishers tell parts of is one trip with its distance and clock; one that was told when it was sent says so',
  { timeout: 240_000 },
  async () => {
    using folder = temporaryFolder()
    const senders = {
      ovms: { CAR7: 'roamer' },
      owntracks: { 'ana/phone': 'roamer', 'ana/ping': 'pinged' },
      traccar: { tracker: 'roamer' },
    }
    await using publishers = await openPublishers(folder.path, senders)
    const each = 24
    const names = Object.keys(steps)
    const last = names.length * each - 1
    const drive = Array.from({ length: last + 1 }, (_none, step) =>
      steps[names[Math.floor(step / each)]!]!(step, step === last),
    ).flat()
    // It stands at the end for as long as it drove: until then by places alone the last of the way
    // is not told.
    const pings = Array.from({ length: 2 * each }, (_none, step) =>
      messageOf('owntracks/ana/ping', {
        _type: 'location',
        t: 'p',
        ...placeOf(Math.min(step, each)),
        tst: (startAt + step * stepMs) / 1000,
      }),
    )
    for (const message of [...drive, ...pings]) await publishers.send(message)
    await publishers.untilTaken(drive.length + pings.length)
    const tripsOf = async (vehicle: string): Promise<readonly Trip[]> =>
      (await publishers.api.get<Listing<Trip>>(`/trips?vehicle=${vehicle}`)).rows
    const [trip, ...more] = await tripsOf('roamer')
    assert.deepEqual(
      [trip?.startAt, trip?.endAt, trip?.clock, trip?.clockDoubt, trip?.endedBy],
      [startAt, startAt + last * stepMs, null, null, 'ignition'],
    )
    assert.ok(Math.abs((trip?.distanceM ?? 0) / (last * stepM) - 1) < 0.01, `${trip?.distanceM} m, not ${last * stepM}`)
    assert.ok(Math.abs((trip?.maxSpeedKmh ?? 0) - speedKmh) < 0.01)
    assert.equal(more.length, 0)
    const [pinged, ...others] = await tripsOf('pinged')
    assert.deepEqual([pinged?.startAt, pinged?.clock, others.length], [startAt, 'sent', 0])
    assert.ok(Math.abs((pinged?.distanceM ?? 0) - each * stepM) < 75, `${pinged?.distanceM} m, not ${each * stepM}`)
  },
)
