// Outages as the log has them, by a clock that is set: each kind once, the end once all is well.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { readServerFault, type ServerPlace } from './server-fault.ts'
import { createStandingOutages } from './standing-outages.ts'

const place: ServerPlace = {
  text: 'db:5432/fleet',
  setting: 'ROADSTREAM_POSTGRES',
  user: 'keeper',
  database: 'fleet',
  hasTls: false,
}
const said = (code: string | undefined, message = 'said'): Error => Object.assign(new Error(message), { code })
const outageOf = (code: string | undefined, isConnected = true, of = place) =>
  readServerFault(said(code), of, { isConnected, isLong: false })

function open(hasAnswered = true) {
  const told: string[] = []
  const logger = pino({}, { write: (line: string) => void told.push((JSON.parse(line) as { msg: string }).msg) })
  let now = 1
  const outages = createStandingOutages(place, logger, () => now)
  const begun = (text: string) => ({ begunAt: ++now, text })
  if (hasAnswered) outages.answered(begun('first'), { isNew: true, isDone: true })
  return {
    outages,
    told,
    begun,
    pass: (ms: number) => void (now += ms),
    fails: (text: string, code: string | undefined, isConnected = true) =>
      outages.met(begun(text), outageOf(code, isConnected), isConnected),
    succeeds: (text: string, isNew = false) => outages.answered(begun(text), { isNew, isDone: true }),
  }
}

const back = 'the database answers again'

test('a right that is gone is told once for all statements, and over once each of them has passed', () => {
  const { told, fails, succeeds } = open()
  for (let tries = 0; tries < 3; tries++) for (const text of ['trips', 'twins']) fails(text, '42501')
  succeeds('users')
  succeeds('trips')
  assert.deepEqual(told.length, 1)
  succeeds('twins')
  assert.match(
    told[0] ?? '',
    /\(ROADSTREAM_POSTGRES\) does not give the user keeper the rights it needs: .* \(said\)\./,
  )
  assert.deepEqual(told.slice(1), [back])
})

test('connections that were there tell nothing of whether one can be made', () => {
  const { told, fails, succeeds } = open()
  fails('trips', '28P01', false)
  for (let calls = 0; calls < 3; calls++) succeeds('trips')
  fails('twins', '28P01', false)
  assert.equal(told.length, 1)
  succeeds('trips', true)
  assert.deepEqual(told.slice(1), [back])
})

test('a call that began before another failed tells nothing of its end; nor one of before the end, of another outage', () => {
  const { told, outages, begun, fails, succeeds } = open()
  const early = begun('users')
  fails('trips', undefined)
  outages.answered(early, { isNew: true, isDone: true })
  assert.equal(told.length, 1)
  const late = begun('users')
  succeeds('trips')
  outages.met(late, outageOf(undefined), true)
  assert.deepEqual(told.slice(1), [back])
})

test('a statement that nobody tries again is forgotten', () => {
  const { told, fails, succeeds, pass } = open()
  fails('a list', '25006')
  succeeds('trips')
  assert.equal(told.length, 1)
  pass(60_001)
  succeeds('trips')
  assert.deepEqual(told.slice(1), [back])
})

test('before the first answer only that nothing answers is told: what is to be mended ends the start', () => {
  const { told, fails, succeeds } = open(false)
  fails('look', '28P01', false)
  assert.deepEqual(told, [])
  fails('look', 'ECONNREFUSED', false)
  succeeds('look', true)
  assert.equal(told.length, 2)
})

test('what is the server’s is told from a row that it refuses, a statement, and a socket', () => {
  const codes = (code: string | undefined, isConnected = true) => {
    const { code: kind, retryable, isTold } = outageOf(code, isConnected)
    return [kind, retryable, isTold]
  }
  for (const rows of ['22003', '23505', '54000']) assert.deepEqual(codes(rows), ['ROW_REFUSED', false, false])
  for (const ones of ['57014', '40P01', '55P03', '42703'])
    assert.deepEqual(codes(ones), ['STORE_UNAVAILABLE', true, false])
  for (const silent of ['EPIPE', 'ECONNRESET', '57P01', '57P03', '08006', undefined])
    assert.deepEqual(codes(silent), ['STORE_UNAVAILABLE', true, true])
  const kinds = {
    STORE_DENIED: ['28P01', '28000'],
    STORE_NO_RIGHT: ['42501'],
    STORE_READ_ONLY: ['25006'],
    STORE_MISSING: ['3D000', '3F000', '42P01'],
    STORE_FULL: ['53100'],
    STORE_BUSY: ['53300'],
    STORE_SHORT: ['53200', '53400'],
    STORE_DISK: ['58030'],
    STORE_UNTRUSTED: ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  }
  for (const [kind, all] of Object.entries(kinds))
    for (const code of all) assert.deepEqual(codes(code), [kind, true, true], code)
  assert.deepEqual(codes('55000', false), ['STORE_DENIED', true, true])
})

test('of the embedded database the folder is named, and what can be done about it', () => {
  const embedded = { ...place, text: '/data/postgres', setting: undefined }
  assert.match(
    outageOf('53100', true, embedded).message,
    /^The embedded database in \/data\/postgres has a full disk: free room there, or .*ROADSTREAM_DATA/,
  )
  assert.match(outageOf('42501', true, embedded).message, /in \/data\/postgres .*: see `npm run roadstream -- doctor`/)
})
