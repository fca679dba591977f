// The broker that decides the transactions of one transactional id, and its requests. A transaction
// counts once `end` was answered; it can be read once `ended` was. The protocol's older form is
// used, in which partitions are announced and a producer keeps its epoch from one transaction to
// the next, as the client has no produce request of the newer one.
import { addPartitionsToTxnV3, describeTransactionsV0, endTxnV3, initProducerIdV4 } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import { pause } from '../../base/wait-out.ts'
import type { Producer } from './own-batch.ts'
import type { Ask, Cluster } from './cluster.ts'
import { askingCoordinator, movedFaults } from './coordinated.ts'
import { faultOutage } from './faults.ts'

/** Places of a transaction, by the topics' full names. */
export type TransactionTopic = { readonly name: string; readonly partitions: readonly number[] }

export type Coordinator = {
  /** A producer of this id: whoever had it before can commit nothing from now on, and what that one
   *  left open is ended. `own`: the producer that goes on as a new one. Rejects with Outage
   *  LOG_FENCED when another one has begun since. */
  begin(own: Producer | undefined): Promise<Producer>
  /** Announces partitions; the first ones begin the transaction. */
  add(producer: Producer, topics: readonly TransactionTopic[]): Promise<void>
  /** Commits. When this rejects it may have been committed. */
  end(producer: Producer): Promise<void>
  /** Resolves when readers of what is committed are given it. */
  ended(): Promise<void>
}

/** Kafka ends a transaction that is open for longer, at its next look, which is every 10 s. */
const transactionMs = 30_000
/** How long a coordinator that is busy or moves is asked again. */
const answerMs = 20_000
/** A coordinator is asked again soon, as most are ready in milliseconds, and then less often: with
 *  a transaction for each partition many wait for it. */
const askAgain = { firstMs: 3, longestMs: 25 } as const
const nobody = { id: -1n, epoch: -1 } as const

/** The coordinator is busy with what was before. */
const busyFaults: ReadonlySet<string> = new Set(['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS'])
/** The last: Kafka has forgotten the producer, as it does a week after its last transaction. */
const fencedFaults: ReadonlySet<string> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
])

export function createCoordinator(cluster: Cluster, id: string, signal: AbortSignal): Coordinator {
  const askOnce = askingCoordinator(cluster, 'transaction', id, 'produce')

  /** The answer without a fault; what passes by itself is asked again. */
  const ask = async <Answer>(
    asking: Ask<Answer>,
    codes: (answer: Answer) => readonly number[],
    fenced?: () => Outage,
  ): Promise<Answer> => {
    const again = pausing(signal)
    for (const endsAt = performance.now() + answerMs; ; await again()) {
      const found = await askOnce(asking, codes)
      if (typeof found !== 'string') return found.answer
      if (fencedFaults.has(found) && fenced !== undefined) throw fenced()
      const isPassing = movedFaults.has(found) || busyFaults.has(found)
      if (!isPassing || signal.aborted || performance.now() > endsAt)
        throw faultOutage({ name: found, topic: undefined })
    }
  }

  /** Ends what the producer left open: while something is, no producer goes on as a new one. Where
   *  nothing is open, or it is another's by now, this is refused, and the next request tells. */
  const abort = async (producer: Producer): Promise<void> => {
    await askOnce(
      (connection) => endTxnV3.api.async(connection, id, producer.id, producer.epoch, false),
      ({ errorCode }) => [errorCode],
    )
  }

  return {
    begin: async (own = nobody) => {
      if (own !== nobody) await abort(own)
      const { producerId, producerEpoch } = await ask(
        (connection) => initProducerIdV4.api.async(connection, id, transactionMs, own.id, own.epoch),
        ({ errorCode }) => [errorCode],
        () => fencedOutage(id),
      )
      return { id: producerId, epoch: producerEpoch, isTransactional: true }
    },
    add: async ({ id: producerId, epoch: producerEpoch }, topics) => {
      const own = topics.map(({ name, partitions }) => ({ name, partitions: [...partitions] }))
      const transaction = { transactionalId: id, producerId, producerEpoch, verifyOnly: false, topics: own }
      await ask(
        (connection) => addPartitionsToTxnV3.api.async(connection, [transaction]),
        ({ resultsByTransaction }) =>
          resultsByTransaction.flatMap(({ topicResults }) =>
            topicResults.flatMap(({ resultsByPartition }) =>
              resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
            ),
          ),
      )
    },
    end: async (producer) => {
      await ask(
        (connection) => endTxnV3.api.async(connection, id, producer.id, producer.epoch, true),
        ({ errorCode }) => [errorCode],
      )
    },
    ended: async () => {
      for (const again = pausing(signal); ; await again()) {
        const { transactionStates } = await ask(
          (connection) => describeTransactionsV0.api.async(connection, [id]),
          (answer) => answer.transactionStates.map(({ errorCode }) => errorCode),
        )
        if (transactionStates.every(({ transactionState }) => !transactionState.startsWith('Prepare'))) return
      }
    },
  }
}

function pausing(signal: AbortSignal): () => Promise<void> {
  let ms: number = askAgain.firstMs
  return async () => {
    await pause(ms, signal)
    ms = Math.min(2 * ms, askAgain.longestMs)
  }
}

const fencedOutage = (id: string): Outage =>
  new Outage(
    'LOG_FENCED',
    `Another process commits as ${id} in Kafka now, or this one stood still for longer than a transaction may be open: nothing more is stored by this one under that name.`,
    { retryable: false },
  )
