// Who subscribed to what, by topic level. Maps, never objects: a level named `__proto__` is a level
// like any other. An empty branch is removed at once, so the tree is no larger than the
// subscriptions that stand.
import type { TopicFilter } from '../../mqtt/topic-filter.ts'

/** Bytes a tree keeps for a level that no other topic or filter shares, beside its text: an entry
 *  of a map, and a map of its own at worst. Measured with Node 24. */
export const nodeBytes = 240

type Node<Member, Value> = {
  children: Map<string, Node<Member, Value>> | undefined
  members: Map<Member, Value> | undefined
  /** Shared subscriptions: by group, its members in turn. */
  groups: Map<string, Map<Member, Value>> | undefined
}

const emptyNode = <Member, Value>(): Node<Member, Value> => ({
  children: undefined,
  members: undefined,
  groups: undefined,
})

/** Matches of a topic: each member with its value, and each share group with its members. */
export interface Matches<Member, Value> {
  onMember(member: Member, value: Value): void
  onGroup(members: Map<Member, Value>): void
}

/** Bytes a subscription takes beside the levels of its own, about: its text, the levels cut from
 *  it, and what says whose it is and how it is served. */
function subscriptionBytes({ levels, group }: TopicFilter): number {
  let bytes = 250 + (group?.length ?? 0)
  for (const level of levels) bytes += level.length + levelOverheadBytes
  return bytes
}

/** Of a string cut out of another one, and its place in an array. */
const levelOverheadBytes = 32

export class SubscriptionTree<Member, Value> {
  readonly #root: Node<Member, Value> = emptyNode()
  /** Bytes that the subscriptions that stand take in memory, about. */
  bytes = 0

  /** Gives whether the member was not subscribed to this filter before; its value is replaced. */
  add(filter: TopicFilter, member: Member, value: Value): boolean {
    const { levels, group } = filter
    let node = this.#root
    for (const level of levels) {
      const children = (node.children ??= new Map<string, Node<Member, Value>>())
      let child = children.get(level)
      if (child === undefined) {
        children.set(level, (child = emptyNode()))
        this.bytes += nodeBytes
      }
      node = child
    }
    let members: Map<Member, Value>
    if (group === undefined) members = node.members ??= new Map<Member, Value>()
    else {
      const groups = (node.groups ??= new Map<string, Map<Member, Value>>())
      members = groups.get(group) ?? new Map<Member, Value>()
      groups.set(group, members)
    }
    const isNew = !members.has(member)
    if (isNew) this.bytes += subscriptionBytes(filter)
    members.set(member, value)
    return isNew
  }

  /** Gives whether there was such a subscription. */
  remove(filter: TopicFilter, member: Member): boolean {
    const removed = this.#remove(this.#root, filter, 0, member)
    if (removed) this.bytes -= subscriptionBytes(filter)
    return removed
  }

  #remove(node: Node<Member, Value>, filter: TopicFilter, depth: number, member: Member): boolean {
    const level = filter.levels[depth]
    if (level === undefined) return removeMember(node, filter.group, member)
    const child = node.children?.get(level)
    if (child === undefined) return false
    const removed = this.#remove(child, filter, depth + 1, member)
    if (child.children === undefined && child.members === undefined && child.groups === undefined) {
      node.children!.delete(level)
      this.bytes -= nodeBytes
      if (node.children!.size === 0) node.children = undefined
    }
    return removed
  }

  /** The members of a share group of a filter, if there are any. */
  groupOf({ levels, group }: TopicFilter): Map<Member, Value> | undefined {
    let node: Node<Member, Value> | undefined = this.#root
    for (const level of levels) node = node?.children?.get(level)
    return group === undefined ? undefined : node?.groups?.get(group)
  }

  /** Visits everything the topic matches. [MQTT-4.7.2-1] a wildcard at the first level never
   *  matches `$…`. */
  match(levels: readonly string[], matches: Matches<Member, Value>): void {
    this.#match(this.#root, levels, 0, matches)
  }

  #match(node: Node<Member, Value>, levels: readonly string[], depth: number, matches: Matches<Member, Value>): void {
    const { children } = node
    if (depth === levels.length) visit(node, matches)
    if (children === undefined) return
    const hidden = depth === 0 && levels[0]!.startsWith('$')
    if (!hidden) {
      const rest = children.get('#') // also the parent level: sport/# matches sport
      if (rest !== undefined) visit(rest, matches)
    }
    if (depth === levels.length) return
    const exact = children.get(levels[depth]!)
    if (exact !== undefined) this.#match(exact, levels, depth + 1, matches)
    const any = hidden ? undefined : children.get('+')
    if (any !== undefined) this.#match(any, levels, depth + 1, matches)
  }
}

function removeMember<Member, Value>(node: Node<Member, Value>, group: string | undefined, member: Member): boolean {
  const members = group === undefined ? node.members : node.groups?.get(group)
  if (members === undefined || !members.delete(member)) return false
  if (members.size > 0) return true
  if (group === undefined) node.members = undefined
  else if (node.groups!.delete(group) && node.groups!.size === 0) node.groups = undefined
  return true
}

function visit<Member, Value>(node: Node<Member, Value>, matches: Matches<Member, Value>): void {
  if (node.members !== undefined) for (const [member, value] of node.members) matches.onMember(member, value)
  if (node.groups !== undefined) for (const members of node.groups.values()) matches.onGroup(members)
}
