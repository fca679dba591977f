// Rates hold over any length of time, are fair among the connections of a tenant, and are nothing
// to another tenant.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { createRateLimit, defaultRates, type RateClient, type Rates } from './rate-limit.ts'

const limitsOf = (change: Partial<Rates>): Rates => ({
  ...defaultRates,
  connectionMessagesPerS: 100,
  connectionBytesPerS: 10_000,
  tenantMessagesPerS: 1e9,
  tenantBytesPerS: 1e12,
  rateBurstMs: 1000,
  tenantBurstMs: 1000,
  ...change,
})

type TestClient = RateClient & { isHeld: boolean }
const newClient = (): TestClient => {
  const client: TestClient = {
    isOpen: true,
    paidUntil: 0,
    tenantRate: undefined,
    isHeld: false,
    pause: () => void (client.isHeld = true),
    resume: () => void (client.isHeld = false),
  }
  return client
}

/** The timer of those that are held is the test's: `pass` lets time go by and then lets it fire. */
function open(context: TestContext, change: Partial<Rates> = {}) {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  const held: string[] = []
  const limits = limitsOf(change)
  const rates = createRateLimit({ limits, clock: { now: () => now }, countHeld: (reason) => void held.push(reason) })
  const enter = (clientId: string, tenant = 'acme'): TestClient => {
    const client = newClient()
    rates.admit(client, clientId, tenant)
    return client
  }
  const pass = (ms: number): void => {
    now += ms
    context.mock.timers.tick(limits.ratePaceMs)
  }
  return { rates, held, enter, pass }
}

test('a burst is let through, what is above it is held for as long as its rate asks, and no longer', (context) => {
  const { rates, enter, pass, held } = open(context)
  const car = enter('car')
  rates.charge(car, 100, 0)
  assert.equal(car.isHeld, false)
  rates.charge(car, 50, 0)
  assert.deepEqual([car.isHeld, rates.held, held], [true, 1, ['connection-rate']])
  pass(499)
  assert.equal(car.isHeld, true)
  pass(1)
  assert.deepEqual([car.isHeld, rates.held], [false, 0])
})

test('bytes are held to their rate as messages are', (context) => {
  const { rates, enter, pass } = open(context)
  const car = enter('car')
  rates.charge(car, 1, 12_000)
  pass(199)
  assert.equal(car.isHeld, true)
  pass(1)
  assert.equal(car.isHeld, false)
})

test('nobody is held for longer than the limit, whatever it sent', (context) => {
  const { rates, enter, pass } = open(context, { rateHoldMaxMs: 5000 })
  const car = enter('car')
  rates.charge(car, 1e6, 1e9)
  pass(4999)
  assert.equal(car.isHeld, true)
  pass(1)
  assert.equal(car.isHeld, false)
})

test('what is owed outlives the connection', (context) => {
  const { rates, enter, pass } = open(context)
  const car = enter('car')
  rates.charge(car, 300, 0)
  rates.leave(car, 'car')
  assert.equal(rates.held, 0)
  const again = enter('car')
  rates.charge(again, 0, 0)
  assert.equal(again.isHeld, true)
  pass(2000)
  assert.equal(again.isHeld, false)
  const other = enter('other')
  rates.charge(other, 0, 0)
  assert.equal(other.isHeld, false)
})

test('debts are kept of so many client ids and no more, the newest', (context) => {
  const { rates, enter } = open(context, { rateDebtors: 2 })
  for (const clientId of ['a', 'b', 'c']) {
    const car = enter(clientId)
    rates.charge(car, 300, 0)
    rates.leave(car, clientId)
  }
  const isHeldAgain = (clientId: string): boolean => {
    const car = enter(clientId)
    rates.charge(car, 0, 0)
    return car.isHeld
  }
  assert.deepEqual(['a', 'b', 'c'].map(isHeldAgain), [false, true, true])
})

test('over any run of reads no connection exceeds its rate by more than a burst and one read', (context) => {
  const reads = fc.array(fc.record({ waitMs: fc.nat(300), messages: fc.nat(200), bytes: fc.nat(20_000) }), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(reads, (steps) => {
      context.mock.timers.reset()
      const { rates, enter, pass } = open(context)
      const car = enter('car')
      let [elapsedMs, messages, bytes] = [0, 0, 0]
      for (const step of steps) {
        pass(step.waitMs)
        elapsedMs += step.waitMs
        if (car.isHeld) continue
        assert.ok(messages <= 100 * (elapsedMs / 1000 + 1) + 200, `${messages} messages in ${elapsedMs} ms`)
        assert.ok(bytes <= 10_000 * (elapsedMs / 1000 + 1) + 20_000, `${bytes} bytes in ${elapsedMs} ms`)
        rates.charge(car, step.messages, step.bytes)
        messages += step.messages
        bytes += step.bytes
      }
      rates[Symbol.dispose]()
    }),
  )
})

test('above the rate of a tenant who floods gives way: the modest are hardly held, and another tenant not at all', (context) => {
  const { rates, enter, pass, held } = open(context, {
    tenantMessagesPerS: 1000,
    connectionMessagesPerS: 1e6,
    connectionBytesPerS: 1e9,
  })
  const flooding = [enter('f1'), enter('f2'), enter('f3')]
  const modest = enter('modest')
  const other = enter('other', 'zeta')
  const sent = new Map<TestClient, number>()
  const say = (car: TestClient, messages: number): void => {
    if (car.isHeld) return
    rates.charge(car, messages, 0)
    sent.set(car, (sent.get(car) ?? 0) + messages)
  }
  const seconds = 60
  for (let step = 0; step < seconds * 50; step++) {
    pass(20)
    for (const car of flooding) say(car, 100)
    if (step % 5 === 0) say(modest, 1)
    if (step % 5 === 0) say(other, 50)
  }
  const total = [...flooding, modest].reduce((sum, car) => sum + sent.get(car)!, 0)
  assert.ok(total < 1000 * seconds * 1.15 + 4000, `the tenant sent ${total}`)
  assert.ok(total > 1000 * seconds * 0.7, `the tenant sent ${total}`)
  assert.ok(sent.get(modest)! > seconds * 10 * 0.95, `the modest car sent ${sent.get(modest)}`)
  assert.equal(sent.get(other), seconds * 10 * 50)
  assert.ok(held.every((reason) => reason === 'tenant-rate'))
  const shares = flooding.map((car) => sent.get(car)! / total)
  assert.ok(Math.min(...shares) > 0.25, `shares ${shares.join(', ')}`)
})
