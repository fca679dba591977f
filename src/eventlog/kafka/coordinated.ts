// Questions to the broker that coordinates a transactional id or a group. Which one it is, is asked
// once, and again when it says that it is not, or does not answer.
import { findCoordinatorV4 } from '@platformatic/kafka'
import type { Ask, Broker, Cluster, Purpose } from './cluster.ts'
import { answerOf, faultName } from './faults.ts'

/** By their numbers in Kafka's protocol. */
const keyTypes = { group: 0, transaction: 1 } as const

/** Faults after which another broker is asked for. */
export const movedFaults: ReadonlySet<string> = new Set(['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'])

/** Gives the answer, or the name of the first fault of those in it. Rejects with the Outage of the
 *  way there. */
export type AskCoordinator = <Answer>(
  asking: Ask<Answer>,
  codes: (answer: Answer) => readonly number[],
) => Promise<{ readonly answer: Answer } | string>

export function askingCoordinator(
  cluster: Cluster,
  kind: keyof typeof keyTypes,
  id: string,
  purpose: Purpose,
): AskCoordinator {
  let known: Broker | undefined

  const find = async (): Promise<Broker | string> => {
    if (known !== undefined) return known
    const { coordinators } = await cluster.askAny((connection) =>
      answerOf(findCoordinatorV4.api.async(connection, keyTypes[kind], [id])),
    )
    const [found] = coordinators
    if (found === undefined) return 'COORDINATOR_NOT_AVAILABLE'
    if (found.errorCode !== 0) return faultName(found.errorCode)
    known = { host: found.host, port: found.port }
    return known
  }

  return async (asking, codes) => {
    const broker = await find()
    if (typeof broker === 'string') return broker
    try {
      const answer = await cluster.ask(broker, purpose, (connection) => answerOf(asking(connection)))
      const code = codes(answer).find((each) => each !== 0)
      if (code === undefined) return { answer }
      const fault = faultName(code)
      if (movedFaults.has(fault)) known = undefined
      return fault
    } catch (error) {
      known = undefined
      throw error
    }
  }
}
