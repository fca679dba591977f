// A thread that dies ends the process (roles/gateway-threads.ts); until then the others promise
// nothing that needs it, and they end in time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openConnected, publishPacket } from '../gateway.testing.ts'
import { openBesidePlayed, type PlayedThread } from './played-thread.testing.ts'

test('a message with subscribers on a thread that has died is not acknowledged, nor stored, and the drain ends all the same', async () => {
  const beside = await openBesidePlayed(2)
  const [other] = beside.played as [PlayedThread]
  other.say({ kind: 'want', filter: 't/#', connected: 0 })
  await using client = await openConnected(beside.gateway.port, 5, 'car', { properties: { sessionExpiryS: 600 } })
  const { attempts } = beside.gateway.log
  client.send(publishPacket(5, 't/x', Buffer.from('m')))
  await other.hear('plan')
  other.die()
  await beside[Symbol.asyncDispose]()
  await client.expect('disconnect')
  assert.equal(beside.gateway.log.attempts, attempts)
})

test('a gateway does not open when another of its threads ends before all are there', async () => {
  await assert.rejects(openBesidePlayed(2, { diesFirst: true }), { code: 'PEER_GONE' })
})
