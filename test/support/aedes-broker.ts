// Another project's broker in this process, MQTT 3.1.1, with sessions and kept messages in memory.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { Aedes } from 'aedes'

export type AedesBroker = AsyncDisposable & {
  readonly url: string
  /** Whether somebody is subscribed to the filter. */
  hasSubscriber(filter: string): boolean
}

export async function openAedes(): Promise<AedesBroker> {
  const aedes = await Aedes.createBroker({ maxClientsIdLength: 200 })
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
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
      server.close()
    },
  }
}
