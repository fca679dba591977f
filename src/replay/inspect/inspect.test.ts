import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import type { Mapping, SignalRule } from '../../mapping/mapping.ts'
import { mappingText } from '../../mapping/mapping-text.ts'
import { parseMapping } from '../../mapping/parse-mapping.ts'
import { shippedMapping } from '../mapping-catalogue.ts'
import { readRecording } from '../recording.ts'
import { inspect, type Inspection } from './inspect.ts'

const scratch = mkdtempSync(join(tmpdir(), 'roadstream-inspect-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))
const skip = !existsSync(data) && 'the recordings are not beside this checkout (../shared/data)'
const sample = (name: string): string => fileURLToPath(new URL(`../samples/${name}`, import.meta.url))

/** The first lines of a long recording, under its name. */
function beginning(file: string): string {
  if (file.includes('bev-bmw-i3') || !file.endsWith('.gz')) return data + file
  const lines = gunzipSync(readFileSync(data + file))
    .toString()
    .split('\n')
    .slice(0, 4000)
  writeFileSync(join(scratch, basename(file, '.gz')), `${lines.join('\n')}\n`)
  return join(scratch, basename(file, '.gz'))
}

const look = async (content: string, name = 'drive.csv'): Promise<Inspection> => {
  writeFileSync(join(scratch, name), content)
  return inspect(join(scratch, name))
}
const rule = ({ draft }: Inspection, signal: string): SignalRule | undefined => [draft.signals[signal] ?? []].flat()[0]

/** A line for each sample: instant, segment, speed and latitude, of which a trip is made. */
async function driven(file: string, mapping: Mapping): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const { at, segment, signals } of readRecording(file, mapping))
    lines.push(
      `${at} ${JSON.stringify([segment, signals['Vehicle.Speed'], signals['Vehicle.CurrentLocation.Latitude']])}`,
    )
  return lines
}

for (const [name, file, changes] of [
  ['bev-bmw-i3', 'bev-bmw-i3/TripA05.1hz.csv.gz', { time: shippedMapping('bev-bmw-i3').time }],
  ['nds-drives', 'nds-drives/nds_data.csv.gz', {}],
  ['obd-carobd', 'obd-carobd/drive.csv.gz', { time: { as: 'rows', periodMs: 492 } }],
  ['drive-cycles', 'drive-cycles/us06.csv', {}],
  ['cmap-trips', 'cmap-trips/points_1hz.csv.gz', { time: { as: 'iso', field: 'timestamp', zone: 'America/Chicago' } }],
] as const)
  test(`${name}: the draft plays the same drive, with at most one rule put right`, { skip }, async () => {
    const path = beginning(file)
    const { draft, report } = await inspect(path)
    assert.match(report, new RegExp(`try --mapping ${name}`))
    const shipped = shippedMapping(name)
    const taken = Object.keys(draft.signals).filter((path) => Object.hasOwn(shipped.signals, path))
    assert.ok(taken.length >= Object.keys(shipped.signals).length / 2, taken.join(', '))
    for (const path of taken)
      assert.equal([draft.signals[path]].flat()[0]?.unit, [shipped.signals[path]].flat()[0]?.unit, path)
    assert.ok((await driven(path, { ...draft, ...changes })).join('\n') === (await driven(path, shipped)).join('\n'))
  })

for (const [name, file] of [
  ['torque', 'torque.csv'],
  ['car-scanner', '2026-03-01 21-36-00.csv'],
  ['obd-fusion', 'obd-fusion.csv'],
  ['python-obd', 'python-obd.csv'],
  ['teslafi', 'TeslaFi32026.csv'],
  ['megasquirt', 'megasquirt.msl'],
] as const)
  test(`${name}: its file is known, and the draft plays it at the same instants`, async () => {
    const { draft, report } = await inspect(sample(file))
    assert.match(report, new RegExp(`try --mapping ${name}|and ${name}|${name} and`))
    const instants = async (mapping: Mapping): Promise<unknown[]> =>
      (await driven(sample(file), mapping)).map((line) => line.split(' ')[0])
    assert.deepEqual(await instants(draft), await instants(shippedMapping(name)))
  })

