// What the Paho suite runs against: a gateway that admits everyone, or Mosquitto, both set to what the suite takes for granted:
// a server that asks for a keep-alive of 60 s, and one filter nobody may subscribe to.
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { openMemoryLog } from '../../src/eventlog/memory/memory-log.ts'
import type { LogAndState } from '../../src/stream/state-store.ts'
import { openGateway } from '../../src/gateway/gateway.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { openThreadedGateway } from '../support/gateway-threads.ts'
import { temporaryFolder } from '../support/running-system.ts'
import { suiteAdmission } from './suite-admission.ts'

export type SuiteServer = AsyncDisposable & { readonly port: number }

const keepAliveMaxS = 60

export function openSuiteServer({
  log,
  threads,
  mosquitto,
}: {
  readonly log: 'memory' | 'lmdb'
  /** More than one are on LMDB. */
  readonly threads: number
  readonly mosquitto: boolean
}): Promise<SuiteServer> {
  // Its ACL file has no say over subscriptions: refusing one takes a plugin, so it fails the two tests that want that.
  return mosquitto ? startMosquitto([`max_keepalive ${keepAliveMaxS}`]) : threads > 1 ? openThreads(threads) : openOurs(log)
}

async function openOurs(kind: 'memory' | 'lmdb'): Promise<SuiteServer> {
  const folder = temporaryFolder()
  const kept = openLog(kind, folder.path)
  const gateway = await openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    ...kept,
    admission: suiteAdmission,
    limits: { keepAliveMaxS },
    clock: systemClock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })
  return {
    port: gateway.port,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await kept[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

async function openThreads(threads: number): Promise<SuiteServer> {
  const folder = temporaryFolder()
  const gateway = await openThreadedGateway(threads, folder.path, keepAliveMaxS)
  return {
    port: gateway.port,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

const openLog = (kind: 'memory' | 'lmdb', dir: string): LogAndState =>
  kind === 'memory' ? openMemoryLog({ partitions: 4 }) : openLmdbLog({ dir, partitions: 4, bytesMax: 2 ** 30, clock: systemClock })
