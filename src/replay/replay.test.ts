import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { latenessMs } from '../engine/lateness.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { vssCatalogue } from '../model/catalogue.ts'
import { parseMessage } from '../model/message-codec.ts'
import type { Sample } from '../model/message.ts'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { replayCommand } from './command.ts'
import { findMapping } from './mapping-catalogue.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { readRecording } from './recording.ts'
import { replay, type ReplayOptions } from './replay.ts'
import { fleetKey, openFleetGateway } from './fleet-gateway.testing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-replay-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const wallAt = Date.UTC(2026, 5, 1)
const clock = { now: () => wallAt }

const mappingNamed = (name: string): Mapping => {
  const mapping = findMapping(name)
  assert.ok(mapping.ok)
  return mapping.value
}

async function openServer(): Promise<
  AsyncDisposable & {
    readonly log: EventLog
    readonly gateway: Gateway
    readonly options: Pick<ReplayOptions, 'url' | 'tenant' | 'latenessMs' | 'passwordOf'>
  }
> {
  const server = await openFleetGateway({ clock })
  const options = {
    url: server.url,
    tenant: 'acme',
    latenessMs,
    passwordOf: vehiclePassword.bind(undefined, fleetKey),
  }
  return { ...server, options }
}

/** The samples of each vehicle, in the order of the log. */
async function stored(log: EventLog): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>()
  for (const { key, value } of await readWhole(log, 'telemetry')) {
    const message = parseMessage(value)
    assert.ok(message.ok && 'samples' in message.value)
    samples.set(key, [...(samples.get(key) ?? []), ...message.value.samples])
  }
  return samples
}

const firstAt = Date.UTC(2007, 7, 25, 16)
/** Speeds of cars by second, in the form of cmap-trips (local time of Chicago). */
function writeCars(name: string, rows: readonly (readonly [car: string, seconds: number, speedMph: number])[]): string {
  const lines = rows.map(
    ([car, seconds, mph]) =>
      `${car},${new Date(firstAt - 5 * 3_600_000 + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')},${mph},0`,
  )
  const file = join(scratch, name)
  writeFileSync(file, `vehicle,timestamp,speed_mph,accel_meters_ps\n${lines.join('\n')}\n`)
  return file
}

test('all samples of all cars arrive, each with its car, in order and with its own time', async () => {
  await using server = await openServer()
  const file = writeCars(
    'mixed.csv',
    Array.from({ length: 400 }, (_, row) => [`car ${row % 100}`, Math.floor(row / 100), row / 2] as const),
  )
  const mapping = mappingNamed('cmap-trips')
  const summary = await replay({ ...server.options, files: [file], mapping, speed: 'max' })
  assert.deepEqual(
    [summary.vehicles.length, summary.samples, summary.acknowledged, summary.refused, summary.unacknowledged],
    [100, 400, summary.messages, 0, 0],
  )
  const expected = new Map<string, Sample[]>()
  for await (const { segment, at, signals } of readRecording(file, mapping)) {
    const key = `acme/cmap-trips-${segment.replace(' ', '-')}`
    expected.set(key, [...(expected.get(key) ?? []), { at, signals }])
  }
  assert.deepEqual(await stored(server.log), expected)
})

test('a recording whose instants are of another clock is played with it', async () => {
  await using server = await openServer()
  const file = writeCars('received.csv', [
    ['a', 0, 1],
    ['a', 1, 1],
  ])
  const mapping = mappingNamed('cmap-trips')
  const time = [mapping.time].flat().map((rule) => ({ ...rule, clock: 'received' as const }))
  await replay({ ...server.options, files: [file], mapping: { ...mapping, time }, speed: 'max' })
  assert.deepEqual(
    (await stored(server.log)).get('acme/cmap-trips-a')?.map(({ clock }) => clock),
    ['received', 'received'],
  )
})