test('day and month, a time of day in a second column, decimal commas and a zone are guessed and said', async () => {
  const european = await look(
    'Datum;Uhrzeit;Speed (mph)\n13.01.2026;08:00:00;12,5\n13.01.2026;08:00:01;13,5\n',
    'eu.csv',
  )
  assert.deepEqual(european.draft.time, {
    as: 'pattern',
    field: ['Datum', 'Uhrzeit'],
    pattern: 'dd.MM.yyyy H:mm:ss',
    zone: 'UTC',
  })
  assert.equal(european.draft.decimal, ',')
  assert.match(european.report, /check: .*put the zone/)
  const american = await look('when,speed\n1/13/2026 8:00:00,1\n2/1/2026 8:00:00,2\n')
  assert.deepEqual(american.draft.time, { as: 'pattern', field: 'when', pattern: 'M/d/yyyy H:mm:ss', zone: 'UTC' })
  assert.match((await look('when,speed\n1/2/2026 8:00:00,1\n')).report, /check: day and month cannot be told apart/)
  assert.deepEqual((await look('ts,speed\n1767225600123,1\n1767225601123,2\n')).draft.time, {
    as: 'epoch',
    field: 'ts',
    unit: 'ms',
  })
})

test('columns that are mostly empty, also the last, and delimiters at the ends of lines leave the header what it is', async () => {
  const cell = (filled: boolean): string => (filled ? '5' : '')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 30 }),
      fc.constantFrom('', ';'),
      async (filled, end) => {
        const rows = filled.map(([a, b], second) => `${1_767_225_600 + second};${cell(a)};${cell(b)}${end}\n`)
        const { draft } = await look(`ts;speed;rpm\n0;1;1${end}\n${rows.join('')}`)
        assert.deepEqual(draft.from, { form: 'csv', delimiter: 'semicolon' })
        assert.deepEqual(Object.keys(draft.signals), ['Vehicle.Speed', 'Vehicle.Powertrain.CombustionEngine.Speed'])
      },
    ),
    { numRuns: 50 },
  )
})

test('a speed without a unit is in the one by which it goes as far as the positions', async () => {
  const metresASecond = Array.from(
    { length: 200 },
    (_, second) => `${1_767_225_600 + second},20,${-34 + (second * 20) / 111_195},-56`,
  )
  const found = await look(`ts,speed,lat,lon\n${metresASecond.join('\n')}\n`)
  assert.equal(rule(found, 'Vehicle.Speed')?.unit, 'm/s')
  assert.match(found.report, /check: the speed is in m\/s, as it then goes as far as the positions/)
})

test('a file that is no table, or has no column that is known, is an error with what there is', async () => {
  await assert.rejects(look('hello\n'), { name: 'RecordingError', message: /is no table/ })
  await assert.rejects(look(''), { name: 'RecordingError', message: /is no table/ })
  await assert.rejects(look('a,b\n1,2\n'), {
    name: 'RecordingError',
    message: /No column .* by hand[^]*"a": 100 % filled/,
  })
})

test('whatever a table holds, a draft passes its own check or one error says why there is none', async () => {
  const name = fc.constantFrom(
    'time',
    'Speed (mph)',
    'lat',
    'lon',
    'rpm',
    'PID',
    'VALUE',
    'UNITS',
    'x',
    '',
    'Date',
    '"q',
    '__proto__',
  )
  const cell = fc.oneof(
    fc.integer().map(String),
    fc.constantFrom('', '-', '1,5', '2026-01-01 00:00:00', '1/2/2026', 'nan', '# x', '"'),
    fc.string({ maxLength: 5 }),
  )
  const line = (of: fc.Arbitrary<string>, between: string): fc.Arbitrary<string> =>
    fc.array(of, { minLength: 2, maxLength: 5 }).map((cells) => cells.join(between))
  await fc.assert(
    fc.asyncProperty(
      fc
        .constantFrom(',', ';', '\t', ' ')
        .chain((between) => fc.tuple(line(name, between), fc.array(line(cell, between), { maxLength: 8 }))),
      async ([head, rows]) => {
        const found = await look([head, ...rows].join('\n')).catch((error: unknown) => error)
        if (found instanceof Error) return assert.equal(found.name, 'RecordingError', found.stack)
        const parsed = parseMapping(mappingText((found as Inspection).draft), 'draft.json')
        assert.ok(parsed.ok, parsed.ok ? '' : parsed.detail)
      },
    ),
    { numRuns: 200 },
  )
})
