import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSetup, refusedSetup } from './setup-form.ts'

const good = { token: 't', name: 'ana', password: 'twelve chars', again: 'twelve chars' }

test('a complete form has no errors', () => assert.deepEqual(checkSetup(good), {}))

test('each fault is named at its field', () => {
  assert.deepEqual(Object.keys(checkSetup({ token: '', name: ' ', password: 'short', again: 'other' })), [
    'token',
    'name',
    'password',
    'again',
  ])
  assert.match(
    checkSetup({ ...good, password: 'elevenchars', again: 'elevenchars' }).password ?? '',
    /at least 12 characters; this has 11/,
  )
})

test('what the server refuses of a field stands at the field alone, anything else below the form', () => {
  const fault = { field: 'password', message: 'This password is easy to guess.' }
  assert.deepEqual(refusedSetup(fault.message, [fault]), { errors: { password: fault.message }, failure: undefined })
  assert.equal(refusedSetup('Use the whole link.', []).failure, 'Use the whole link.')
  assert.equal(
    refusedSetup('Mend "token".', [fault, { field: 'token', message: 'It is missing.' }]).failure,
    'Mend "token".',
  )
})
