// Telling what stands where a broker of Kafka was named, by the first bytes that it says. Asked
// once a cluster does not answer: a web server, or a listener with TLS, takes connections as a
// broker does and then says nothing that a client of Kafka understands.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Outage } from '../../base/errors.ts'
import { kafkaSettingNames as names, type KafkaServers } from '../kafka-options.ts'
import { brokerText, type Broker } from './cluster.ts'

type Answering = 'kafka' | 'tls' | 'http' | 'something else' | 'nothing'

const answerMsMax = 2_000
/** The question which versions are known, in its oldest form: length, key 18, version 0, a number
 *  that comes back, no name. */
const question = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff])
const askedNumber = 7
/** A web server answers a whole request; to a broker it would be nonsense. */
const webQuestion = 'GET / HTTP/1.0\r\n\r\n'

/** The outage of a cluster that did not answer, told better where other things stand at all the
 *  addresses of the settings. */
export async function explained(outage: Outage, servers: KafkaServers): Promise<Outage> {
  if (outage.code !== 'LOG_UNAVAILABLE') return outage
  const isTls = servers.tls !== undefined
  const found = await Promise.all(servers.brokers.map((broker) => whatAnswers(broker, isTls)))
  const index = found.findIndex((each) => each === 'http' || each === 'tls')
  if (index === -1 || found.includes('kafka')) return outage
  const where = brokerText(servers.brokers[index]!)
  return new Outage(
    'LOG_MISMATCH',
    found[index] === 'http'
      ? `A web server answers at ${where}, and no broker of Kafka: give the brokers' own ports in ${names.brokers}.`
      : `The listener at ${where} speaks TLS: set ${names.tls}=on, or name one without it in ${names.brokers}.`,
    { retryable: false, cause: outage },
  )
}

async function whatAnswers(broker: Broker, isTls: boolean): Promise<Answering> {
  const first = await firstBytes(broker, isTls, question)
  const found = first?.length === 0 ? await firstBytes(broker, isTls, webQuestion) : first
  if (found === undefined) return 'nothing'
  if (found.subarray(0, 5).toString('latin1') === 'HTTP/') return 'http'
  if (found.length >= 8 && found.readInt32BE(4) === askedNumber) return 'kafka'
  // A listener with TLS answers a handshake, and bytes that are none as it likes.
  return !isTls && (await firstBytes(broker, true)) !== undefined ? 'tls' : 'something else'
}

/** Empty where it says nothing in time, ends, or nothing was asked; undefined where no connection
 *  came about. */
async function firstBytes(
  { host, port }: Broker,
  isTls: boolean,
  asked?: Buffer | string,
): Promise<Buffer | undefined> {
  const signal = AbortSignal.timeout(answerMsMax)
  const socket: Socket = isTls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port })
  socket.on('error', () => {})
  let isThere = false
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal })
    isThere = true
    if (asked === undefined) return Buffer.alloc(0)
    socket.write(asked)
    const said: readonly unknown[] = await Promise.race([
      once(socket, 'data', { signal }),
      once(socket, 'close', { signal }).then(() => []),
    ])
    return said[0] instanceof Buffer ? said[0] : Buffer.alloc(0)
  } catch {
    return isThere ? Buffer.alloc(0) : undefined
  } finally {
    socket.destroy()
  }
}
