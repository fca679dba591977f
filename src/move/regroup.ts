// A move into logs with another number of partitions: as any other, but that records go where their
// keys fall, and with them the state of vehicles; and that everybody must have read all there is.
import type { Bounds, Positions, Topic } from '../eventlog/event-log.ts'
import { carryState, type StateToCarry } from './carry-state.ts'
import { refuseDifference, sumPartition } from './copy-topic.ts'
import { grown, numbers, startKey, type LogToMove, type MovedLogs, type MoveProgress } from './move-log.ts'
import { regroupedPositions, type RegroupedLog } from './regroup-positions.ts'
import { regroupedState } from './regroup-state.ts'
import { copyRegrouped, sumRegrouped, type Regrouping } from './regroup-topic.ts'

/** Whether a topic of the logs has another number of partitions where it goes. */
export const isRegrouping = (logs: readonly LogToMove[]): boolean =>
  logs.some(({ topics, from, to }) =>
    topics.some((topic) => from.log.partitionsOf(topic) !== to.log.partitionsOf(topic)),
  )

/** Copies, compares and carries. Rejects as `moveLogs` does, and before anything is copied with
 *  MOVE_UNREAD where somebody has not read all. `sinks`: by the names of the writers. */
export async function regroupLogs(
  logs: readonly LogToMove[],
  starts: Readonly<Record<string, number>>,
  sinks: Readonly<Record<string, Positions>>,
  told: MoveProgress,
): Promise<MovedLogs> {
  const before = await Promise.all(logs.map(regroupedLog))
  for (const [sink, positions] of Object.entries(sinks)) regroupedPositions(`the writer of ${sink}`, positions, before)
  for (const { name, from } of logs) refuseUnread(name, from.state, before)
  let filled = before
  const stateOf = ({ name, from, to }: LogToMove): StateToCarry =>
    name === 'derived'
      ? regroupedState({
          state: from.state,
          from: from.log.partitions,
          to: to.log.partitions,
          moved: (who, positions, was, becomes) => regroupedPositions(who, positions, filled, { was, becomes }),
        })
      : from.state
  const states = new Map(logs.map((log) => [log, stateOf(log)]))
  for (const log of logs)
    for (const topic of log.topics) {
      const copied = await copyRegrouped(regroupingOf(log, topic, starts), log.to, (records) =>
        told.copied(log.name, topic, records),
      )
      for (const what of copied.damaged) told.damaged(log.name, what)
    }
  for (const log of logs) await compare(log, starts, told)
  filled = await Promise.all(logs.map(regroupedLog))
  for (const log of logs) {
    const { name, to, unreadable } = log
    const positions = (own: Positions): Positions =>
      name === 'derived' ? own : regroupedPositions('the state beside the log', own, filled)
    told.carried(name, await carryState(states.get(log)!, to.state, { positions, value: (_, value) => value }))
    for (const what of unreadable?.() ?? []) told.damaged(name, what)
  }
  return {
    moved: (positions) => regroupedPositions('a writer', positions, filled),
    refuseGrown: async () => {
      for (const [index, { topics, from }] of logs.entries())
        for (const topic of topics)
          for (const [partition, { end }] of (before[index]!.bounds.get(topic) ?? []).entries())
            if ((await from.log.bounds(topic, partition)).end !== end) throw grown(topic, partition)
    },
  }
}

const regroupingOf = (
  { name, from, to }: LogToMove,
  topic: Topic,
  starts: Readonly<Record<string, number>>,
): Regrouping => ({
  topic,
  from: from.log,
  starts: numbers(from.log.partitionsOf(topic)).map((each) => starts[startKey(name, topic, each)] ?? 0),
  partitions: to.log.partitionsOf(topic),
})

/** As both logs are now. */
async function regroupedLog({ topics, from, to }: LogToMove): Promise<RegroupedLog> {
  const boundsOf = async (log: LogToMove['from']['log']): Promise<Map<Topic, readonly Bounds[]>> =>
    new Map(
      await Promise.all(
        topics.map(async (topic) => {
          const partitions = numbers(log.partitionsOf(topic))
          return [topic, await Promise.all(partitions.map((each) => log.bounds(topic, each)))] as const
        }),
      ),
    )
  const [epochs, newEpochs] = await Promise.all([from.log.epochs(), to.log.epochs()])
  return {
    id: from.log.id,
    epochs,
    bounds: await boundsOf(from.log),
    newId: to.log.id,
    newEpoch: newEpochs.at(-1) ?? 0,
    newBounds: await boundsOf(to.log),
  }
}

function refuseUnread(name: LogToMove['name'], state: LogToMove['from']['state'], logs: readonly RegroupedLog[]): void {
  for (const task of state.tasks()) {
    const number = name === 'derived' ? Number(/\/(\d+)$/.exec(task)?.[1] ?? Number.NaN) : Number.NaN
    const partition = Number.isNaN(number) ? undefined : { was: number, becomes: 0 }
    regroupedPositions(task, state.positions(task), logs, partition)
  }
}

async function compare(log: LogToMove, starts: Readonly<Record<string, number>>, told: MoveProgress): Promise<void> {
  for (const topic of log.topics) {
    const { sums, ends } = await sumRegrouped(regroupingOf(log, topic, starts))
    let records = 0
    let digest = ''
    for (const [partition, sum] of sums.entries()) {
      const here = await sumPartition(log.to.log, topic, partition)
      refuseDifference(topic, partition, { ...sum, start: 0, end: ends[partition] ?? 0, before: new Map() }, here)
      records += here.records
      digest += here.digest.slice(0, 8)
    }
    told.compared(log.name, topic, records, digest)
  }
}
