import { eventLogContract } from '../event-log.contract.ts'
import { compactionContract } from '../compaction.contract.ts'
import { clockContract } from '../clock.contract.ts'
import { retentionContract } from '../retention.contract.ts'
import { fullStateContract, stateStoreContract } from '../state-store.contract.ts'
import { eventLogModelContract } from '../event-log-model.testing.ts'
import { logTopics, type SweptSubject } from '../event-log-subject.testing.ts'
import { openMemoryLog } from './memory-log.ts'

const subject: SweptSubject = {
  name: 'memory log',
  durable: false,
  isClockGiven: true,
  bytesMaxLeast: 1024 * 1024,
  place: () => ({
    open: async (options) => openMemoryLog({ topics: logTopics, steady: options.clock.steady, ...options }),
    [Symbol.asyncDispose]: async () => {},
  }),
}

eventLogContract(subject)
retentionContract(subject)
clockContract(subject)
compactionContract(subject)
eventLogModelContract(subject)
stateStoreContract(subject)
fullStateContract(subject)
