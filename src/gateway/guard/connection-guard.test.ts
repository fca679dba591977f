// New connections have their turns: bounded work for each, addresses one after the other, and
// nobody forgotten.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { createConnectionGuard, type GuardedClient } from './connection-guard.ts'
import { defaultLimits, type GatewayLimits } from '../gateway-limits.ts'

type TestClient = GuardedClient & { isRead: boolean }
const newClient = (remoteAddress: string): TestClient => {
  const client: TestClient = {
    remoteAddress,
    isRead: true,
    pause: () => void (client.isRead = false),
    resume: () => void (client.isRead = true),
  }
  return client
}

/** Four new connections a turn, three of one address. */
function open(context: TestContext, change: Partial<GatewayLimits> = {}) {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let held = 0
  const limits = { ...defaultLimits, ratePaceMs: 20, connectsPerS: 200, addressConnectsPerS: 150, ...change }
  const guard = createConnectionGuard({ limits, countHeld: () => void held++ })
  const enter = (address: string, count: number): TestClient[] =>
    Array.from({ length: count }, () => {
      const client = newClient(address)
      assert.equal(guard.enter(client), undefined)
      return client
    })
  return { guard, enter, held: () => held, turn: () => context.mock.timers.tick(20) }
}

const readOf = (clients: readonly TestClient[]): number => clients.filter(({ isRead }) => isRead).length

test('so many connections are begun in a turn, the rest in the next ones, in the order they came', (context) => {
  const { guard, enter, turn, held } = open(context)
  const clients = enter('192.0.2.1', 10)
  assert.deepEqual([readOf(clients), guard.waiting, guard.halfOpen, held()], [3, 7, 10, 7])
  turn()
  assert.deepEqual(
    clients.map(({ isRead }) => isRead),
    [...Array.from({ length: 6 }, () => true), ...Array.from({ length: 4 }, () => false)],
  )
  turn()
  turn()
  assert.deepEqual([readOf(clients), guard.waiting], [10, 0])
})

test('an address with one connection waits for one turn at most, however many another address has', (context) => {
  const { enter, turn } = open(context)
  enter('192.0.2.1', 1000)
  const [one] = enter('192.0.2.2', 1)
  assert.equal(one?.isRead, false)
  turn()
  assert.equal(one?.isRead, true)
})

test('to connect, finish and connect again within a turn gives an address no more than its share', (context) => {
  const { guard, enter } = open(context)
  for (let count = 0; count < 3; count++) for (const client of enter('192.0.2.1', 1)) guard.leave(client)
  assert.equal(enter('192.0.2.1', 1)[0]?.isRead, false)
})

test('whoever is gone before its turn takes none', (context) => {
  const { guard, enter, turn } = open(context)
  const clients = enter('192.0.2.1', 20)
  for (const client of clients.slice(3, 17)) guard.leave(client)
  turn()
  assert.deepEqual([readOf(clients.slice(17)), guard.waiting, guard.halfOpen], [3, 0, 6])
})

test('half-open connections are bounded, in all and for an address; who says CONNECT makes room', (context) => {
  const { guard, enter } = open(context, { halfOpen: 8, addressHalfOpen: 5 })
  const clients = enter('192.0.2.1', 5)
  assert.equal(guard.enter(newClient('192.0.2.1')), 'address-half-open')
  enter('192.0.2.2', 3)
  assert.equal(guard.enter(newClient('192.0.2.3')), 'half-open')
  guard.leave(clients[0]!)
  guard.leave(clients[0]!)
  assert.equal(guard.halfOpen, 7)
  enter('192.0.2.3', 1)
})

test('whatever comes and goes, everyone who stays is read, and nothing is left behind', (context) => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('enter'), at: fc.nat(4) }),
      fc.record({ kind: fc.constant('leave'), at: fc.nat(50) }),
      fc.record({ kind: fc.constant('turn'), at: fc.constant(0) }),
    ),
    { maxLength: 120 },
  )
  fc.assert(
    fc.property(steps, (list) => {
      context.mock.timers.reset()
      const { guard, enter, turn } = open(context)
      const inside: TestClient[] = []
      const begunBefore = () => readOf(inside)
      for (const { kind, at } of list) {
        if (kind === 'enter') inside.push(...enter(`192.0.2.${at}`, 1))
        else if (kind === 'leave' && inside.length > 0) guard.leave(inside.splice(at % inside.length, 1)[0]!)
        else if (kind === 'turn') {
          const before = begunBefore()
          turn()
          assert.ok(readOf(inside) - before <= 4)
        }
        assert.equal(guard.halfOpen, inside.length)
        assert.equal(guard.waiting, inside.length - readOf(inside))
      }
      for (let count = 0; count <= inside.length; count++) turn()
      assert.deepEqual([readOf(inside), guard.waiting], [inside.length, 0])
      for (const client of inside) guard.leave(client)
      assert.equal(guard.halfOpen, 0)
      guard[Symbol.dispose]()
    }),
  )
})
