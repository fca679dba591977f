// Starts a gateway in a process of its own, and looks at its vitals: memory after a full
// collection, what is alive in it, how long its loop stood still.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

export type Vitals = {
  /** After a full collection. */
  readonly heapBytes: number
  readonly bufferBytes: number
  readonly sockets: number
  /** Clients on their way in. */
  readonly arrivals: number
  /** Entries of the gateway in the state store: what it would find after a restart. */
  readonly entries: number
  /** Objects that are alive, whoever holds them. */
  readonly connections: number
  readonly sessions: number
  readonly maps: number
  readonly timers: number
  /** Packets handled so far, whole or not. */
  readonly packets: number
  /** Messages in the log so far. */
  readonly stored: number
  /** How much later than it should the event loop came round, since the start or the last
   *  `forgetStalls`, milliseconds; and `busiest`: the most CPU it took for one round. */
  readonly stalls: { readonly p99: number; readonly p999: number; readonly worst: number; readonly busiest: number }
  /** Connections that ended, by reason. */
  readonly disconnects: Readonly<Record<string, number>>
}

export type GatewayProcess = AsyncDisposable & {
  readonly port: number
  readonly pid: number
  /** Undefined while it runs. */
  end(): string | undefined
  vitals(): Promise<Vitals>
  forgetStalls(): Promise<void>
  /** Waits until so many connections are open and so many sessions alive, and gives the vitals
   *  then, or those after `patienceMs`. */
  settled(connections: number, sessions: number, patienceMs?: number): Promise<Vitals>
}

/** `core`: where it runs; undefined is wherever the system puts it. */
export async function startGatewayProcess(core?: number): Promise<GatewayProcess> {
  const command = [process.execPath, '--expose-gc', new URL('gateway-under-test.ts', import.meta.url).pathname]
  const canPin = core !== undefined && spawnSync('taskset', ['-p', String(process.pid)]).status === 0
  const [program, ...args] = canPin ? ['taskset', '-c', String(core), ...command] : command
  const child = spawn(program!, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const ask = async <Answer>(question: string): Promise<Answer> => {
    child.send(question)
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the gateway ended')))
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer]
    ended.catch(() => undefined)
    return answer
  }
  const [port] = (await once(child, 'message')) as [number]
  const vitals = (): Promise<Vitals> => ask<Vitals>('vitals')
  return {
    port,
    pid: child.pid!,
    end: () =>
      child.exitCode === null && child.signalCode === null ? undefined : `exit ${child.exitCode ?? child.signalCode}`,
    vitals,
    forgetStalls: async () => void (await ask<string>('forget stalls')),
    async settled(connections, sessions, patienceMs = 30_000) {
      const until = performance.now() + patienceMs
      for (;;) {
        while ((await ask<number>('sockets')) !== connections && performance.now() < until) await wait(20)
        const found = await vitals()
        if ((found.sockets === connections && found.sessions === sessions) || performance.now() > until) return found
        await wait(100)
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
