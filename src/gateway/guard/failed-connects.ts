// CONNECTs whose credentials were refused, by address. An address with many of them gets its
// refusals late: whoever tries again when it is refused is slowed down, be it a guess at passwords
// or a car with an old one. The right password is let in at once as ever: behind one address there
// may be a carrier's whole network, and one car of it must not lock the others out.
import type { Clock } from '../../base/clock.ts'
import { addressKey } from '../../base/address-key.ts'
import type { GatewayLimits } from '../gateway-limits.ts'

/** A connection whose refusal is late. */
export interface RefusedClient {
  readonly isOpen: boolean
  readonly remoteAddress: string | undefined
  /** Is not read any more. */
  pause(reason: 'turn'): void
}

export interface FailedConnects {
  /** Addresses that are remembered. */
  readonly size: number
  /** Counts a refusal and says it: at once, or not read meanwhile and by a later `sayDue`. `say`
   *  gets the client. */
  refuse(client: RefusedClient, say: () => void): void
  /** Says what is due; called with every sweep. */
  sayDue(): void
}

export type FailedConnectsOptions = {
  readonly limits: GatewayLimits
  readonly clock: Clock
  readonly countHeld: (reason: 'credentials') => void
}

type Late = { readonly client: RefusedClient; readonly dueAt: number; readonly say: () => void }

export function createFailedConnects({ limits, clock, countHeld }: FailedConnectsOptions): FailedConnects {
  /** Until when each address's failures are forgiven, one every `failureForgiveMs`. The oldest goes
   *  when it is full. */
  const forgivenAt = new Map<string, number>()
  const late: Late[] = []

  function isSlowed(address: string): boolean {
    const now = clock.now()
    const at = Math.max(forgivenAt.get(address) ?? 0, now) + limits.failureForgiveMs
    const most = now + 2 * limits.addressFailures * limits.failureForgiveMs
    // To the end: the first is the one that failed longest ago.
    forgivenAt.delete(address)
    if (forgivenAt.size >= limits.failureAddresses)
      for (const oldest of forgivenAt.keys()) if (forgivenAt.delete(oldest)) break
    forgivenAt.set(address, Math.min(at, most))
    return at - now > limits.addressFailures * limits.failureForgiveMs
  }

  return {
    get size() {
      return forgivenAt.size
    },
    refuse(client, say) {
      if (!isSlowed(addressKey(client.remoteAddress))) {
        say()
        return
      }
      countHeld('credentials')
      client.pause('turn')
      late.push({ client, dueAt: clock.now() + limits.failureDelayMs, say })
    },
    sayDue() {
      const now = clock.now()
      // All wait equally long, so they are in the order they are due.
      let due = 0
      while (due < late.length && late[due]!.dueAt <= now) due++
      for (const { client, say } of late.splice(0, due)) if (client.isOpen) say()
    },
  }
}
