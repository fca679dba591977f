// A member of a group of Kafka's classic protocol, by a name of its own (static membership): who
// comes back by the same name within the session has what it had, and nothing moves. The leader
// shares out; the broker carries what members say and what the leader says, without reading it.
//
//   join ──► (leader: share out) ──► sync: my share ──► heartbeats ──► someone came or went ──► join …
//                                                            └── nobody heard me for a session ──► join as a new one
//
// A member that is expelled is not told before its next heartbeat, so a share is never a right:
// what may be stored is decided elsewhere.
import { heartbeatV4, joinGroupV7, syncGroupV5 } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import { passingOutage, pause } from '../../base/wait-out.ts'
import { kafkaSettingNames as names } from '../kafka-options.ts'
import type { Cluster } from './cluster.ts'
import { askingCoordinator } from './coordinated.ts'
import { faultOutage, waitedFor } from './faults.ts'

export type GroupMember = {
  /** Another that comes by this name takes its place. */
  readonly instance: string
  /** Unheard for so long it is expelled. Milliseconds. */
  readonly sessionMs: number
  /** Said to the leader at each join. `isKnown`: it is a member since its last share. */
  about(isKnown: boolean): Buffer
  /** Asked of the leader alone: what each member is told, by the keys of `members`. */
  shareOut(members: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer>
  /** Told what the leader said. */
  assigned(share: Buffer): void
  /** Told that at `askedAt`, by the steady clock, it was a member still, with its last share. */
  confirmed(askedAt: number): void
  /** Told of each outage that is waited out. */
  failed(outage: Outage): void
}

/** Of our own: nobody else is to join with shares of another form. Its number also goes up with a
 *  form of the jobs' parts that versions before cannot read: who is given a partition reads what
 *  others stored. */
const protocolType = 'roadstream'
const protocol = 'partitions-2'
/** How long members have to come when one came or went: below the time of an answer. */
const rebalanceMs = 8_000
const beatMsMost = 2_000
const askAgainMs = 250

/** Is a member until the signal aborts. Rejects with LOG_INSTANCE_TAKEN when another has its name,
 *  and before it was one with LOG_DENIED for a missing right, LOG_MISMATCH for a session the broker
 *  does not allow; later these are waited for. */
export async function followGroup(
  cluster: Cluster,
  group: string,
  member: GroupMember,
  signal: AbortSignal,
): Promise<void> {
  const { instance, sessionMs } = member
  const ask = askingCoordinator(cluster, 'group', group, 'group')
  let memberId = ''
  let wasMember = false

  const join = () =>
    ask(
      (connection) =>
        joinGroupV7.api.async(connection, group, sessionMs, rebalanceMs, memberId, instance, protocolType, [
          { name: protocol, metadata: member.about(memberId !== '') },
        ]),
      ({ errorCode }) => [errorCode],
    )

  const sync = (joined: joinGroupV7.JoinGroupResponse) => {
    const { generationId, leader, members } = joined
    const isLeader = leader === joined.memberId && members !== null && members.length > 0
    const shares = isLeader ? member.shareOut(new Map(members.map((each) => [each.memberId, each.metadata]))) : []
    const said = Array.from(shares, ([id, assignment]) => ({ memberId: id, assignment }))
    return ask(
      (connection) =>
        syncGroupV5.api.async(connection, group, generationId, joined.memberId, instance, protocolType, protocol, said),
      ({ errorCode }) => [errorCode],
    )
  }

  /** Until it has to join again; gives the fault that says so. */
  const beat = async (generation: number): Promise<string> => {
    const everyMs = Math.min(beatMsMost, sessionMs / 4)
    for (let waitMs = everyMs; ;) {
      await pause(waitMs, signal)
      if (signal.aborted) return 'NONE'
      waitMs = everyMs
      const askedAt = performance.now()
      try {
        const found = await ask(
          (connection) => heartbeatV4.api.async(connection, group, generation, memberId, instance),
          ({ errorCode }) => [errorCode],
        )
        if (typeof found !== 'string') member.confirmed(askedAt)
        else if (!passing.has(found)) return found
        else waitMs = askAgainMs
      } catch (error) {
        if (signal.aborted) return 'NONE'
        member.failed(passingOutage(waitedFor(error)))
        waitMs = askAgainMs
      }
    }
  }

  /** Goes on after a fault; throws the Outage of one that will not pass. */
  const goOn = async (fault: string): Promise<void> => {
    if (fault === 'UNKNOWN_MEMBER_ID') memberId = ''
    else if (passing.has(fault)) await pause(askAgainMs, signal)
    else if (!rejoining.has(fault)) throw memberOutage(fault, group, instance)
  }

  while (!signal.aborted)
    try {
      const joined = await join()
      if (typeof joined === 'string') {
        await goOn(joined)
        continue
      }
      memberId = joined.answer.memberId ?? ''
      const synced = await sync(joined.answer)
      if (typeof synced === 'string') {
        await goOn(synced)
        continue
      }
      wasMember = true
      member.assigned(synced.answer.assignment)
      const fault = await beat(joined.answer.generationId)
      if (!signal.aborted) await goOn(fault)
    } catch (error) {
      if (signal.aborted) return
      member.failed(passingOutage(wasMember ? waitedFor(error) : error))
      await pause(askAgainMs, signal)
    }
}

/** The coordinator moves, or is not ready. */
const passing: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
])
/** The group is another by now: it is joined again, by the same id. */
const rejoining: ReadonlySet<string> = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION'])

function memberOutage(fault: string, group: string, instance: string): Outage {
  const lasting = (code: string, text: string): Outage => new Outage(code, text, { retryable: false })
  if (fault === 'FENCED_INSTANCE_ID')
    return lasting(
      'LOG_INSTANCE_TAKEN',
      `Another process of the jobs is the instance "${instance}" in Kafka's group ${group} now: give each a data folder or an ${names.instance} of its own.`,
    )
  if (fault === 'INVALID_SESSION_TIMEOUT')
    return lasting(
      'LOG_MISMATCH',
      `Kafka does not take the session of ${names.session}: give one from group.min.session.timeout.ms to group.max.session.timeout.ms of its brokers.`,
    )
  if (fault === 'INCONSISTENT_GROUP_PROTOCOL')
    return lasting(
      'LOG_MISMATCH',
      `Others than jobs of this version are in Kafka's group ${group}: end them, or give another ${names.prefix}.`,
    )
  return faultOutage({ name: fault, topic: undefined })
}
