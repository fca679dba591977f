// Filters that other threads have subscribers for, and those of ours that we have told them. They
// are told of the first and of the last member of a filter, and of a share group how many of its
// members are connected, so that whoever publishes can take turns among all of them.
import { SubscriptionTree } from '../routing/subscription-tree.ts'
import { filterText, parseTopicFilter, type TopicFilter } from '../../mqtt/topic-filter.ts'
import type { Mesh } from './mesh.ts'

type RemoteGroup = { readonly filter: string; readonly connected: number }

/** Whom a topic matches elsewhere. */
export type Wanted = {
  /** Threads with ordinary subscribers. */
  readonly direct: Set<number>
  /** By filter, threads with members of that group, and how many of them are connected there. */
  readonly groups: Map<string, Map<number, number>>
}

export interface Wants {
  /** A member of ours, new to the filter. */
  added(parsed: TopicFilter, isConnected: boolean): void
  removed(parsed: TopicFilter, wasConnected: boolean): void
  /** A member of a share group of ours has come or gone. */
  linked(parsed: TopicFilter, isConnected: boolean): void
  /** Connected members of ours in the group. */
  connected(group: string): number
  wanted(from: number, filter: string, connected: number): void
  dropped(from: number, filter: string): void
  has(levels: readonly string[]): boolean
  match(levels: readonly string[]): Wanted
}

export function createWants(mesh: Pick<Mesh, 'sendAll'>): Wants {
  const own = new Map<string, { members: number; connected: number }>()
  const theirs = new SubscriptionTree<number, RemoteGroup>()

  const tell = (filter: string, connected: number): void => mesh.sendAll({ kind: 'want', filter, connected })

  return {
    added(parsed, isConnected) {
      const filter = filterText(parsed)
      const known = own.get(filter)
      const connected = parsed.group !== undefined && isConnected ? 1 : 0
      if (known === undefined) {
        own.set(filter, { members: 1, connected })
        tell(filter, connected)
        return
      }
      known.members++
      known.connected += connected
      if (connected > 0) tell(filter, known.connected)
    },
    removed(parsed, wasConnected) {
      const filter = filterText(parsed)
      const known = own.get(filter)
      if (known === undefined) return
      const connected = parsed.group !== undefined && wasConnected ? 1 : 0
      known.connected -= connected
      if (--known.members === 0) {
        own.delete(filter)
        mesh.sendAll({ kind: 'drop', filter })
      } else if (connected > 0) tell(filter, known.connected)
    },
    linked(parsed, isConnected) {
      const filter = filterText(parsed)
      const known = own.get(filter)
      if (known === undefined) return
      known.connected += isConnected ? 1 : -1
      tell(filter, known.connected)
    },
    connected: (group) => own.get(group)?.connected ?? 0,
    wanted(from, filter, connected) {
      const parsed = parseTopicFilter(filter)
      if (parsed !== undefined) theirs.add(parsed, from, { filter, connected })
    },
    dropped(from, filter) {
      const parsed = parseTopicFilter(filter)
      if (parsed !== undefined) theirs.remove(parsed, from)
    },
    has(levels) {
      let found = false
      const onAny = (): void => void (found = true)
      theirs.match(levels, { onMember: onAny, onGroup: onAny })
      return found
    },
    match(levels) {
      const direct = new Set<number>()
      const groups = new Map<string, Map<number, number>>()
      theirs.match(levels, {
        onMember: (peer) => void direct.add(peer),
        onGroup(members) {
          for (const [peer, { filter, connected }] of members) {
            const group = groups.get(filter)
            if (group === undefined) groups.set(filter, new Map([[peer, connected]]))
            else group.set(peer, connected)
          }
        },
      })
      return { direct, groups }
    },
  }
}
