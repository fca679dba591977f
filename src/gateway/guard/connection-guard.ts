// Between the TCP connection and its CONNECT. A fleet that comes back at once, or someone who means
// harm, costs the others nothing: only so many new connections are begun to be read in each turn of
// `ratePaceMs`, so the work of CONNECT is bounded however many wait. The rest waits unread, where
// it costs a socket and no thought; addresses have their turns one after the other, so one that
// sends ten thousand does not hold up another's one. Those that have not said CONNECT are bounded
// in all and for an address; above that a connection is turned away.
import { addressKey } from '../../base/address-key.ts'
import type { GatewayLimits } from '../gateway-limits.ts'

/** A connection before CONNECT, as far as its turn goes. */
export interface GuardedClient {
  readonly remoteAddress: string | undefined
  /** As how many connections without TLS it counts in its turn; 1 when it is not said. */
  readonly turnCost?: number
  /** Is not read until it is resumed. */
  pause(reason: 'turn'): void
  resume(reason: 'turn'): void
}

export type TurnedAway = 'half-open' | 'address-half-open'

export interface ConnectionGuard extends Disposable {
  /** Connections that have not said CONNECT. */
  readonly halfOpen: number
  /** Those of them that are not read yet. */
  readonly waiting: number
  /** Takes a new connection in, now or in its turn; gives why it must go instead. */
  enter(client: GuardedClient): TurnedAway | undefined
  /** The one becomes the other, which has had its turn: a client whose handshake is done becomes a
   *  connection. */
  follow(client: GuardedClient, successor: GuardedClient): void
  /** It has been admitted, or is gone. Harmless when that is known already. */
  leave(client: GuardedClient): void
}

export type ConnectionGuardOptions = {
  readonly limits: GatewayLimits
  readonly countHeld: (reason: 'connect-rate') => void
}

type Address = {
  readonly key: string
  halfOpen: number
  /** Begun in this turn. */
  begun: number
  /** In the order they came. */
  readonly waiting: Set<GuardedClient>
}

export function createConnectionGuard({ limits, countHeld }: ConnectionGuardOptions): ConnectionGuard {
  const turnMs = limits.ratePaceMs
  const perTurn = Math.max(1, Math.round((limits.connectsPerS * turnMs) / 1000))
  const addressPerTurn = Math.max(1, Math.round((limits.addressConnectsPerS * turnMs) / 1000))
  /** An address is here as long as one of its connections is half open, or was begun in this
   *  turn. */
  const addresses = new Map<string, Address>()
  const addressOf = new Map<GuardedClient, Address>()
  /** Addresses with someone waiting, the next one first. */
  const line = new Set<Address>()
  const begunAddresses: Address[] = []
  let waiting = 0
  let begun = 0
  let timer: NodeJS.Timeout | undefined

  const mayBegin = (address: Address): boolean => begun < perTurn && address.begun < addressPerTurn

  function begin(address: Address, { turnCost = 1 }: GuardedClient): void {
    if (address.begun === 0) begunAddresses.push(address)
    address.begun += turnCost
    begun += turnCost
  }

  function stopWaiting(client: GuardedClient, address: Address): boolean {
    if (!address.waiting.delete(client)) return false
    waiting--
    if (address.waiting.size === 0) line.delete(address)
    return true
  }

  /** The addresses one after the other, one connection each, until the turn is used up. */
  function takeTurn(): void {
    if (begun === 0 && waiting === 0) {
      clearInterval(timer)
      timer = undefined
      return
    }
    begun = 0
    for (const address of begunAddresses) {
      address.begun = 0
      if (address.halfOpen === 0) addresses.delete(address.key)
    }
    begunAddresses.length = 0
    for (const address of line) {
      if (begun >= perTurn) break
      if (!mayBegin(address)) continue
      // To the end of the line: this loop comes to it again.
      line.delete(address)
      line.add(address)
      for (const client of address.waiting) {
        begin(address, client)
        stopWaiting(client, address)
        client.resume('turn')
        break
      }
    }
  }

  return {
    get halfOpen() {
      return addressOf.size
    },
    get waiting() {
      return waiting
    },
    enter(client) {
      if (addressOf.size >= limits.halfOpen) return 'half-open'
      const key = addressKey(client.remoteAddress)
      let address = addresses.get(key)
      if (address === undefined) addresses.set(key, (address = { key, halfOpen: 0, begun: 0, waiting: new Set() }))
      else if (address.halfOpen >= limits.addressHalfOpen) return 'address-half-open'
      address.halfOpen++
      addressOf.set(client, address)
      timer ??= setInterval(takeTurn, turnMs)
      if (waiting === 0 && mayBegin(address)) {
        begin(address, client)
        return undefined
      }
      countHeld('connect-rate')
      client.pause('turn')
      address.waiting.add(client)
      line.add(address)
      waiting++
      return undefined
    },
    follow(client, successor) {
      const address = addressOf.get(client)
      if (address === undefined) return
      addressOf.delete(client)
      addressOf.set(successor, address)
    },
    leave(client) {
      const address = addressOf.get(client)
      if (address === undefined) return
      addressOf.delete(client)
      stopWaiting(client, address)
      if (--address.halfOpen === 0 && address.begun === 0) addresses.delete(address.key)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
