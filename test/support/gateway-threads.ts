// A gateway of several real threads that admits everyone, on a log on disk, all listening on one
// port.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { freePortsFor } from '../../src/gateway/transport/listener.ts'
import { createMeshMembers } from '../../src/gateway/peers/mesh.ts'
import { openGatewayThread, type GatewayThread } from './gateway-thread.ts'

export type ThreadedGateway = AsyncDisposable & {
  readonly port: number
  /** Connections of each thread. */
  connectionCounts(): Promise<number[]>
}

export async function openThreadedGateway(
  threads: number,
  dir: string,
  { limits = {}, partitions = 4 }: Partial<Pick<GatewayThread, 'limits' | 'partitions'>> = {},
): Promise<ThreadedGateway> {
  const [port] = await freePortsFor([{ kind: 'tcp', host: '127.0.0.1', port: 0 }])
  const [first, ...others] = createMeshMembers(threads).map((member): GatewayThread => ({
    member,
    port: port!,
    dir,
    partitions,
    limits,
  }))
  const workers = others.map((workerData) => {
    const transferList = workerData.member.ports.filter((each) => each !== undefined)
    return new Worker(new URL('gateway-thread.ts', import.meta.url), { workerData, transferList })
  })
  const [gateway] = await Promise.all([openGatewayThread(first!), ...workers.map((worker) => once(worker, 'message'))])
  const ask = async (worker: Worker, question: 'count' | 'stop'): Promise<number> => {
    worker.postMessage(question)
    const [answer] = (await once(worker, 'message')) as [number]
    return answer
  }
  return {
    port: port!,
    connectionCounts: async () => [
      gateway.connectionCount(),
      ...(await Promise.all(workers.map((worker) => ask(worker, 'count')))),
    ],
    async [Symbol.asyncDispose]() {
      await Promise.all([gateway[Symbol.asyncDispose](), ...workers.map((worker) => ask(worker, 'stop'))])
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
