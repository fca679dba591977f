// Rights of this user of the group of the jobs and of their transactional ids, as `doctor` asks for
// them: by requests in the name of nobody, which brokers refuse. They look at the right first, so
// how they refuse says whether it is there; nothing is changed. To read or to write is to describe.
import { endTxnV3, heartbeatV4 } from '@platformatic/kafka'
import { findingsOf, type Finding } from '../../base/finding.ts'
import { kafkaSettingNames as names } from '../kafka-options.ts'
import type { Ask } from './cluster.ts'
import { answerOf, faultName } from './faults.ts'

export type SharingAsked = {
  /** Whole names. */
  readonly group: string
  readonly transactionalIds: readonly string[]
  /** Asks a broker that answers. */
  askAny<Answer>(ask: Ask<Answer>): Promise<Answer>
}

const nobody = { generation: -1, member: '', producer: 2n ** 62n, epoch: 0 } as const

/** Rejects with the Outage of a broker that does not answer. */
export async function sharingFindings({ group, transactionalIds, askAny }: SharingAsked): Promise<readonly Finding[]> {
  const { ok, problem } = findingsOf('rights in Kafka')
  const found: Finding[] = []
  const beat = await askAny((connection) =>
    answerOf(heartbeatV4.api.async(connection, group, nobody.generation, nobody.member, null)),
  )
  if (faultName(beat.errorCode) === 'GROUP_AUTHORIZATION_FAILED')
    found.push(
      problem(
        `this user lacks READ of the group ${group}, by which processes of the jobs share their partitions`,
        `let ${names.user} read and describe groups that begin with ${names.prefix}`,
      ),
    )
  for (const id of transactionalIds) {
    const end = await askAny((connection) =>
      answerOf(endTxnV3.api.async(connection, id, nobody.producer, nobody.epoch, false)),
    )
    if (faultName(end.errorCode) === 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
      found.push(
        problem(
          `this user lacks WRITE of the transactional id ${id}, by which results are stored`,
          `let ${names.user} write and describe transactional ids that begin with ${names.prefix}`,
        ),
      )
  }
  return found.length > 0 ? found : [ok('this user may be in the group of the jobs, and commit their transactions')]
}
