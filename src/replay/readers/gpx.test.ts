import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readGpx } from './gpx.ts'
import type { Notes } from './notes.ts'
import { allOf, cutAt, readSample, rowsFrom } from './samples.testing.ts'

const document = (points: string, root = 'xmlns="http://www.topografix.com/GPX/1/1"'): string =>
  `<gpx ${root}><trk><trkseg>${points}</trkseg></trk></gpx>`
const rowsOf = async (text: string): Promise<Readonly<Record<string, string>>[]> =>
  (await rowsFrom(readGpx, text)).map(({ row }) => row)

test('a track of a car unit: segments, a point without time, extensions by their namespace, and what is no drive is counted', async () => {
  const notes: Notes = new Map()
  const rows = await allOf(readGpx(cutAt(readSample('garmin-1.1.gpx'), []), notes))
  const trackName = 'Rambla <east> & back'
  assert.deepEqual(rows, [
    {
      line: 11,
      row: {
        track: '1',
        segment: '1',
        trackName,
        lat: '-34.905500',
        lon: '-56.191300',
        ele: '12.5',
        time: '2026-03-04T05:06:07.250Z',
        fix: '3d',
        sat: '9',
        hdop: '0.9',
        atemp: '21',
        speed: '17.5',
        course: '90',
      },
    },
    { line: 17, row: { track: '1', segment: '1', trackName, lat: '-34.905500', lon: '-56.191100' } },
    {
      line: 18,
      row: {
        track: '1',
        segment: '1',
        trackName,
        lat: '-34.905600',
        lon: '-56.190900',
        ele: '',
        time: '2026-03-04T05:06:09Z',
      },
    },
    {
      line: 21,
      row: {
        track: '1',
        segment: '2',
        trackName,
        lat: '-34.905700',
        lon: '-56.190700',
        ele: '13',
        time: '2026-03-04T05:16:09Z',
      },
    },
    {
      line: 26,
      row: {
        track: '2',
        segment: '3',
        lat: '-34.805700',
        lon: '-56.090700',
        ele: '40',
        time: '2026-03-04T09:16:09Z',
        'extensions/speed': '3.25',
      },
    },
  ])
  assert.deepEqual(
    [...notes.values()],
    [
      { count: 1, firstLine: 6 },
      { count: 2, firstLine: 7 },
    ],
  )
})

test('GPX 1.0 in Latin-1: speed and course of the point, and a name with an accent', async () => {
  const [first, second] = await rowsFrom(readGpx, readSample('logger-1.0.gpx'))
  assert.deepEqual(
    [first?.row['trackName'], first?.row['speed'], first?.row['course'], second?.row['speed']],
    ['Césped', '17.5', '359.9', '0'],
  )
})

test('any prefix names a namespace, and the same prefix of another namespace does not', async () => {
  const garmin = 'http://www.garmin.com/xmlschemas/TrackPointExtension/v1'
  const rows = await rowsOf(
    `<g:gpx xmlns:g="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="urn:other"><g:trk><g:trkseg>` +
      `<g:trkpt lat="1" lon="2"><g:extensions><t:TrackPointExtension xmlns:t="${garmin}"><t:speed>5</t:speed></t:TrackPointExtension></g:extensions></g:trkpt>` +
      `<g:trkpt lat="1" lon="2"><g:extensions><gpxtpx:TrackPointExtension><gpxtpx:speed>5</gpxtpx:speed></gpxtpx:TrackPointExtension></g:extensions></g:trkpt>` +
      `</g:trkseg></g:trk></g:gpx>`,
  )
  assert.equal(rows[0]?.['speed'], '5')
  assert.deepEqual(Object.keys(rows[1] ?? {}), [
    'track',
    'segment',
    'lat',
    'lon',
    'extensions/TrackPointExtension/speed',
  ])
})

test('the point of a waypoint or route is never one of a track, and a file of those alone is refused with what it has', async () => {
  await assert.rejects(
    rowsOf('<gpx><wpt lat="1" lon="2"/><wpt lat="1" lon="2"/></gpx>'),
    /there is no point of a track .*only 2 waypoints/,
  )
})

test('errors name the line and the remedy', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['<kml xmlns="http://www.opengis.net/kml/2.2"/>', /^line 1: it is no GPX, it begins with <kml>\. Export/],
    [
      '<gpx>\n<trk>\n<trkseg>\n<trkpt lat="1" lon="2">',
      /^line 4: .*before <\/trkpt><\/trkseg><\/trk><\/gpx>: it was cut off/,
    ],
    ['<gpx>\n<trk></gpx>', /^line 2: <\/gpx> closes <trk> of line 2/],
    ['<gpx></gpx><gpx></gpx>', /^line 1: a second document begins/],
    ['<!DOCTYPE gpx [<!ENTITY a "aaaa">]><gpx>&a;</gpx>', /^line 1: it defines entities of its own/],
    ['<?xml version="1.0" encoding="EBCDIC-9"?><gpx/>', /^line 1: the encoding "EBCDIC-9" is not known/],
    [`<gpx>${'<a>'.repeat(300)}`, /nested more than 256 deep/],
    [`<gpx a="${'x'.repeat(70_000)}"`, /a tag of more than 65536 characters/],
  ]
  for (const [text, message] of cases) await assert.rejects(rowsOf(text), { name: 'RecordingError', message })
})

test('rows before the damage are given, and what is after it is not', async () => {
  const rows: unknown[] = []
  await assert.rejects(async () => {
    for await (const row of readGpx(
      cutAt(Buffer.from(document('<trkpt lat="1" lon="2"/>').slice(0, -20) + '<'), [0.9]),
    ))
      rows.push(row)
  })
  assert.equal(rows.length, 1)
})

test('a comment and a text of 20 million characters are passed over', async () => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('<gpx><trk><desc>')
    for (let piece = 0; piece < 200; piece++) yield Buffer.alloc(100_000, 'y')
    yield Buffer.from('</desc><!--')
    for (let piece = 0; piece < 200; piece++) yield Buffer.alloc(100_000, '-')
    yield Buffer.from(' --><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>')
  }
  assert.deepEqual(
    (await allOf(readGpx(pieces()))).map(({ row }) => row),
    [{ track: '1', segment: '1', lat: '1', lon: '2' }],
  )
})

test('values come back as they were, however they are written', async () => {
  const escapes: readonly ((text: string) => string)[] = [
    (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    (text) => Array.from(text, (character) => `&#x${character.codePointAt(0)?.toString(16)};`).join(''),
    (text) => Array.from(text, (character) => `&#${character.codePointAt(0)};`).join(''),
    (text) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`,
  ]
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => text.trim())
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(value, fc.nat({ max: 3 })), { minLength: 1, maxLength: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (values, cut) => {
        const points = values
          .map(([text, how]) => `<trkpt lat="1" lon="2"><cmt>${escapes[how]?.(text)}</cmt></trkpt>`)
          .join('\n')
        const rows = await allOf(readGpx(cutAt(Buffer.from(document(points)), [cut])))
        assert.deepEqual(
          rows.map(({ row }) => row['cmt']),
          values.map(([text]) => text),
        )
      },
    ),
  )
})
