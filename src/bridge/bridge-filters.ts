// The filters that the bridge subscribes to.
import { withoutCovered } from '../mqtt/topic-filter.ts'

/** A filter that is subscribed to. */
export type BridgeFilter = {
  readonly filter: string
  /** Kept messages of the broker are wanted once, when the subscription is new; by 3.1.1 they come
   *  with every connection. Not where it went to the log when it came. */
  readonly wantsRetained: boolean
}

export type FilteredBy = {
  /** Of the shared subscription; empty for a plain one. */
  readonly group: string
  readonly tenants: readonly string[]
  readonly publishers?: readonly { readonly filters: readonly string[] }[]
}

/** One for each tenant, and those of the publishers. */
export function bridgeFilters({ group, tenants, publishers = [] }: FilteredBy): readonly BridgeFilter[] {
  const shared = group === '' ? '' : `$share/${group}/`
  const foreign = withoutCovered(publishers.flatMap(({ filters }) => filters))
  return [
    ...tenants.map((tenant) => ({ filter: `${shared}v1/${tenant}/+/up/#`, wantsRetained: false })),
    ...foreign.map((filter) => ({ filter: shared + filter, wantsRetained: true })),
  ]
}
