// A balancer before gateways, as a fleet has one: each connection goes to any of the addresses, and
// to the next one where nobody listens. It looks at nothing that passes.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export type Balancer = AsyncDisposable & {
  /** Of 127.0.0.1. */
  readonly port: number
}

/** `ports` of 127.0.0.1. */
export async function openBalancer(ports: readonly number[], random: () => number): Promise<Balancer> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    keep(near)
    const first = Math.floor(random() * ports.length)
    join(near, [...ports.slice(first), ...ports.slice(0, first)])
  })
  const join = (near: Socket, [port, ...others]: readonly number[]): void => {
    if (port === undefined) return void near.destroy()
    const far = keep(connect(port, '127.0.0.1'))
    const passOver = (): void => join(near, others)
    far.once('error', passOver)
    far.once('connect', () => {
      far.off('error', passOver)
      near.pipe(far)
      far.pipe(near)
      far.on('close', () => near.destroy())
    })
    near.on('close', () => far.destroy())
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}
