// Servers that the Paho suite runs against: a gateway that admits everyone, or Mosquitto, both set
// to what the suite takes for granted: a server that asks for a keep-alive of 60 s, and one filter
// nobody may subscribe to.
import { openMemoryLog } from '../../src/eventlog/memory/memory-log.ts'
import { openMosquitto } from '../engines/mosquitto.ts'
import { openThreadedGateway } from '../support/gateway-threads.ts'
import { temporaryFolder } from '../support/running-system.ts'
import { openSuiteGateway, openSuiteLog } from './suite-gateway.ts'

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
  // Its ACL file has no say over subscriptions: refusing one takes a plugin, so it fails the two
  // tests that want that.
  return mosquitto
    ? openMosquitto(() => ['allow_anonymous true', `max_keepalive ${keepAliveMaxS}`])
    : threads > 1
      ? openThreads(threads)
      : openOurs(log)
}

async function openOurs(kind: 'memory' | 'lmdb'): Promise<SuiteServer> {
  const folder = temporaryFolder()
  const kept = kind === 'memory' ? openMemoryLog({ partitions: 4 }) : openSuiteLog(folder.path)
  return inFolder(folder, await openSuiteGateway({ kept, limits: { keepAliveMaxS } }))
}

async function openThreads(threads: number): Promise<SuiteServer> {
  const folder = temporaryFolder()
  return inFolder(folder, await openThreadedGateway(threads, folder.path, { limits: { keepAliveMaxS } }))
}

const inFolder = (folder: Disposable, gateway: SuiteServer): SuiteServer => ({
  port: gateway.port,
  async [Symbol.asyncDispose]() {
    await gateway[Symbol.asyncDispose]()
    folder[Symbol.dispose]()
  },
})
