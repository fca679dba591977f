// A gateway in a process of its own, to be killed. It loads its code at once and opens the log only
// when it is told to, so that the next one stands by, loaded, while the one before still runs: a
// round of the kill test is then a few milliseconds of opening, and not of loading.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type GatewayProcess = AsyncDisposable & {
  /** Opens the log and listens; resolves when it does. */
  open(): Promise<void>
  /** SIGKILL: nothing is finished. Resolves when the process is gone. */
  kill(): Promise<void>
}

export function standByGateway(dir: string, port: number): GatewayProcess {
  const program = fileURLToPath(new URL('standby-gateway.main.ts', import.meta.url))
  // The code is compiled once for all rounds.
  const env = {
    ...process.env,
    UV_THREADPOOL_SIZE: '4',
    NODE_NO_WARNINGS: '1',
    NODE_COMPILE_CACHE: join(dir, 'compiled'),
  }
  const child = spawn(process.execPath, [program, dir, String(port)], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const opened = Promise.race([
    once(child.stdout, 'data'),
    exited.then(() => Promise.reject(new Error('The gateway ended before it listened.'))),
  ])
  opened.catch(() => {})
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    async open() {
      child.stdin.write('open\n')
      await opened
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
