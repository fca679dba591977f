// Messages that have subscribers on other threads. Exactly once holds across threads because all of
// it is one transaction, the publisher's: its record, its QoS 2 identifier and what is queued for
// sessions elsewhere.
//
//   publisher   takes a batch ──plan──►            ◄──planned── its append ──durable──► acknowledges ──deliver──►
//   the other                       addresses the messages: packet                                              hands them to
//                                   ids, orders, what is to be stored                                           its sessions
//
// A plan is answered at once and never from behind the other's own append, so no two threads wait
// for each other. QoS 0 alone needs no plan; it waits for those that have not come to hear what
// they were told before.
import type { StateChange } from '../../eventlog/state-store.ts'
import type { RemotePart } from '../../ingest/ingest.ts'
import type { RoutedMessage } from '../session/routed-message.ts'
import type { Routing } from '../routing/deliveries-of.ts'
import type { Router } from '../routing/router.ts'
import { decodeMessage, encodeMessage, type Clocks } from '../session/session-record.ts'
import type { Mesh } from './mesh.ts'
import type { PeerMessage, RemoteMessage, Unserved } from './peer-message.ts'
import type { Wants } from './wants.ts'

export interface RemoteRouting {
  hasSubscribers(levels: readonly string[]): boolean
  /** Takes a message of ours into the batch, for the threads that want it. Gives those of
   *  `ownGroups`, filters of share groups with members here, whose turn is here. */
  address(message: RoutedMessage, ownGroups: readonly string[]): readonly string[]
  /** The same for one group. Gives whether the turn is here. */
  addressGroup(message: RoutedMessage, group: string, isOurs: boolean): boolean
  /** Takes a retained message into the batch, for the thread that keeps its topic. */
  keep(message: RoutedMessage): void
  /** Retained messages of ours may still be on their way to the threads that keep them. */
  readonly isKeeping: boolean
  /** Sends the plans of what was addressed since the last time; undefined when there is nothing. */
  take(): RemotePart<Routing> | undefined
  onPlan(from: number, plan: Extract<PeerMessage, { kind: 'plan' }>): void
  onPlanned(from: number, planned: Extract<PeerMessage, { kind: 'planned' }>): void
  onKept(id: number): void
  onDeliver(from: number, deliver: Extract<PeerMessage, { kind: 'deliver' }>): void
  /** Calls back once every plan that others have made here by now is delivered. */
  whenSettled(done: () => void): void
}

export type RemoteRoutingOptions = {
  readonly mesh: Mesh
  readonly wants: Wants
  readonly clocks: Clocks
  readonly router: () => Router
}

type Outgoing = { readonly messages: RoutedMessage[]; readonly remote: RemoteMessage[]; isPlanned: boolean }
type Deliver = { readonly ids: number[]; messages: readonly RemoteMessage[] }
type Pending = {
  readonly waitsFor: Set<number>
  readonly delivers: Map<number, Deliver>
  changes: StateChange[]
  routings: Routing[]
  ready: () => void
}
type Plan = {
  readonly batch: Pending
  readonly peer: number
  readonly messages: readonly RoutedMessage[]
  readonly tried: readonly number[]
}

const bytesOf = (messages: readonly RemoteMessage[]): number =>
  messages.reduce((sum, { message }) => sum + message.byteLength, 0)

/** Groups whose turns are remembered; beyond it all begin again. */
const turnsMax = 10_000

