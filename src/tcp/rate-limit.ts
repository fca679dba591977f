// How fast a connection, and all connections of a tenant together, may send. Who is above the rate
// is not read for a while, so TCP slows the client down: nothing is lost and nothing refused. Both
// are token buckets kept as one number, the instant until which what was sent is paid for; it may
// be at most `rateBurstMs` ahead. A message costs its share of the messages or of the bytes a
// second, whichever is longer, so that one number bounds both. Charged once for each read of a
// socket; one timer for all that are held.
//
// A tenant above its rate has its connections held each for its own part: what it sent, times how
// many are held. A car that sends little waits hardly at all, one that floods gives way, and
// another tenant's cars do not notice.
import type { Clock } from '../base/clock.ts'

export const defaultRates = {
  /** Of one connection: a car says some tens of messages a second, and more when it has been away.
   *  Above its rate it is not read for a while. */
  connectionMessagesPerS: 1000,
  connectionBytesPerS: 1_000_000,
  /** Of all connections of a tenant. */
  tenantMessagesPerS: 100_000,
  tenantBytesPerS: 125_000_000,
  /** The burst that may be sent at once, as a time at the full rate. */
  rateBurstMs: 10_000,
  tenantBurstMs: 1000,
  /** Nobody is left unread for longer. */
  rateHoldMaxMs: 60_000,
  /** How often those that are held are looked at, and new connections have their turn. */
  ratePaceMs: 20,
  /** Client ids whose debt outlives their connection. */
  rateDebtors: 10_000,
  /** A refused message, which becomes a dead letter, counts as so many: 20 a second and 20 kB of
   *  them from a connection, after 200 at first. */
  refusedMessageCost: 50,
} as const

export type Rates = { readonly [Name in keyof typeof defaultRates]: number }

/** State that the connections of a tenant share. */
export type TenantRate = { paidUntil: number; held: number }

/** A connection, as far as its rate goes. */
export interface RateClient {
  readonly isOpen: boolean
  paidUntil: number
  /** Undefined until it is admitted: before that other limits hold. */
  tenantRate: TenantRate | undefined
  /** Is not read until it is resumed. */
  pause(reason: 'rate'): void
  resume(reason: 'rate'): void
}

export interface RateLimit extends Disposable {
  /** Connections that are not read for their rate or their tenant's. */
  readonly held: number
  /** Gives a client its tenant's account, and what it owes from its connection before this one. */
  admit(client: RateClient, clientId: string, tenant: string): void
  /** Charges one read. `messages` counts each as many times as it costs. */
  charge(client: RateClient, messages: number, bytes: number): void
  /** The connection has ended; what it owes is remembered. */
  leave(client: RateClient, clientId: string): void
}

export type RateLimitOptions = {
  readonly limits: Rates
  readonly clock: Clock
  readonly countHeld: (reason: 'connection-rate' | 'tenant-rate') => void
}

/** A tenant owes at most this many bursts: the longer its cars are held for each message, the more
 *  it owes. */
const tenantBurstsMax = 4

export function createRateLimit({ limits, clock, countHeld }: RateLimitOptions): RateLimit {
  const { rateBurstMs, tenantBurstMs, rateHoldMaxMs, ratePaceMs, rateDebtors } = limits
  const messageMs = 1000 / limits.connectionMessagesPerS
  const byteMs = 1000 / limits.connectionBytesPerS
  const tenantMessageMs = 1000 / limits.tenantMessagesPerS
  const tenantByteMs = 1000 / limits.tenantBytesPerS
  /** As many as admission knows. */
  const tenants = new Map<string, TenantRate>()
  /** By client id, what is paid until when by a connection that is gone: to connect anew buys
   *  nothing. The oldest goes when it is full. */
  const debts = new Map<string, number>()
  const heldUntil = new Map<RateClient, number>()
  let timer: NodeJS.Timeout | undefined

  function hold(client: RateClient, until: number): void {
    if (!heldUntil.has(client)) {
      client.tenantRate!.held++
      client.pause('rate')
    }
    heldUntil.set(client, until)
    timer ??= setInterval(releaseDue, ratePaceMs)
  }

  function release(client: RateClient): void {
    if (!heldUntil.delete(client)) return
    client.tenantRate!.held--
    if (heldUntil.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  function releaseDue(): void {
    const now = clock.now()
    for (const [client, until] of heldUntil) {
      if (until > now) continue
      release(client)
      client.resume('rate')
    }
  }

  /** Until when the connection is held for its tenant's rate; 0 means it is not. */
  function chargeTenant(tenant: TenantRate, messages: number, bytes: number, now: number): number {
    const cost = Math.max(messages * tenantMessageMs, bytes * tenantByteMs)
    const owed = Math.min(Math.max(tenant.paidUntil - now, 0) + cost, tenantBurstsMax * tenantBurstMs)
    tenant.paidUntil = now + owed
    return owed <= tenantBurstMs ? 0 : now + (cost * (tenant.held + 1) * owed) / tenantBurstMs
  }

  return {
    get held() {
      return heldUntil.size
    },
    admit(client, clientId, name) {
      let tenant = tenants.get(name)
      if (tenant === undefined) tenants.set(name, (tenant = { paidUntil: 0, held: 0 }))
      client.tenantRate = tenant
      const owed = debts.get(clientId)
      if (owed === undefined) return
      client.paidUntil = owed
      debts.delete(clientId)
    },
    charge(client, messages, bytes) {
      const tenant = client.tenantRate
      if (tenant === undefined || !client.isOpen) return
      const now = clock.now()
      const cost = Math.max(messages * messageMs, bytes * byteMs)
      client.paidUntil = Math.min(Math.max(client.paidUntil, now) + cost, now + rateBurstMs + rateHoldMaxMs)
      const until = chargeTenant(tenant, messages, bytes, now)
      const ownUntil = client.paidUntil - rateBurstMs
      if (until <= now && ownUntil <= now) return
      countHeld(ownUntil >= until ? 'connection-rate' : 'tenant-rate')
      hold(client, Math.min(Math.max(until, ownUntil), now + rateHoldMaxMs))
    },
    leave(client, clientId) {
      release(client)
      client.tenantRate = undefined
      // Less is not worth remembering: everyone who has just sent something owes a little.
      if (client.paidUntil - clock.now() <= rateBurstMs / 2) return
      if (debts.size >= rateDebtors) for (const oldest of debts.keys()) if (debts.delete(oldest)) break
      debts.set(clientId, client.paidUntil)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
