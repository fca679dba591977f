// The gateway in several threads: the role serves as the first of them itself and starts the
// others. To everyone outside it is one gateway; a thread that dies ends all of it.
import { AggregatorRegistry } from 'prom-client'
import { Outage } from '../base/errors.ts'
import type { Config } from '../config/config.ts'
import { createMeshMembers, type MeshMember } from '../gateway/peers/mesh.ts'
import { addUpReports, allSessions } from './gateways.ts'
import type { GatewayQuestions } from './questions.ts'
import { openRoleThread } from './role-thread.ts'
import type { Role } from './role.ts'

/** A thread's part of the gateway: its place, and the ports it shares with the others, in
 *  the order of the listeners. */
export type GatewayShare = { readonly member: MeshMember; readonly ports: readonly number[] }

export type GatewayThreadsOptions = {
  readonly config: Config
  readonly ports: readonly number[]
  /** Opens the gateway of this thread. */
  readonly open: (share: GatewayShare) => Promise<Role<'gateway'>>
}

/** Resolves once all serve. When one cannot, none does, and it rejects with what kept that one. */
export async function openGatewayThreads({ config, ports, open }: GatewayThreadsOptions): Promise<Role<'gateway'>> {
  const [first, ...others] = createMeshMembers(config.gateway.threads)
  const [own, ...threads] = await allOrNone([
    open({ member: first!, ports }),
    ...others.map((member) => openRoleThread('gateway', config, { member, ports })),
  ] as const)
  const gateways = [own.answers, ...threads.map((thread) => thread.ask)]
  const all = <Value>(ask: (gateway: GatewayQuestions) => Promise<Value>): Promise<Value[]> =>
    Promise.all(gateways.map(ask))
  const metrics = async () =>
    AggregatorRegistry.aggregate((await all((gateway) => gateway.metrics())).map((each) => [...each]))
  return {
    ended: Promise.race([own.ended, ...threads.map((thread) => thread.ended)]),
    registry: { contentType: own.registry.contentType, metrics: async () => (await metrics()).metrics() },
    answers: {
      ...allSessions({ all }),
      metrics: async () => (await metrics()).getMetricsAsJSON(),
      async report() {
        const { port, addresses } = await own.answers.report()
        return { ...addUpReports(await all((gateway) => gateway.report())), port, addresses }
      },
    },
    // Together: none is gone before the others have nothing more to ask of it.
    [Symbol.asyncDispose]: async () =>
      void (await Promise.all([own, ...threads].map((each) => each[Symbol.asyncDispose]()))),
  }
}

/** They wait for each other, so when one fails the others do as well; its own failure is the one
 *  to hear of. */
async function allOrNone<Opened extends readonly Promise<AsyncDisposable>[]>(
  opening: Opened,
): Promise<{ -readonly [Index in keyof Opened]: Awaited<Opened[Index]> }> {
  const results = await Promise.allSettled(opening)
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (failures.length > 0) {
    const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    await Promise.all(opened.map((each) => each[Symbol.asyncDispose]()))
    throw failures.find((failure) => !(failure instanceof Outage && failure.code === 'PEER_GONE')) ?? failures[0]
  }
  return results.map((result) => (result as PromiseFulfilledResult<AsyncDisposable>).value) as {
    -readonly [Index in keyof Opened]: Awaited<Opened[Index]>
  }
}
