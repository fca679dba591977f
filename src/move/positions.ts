// Positions in a log as positions in another that has the same records: offsets are others, and so
// are the log's id and its lives. Without it writers and jobs would take the log for one they have
// never seen, and read all of it again.
import { epochKey, epochPrefix, positionKey, type EventLog, type Positions, type Topic } from '../eventlog/event-log.ts'

export type LogPair = {
  /** Of the log that is moved. */
  readonly id: string
  readonly epochs: readonly number[]
  readonly topics: ReadonlySet<Topic>
  /** Of the one that was filled; its newest life. */
  readonly newId: string
  readonly newEpoch: number
  /** By place in the log that is moved, how many records come before an offset: their number is the
   *  offset in the other. */
  readonly before: ReadonlyMap<string, ReadonlyMap<number, number>>
}

export async function pairOf(
  from: EventLog,
  to: EventLog,
  topics: Iterable<Topic>,
  before: LogPair['before'],
): Promise<LogPair> {
  const [epochs, newEpochs] = await Promise.all([from.epochs(), to.epochs()])
  return { id: from.id, epochs, topics: new Set(topics), newId: to.id, newEpoch: newEpochs.at(-1) ?? 0, before }
}

/** By place, the offsets that stand in positions. */
export class OffsetsWanted {
  readonly #byPlace = new Map<string, Set<number>>()

  /** Gives them back as they are. */
  add = (positions: Positions): Positions => {
    for (const [key, offset] of Object.entries(positions)) {
      if (key.startsWith(epochPrefix)) continue
      let own = this.#byPlace.get(key)
      if (own === undefined) this.#byPlace.set(key, (own = new Set()))
      own.add(offset)
    }
    return positions
  }

  of(topic: Topic, partition: number): Iterable<number> {
    return this.#byPlace.get(positionKey(topic, partition)) ?? []
  }
}

/** Positions that were read in another log than the one that was moved stay as they are: whoever
 *  has them reads all anew, as before. Of topics with the same name those of the first log are
 *  meant. */
export function movedPositions(positions: Positions, logs: readonly LogPair[]): Positions {
  const moved: Record<string, number> = { ...positions }
  const places = new Set(Object.keys(positions).filter((key) => !key.startsWith(epochPrefix)))
  const hasEpochs = places.size < Object.keys(positions).length
  for (const log of logs) {
    const epoch = positions[epochKey(log.id)]
    if (hasEpochs && !(epoch === 0 || (epoch !== undefined && log.epochs.includes(epoch)))) continue
    for (const key of places) {
      if (!log.topics.has(key.slice(0, key.lastIndexOf('/')))) continue
      places.delete(key)
      const offset = log.before.get(key)?.get(positions[key]!)
      // A partition that is no longer there: it is read from its oldest record, as all that is new.
      if (offset === undefined) delete moved[key]
      else moved[key] = offset
    }
    if (epoch === undefined) continue
    delete moved[epochKey(log.id)]
    moved[epochKey(log.newId)] = log.newEpoch
  }
  return moved
}
