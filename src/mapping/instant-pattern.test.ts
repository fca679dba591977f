import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { openPattern } from './instant-pattern.ts'

const iso = (pattern: string, text: string, zone = 'UTC'): string | undefined => {
  const read = openPattern(pattern, zone)
  assert.ok(read !== undefined, pattern)
  const at = read(text)
  return at === undefined ? undefined : new Date(at).toISOString()
}

test('dates as applications write them', () => {
  assert.equal(iso('d/M/yyyy H:mm:ss', '3/11/2025 7:05:09'), '2025-11-03T07:05:09.000Z')
  assert.equal(
    iso('dd-MMM-yyyy HH:mm:ss.S', '05-Oct-2026 14:22:01.600', 'America/Los_Angeles'),
    '2026-10-05T21:22:01.600Z',
  )
  assert.equal(iso('MM/dd/yyyy hh:mm:ss.S a', '11/10/2015 07:25:30.4100 PM'), '2015-11-10T19:25:30.410Z')
  assert.equal(iso('M/d/yyyy h:mm a', '1/2/2026 12:00 am'), '2026-01-02T00:00:00.000Z')
  assert.equal(
    iso('EEE MMM d HH:mm:ss z yyyy', 'Fri May 22 07:00:26 EDT 2015', 'America/New_York'),
    '2015-05-22T11:00:26.000Z',
  )
  assert.equal(iso('yyyyMMddHHmmss', '20260304050607'), '2026-03-04T05:06:07.000Z')
  assert.equal(iso("yyyy-MM-dd'T'HH:mmXXX", '2026-03-04T05:06+02:00'), '2026-03-04T03:06:00.000Z')
  assert.equal(iso('yyyy-MM-dd*', '2025-05-12 21-36-00'), '2025-05-12T00:00:00.000Z')
  assert.equal(iso('dd.MM.yyyy HH:mm', '31.12.2025 23:59'), '2025-12-31T23:59:00.000Z')
})

test('what is no real date, or goes on after it, gives nothing', () => {
  for (const text of [
    '31/2/2026 1:00:00',
    '1/13/2026 1:00:00',
    '1/1/2026 24:00:00',
    '1/1/2026 1:00:00 x',
    '',
    '1/1/26 1:00:00',
  ])
    assert.equal(iso('d/M/yyyy H:mm:ss', text), undefined, text)
  assert.equal(iso('d/M/yyyy h:mm a', '1/1/2026 13:00 pm'), undefined)
})

test('a pattern without a whole date, with a group twice or with other letters is none', () => {
  for (const pattern of ['', 'H:mm', 'yyyy-MM', 'yyyy-MM-dd M', 'yyyy-MM-dd hh:mm', 'yy-MM-dd', 'yyyy-MM-dd QQ'])
    assert.equal(openPattern(pattern, 'UTC'), undefined, pattern)
})

test('what was written by a pattern is read by it, at every instant', () => {
  const pad = (value: number): string => String(value).padStart(2, '0')
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1990), max: Date.UTC(2060) }), (at) => {
      const date = new Date(at)
      const half = date.getUTCHours() % 12 === 0 ? 12 : date.getUTCHours() % 12
      const text = `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${half}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}.${String(date.getUTCMilliseconds()).padStart(3, '0')} ${date.getUTCHours() < 12 ? 'AM' : 'PM'}`
      assert.equal(openPattern('M/d/yyyy h:mm:ss.S a', 'UTC')?.(text), at)
    }),
  )
})
