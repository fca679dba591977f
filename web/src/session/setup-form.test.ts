import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSetup } from './setup-form.ts'

const good = { token: 't', name: 'ana', password: 'twelve chars', again: 'twelve chars' }

test('a complete form has no errors', () => assert.deepEqual(checkSetup(good), {}))

test('each fault is named at its field', () => {
  assert.deepEqual(Object.keys(checkSetup({ token: '', name: ' ', password: 'short', again: 'other' })), [
    'token',
    'name',
    'password',
    'again',
  ])
  assert.match(checkSetup({ ...good, password: 'elevenchars', again: 'elevenchars' }).password ?? '', /at least 12 characters; this has 11/)
})
