// Ports of 127.0.0.1, for tests and benches: one that is free, and when something listens there.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const [firstPort, portCount] = [23_000, 9_000]

/** A port nobody listens on, below those that the system gives to outgoing connections: one of them
 *  could take it while what listens there is being started again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * portCount)
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
