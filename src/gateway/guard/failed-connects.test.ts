// Who fails often hears so late; what is remembered is bounded and forgiven.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFailedConnects } from './failed-connects.ts'
import { defaultLimits, type GatewayLimits } from '../gateway-limits.ts'

function open(change: Partial<GatewayLimits> = {}) {
  const clock = { at: 0, now: () => clock.at }
  const limits = { ...defaultLimits, addressFailures: 3, failureForgiveMs: 1000, failureDelayMs: 5000, ...change }
  const failed = createFailedConnects({ limits, clock, countHeld: () => undefined })
  const said: string[] = []
  const refuse = (remoteAddress: string, name = remoteAddress, isOpen = true): boolean => {
    let isHeld = false
    const client = { isOpen, remoteAddress, pause: () => void (isHeld = true) }
    failed.refuse(client, () => void said.push(name))
    return isHeld
  }
  return { clock, failed, refuse, said }
}

test('the first few refusals are said at once, those after them late, and those of other addresses at once', () => {
  const { clock, failed, refuse, said } = open()
  const held = ['a', 'b', 'c', 'd', 'e'].map((name) => refuse('192.0.2.1', name))
  assert.deepEqual(held, [false, false, false, true, true])
  assert.equal(refuse('192.0.2.2', 'other'), false)
  assert.deepEqual(said, ['a', 'b', 'c', 'other'])
  clock.at = 4999
  failed.sayDue()
  assert.equal(said.length, 4)
  clock.at = 5000
  failed.sayDue()
  assert.deepEqual(said.slice(4), ['d', 'e'])
})

test('failures are forgiven one after the other, and what is owed has a bound', () => {
  const { clock, refuse } = open()
  for (let count = 0; count < 1000; count++) refuse('192.0.2.1')
  clock.at = 3000
  assert.equal(refuse('192.0.2.1'), true)
  clock.at = 7000
  assert.equal(refuse('192.0.2.1'), false)
})

test('a client that has gone is told nothing', () => {
  const { clock, failed, refuse, said } = open({ addressFailures: 0 })
  refuse('192.0.2.1', 'gone', false)
  clock.at = 5000
  failed.sayDue()
  assert.deepEqual(said, [])
})

test('so many addresses are remembered, those that failed last', () => {
  const { failed, refuse } = open({ failureAddresses: 2, addressFailures: 1 })
  assert.deepEqual(
    ['1', '2', '1', '3', '1', '2'].map((end) => refuse(`192.0.2.${end}`)),
    [false, false, true, false, true, false],
  )
  assert.equal(failed.size, 2)
})
