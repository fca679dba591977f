// One thread of a gateway of several: what the first opens in its own thread, and the others as workers.
import { parentPort, workerData } from 'node:worker_threads'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { openGateway, type Gateway } from '../../src/gateway/gateway.ts'
import type { MeshMember } from '../../src/gateway/peers/mesh.ts'
import { suiteAdmission } from '../interop/suite-admission.ts'

export type GatewayThread = { readonly member: MeshMember; readonly port: number; readonly dir: string; readonly keepAliveMaxS: number }

export async function openGatewayThread({ member, port, dir, keepAliveMaxS }: GatewayThread): Promise<Gateway> {
  const kept = openLmdbLog({ dir, partitions: 4, bytesMax: 2 ** 30, clock: systemClock })
  const gateway = await openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port, reusePort: true }],
    ...kept,
    admission: suiteAdmission,
    limits: { keepAliveMaxS },
    clock: systemClock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
    member,
  })
  return {
    ...gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await kept[Symbol.asyncDispose]()
    },
  }
}

if (parentPort !== null && (workerData as GatewayThread | undefined)?.member !== undefined) {
  const parent = parentPort
  const gateway = await openGatewayThread(workerData as GatewayThread)
  parent.on('message', (question: 'count' | 'stop') => {
    if (question === 'count') parent.postMessage(gateway.connectionCount())
    else void gateway[Symbol.asyncDispose]().then(() => parent.postMessage(0))
  })
  parent.postMessage(0)
}
