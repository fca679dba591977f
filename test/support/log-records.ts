// Reading logs whole.
import type { EventLog, StoredRecord, Topic } from '../../src/eventlog/event-log.ts'
import { readWhole } from '../../src/eventlog/read-whole.testing.ts'

/** Every kept record of the topics, partition by partition. Throws when something of them is
 *  damaged. */
export const recordsOf = async (log: EventLog, topics: readonly Topic[]): Promise<StoredRecord[]> =>
  (await Promise.all(topics.map((topic) => readWhole(log, topic)))).flat()
