import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import { findingsOf, type Examination } from '../base/finding.ts'
import { examine, severityOf } from './examine.ts'

const { ok, warning, problem, unknown } = findingsOf('thing')
const silent = (): void => {}

test('one that hangs is told as such within the limit, and the others are looked at', async () => {
  const told: string[] = []
  const hanging: Examination = { name: 'disk', look: () => new Promise(() => {}) }
  const well: Examination = { name: 'thing', look: async () => [ok('fine')] }
  const { findings, isLate } = await examine([well, hanging, well], ({ name }) => told.push(name), 5)
  assert.ok(isLate)
  assert.deepEqual(told, ['thing', 'disk', 'thing'])
  assert.deepEqual(
    findings.map(({ state }) => state),
    ['ok', 'problem', 'ok'],
  )
  assert.match(findings[1]?.says ?? '', /no answer within 0.005 s: it hangs/)
})

test('an outage is a problem in its own words, and a bug is none', async () => {
  const away: Examination = {
    name: 'database',
    look: () => Promise.reject(new Outage('STORE_UNAVAILABLE', 'It is away: start it.', { retryable: true })),
  }
  assert.deepEqual(await examine([away], silent), {
    findings: [findingsOf('database').problem('It is away: start it.')],
    isLate: false,
  })
  const bug: Examination = { name: 'bug', look: () => Promise.reject(new TypeError('undefined')) }
  await assert.rejects(examine([bug], silent), TypeError)
})

test('the worst of the findings is the exit code', () => {
  assert.equal(severityOf([]), 0)
  assert.equal(severityOf([ok('')]), 0)
  assert.equal(severityOf([ok(''), unknown('')]), 1)
  assert.equal(severityOf([warning('', ''), ok('')]), 1)
  assert.equal(severityOf([problem(''), warning('', ''), ok('')]), 2)
})
