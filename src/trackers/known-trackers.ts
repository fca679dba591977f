// Which tracker may come in from where: by its IMEI and the network of its address. That is weak,
// since an IMEI is no secret, and the best there is: trackers have no other proof of who they are.
// So whoever is in one of the networks may speak for any tracker of it.
import type { BlockList } from 'node:net'
import { isWithin, parseNetworks } from '../tcp/networks.ts'

export type Tracker = {
  /** The mapping that reads its packets. */
  readonly mapping: string
  readonly vehicle: string
  /** Addresses and networks (CIDR) from which it may come. */
  readonly networks: readonly string[]
}

export type Admitted = { readonly imei: string; readonly mapping: string; readonly vehicle: string }

export interface KnownTrackers {
  /** Whether any of them may come from there. */
  isExpectedFrom(address: string | undefined): boolean
  /** The tracker, or why it may not come in, a metric label. */
  admit(imei: string, address: string | undefined): Admitted | 'unknown' | 'network'
}

/** By IMEI. Throws RangeError for a network that is none. */
export function openKnownTrackers(trackers: ReadonlyMap<string, Tracker>): KnownTrackers {
  const all = new Set([...trackers.values()].flatMap(({ networks }) => networks))
  const anywhere = listOf([...all])
  /** Most trackers share theirs with others. */
  const lists = new Map<string, BlockList>()

  function listFor(networks: readonly string[]): BlockList {
    const name = networks.join()
    const list = lists.get(name) ?? listOf(networks)
    lists.set(name, list)
    return list
  }

  return {
    isExpectedFrom: (address) => isWithin(anywhere, address),
    admit(imei, address) {
      const tracker = trackers.get(imei)
      if (tracker === undefined) return 'unknown'
      if (!isWithin(listFor(tracker.networks), address)) return 'network'
      return { imei, mapping: tracker.mapping, vehicle: tracker.vehicle }
    },
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = parseNetworks(networks)
  if (list === undefined) throw new RangeError('networks of trackers: addresses or networks (CIDR) only')
  return list
}
