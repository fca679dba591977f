import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionPath } from '../api/session-path.ts'
import { endingWords, protocolOf, shortId } from './session-words.ts'

test('a session is addressed by its tenant and the rest of its client id, each encoded', () => {
  assert.equal(sessionPath('demo/car-1'), '/sessions/demo/car-1')
  assert.equal(sessionPath('demo/service/one#2'), '/sessions/demo/service%2Fone%232')
  assert.equal(shortId('demo/service/one'), 'service/one')
})

test('the protocol is said in words, and not at all while away', () => {
  assert.equal(protocolOf({ version: '5', transport: 'wss' }), 'MQTT 5, WebSocket, TLS')
  assert.equal(protocolOf({ version: '3.1.1', transport: null }), 'MQTT 3.1.1')
  assert.equal(protocolOf({ version: null, transport: null }), null)
})

test('a reason nobody has words for is shown as it is, and one of a known group with the words of the group', () => {
  assert.deepEqual(endingWords('credentials'), { name: 'Wrong password or user name', trouble: true })
  assert.deepEqual(endingWords('something-new'), { name: 'something-new', trouble: false })
  assert.deepEqual(endingWords('tls-certificate-expired'), {
    name: 'Its certificate is not accepted (tls-certificate-expired)',
    trouble: true,
  })
})
