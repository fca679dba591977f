// Another project's broker in this process, MQTT 3.1.1, with sessions and kept messages in memory.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { Aedes } from 'aedes'

export type AedesBroker = AsyncDisposable & {
  readonly url: string
  /** Whether somebody is subscribed to the filter. */
  hasSubscriber(filter: string): boolean
  /** Connections that were ended over a message that is not allowed. */
  refused(): number
}

export type AedesOptions = {
  /** Whether a message to the topic is not allowed; it ends the connection of who sends it. */
  readonly refuses?: (topic: string) => boolean
}

export async function openAedes({ refuses = () => false }: AedesOptions = {}): Promise<AedesBroker> {
  const refused = new WeakSet<object>()
  let ended = 0
  const aedes = await Aedes.createBroker({
    maxClientsIdLength: 200,
    authorizePublish(client, { topic }, done) {
      if (!refuses(topic)) return done(null)
      if (client !== null && !refused.has(client)) {
        refused.add(client)
        ended += 1
      }
      done(new Error('not allowed'))
    },
  })
  const subscribed = new Set<string>()
  aedes.on('subscribe', (subscriptions) => {
    for (const { topic } of subscriptions) subscribed.add(topic)
  })
  const server = createServer((socket) => aedes.handle(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hasSubscriber: (filter) => subscribed.has(filter),
    refused: () => ended,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
      server.close()
    },
  }
}
