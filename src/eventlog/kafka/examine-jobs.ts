// The group of the jobs as `doctor` looks at it: which processes share the partitions, and how many
// each has. Asked of all brokers, as looking for a group's own one would have Kafka make the topic
// of its groups where there is none.
import { describeGroupsV5, listGroupsV4 } from '@platformatic/kafka'
import { countText, findingsOf, type Finding } from '../../base/finding.ts'
import { kafkaSettingNames as names } from '../kafka-options.ts'
import type { Ask, Broker } from './cluster.ts'
import { answerOf, faultName, faultOutage } from './faults.ts'
import { parsePartitions } from './group-words.ts'

export type JobsGroup = {
  /** The whole name of the group. */
  readonly group: string
  readonly partitions: number
  readonly brokers: readonly Broker[]
  ask<Answer>(broker: Broker, ask: Ask<Answer>): Promise<Answer>
}

const inTransit: ReadonlySet<string> = new Set(['PreparingRebalance', 'CompletingRebalance'])

/** Rejects with the Outage of a broker that does not answer. */
export async function jobsFindings({ group, partitions, brokers, ask }: JobsGroup): Promise<readonly Finding[]> {
  const { ok, warning } = findingsOf('jobs on Kafka')
  for (const broker of brokers) {
    const { groups } = await ask(broker, (connection) => answerOf(listGroupsV4.api.async(connection, [], [])))
    if (!groups.some(({ groupId }) => groupId === group)) continue
    const told = await ask(broker, (connection) => answerOf(describeGroupsV5.api.async(connection, [group], false)))
    const [found] = told.groups
    if (found === undefined) continue
    if (found.errorCode !== 0) throw faultOutage({ name: faultName(found.errorCode), topic: undefined })
    if (inTransit.has(found.groupState))
      return [ok('processes come or go at this moment: the partitions are being shared out')]
    const shares = found.members.map(({ groupInstanceId, memberAssignment }) => ({
      instance: groupInstanceId ?? 'without a name',
      count: parsePartitions(memberAssignment ?? Buffer.alloc(0)).length,
    }))
    if (shares.length === 0) break
    const each = shares.map(({ instance, count }) => `${instance} ${count}`).join(', ')
    const says = `${countText(shares.length, 'process', 'processes')} for ${countText(partitions, 'partition')}: ${each}`
    return [
      shares.length > partitions
        ? warning(says, `end those that have none, unless they stand by (${names.standby}=on)`)
        : ok(says),
    ]
  }
  return [ok('no process of the jobs runs now')]
}
