import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Type } from 'typebox'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { closed, instant, nullable } from '../../read-models/schema-parts.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { fixtureNow, openFixture } from '../api.testing.ts'
import { fillStorage } from '../rows.testing.ts'
import { instantText, readInstantText } from './instants.ts'
import { changeInstants } from './schema-instants.ts'

const lastOfYear9999 = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const firstOfYear0 = -62_167_219_200_000

test('an instant comes back from its text as it was, at whatever offset it is written', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: firstOfYear0 + 86_400_000, max: lastOfYear9999 - 86_400_000 }),
      fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }),
      (at, offset) => {
        const text = instantText(at)
        assert.ok(typeof text === 'string')
        assert.equal(readInstantText(text), at)
        const two = (value: number): string => String(value).padStart(2, '0')
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60]
        const local = new Date(at + offset * 60_000).toISOString().slice(0, -1)
        assert.equal(readInstantText(`${local}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`), at)
      },
    ),
  )
})

test('beyond the years of RFC 3339 an instant stays a number', () => {
  assert.equal(instantText(lastOfYear9999), '9999-12-31T23:59:59.999Z')
  for (const at of [lastOfYear9999 + 1, firstOfYear0 - 1, 8.64e15, 8.64e15 + 1, Number.MAX_SAFE_INTEGER])
    assert.equal(instantText(at), at)
})

const shape = Type.Object({
  at: instant(''),
  lastAt: Type.Integer(),
  maybe: nullable(instant('')),
  column: Type.Array(instant('')),
  inner: nullable(Type.Object({ at: instant(''), ms: Type.Number() })),
  list: Type.Array(Type.Object({ at: Type.Optional(instant('')), note: Type.String() })),
  any: Type.Unknown(),
})
const value = {
  at: 1,
  lastAt: 2,
  maybe: null,
  column: [3, 4],
  inner: { at: 5, ms: 6 },
  list: [{ at: 7, note: '8' }, { note: '9' }],
  any: { at: 10 },
}

test('fields are instants by their schema, whatever they are called', () => {
  const change = changeInstants(
    shape,
    (at) => `<${String(at)}>`,
    () => assert.fail(),
  )
  const before = structuredClone(value)
  assert.deepEqual(change?.(value), {
    ...value,
    at: '<1>',
    maybe: '<null>',
    column: ['<3>', '<4>'],
    inner: { at: '<5>', ms: 6 },
    list: [{ at: '<7>', note: '8' }, { note: '9' }],
  })
  assert.deepEqual(value, before, 'what is given stays as it was')
})

test('a schema without instants is left alone, and one that would need a guess is refused', () => {
  const none = (): never => assert.fail()
  assert.equal(changeInstants(Type.Object({ at: Type.Integer() }, closed), none, none), undefined)
  const guess = Type.Union([Type.Object({ at: instant('') }), Type.Object({ at: Type.Integer() })])
  assert.throws(() => changeInstants(guess, none, none), /a union with instants/)
})

test('a request asks by either form and gets the same, and the answer in the form it asks for', async () => {
  const storage = openMemoryStorage()
  await using fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  await fillStorage(storage)
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  const get = async (address: string) => (await fixture.get(`/api/v1${address}`, { cookie })).json()
  type Trips = { readonly rows: readonly { readonly startAt: unknown; readonly durationMs: unknown }[]; next?: string }
  const all: Trips = await get('/trips')
  const at = new Date(fixtureNow - 3_600_000).toISOString().replace('Z', '')
  const byNumber: Trips = await get(`/trips?to=${fixtureNow - 3_600_000}`)
  assert.ok(byNumber.rows.length < all.rows.length || all.rows.length > 0)
  for (const text of [`${at}Z`, `${at}%2B00:00`, `${at}+00:00`, `${at}-00:00`])
    assert.deepEqual(await get(`/trips?to=${text}`), byNumber, text)

  const asText: Trips = await get('/trips?instants=rfc3339')
  const [first, firstText] = [all.rows[0], asText.rows[0]]
  assert.ok(first !== undefined && firstText !== undefined)
  assert.equal(firstText.startAt, new Date(first.startAt as number).toISOString())
  assert.equal(firstText.durationMs, first.durationMs)
  const page: Trips = await get('/trips?limit=1')
  if (page.next !== undefined) assert.ok((await get(`/trips?limit=1&instants=rfc3339&after=${page.next}`)).rows)
  const track = await get('/vehicles/car-1/track?instants=rfc3339')
  assert.ok(track.at.every((each: unknown) => typeof each === 'string'))
})

test('a text that is no instant, or has no offset, is refused with what to give', async () => {
  await using fixture = await openFixture(openMemoryStorage(), openMemoryLog({ partitions: 1 }).log)
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  for (const text of ['2026-03-01', '2026-03-01T08:00:00', '2026-02-30T08:00:00Z', 'now', '-1', '1.5', '']) {
    const refused = await fixture.get(`/api/v1/trips?from=${text}`, { cookie })
    assert.equal(refused.statusCode, 400, text)
    const { errors } = refused.json<{ errors: readonly { field: string; message: string }[] }>()
    assert.deepEqual([errors[0]?.field, errors[0]?.message.includes('RFC 3339 with its offset')], ['from', true], text)
  }
  assert.equal((await fixture.get('/api/v1/trips?instants=iso', { cookie })).statusCode, 400)
  assert.equal((await fixture.get('/api/v1/signals?instants=rfc3339', { cookie })).statusCode, 400)
})
