// An MQTT 5 server whose every answer the test chooses.
import { EventEmitter, once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import mqttPacket, { type IConnackPacket, type Packet } from 'mqtt-packet'

export type Client = {
  readonly socket: Socket
  readonly packets: Packet[]
  send(packet: Packet): void
  next<Cmd extends Packet['cmd']>(cmd: Cmd): Promise<Extract<Packet, { cmd: Cmd }>>
}

/** Listens on a free port of loopback, and hands each connection to the test. */
export async function openServer(): Promise<
  AsyncDisposable & {
    readonly url: string
    readonly port: number
    client(connack?: Partial<IConnackPacket>): Promise<Client>
  }
> {
  const arrivals = new EventEmitter()
  const waiting: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    waiting.push(socket)
    arrivals.emit('socket')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const sockets = new Set<Socket>()
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    async client(connack = {}) {
      while (waiting.length === 0) await once(arrivals, 'socket')
      const socket = waiting.shift()!
      sockets.add(socket)
      const client = openClient(socket)
      await client.next('connect')
      client.send({ cmd: 'connack', sessionPresent: false, reasonCode: 0, ...connack })
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const socket of [...sockets, ...waiting]) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function openClient(socket: Socket): Client {
  const packets: Packet[] = []
  const news = new EventEmitter()
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  parser.on('packet', (packet: Packet) => {
    packets.push(packet)
    news.emit('packet')
  })
  socket.on('data', (chunk: Buffer) => parser.parse(chunk))
  return {
    socket,
    packets,
    send: (packet) => void socket.write(mqttPacket.generate(packet, { protocolVersion: 5 })),
    async next(cmd) {
      for (;;) {
        const found = packets.find((packet): packet is Extract<Packet, { cmd: typeof cmd }> => packet.cmd === cmd)
        if (found !== undefined) {
          packets.splice(packets.indexOf(found), 1)
          return found
        }
        await once(news, 'packet')
      }
    },
  }
}
