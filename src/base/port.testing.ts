// Ports of 127.0.0.1, for tests and benches: one that is free, and when something listens there.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'

/** A port nobody listens on, so that what is started again can be found at the same place. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
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
