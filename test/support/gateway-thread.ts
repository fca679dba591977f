// One thread of a gateway of several: what the first opens in its own thread, and the others as
// workers.
import { parentPort, workerData } from 'node:worker_threads'
import type { GatewayLimits } from '../../src/gateway/gateway-limits.ts'
import type { Gateway } from '../../src/gateway/gateway.ts'
import type { MeshMember } from '../../src/gateway/peers/mesh.ts'
import { openSuiteGateway, openSuiteLog } from '../interop/suite-gateway.ts'

export type GatewayThread = {
  readonly member: MeshMember
  readonly port: number
  readonly dir: string
  readonly partitions: number
  readonly limits: Partial<GatewayLimits>
}

export const openGatewayThread = ({ member, port, dir, partitions, limits }: GatewayThread): Promise<Gateway> =>
  openSuiteGateway({ kept: openSuiteLog(dir, partitions), limits, thread: { member, port } })

if (parentPort !== null && (workerData as GatewayThread | undefined)?.member !== undefined) {
  const parent = parentPort
  const gateway = await openGatewayThread(workerData as GatewayThread)
  parent.on('message', (question: 'count' | 'stop') => {
    if (question === 'count') parent.postMessage(gateway.connectionCount())
    else void gateway[Symbol.asyncDispose]().then(() => parent.postMessage(0))
  })
  parent.postMessage(0)
}
