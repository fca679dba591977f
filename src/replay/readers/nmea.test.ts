import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readNmea } from './nmea.ts'
import type { Notes } from './notes.ts'
import { allOf, cutAt, readSample, rowsFrom } from './samples.testing.ts'

const sentence = (body: string): string => {
  let sum = 0
  for (const character of body) sum ^= character.charCodeAt(0)
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}`
}
const read = async (...bodies: string[]): Promise<{ rows: Readonly<Record<string, string>>[]; notes: Notes }> => {
  const notes: Notes = new Map()
  const rows = await allOf(readNmea(cutAt(Buffer.from(bodies.map(sentence).join('\r\n')), []), notes))
  return { rows: rows.map(({ row }) => row), notes }
}
const rmc = (time: string, date: string, rest = 'A,3454.33,S,05611.478,W,34.0,090.0'): string =>
  `GPRMC,${time},${rest},${date},,,A`

test('a receiver from its start over midnight: one row an epoch, no place without a fix, damaged and cut sentences counted', async () => {
  const notes: Notes = new Map()
  const rows = await allOf(readNmea(cutAt(readSample('receiver.nmea'), []), notes))
  assert.deepEqual(
    rows.map(({ line, row: { time, lat, lon, speedKnots, altitude, fix } }) => [
      line,
      time,
      lat,
      lon,
      speedKnots,
      altitude,
      fix,
    ]),
    [
      [2, undefined, '', '', '', '', '1'],
      [4, '2026-03-04T23:59:58.000Z', '', '', '', '', '1'],
      [8, '2026-03-04T23:59:59.000Z', '-34.9055', '-56.1913', '34.0', '12.5', '3'],
      [13, '2026-03-05T00:00:00.000Z', '-34.9055', '-56.191133333', undefined, '12.6', undefined],
      [14, '2026-03-05T00:00:01.000Z', '-34.9055', '-56.190966667', '34.0', undefined, undefined],
      [17, '2026-03-05T00:00:02.000Z', '-34.9055', '-56.1908', undefined, '12.6', undefined],
    ],
  )
  assert.deepEqual(
    [...notes.entries()],
    [
      ['rows before the first date', { count: 1, firstLine: 2 }],
      ['sentences with a wrong checksum', { count: 1, firstLine: 15 }],
      ['sentences without a checksum, which are not taken', { count: 1, firstLine: 18 }],
    ],
  )
})

test('two digits of a year are of 1980 to 2079, and a date of the week count before is told and stands', async () => {
  const { rows, notes } = await read(rmc('120000', '010180'), rmc('120000.5', '311279'), rmc('120001', '300304'))
  assert.deepEqual(
    rows.map(({ time }) => time),
    ['1980-01-01T12:00:00.000Z', '2079-12-31T12:00:00.500Z', '2004-03-30T12:00:01.000Z'],
  )
  assert.equal([...notes].find(([what]) => what.startsWith('dates before 2010'))?.[1].count, 2)
})

test('a count of weeks that rolls over within a file is told', async () => {
  const { notes } = await read(rmc('235959', '060419'), rmc('000000', '220899'))
  assert.ok([...notes.keys()].some((what) => what.startsWith('jumps of the date by 1024 weeks')))
})

test('a date that is none, and a time that is none, are not taken for others', async () => {
  const { rows, notes } = await read(rmc('120000', '310226'), rmc('256060', '010126'), rmc('120001', '010126'))
  assert.deepEqual(
    rows.map(({ time }) => time),
    [undefined, '2026-01-01T12:00:01.000Z'],
  )
  assert.equal(notes.get('sentences without a readable time of day')?.count, 1)
})

test('no fix in any sentence of an epoch leaves no place, speed or height', async () => {
  for (const other of [
    'GPGGA,120000,3454.33,S,05611.478,W,0,00,,12,M,,M,,',
    'GPGSA,A,1,,,,,,,,,,,,,,,',
    'GNRMC,120000,V,,,,,,,010126,,,N',
  ]) {
    const { rows } = await read(rmc('120000', '010126'), other)
    const [row] = rows
    assert.deepEqual(
      [rows.length, row?.['lat'], row?.['lon'], row?.['speedKnots'], row?.['course'], row?.['time']],
      [1, '', '', '', '', '2026-01-01T12:00:00.000Z'],
    )
  }
})

test('the navigational status of NMEA 4.10, V where none is told, says nothing of the fix; an empty course is none', async () => {
  for (const mode of ['A', 'E']) {
    const { rows } = await read(
      `GNRMC,081836.00,A,3454.00,S,05612.00,W,0.02,,010726,,,${mode},V`,
      'GPGSV,1,1,02,05,45,120,38,12,30,210,35,1',
    )
    assert.deepEqual(rows, [
      { timeOfDay: '081836.00', lat: '-34.9', lon: '-56.2', speedKnots: '0.02', time: '2026-07-01T08:18:36.000Z' },
    ])
  }
})

test("a maker's own sentence is not one of the standard, and half a place is none", async () => {
  await assert.rejects(read('PGRMC,120000,A'), /there is no whole RMC, GGA or ZDA/)
  const { rows } = await read(
    rmc('120000', '010126', 'A,3454.33,S,,,34.0,090.0'),
    rmc('120001', '010126', 'A,9100.00,S,05611.478,W,34.0,090.0'),
  )
  assert.deepEqual(
    rows.map((row) => [Object.hasOwn(row, 'lat'), Object.hasOwn(row, 'lon')]),
    [
      [false, false],
      [false, false],
    ],
  )
})

test('any one wrong character of a sentence takes it away', async () => {
  const good = sentence(rmc('120000', '010126'))
  const other = sentence(rmc('120001', '010126'))
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: good.indexOf('*') - 1 }),
      fc.integer({ min: 33, max: 126 }),
      async (at, code) => {
        const character = String.fromCharCode(code)
        fc.pre(character !== good[at] && character !== '$' && character !== '*')
        const rows = await rowsFrom(readNmea, `${good.slice(0, at)}${character}${good.slice(at + 1)}\n${other}`)
        assert.deepEqual(
          rows.map(({ line }) => line),
          [2],
        )
      },
    ),
  )
})

test('places come back to a centimetre in all quarters of the world', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      async (lat, lon) => {
        const written = (value: number, digits: number): string => {
          const minutes = Math.round(Math.abs(value) * 60 * 1e5)
          return `${String(Math.floor(minutes / 6e6)).padStart(digits, '0')}${((minutes % 6e6) / 1e5).toFixed(5).padStart(8, '0')}`
        }
        const { rows } = await read(
          rmc(
            '120000',
            '010126',
            `A,${written(lat, 2)},${lat < 0 ? 'S' : 'N'},${written(lon, 3)},${lon < 0 ? 'W' : 'E'},0.0,`,
          ),
        )
        assert.ok(Math.abs(Number(rows[0]?.['lat']) - lat) <= 1e-7 && Math.abs(Number(rows[0]?.['lon']) - lon) <= 1e-7)
      },
    ),
  )
})

test('the same time of day of two days is two rows', async () => {
  const { rows } = await read(
    rmc('120000', '010126'),
    'GPZDA,120000,02,01,2026,00,00',
    'GPGGA,120000,3454.33,S,05611.478,W,1,09,0.9,12.5,M,,M,,',
    rmc('120000', '030126'),
  )
  assert.deepEqual(
    rows.map(({ time, altitude }) => [time, altitude]),
    [
      ['2026-01-01T12:00:00.000Z', undefined],
      ['2026-01-02T12:00:00.000Z', '12.5'],
      ['2026-01-03T12:00:00.000Z', undefined],
    ],
  )
})

test('what is behind a sentence that is lost, or tells no time, is not of the instant before', async () => {
  const noFix = sentence('GPGSA,A,1,,,,,,,,,,,,,,,')
  for (const lost of ['$GPRMC,120001,V,,,*00', '$GPRMC,1200', sentence('GPRMC,,V,,,,,,,,,,N')]) {
    const rows = await rowsFrom(
      readNmea,
      [sentence(rmc('120000', '010126')), lost, noFix, sentence(rmc('120002', '010126')), noFix].join('\n'),
    )
    assert.deepEqual(
      rows.map(({ row }) => [row['lat'], row['fix']]),
      [
        ['-34.9055', undefined],
        ['', '1'],
      ],
    )
  }
})
