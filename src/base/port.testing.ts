// Ports of 127.0.0.1, for tests and benches: one that is free, and when something listens there.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const [firstPort, portCount] = [23_000, 9_000]
/** Between the first ports of processes with neighbouring numbers: so many each may take before it
 *  comes to those of the next. */
const stride = 61
let next = (process.pid * stride) % portCount

/** A port nobody listens on, below those that the system gives to outgoing connections: one of them
 *  could take it while what listens there is being started again. No two calls of a process give
 *  the same, and processes that run side by side take theirs from different places, as a server may
 *  be seconds from listening on the port it was given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + next
    next = (next + 1) % portCount
    const probe = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    await new Promise((resolve) => probe.close(resolve))
    if (isFree) return port
  }
}

/** Resolves once something listens there. */
export async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