test('it waits as the recording did, divided by the speed, and a long silence only as long as it is told', async () => {
  await using server = await openServer()
  const file = writeCars('gaps.csv', [
    ['a', 0, 1],
    ['a', 1, 1],
    ['a', 3, 1],
    ['a', 5003, 1],
    ['b', 0, 1],
    ['b', 10, 1],
  ])
  let nowAt = wallAt
  const pauses: number[] = []
  const pace = {
    clock: { now: () => nowAt },
    pause: async (ms: number) => {
      pauses.push(ms)
      nowAt += ms
    },
  }
  await replay({
    ...server.options,
    ...pace,
    files: [file],
    mapping: mappingNamed('cmap-trips'),
    speed: 2,
    gapMaxMs: 60_000,
  })
  assert.deepEqual(pauses, [500, 1000, 30_000, 5000])
})

test('moved to now, it begins now in real time and ends now when it is faster, and keeps its distances in time', async () => {
  const file = writeCars('now.csv', [
    ['a', 0, 1],
    ['a', 7, 1],
  ])
  const mapping = mappingNamed('cmap-trips')
  const pause = async (): Promise<void> => {}
  for (const [speed, begins] of [
    [1, wallAt],
    [10, wallAt - 7000],
    ['max', wallAt - 7000],
  ] as const) {
    await using server = await openServer()
    await replay({ ...server.options, clock, pause, files: [file], mapping, speed, toNow: true })
    assert.deepEqual(
      (await stored(server.log)).get('acme/cmap-trips-a')?.map(({ at }) => at),
      [begins, begins + 7000],
    )
  }
})

test('only the segments named are played, and one that is not there is answered with those that are', async () => {
  await using server = await openServer()
  const file = writeCars('two.csv', [
    ['a', 0, 1],
    ['b', 0, 1],
  ])
  const given = {
    ...server.options,
    files: [file],
    mapping: mappingNamed('cmap-trips'),
    speed: 'max',
    vehicle: 'chicago',
  } as const
  const { vehicles } = await replay({ ...given, only: ['b'] })
  assert.deepEqual([vehicles, [...(await stored(server.log)).keys()]], [['chicago-b'], ['acme/chicago-b']])
  await assert.rejects(replay({ ...given, only: ['c'] }), {
    name: 'RecordingError',
    message: /no segment c .* There are: a, b\./,
  })
})

test('a stop ends the playing, and what was sent by then is acknowledged', async () => {
  await using server = await openServer()
  const file = writeCars(
    'long.csv',
    Array.from({ length: 500 }, (_, second) => ['a', second, 1] as const),
  )
  const stop = new AbortController()
  const summary = await replay({
    ...server.options,
    clock,
    pause: async () => {},
    files: [file],
    mapping: mappingNamed('cmap-trips'),
    speed: 1,
    signal: stop.signal,
    onProgress: ({ samples }) => {
      if (samples === 100) stop.abort()
    },
  })
  assert.deepEqual(
    [summary.isInterrupted, summary.samples, summary.acknowledged, summary.unacknowledged],
    [true, 100, 100, 0],
  )
  assert.equal((await stored(server.log)).get('acme/cmap-trips-a')?.length, 100)
})

type Said = { out: string; err: string; code: number }
async function say(
  words: readonly string[],
  server?: { readonly options: Pick<ReplayOptions, 'url' | 'tenant' | 'latenessMs' | 'passwordOf'> },
): Promise<Said> {
  const said = { out: '', err: '' }
  const code = await replayCommand(words, {
    url: server?.options.url ?? 'mqtt://127.0.0.1:1',
    tenant: 'acme',
    catalogue: vssCatalogue,
    latenessMs,
    fleetKey: () => fleetKey,
    signal: new AbortController().signal,
    print: (text) => void (said.out += text),
    complain: (text) => void (said.err += text),
  })
  return { ...said, code }
}

