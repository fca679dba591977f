import assert from 'node:assert/strict'
import { test } from 'node:test'
import { downlinkTopic, parseUplinkTopic, uplinkTopic } from './topic.ts'
import { isVehiclePassword, vehiclePassword } from './vehicle-credential.ts'
import { parseVehicleKey, vehicleKey } from './vehicle-id.ts'

const ref = { tenant: 'acme', vehicle: 'car-7' }

test('an uplink topic names tenant, vehicle and stream, both ways', () => {
  assert.equal(uplinkTopic(ref, 'critical'), 'v1/acme/car-7/up/critical')
  assert.equal(downlinkTopic(ref, 'command'), 'v1/acme/car-7/down/command')
  assert.deepEqual(parseUplinkTopic('v1/acme/car-7/up/critical'), { ok: true, value: { ...ref, stream: 'critical' } })
})

test('whatever is not exactly an uplink topic is refused', () => {
  for (const topic of [
    '',
    'v1',
    'v2/acme/car-7/up/event',
    'v1/acme/car-7/down/command',
    'v1/acme/car-7/up/gossip',
    'v1/acme/car-7/up/event/more',
    'v1/acme/car-7/up',
    '/v1/acme/car-7/up/event',
  ])
    assert.equal(parseUplinkTopic(topic).ok, false, topic)
  for (const topic of [
    'v1/ac me/car-7/up/event',
    'v1/acme/+/up/event',
    'v1/acme/~group/up/event',
    'v1//car-7/up/event',
  ])
    assert.equal(parseUplinkTopic(topic).ok, false, topic)
})

test('a vehicle key is two names and nothing else', () => {
  assert.deepEqual(parseVehicleKey(vehicleKey(ref)), { ok: true, value: ref })
  for (const key of ['acme', 'acme/', '/car', 'a/b/c', 'acme/#', `acme/${'x'.repeat(64)}`, 'acme/__proto__'])
    assert.equal(parseVehicleKey(key).ok, false, key)
})

test("a vehicle's password opens for that vehicle and that fleet key alone", () => {
  const key = Buffer.alloc(32, 7)
  const password = Buffer.from(vehiclePassword(key, ref))
  assert.equal(password.length, 43)
  assert.ok(isVehiclePassword(key, ref, password))
  assert.ok(!isVehiclePassword(key, { ...ref, vehicle: 'car-8' }, password))
  assert.ok(!isVehiclePassword(Buffer.alloc(32, 8), ref, password))
  assert.ok(!isVehiclePassword(key, ref, Buffer.alloc(0)))
})
