// A gateway as the Paho suite takes it for granted: it admits everyone.
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import type { GatewayLimits } from '../../src/gateway/gateway-limits.ts'
import { openGatewayStore } from '../../src/gateway/gateway-store.ts'
import { openGateway, type Gateway } from '../../src/gateway/gateway.ts'
import type { MeshMember } from '../../src/gateway/peers/mesh.ts'
import type { LogAndState } from '../../src/eventlog/state-store.ts'
import { suiteAdmission } from './suite-admission.ts'
import { uplinkTopics } from '../../src/eventlog/topics.ts'

export type SuiteGatewayOptions = {
  /** Closed with the gateway. */
  readonly kept: LogAndState
  readonly limits: Partial<GatewayLimits>
  /** One of several threads, which share a port. */
  readonly thread?: { readonly member: MeshMember; readonly port: number }
}

export async function openSuiteGateway({ kept, limits, thread }: SuiteGatewayOptions): Promise<Gateway> {
  const gateway = await openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port: thread?.port ?? 0, reusePort: thread !== undefined }],
    store: openGatewayStore(kept),
    admission: suiteAdmission,
    limits,
    clock: systemClock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
    ...(thread === undefined ? {} : { member: thread.member }),
  })
  return {
    ...gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await kept[Symbol.asyncDispose]()
    },
  }
}

export const openSuiteLog = (dir: string, partitions = 4): LogAndState =>
  openLmdbLog({ dir, partitions, topics: uplinkTopics, clock: systemClock })