test('the command says what it did', async () => {
  await using server = await openServer()
  const file = writeCars('said.csv', [
    ['a', 0, 60],
    ['a', 6, 60],
    ['a', 7, Number.NaN],
  ])
  const { out, err, code } = await say([file, '--mapping', 'cmap-trips', '--speed', 'max'], server)
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /played {4}3 rows/)
  assert.match(out, /cars {6}1 \(cmap-trips-a\), 1 segment\n/)
  assert.match(out, /recorded {2}2007-08-25 16:00:00 UTC to 2007-08-25 16:00:07 UTC\n/)
  assert.match(out, /distance {2}0\.161 km/)
  assert.match(out, /answered {2}1 acknowledged, 0 refused, 0 not acknowledged\n/)
  assert.match(out, /no value {2}"speed_mph": 1 invalid\n/)
  const elsewhere = await say(
    [file, '--mapping', 'cmap-trips', '--speed', 'max', '--zone', 'Europe/Madrid', '--vehicle', 'y'],
    server,
  )
  assert.match(elsewhere.out, /recorded {2}2007-08-25 09:00:00 UTC to 2007-08-25 09:00:07 UTC\n/)
  const json = await say([file, '--mapping', 'cmap-trips', '--speed', 'max', '--json', '--vehicle', 'x'], server)
  assert.deepEqual([json.code, JSON.parse(json.out).vehicles], [0, ['x-a']])
})

test('of a recording without speeds no way by speed is told, and no zero', async () => {
  const file = join(scratch, 'places.gpx')
  const points = [0, 1, 2].map((n) => `<trkpt lat="52.50${n}" lon="13.4"><time>2026-03-01T08:00:${n}0Z</time></trkpt>`)
  writeFileSync(
    file,
    `<?xml version="1.0"?><gpx version="1.1" creator="x"><trk><trkseg>${points.join('')}</trkseg></trk></gpx>`,
  )
  const words = [file, '--mapping', 'gpx', '--speed', 'max', '--dry-run']
  assert.match((await say(words)).out, /distance {2}no speed is told; 0\.2 km by the positions\n/)
  const { comparedKm } = JSON.parse((await say([...words, '--json'])).out) as {
    comparedKm: { line: { bySpeed: number | null } }
  }
  assert.equal(comparedKm.line.bySpeed, null)
})

test('the command answers what it cannot do with the remedy, and says so in its exit code', async () => {
  await using server = await openServer()
  const file = writeCars('wrong.csv', [['a', 0, 1]])
  const cases: readonly (readonly [words: readonly string[], code: number, text: RegExp])[] = [
    [[], 2, /no FILE was named/],
    [[file], 2, /--mapping says[^]*nds-drives/],
    [['--devices'], 2, /--devices looks at one FILE/],
    [['--geofences'], 2, /--geofences looks at one FILE/],
    [[file, '--mapping', 'nds'], 2, /no mapping "nds"[^]*cmap-trips/],
    [[file, '--maping', 'x'], 2, /'--maping'[^]*--mapping, --speed/],
    [
      [file, '--mapping', 'cmap-trips', '--speed', 'fast', '--max-gap', '-1', '--url', 'ws://x'],
      2,
      /--speed[^]*--max-gap[^]*--url/,
    ],
    [[file, '--mapping', 'cmap-trips', '--one-vehicle'], 2, /different cars/],
    [[file, '--mapping', 'cmap-trips', '--start', '2026-01-01T00:00:00Z'], 2, /own dates/],
    [[file, '--mapping', 'cmap-trips', '--zone', 'Madrid'], 2, /--zone is an IANA time zone/],
    [[file, '--mapping', 'drive-cycles', '--zone', 'Europe/Madrid'], 2, /tell no local times/],
    [[file, '--mapping', 'drive-cycles', '--start', 'yesterday'], 2, /--start is an instant/],
    [[file, '--mapping', 'cmap-trips', '--vehicle', 'a/b'], 2, /--vehicle: A vehicle is named/],
    [[file, '--mapping', 'drive-cycles'], 1, /no column "cycMps", "cycSecs"/],
    [['none.csv', '--mapping', 'drive-cycles'], 1, /no file none\.csv/],
    [
      [file, '--mapping', 'cmap-trips', '--url', 'mqtt://127.0.0.1:1', '--connect-timeout', '0.3'],
      1,
      /Is the gateway running/,
    ],
    [
      [file, '--mapping', 'cmap-trips', '--password-file', file, '--connect-timeout', '0.3'],
      1,
      /Is the password the one/,
    ],
    [[file, '--mapping', 'cmap-trips', '--password-file', 'none.txt'], 1, /none\.txt cannot be read/],
  ]
  for (const [words, code, text] of cases) {
    const said = await say(words, server)
    assert.equal(said.code, code, said.err)
    assert.match(said.err, text)
    assert.equal(said.out, '')
  }
  const help = await say(['--help'])
  assert.equal(help.code, 0)
  for (const word of ['--mapping', '--speed', 'nds-drives', 'obd-carobd', 'Exit code'])
    assert.ok(help.out.includes(word))
})