export function createRemoteRouting({ mesh, wants, clocks, router }: RemoteRoutingOptions): RemoteRouting {
  let outgoing = new Map<number, Outgoing>()
  let kept: RoutedMessage[] = []
  let lastId = 0
  const plans = new Map<number, Plan>()
  const keeps = new Map<number, Pending>()
  const turns = new Map<string, number>()
  /** Plans of others that are not delivered yet, by thread and id. */
  const foreign = mesh.others.reduce(
    (all, peer) => all.set(peer, new Map()),
    new Map<number, Map<number, readonly Routing[]>>(),
  )
  let settling: { readonly left: Set<readonly Routing[]>; readonly done: () => void }[] = []

  /** Whose turn it is, in proportion to the members that are connected; when none is, all threads
   *  with members take turns. */
  function choose(group: string, candidates: readonly (readonly [thread: number, connected: number])[]): number {
    const total = candidates.reduce((sum, [, connected]) => sum + connected, 0)
    if (turns.size >= turnsMax) turns.clear()
    const turn = turns.get(group) ?? 0
    turns.set(group, turn + 1)
    let place = turn % (total === 0 ? candidates.length : total)
    for (const [thread, connected] of candidates) {
      place -= total === 0 ? 1 : connected
      if (place < 0) return thread
    }
    return candidates[0]![0]
  }

  function put(peer: number, message: RoutedMessage, remote: RemoteMessage): void {
    let own = outgoing.get(peer)
    if (own === undefined) outgoing.set(peer, (own = { messages: [], remote: [], isPlanned: false }))
    own.messages.push(message)
    own.remote.push(remote)
    if (message.qos > 0) own.isPlanned = true
  }

  function plan(
    batch: Pending,
    peer: number,
    messages: readonly RoutedMessage[],
    remote: readonly RemoteMessage[],
    tried: readonly number[],
  ): void {
    const id = ++lastId
    plans.set(id, { batch, peer, messages, tried })
    batch.waitsFor.add(id)
    deliverOf(batch, peer).ids.push(id)
    mesh.send(peer, { kind: 'plan', id, messages: remote }, bytesOf(remote))
  }

  function deliverOf(batch: Pending, peer: number): Deliver {
    let own = batch.delivers.get(peer)
    if (own === undefined) batch.delivers.set(peer, (own = { ids: [], messages: [] }))
    return own
  }

  function answered(batch: Pending, id: number): void {
    batch.waitsFor.delete(id)
    if (batch.waitsFor.size === 0) batch.ready()
  }

  /** A group has lost its last member there, while the message was on its way: another thread's
   *  turn, ours first. */
  function serveElsewhere({ batch, peer, messages, tried }: Plan, { index, group }: Unserved): void {
    const message = messages[index]!
    const unserved: string[] = []
    const routing = router().routeFrom(
      mesh.self,
      message,
      { isDirect: false, groups: [group] },
      batch.changes,
      unserved,
    )
    if (routing !== undefined) batch.routings.push(routing)
    if (unserved.length === 0) return
    const others = [...(wants.match(message.levels).groups.get(group) ?? [])].filter(
      ([thread]) => thread !== peer && !tried.includes(thread),
    )
    if (others.length === 0) return
    const remote = { message: encodeMessage(message, clocks), isDirect: false, groups: [group] }
    plan(batch, choose(group, others), [message], [remote], [...tried, peer])
  }

  function settled(routings: readonly Routing[]): void {
    for (const { left } of settling) left.delete(routings)
    const done = settling.filter(({ left }) => left.size === 0)
    if (done.length === 0) return
    settling = settling.filter(({ left }) => left.size > 0)
    for (const each of done) each.done()
  }

  return {
    hasSubscribers: (levels) => wants.has(levels),
    address(message, ownGroups) {
      const { direct, groups } = wants.match(message.levels)
      if (direct.size === 0 && groups.size === 0) return ownGroups
      const own: string[] = []
      const chosen = new Map<number, string[]>([...direct].map((peer) => [peer, []]))
      for (const group of new Set([...ownGroups, ...groups.keys()])) {
        const candidates: (readonly [number, number])[] = [...(groups.get(group) ?? [])]
        if (ownGroups.includes(group)) candidates.push([mesh.self, wants.connected(group)])
        const thread = choose(group, candidates)
        if (thread === mesh.self) own.push(group)
        else if (chosen.has(thread)) chosen.get(thread)!.push(group)
        else chosen.set(thread, [group])
      }
      const bytes = encodeMessage(message, clocks)
      for (const [peer, served] of chosen)
        put(peer, message, { message: bytes, isDirect: direct.has(peer), groups: served })
      return own
    },
    addressGroup(message, group, isOurs) {
      const candidates: (readonly [number, number])[] = [...(wants.match(message.levels).groups.get(group) ?? [])]
      if (isOurs) candidates.push([mesh.self, wants.connected(group)])
      const thread = candidates.length === 0 ? undefined : choose(group, candidates)
      if (thread !== undefined && thread !== mesh.self)
        put(thread, message, { message: encodeMessage(message, clocks), isDirect: false, groups: [group] })
      return thread === mesh.self
    },
    keep: (message) => void kept.push(message),
    get isKeeping() {
      return keeps.size > 0
    },
    take() {
      if (outgoing.size === 0 && kept.length === 0) return undefined
      const batch: Pending = {
        waitsFor: new Set(),
        delivers: new Map(),
        changes: [],
        routings: [],
        ready: () => undefined,
      }
      for (const message of kept) {
        const id = ++lastId
        keeps.set(id, batch)
        batch.waitsFor.add(id)
        const bytes = encodeMessage(message, clocks)
        mesh.send(mesh.homeOf(message.topic), { kind: 'keep', id, message: bytes }, bytes.length)
      }
      for (const [peer, { messages, remote, isPlanned }] of outgoing) {
        if (isPlanned) plan(batch, peer, messages, remote, [])
        else deliverOf(batch, peer).messages = remote
      }
      if ([...outgoing.keys()].some(mesh.isBehind)) {
        const id = ++lastId
        batch.waitsFor.add(id)
        mesh.whenHeard(outgoing.keys(), () => answered(batch, id))
      }
      outgoing = new Map<number, Outgoing>()
      kept = []
      return {
        isPlanned: batch.waitsFor.size > 0,
        whenPlanned: (changes, routings, ready) => void Object.assign(batch, { changes, routings, ready }),
        deliver() {
          for (const [peer, { ids, messages }] of batch.delivers)
            mesh.send(peer, { kind: 'deliver', ids, messages }, bytesOf(messages))
        },
      }
    },
    onPlan(from, { id, messages }) {
      const changes: StateChange[] = []
      const routings: Routing[] = []
      const unserved: Unserved[] = []
      for (const [index, remote] of messages.entries()) {
        const missing: string[] = []
        const routing = router().routeFrom(from, decodeMessage(remote.message, clocks), remote, changes, missing)
        if (routing !== undefined) routings.push(routing)
        for (const group of missing) unserved.push({ index, group })
      }
      foreign.get(from)!.set(id, routings)
      mesh.send(from, { kind: 'planned', id, changes, unserved })
    },
    onPlanned(_from, { id, changes, unserved }) {
      const own = plans.get(id)
      if (own === undefined) return
      plans.delete(id)
      for (const change of changes) own.batch.changes.push(change)
      for (const each of unserved) serveElsewhere(own, each)
      answered(own.batch, id)
    },
    onKept(id) {
      const batch = keeps.get(id)
      keeps.delete(id)
      if (batch !== undefined) answered(batch, id)
    },
    onDeliver(from, { ids, messages }) {
      const own = foreign.get(from)!
      for (const id of ids) {
        const routings = own.get(id)
        if (routings === undefined) continue
        own.delete(id)
        for (const routing of routings) router().deliver(routing)
        settled(routings)
      }
      for (const remote of messages) {
        const routing = router().routeFrom(from, decodeMessage(remote.message, clocks), remote, [], [])
        if (routing !== undefined) router().deliver(routing)
      }
    },
    whenSettled(done) {
      const left = new Set([...foreign.values()].flatMap((each) => [...each.values()]))
      if (left.size === 0) done()
      else settling.push({ left, done })
    },
  }
}
