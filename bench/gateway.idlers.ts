// Clients that connect and then say nothing. Arguments: a JSON of port, how many, the source
// address, the number of the first, and of TLS the files. Prints a line when all are connected.
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encodeConnect } from '../src/mqtt/encode-packet.ts'
import { noProperties } from '../src/mqtt/properties.ts'
import type { TlsFilesOfBoth } from './support/mqtt-servers.ts'

type Idlers = {
  readonly port: number
  readonly count: number
  readonly from: number
  readonly localAddress: string
  readonly tls?: TlsFilesOfBoth
}

const { port, count, from, localAddress, tls } = JSON.parse(process.argv[2]!) as Idlers
/** Below those the system gives out: to look for a free one takes it milliseconds when most are
 *  taken. */
const firstPort = 10_000
const identity =
  tls === undefined
    ? undefined
    : {
        ca: readFileSync(tls.caFile),
        cert: readFileSync(tls.clientCertFile),
        key: readFileSync(tls.clientKeyFile),
        servername: 'localhost',
      }
const atOnce = identity === undefined ? 100 : 20

function openCar(index: number): Promise<void> {
  const clientId = `bench/car-${from + index}`
  const target = { port, host: '127.0.0.1', localAddress, localPort: firstPort + index }
  return new Promise((resolve, reject) => {
    const socket: Socket = identity === undefined ? connect(target) : connectTls({ ...target, ...identity })
    socket.once('error', reject)
    // Also later: whoever is measured as idle must be there.
    socket.once('close', () => {
      throw new Error('The server closed a connection.')
    })
    socket.once(identity === undefined ? 'connect' : 'secureConnect', () =>
      socket.write(
        encodeConnect({
          version: 4,
          clientId,
          cleanStart: true,
          keepAliveS: 3600,
          username: undefined,
          password: undefined,
          will: undefined,
          properties: noProperties,
        }),
      ),
    )
    socket.once('data', () => resolve())
    socket.resume()
  })
}

for (let index = 0; index < count; index += atOnce)
  await Promise.all(Array.from({ length: Math.min(atOnce, count - index) }, (_, n) => openCar(index + n)))
process.stdout.write(`${JSON.stringify({ connected: count })}\n`)
// Ends when whoever started it does.
process.stdin.on('close', () => process.exit(0)).resume()