test('an own mapping is named by its file, several files are one car, and a wrong unit shows in the summary', async () => {
  await using server = await openServer()
  const own = join(scratch, 'own.json')
  const mapping = {
    name: 'own',
    about: 'x',
    from: { form: 'csv' },
    time: { as: 'elapsed', field: 't', unit: 's' },
    signals: {
      'Vehicle.Speed': { field: 'mph', unit: 'km/h' },
      'Vehicle.CurrentLocation.Latitude': { field: 'lat', unit: 'degrees' },
      'Vehicle.CurrentLocation.Longitude': { field: 'lon', unit: 'degrees' },
    },
  }
  writeFileSync(own, JSON.stringify(mapping))
  const rows = Array.from({ length: 100 }, (_, second) => `${second},45,${-34 + (second * 45 * 0.44704) / 111_195},-56`)
  const files = ['Monday drive.csv', 'tuesday.csv'].map((name) => join(scratch, name))
  for (const file of files) writeFileSync(file, `t,mph,lat,lon\n${rows.join('\n')}\n`)
  const { out, err, code } = await say(
    [...files, '--mapping', own, '--speed', 'max', '--start', '2026-03-01T08:00:00Z'],
    server,
  )
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /cars {6}1 \(Monday-drive\), 2 segments/)
  assert.match(out, /recorded {2}2026-03-01 08:00:00 UTC to 2026-03-01 08:13:18 UTC/)
  assert.match(
    out,
    /doubtful {2}the speed gives .* where the line through the positions gives .* It was read as km\/h; mph would fit/,
  )
  const instants = (await stored(server.log)).get('acme/Monday-drive')?.map(({ at }) => at) ?? []
  assert.equal(instants.length, 200)
  assert.equal(instants[100], Date.UTC(2026, 2, 1, 8, 11, 39))
  writeFileSync(own, JSON.stringify({ ...mapping, signals: { 'Vehicle.Speed': { field: 'mph', unit: 'furlongs' } } }))
  const wrong = await say([files[0] ?? '', '--mapping', own], server)
  assert.deepEqual([wrong.code, wrong.out], [2, ''])
  assert.match(wrong.err, /own\.json: \$\.signals\["Vehicle\.Speed"\]\.unit is not "furlongs"; .* km\/h, mph/)
})

const drives = fileURLToPath(new URL('../../../shared/data/nds-drives/nds_data.csv.gz', import.meta.url))
test(
  'a real recording arrives whole: 28 drives, 23,187 samples',
  { skip: !existsSync(drives) && 'the recordings are not beside this checkout (../shared/data)' },
  async () => {
    await using server = await openServer()
    const summary = await replay({
      ...server.options,
      files: [drives],
      mapping: mappingNamed('nds-drives'),
      speed: 'max',
    })
    assert.deepEqual(
      [summary.vehicles.length, summary.samples, summary.messages - summary.acknowledged],
      [28, 23_187, 0],
    )
    const samples = [...(await stored(server.log)).values()]
    assert.equal(
      samples.reduce((sum, { length }) => sum + length, 0),
      23_187,
    )
    assert.deepEqual(
      samples
        .flat()
        .filter(({ signals }) => Object.values(signals).some((value) => typeof value === 'object' && value !== null)),
      [],
    )
  },
)
