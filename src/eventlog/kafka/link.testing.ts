// A way to a broker that a test can cut, or have lose answers.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to a port that may be closed. `altered`: what comes through of an answer. */
export async function openLink(altered: (answer: Buffer) => Buffer = (answer) => answer) {
  const sockets = new Set<Socket>()
  let target = 0
  let isMute = false
  let losing: { readonly kind: number; readonly lost: PromiseWithResolvers<void> } | undefined
  let dropped = Promise.withResolvers<void>()
  const server = createServer((client) => {
    const broker = connect(target, '127.0.0.1')
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    let isLosing = false
    client
      .on('data', (bytes) => {
        isLosing ||= losing !== undefined && bytes.byteLength > 6 && bytes.readInt16BE(4) === losing.kind
        broker.write(bytes)
      })
      .on('close', () => broker.destroy())
    broker
      .on('close', () => client.destroy())
      .on('data', (bytes) => {
        if (isMute) dropped.resolve()
        else if (isLosing) {
          losing?.lost.resolve()
          losing = undefined
          client.destroy()
        } else client.write(altered(bytes))
      })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    to: (port: number): void => void (target = port),
    /** From now on no answer comes through. Resolves when one was lost. */
    mute: (): Promise<void> => {
      isMute = true
      dropped = Promise.withResolvers()
      return dropped.promise
    },
    /** Of the next request of a kind, by its number in Kafka's protocol, the answer is lost with
     *  the connection. Resolves then. */
    loseAnswer: (kind: number): Promise<void> => {
      losing = { kind, lost: Promise.withResolvers() }
      return losing.lost.promise
    },
    /** Ends all connections. */
    cut,
    mend: (): void => {
      isMute = false
      cut()
    },
    async [Symbol.asyncDispose]() {
      server.close()
      cut()
    },
  }
}
