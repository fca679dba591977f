import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventLogContract, type LogPlace, type LogSubject } from '../event-log.contract.ts'
import { stateStoreContract } from '../../stream/state-store.contract.ts'
import { eventLogModelContract } from '../event-log.model.ts'
import { openLmdbLog } from './lmdb-log.ts'

function temporaryPlace(): LogPlace {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-log-'))
  return {
    open: (options) => openLmdbLog({ dir, ...options }),
    [Symbol.asyncDispose]: async () => rmSync(dir, { recursive: true, force: true }),
  }
}

const subject: LogSubject = { name: 'LMDB log', durable: true, bytesMaxLeast: 4 * 1024 * 1024, place: temporaryPlace }

eventLogContract(subject)
eventLogModelContract(subject, 25)
stateStoreContract(subject)
