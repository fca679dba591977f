import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseInstant } from './instants.ts'

const iso = (text: string, zone = 'UTC'): string | undefined => {
  const at = parseInstant(text, zone)
  return at === undefined ? undefined : new Date(at).toISOString()
}

test('an offset in the text counts, and a text without one is local time', () => {
  assert.equal(iso('2019-05-23T20:54:11Z', 'America/Chicago'), '2019-05-23T20:54:11.000Z')
  assert.equal(iso('2019-05-23 20:54:11.25'), '2019-05-23T20:54:11.250Z')
  assert.equal(iso('2018-10-08T06:25:00-0700'), '2018-10-08T13:25:00.000Z')
  assert.equal(iso('2007-08-25 11:07:21', 'America/Chicago'), '2007-08-25T16:07:21.000Z')
  assert.equal(iso('2019-06-28_10-20-26', 'Europe/Berlin'), '2019-06-28T08:20:26.000Z')
  assert.equal(iso('2019_12_08_13-47-18', 'Europe/Berlin'), '2019-12-08T12:47:18.000Z')
})

test('a time the clocks repeat is the first, unless that is too early; one they skip is an hour later', () => {
  assert.equal(iso('2007-11-04 01:30:00', 'America/Chicago'), '2007-11-04T06:30:00.000Z')
  const first = Date.UTC(2007, 10, 4, 6, 30)
  assert.equal(parseInstant('2007-11-04 01:30:00', 'America/Chicago', first), first)
  assert.equal(parseInstant('2007-11-04 01:30:00', 'America/Chicago', first + 1), first + 3_600_000)
  assert.equal(parseInstant('2007-11-03 01:30:00', 'America/Chicago', first), first - 86_400_000)
  assert.equal(iso('2007-03-11 02:30:00', 'America/Chicago'), '2007-03-11T08:30:00.000Z')
  assert.equal(iso('2007-03-11 03:00:00', 'America/Chicago'), '2007-03-11T08:00:00.000Z')
})

test('what is no date gives nothing', () => {
  for (const text of [
    '',
    'NA',
    '2019-02-30 00:00:00',
    '2019-13-01 00:00:00',
    '2019-01-01 24:00:00',
    '2019-01-01 00:60:00',
    '2019-01-01',
    '1558644851',
  ])
    assert.equal(iso(text), undefined, text)
})

const zones = ['America/Chicago', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Montevideo', 'UTC']
const format = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
  ]),
)

test('local time comes back to the instant it was written for, but for the hours that are repeated', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(1990) / 1000, max: Date.UTC(2030) / 1000 }),
      (zone, seconds) => {
        const text = format.get(zone)!.format(seconds * 1000)
        const at = parseInstant(text, zone)
        assert.ok(at !== undefined)
        assert.equal(format.get(zone)!.format(at), text)
        assert.ok(
          seconds * 1000 - at === 0 || (seconds * 1000 > at && seconds * 1000 - at <= 3_600_000),
          `${text} ${zone}`,
        )
      },
    ),
  )
})

/** 20:00 UTC, an hour at which no zone of these changes its clocks, on days before clocks are set
 *  back. */
const eves = zones.flatMap((zone) =>
  Array.from({ length: 15 * 365 }, (_, day) => Date.UTC(2001, 0, day, 20)).flatMap((at) =>
    format.get(zone)!.format(at).slice(11) >
    format
      .get(zone)!
      .format(at + 86_400_000)
      .slice(11)
      ? [{ zone, at }]
      : [],
  ),
)

test('rows in order less than half an hour apart come back to their instants, through the hour that is repeated', () => {
  assert.ok(eves.length > 40, `${eves.length} changes of the clocks`)
  fc.assert(
    fc.property(
      fc.constantFrom(...eves),
      fc.array(fc.integer({ min: 0, max: 1799 }), { minLength: 60, maxLength: 150 }),
      (eve, steps) => {
        let at = eve.at
        let readAt: number | undefined
        for (const seconds of steps) {
          at += seconds * 1000
          readAt = parseInstant(format.get(eve.zone)!.format(at), eve.zone, readAt)
          assert.equal(readAt, at, `${eve.zone} ${new Date(at).toISOString()}`)
        }
      },
    ),
  )
})
