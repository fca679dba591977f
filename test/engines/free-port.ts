// Ports for servers of the tests.
import { createServer } from 'node:net'

/** A port below those that the system gives to outgoing connections, one of which could take it
 *  while a server is being started again. */
export async function freeLowPort(): Promise<number> {
  for (;;) {
    const port = 23_000 + Math.floor(Math.random() * 9_000)
    const probe = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    await new Promise((resolve) => probe.close(resolve))
    if (isFree) return port
  }
}
