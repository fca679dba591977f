// Two threads number the deliveries of a session while it moves from one to the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Session } from './session.ts'

test('the next thread numbers behind all that the one before may still number, with other packet identifiers', () => {
  const principal = { id: 'car', tenant: 'demo' }
  const from = new Session('car', principal, 1000, 7)
  for (let count = 0; count < 60_000; count++) from.nextPacketId()
  const { packetId, order } = from.successor()
  const to = new Session('car', principal, 1000, 7)
  to.succeed(packetId, order)
  // Batches of three other threads and its own, twice.
  const batches = 8 * 2000
  const kept = new Set(Array.from({ length: batches }, () => from.nextPacketId()))
  const orders = Array.from({ length: batches }, () => from.nextOrder())
  for (let count = 0; count < batches; count++) assert.equal(kept.has(to.nextPacketId()), false)
  assert.ok(to.nextOrder() > orders.at(-1)!)
})
