// Promise: one drive is the same trip whatever recording it comes in, through the gateway and the
// jobs.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { driveJobs } from '../engine/job-driver.ts'
import { latenessMs } from '../engine/lateness.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { trips } from '../jobs/trips/trips.ts'
import { twin } from '../jobs/twin/twin.ts'
import type { Trip } from '../read-models/trips/trips.ts'
import type { TwinPatch } from '../model/twin.ts'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { shippedMapping } from './mapping-catalogue.ts'
import { replay } from './replay.ts'
import { fleetKey, openFleetGateway } from './fleet-gateway.testing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-one-drive-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

// Ten minutes north through Montevideo at 54 km/h, a point a second.
const startAt = Date.UTC(2026, 2, 4, 5, 6, 7)
const kmh = 54
const lon = -56.1913
const points = Array.from({ length: 601 }, (_, second) => ({
  at: startAt + second * 1000,
  lat: -34.9055 + (second * kmh) / 3.6 / 110_950,
}))
const distanceM = ((points.length - 1) * kmh) / 3.6

const iso = (at: number): string => new Date(at).toISOString()

const asGpx = (): string =>
  `<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>${points
    .map(({ at, lat }) => `<trkpt lat="${lat.toFixed(7)}" lon="${lon}"><time>${iso(at)}</time></trkpt>`)
    .join('')}</trkseg></trk></gpx>`

const withChecksum = (body: string): string => {
  const sum = Buffer.from(body).reduce((so, byte) => so ^ byte, 0)
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}`
}
/** Degrees and minutes. */
const nmeaDegrees = (degrees: number, width: number): string => {
  const whole = Math.floor(Math.abs(degrees))
  return `${String(whole).padStart(width, '0')}${((Math.abs(degrees) - whole) * 60).toFixed(6).padStart(9, '0')}`
}
const asNmea = (): string =>
  points
    .map(({ at, lat }) => {
      const time = iso(at).slice(11, 19).replaceAll(':', '')
      return withChecksum(
        `GPRMC,${time}.00,A,${nmeaDegrees(lat, 2)},S,${nmeaDegrees(lon, 3)},W,${(kmh / 1.852).toFixed(4)},0.0,040326,,,A`,
      )
    })
    .join('\r\n')

const asOpenxc = (): string =>
  points
    .flatMap(({ at, lat }) => [
      { timestamp: at / 1000, name: 'vehicle_speed', value: kmh },
      { timestamp: at / 1000, name: 'latitude', value: lat },
      { timestamp: at / 1000, name: 'longitude', value: lon },
    ])
    .map((line) => JSON.stringify(line))
    .join('\n')

const forms = [
  { name: 'gpx', text: asGpx() },
  { name: 'nmea', text: asNmea() },
  { name: 'openxc', text: asOpenxc() },
]

for (const { name, text } of forms)
  test(`${name}: the trip, its length and where the car is are those that were driven`, async () => {
    await using server = await openFleetGateway({ clock: { now: () => startAt + 3_600_000 } })
    const file = join(scratch, `drive.${name}`)
    writeFileSync(file, text)
    const { messages, acknowledged } = await replay({
      files: [file],
      mapping: shippedMapping(name),
      url: server.url,
      tenant: 'acme',
      latenessMs,
      passwordOf: vehiclePassword.bind(undefined, fleetKey),
      speed: 'max',
    })
    assert.ok(messages > 0 && messages === acknowledged)

    const driver = driveJobs([trips, twin])
    const records = await readWhole(server.log, 'telemetry')
    driver.feed(records)
    driver.pass(records.at(-1)!.appendedAt + 3_600_000)
    const results = [...driver.results()]
    const found = results.flatMap(([id, value]) => (id.startsWith('trip ') ? [value as Trip] : []))
    assert.deepEqual(
      found.map((trip) => [trip.startAt, trip.endAt, trip.status]),
      [[startAt, startAt + 600_000, 'ended']],
    )
    // A speed at either end stands for half of its second beyond it.
    assert.ok(
      Math.abs(found[0]!.distanceM - distanceM) <= 0.002 * distanceM,
      `${found[0]!.distanceM} m for ${distanceM} m`,
    )
    const { signals } = results.find(([id]) => id.startsWith('twin '))![1] as TwinPatch
    const lat = signals['Vehicle.CurrentLocation.Latitude']?.value
    assert.ok(typeof lat === 'number' && Math.abs(lat - points.at(-1)!.lat) < 1e-6)
  })
