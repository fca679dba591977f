import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openKnownTrackers } from './known-trackers.ts'

const known = openKnownTrackers(
  new Map([
    ['861230000000007', { mapping: 'a', vehicle: 'van-7', networks: ['10.64.0.0/10', 'fd00:1::/32'] }],
    ['861230000000015', { mapping: 'b', vehicle: 'van-8', networks: ['192.0.2.7'] }],
  ]),
)

test('a tracker comes in from its own networks and no others, however the system writes an address', () => {
  const first = { imei: '861230000000007', mapping: 'a', vehicle: 'van-7' }
  for (const address of ['10.64.0.1', '10.127.255.255', '::ffff:10.64.0.1', 'fd00:1::7']) {
    assert.deepEqual(known.admit('861230000000007', address), first, address)
    assert.equal(known.admit('861230000000015', address), 'network')
    assert.equal(known.isExpectedFrom(address), true)
  }
  for (const address of ['10.128.0.1', '::ffff:10.128.0.1', 'fd00:2::7', '192.0.2.8', '127.0.0.1', undefined]) {
    assert.equal(known.admit('861230000000007', address), 'network', address)
    assert.equal(known.isExpectedFrom(address), false, address)
  }
  assert.deepEqual(known.admit('861230000000015', '192.0.2.7'), {
    imei: '861230000000015',
    mapping: 'b',
    vehicle: 'van-8',
  })
  assert.equal(known.admit('861230000000023', '192.0.2.7'), 'unknown')
  assert.equal(known.admit('__proto__', '192.0.2.7'), 'unknown')
})

test('a network that is none is no list of trackers', () => {
  assert.throws(
    () => openKnownTrackers(new Map([['1', { mapping: 'a', vehicle: 'v', networks: ['10.0.0.0/8', 'here'] }]])),
    RangeError,
  )
})
