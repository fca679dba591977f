import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isCharted, lonePlaces, nearestIndex, seriesLines } from './series-lines.ts'
import { emptyWords, markWords, seriesNotes, valueWords } from './series-words.ts'

const at = [1000, 2000, 3000, 4000, 5000, 6000]
const value = [10, 12, null, -34, 14, 16]
const marks = [
  { index: 3, doubt: 'no-fix' as const },
  { index: 4, clockDoubt: 'ahead' as const },
]

test('a break ends every line, a doubted value breaks its line and is a dot, a marked instant is on a line of its own', () => {
  const lines = seriesLines({ at, value, marks })
  assert.deepEqual(lines.seconds, [1, 2, 3, 4, 5, 6])
  assert.deepEqual(lines.plain, [10, 12, null, null, undefined, 16])
  assert.deepEqual(lines.ahead, [undefined, undefined, null, undefined, 14, undefined])
  assert.deepEqual(
    lines.values.map((each) => each.value),
    [10, 12, -34, 14, 16],
  )
  assert.deepEqual(lines.values[2], { at: 4000, value: -34, doubt: 'no-fix' })
  assert.deepEqual([lonePlaces(lines.plain), lonePlaces(lines.ahead)], [[5], [4]])
})

test('the axis goes by what is not doubted, never below 0 for what was not, and doubted dots stay within it', () => {
  const { range, doubted } = seriesLines({ at, value, marks })
  assert.ok(range[0] > 9 && range[0] < 10 && range[1] > 16 && range[1] < 17, String(range))
  assert.deepEqual(doubted, [undefined, undefined, undefined, range[0], undefined, undefined])
  assert.equal(seriesLines({ at: [1, 2], value: [0, 100], marks: [] }).range[0], 0)
  assert.deepEqual(seriesLines({ at: [1], value: [0], marks: [] }).range, [0, 1])
  const [low, high] = seriesLines({ at: [1], value: [231], marks: [] }).range
  assert.ok(low < 231 && high > 231)
  const [all] = seriesLines({ at: [1], value: [-5], marks: [{ index: 0, doubt: 'jump' }] }).range
  assert.ok(all < -5, 'where all are doubted the axis is theirs')
})

test('the nearest value is found at every instant', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 })), fc.integer({ min: -10, max: 110 }), (instants, wanted) => {
      const values = instants.sort((a, b) => a - b).map((instant) => ({ at: instant, value: 0 }))
      const found = values[nearestIndex(values, wanted)]
      const least = Math.min(...instants.map((instant) => Math.abs(instant - wanted)))
      assert.equal(found === undefined ? Infinity : Math.abs(found.at - wanted), least)
    }),
  )
})

test('numbers have a chart, and what has a unit but no value now; words and truth values have none', () => {
  const told = (signal: Parameters<typeof isCharted>[0]['value'], unit: string | null = null) =>
    isCharted({ value: signal, unit })
  assert.ok(told(0) && told(null, 'kg') && told({ invalid: 'range' }, 'kg'))
  assert.ok(
    !told(true) &&
      !told('OPEN') &&
      !told(['P0301']) &&
      !told(null) &&
      !told({ invalid: 'type' }) &&
      !told(null, 'iso8601'),
  )
})

const hour = { from: 0, to: 3_600_000 }
const said = { values: 6, unavailable: 0, invalid: 0, other: 0 }
const series = {
  path: 'Vehicle.Speed',
  unit: 'km/h',
  ...hour,
  at: [0, 3_600_000],
  value: [1, 2],
  marks: [],
  clock: null,
  said,
  thinnedMs: null,
  unreadBefore: null,
}

test('a chart that shows all there is needs no note, and each thing it leaves out or marks is said', () => {
  assert.deepEqual(seriesNotes(series), [])
  assert.deepEqual(seriesNotes({ ...series, at: [0, 0, 9], value: [1, null, 2] }), [
    'The line is broken where the vehicle was silent for more than 5 min.',
  ])
  const noted = seriesNotes({
    ...series,
    at: [600_000, 3_600_000],
    marks: [
      { index: 0, doubt: 'jump' },
      { index: 1, clockDoubt: 'ahead' },
    ],
    said: { values: 1234, unavailable: 2, invalid: 1, other: 0 },
    clock: 'sent',
    thinnedMs: 9001,
  })
  assert.match(noted[0] ?? '', /^Nothing is known of it before /)
  assert.deepEqual(noted.slice(1), [
    'The line is broken where it was unavailable 2 times, invalid once, or the vehicle was silent for more than 5 min.',
    'Circles are doubted values (1); those beyond the axis are drawn at its edge.',
    'The dashed line is of instants that lie after their receipt (1): the clock was ahead.',
    'Not all instants are by the car’s clock; at least one is as sent. The time is that of sending: the car may have measured it some time before.',
    'Of 1,234 values the first, last, least and greatest of each 9 s are drawn.',
  ])
  const unread = { ...series, at: [600_000], unreadBefore: 5 }
  assert.match(
    seriesNotes({ ...unread, to: 3_600_001 }).join(),
    /^There are too many messages[^;]*Choose a shorter time\.$/,
  )
  assert.match(
    seriesNotes(unread).join(),
    /^There are too many messages[^;]*The API gives shorter times than can be chosen here\.$/,
  )
})

test('nothing said, and said to have no value, are two things', () => {
  assert.equal(emptyWords({ ...series, said: { ...said, values: 0 } }).title, 'Nothing was said of it in this time')
  assert.deepEqual(emptyWords({ ...series, said: { values: 0, unavailable: 12, invalid: 0, other: 1 } }), {
    title: 'It had no value in this time',
    help: 'It was unavailable 12 times, something that is no number once.',
  })
  const unread = { ...series, unreadBefore: 5 }
  const nothing = emptyWords({ ...unread, said: { ...said, values: 0 } })
  assert.equal(nothing.title, 'Nothing was said of it in the messages of this time that were looked at')
  assert.match(nothing.help, /^There are too many messages/)
  const noValue = emptyWords({ ...unread, said: { values: 0, unavailable: 1, invalid: 0, other: 0 } })
  assert.equal(noValue.title, 'It had no value in the messages of this time that were looked at')
  assert.match(noValue.help, /^It was unavailable once\. There are too many messages/)
})

test('a value is said with its unit and with what is doubtful of it', () => {
  assert.equal(valueWords(42.54, series), '42.5 km/h')
  assert.equal(valueWords(3, { path: 'Vehicle.Acme.Mode', unit: null }), '3')
  assert.equal(markWords({}), '')
  assert.match(markWords({ doubt: 'no-fix', clockDoubt: 'ahead' }), /^doubted: .+; its instant lies after its receipt$/)
})
