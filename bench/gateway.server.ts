// A server under test in its own process: `ours` or `aedes`, both on an LMDB log. Arguments: which,
// the directory of the log, and options as JSON. Prints its port as one line of JSON, answers the
// line `stored` with what is in the log, and ends with whoever started it.
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { createServer as createTlsServer } from 'node:tls'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../src/base/clock.ts'
import { silentLogger } from '../src/base/logger.ts'
import type { EventLog } from '../src/eventlog/event-log.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import type { LogAndState } from '../src/eventlog/state-store.ts'
import { openGatewayStore } from '../src/gateway/gateway-store.ts'
import { openGateway } from '../src/gateway/gateway.ts'
import { openAdmission } from '../src/gateway/admission/open-admission.ts'
import { uplinkRecord } from '../src/ingest/uplink.ts'
import { parseUplinkTopic } from '../src/model/topic.ts'
import { vehicleKey } from '../src/model/vehicle-id.ts'
import { openThreadedGateway } from '../test/support/gateway-threads.ts'
import type { ServerOptions } from './support/mqtt-servers.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'

const partitions = 8

/** The load is fifty clients that send as fast as the server takes it. */
const limits = {
  connectionMessagesPerS: Number.POSITIVE_INFINITY,
  connectionBytesPerS: Number.POSITIVE_INFINITY,
  tenantMessagesPerS: Number.POSITIVE_INFINITY,
  tenantBytesPerS: Number.POSITIVE_INFINITY,
}

async function listenAsOurs(
  { log, state }: LogAndState,
  { tls, threads = 1, ...place }: ServerOptions,
): Promise<number> {
  if (threads > 1) return (await openThreadedGateway(threads, dir!, { limits, partitions })).port
  const listener = { host: '127.0.0.1', port: place.port ?? 0, reusePort: place.reusePort ?? false }
  const gateway = await openGateway({
    listeners: [
      tls === undefined
        ? { kind: 'tcp', ...listener }
        : { kind: 'tls', ...listener, tls: { certFile: tls.certFile, keyFile: tls.keyFile, clientCaFile: tls.caFile } },
    ],
    store: openGatewayStore({ log, state }),
    admission: openAdmission,
    limits,
    clock: systemClock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })
  return gateway.port
}

/** A server as one would write it with aedes: the same record (so the same parsing) appended in its
 *  hook, before the acknowledgement. */
async function listenAsAedes(log: EventLog, { tls }: ServerOptions): Promise<number> {
  const { Aedes } = await import('aedes')
  const broker = await Aedes.createBroker({
    authorizePublish(_client, packet, done) {
      const uplink = parseUplinkTopic(packet.topic)
      if (!uplink.ok) {
        done(new Error(uplink.detail))
        return
      }
      const { record } = uplinkRecord(
        uplink.value.stream,
        vehicleKey(uplink.value),
        Buffer.from(packet.payload),
        log.now(),
      )
      // oxlint-disable-next-line promise/no-callback-in-promise -- aedes's hooks are callbacks
      void log.append([record]).then(() => done(null), done)
    },
  })
  const server =
    tls === undefined
      ? createServer({ noDelay: true }, broker.handle)
      : createTlsServer(
          {
            ca: readFileSync(tls.caFile),
            cert: readFileSync(tls.certFile),
            key: readFileSync(tls.keyFile),
            requestCert: true,
          },
          broker.handle,
        )
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve))
  return (server.address() as AddressInfo).port
}

const say = (report: Record<string, number>): void => void process.stdout.write(`${JSON.stringify(report)}\n`)

const [kind, dir, given] = process.argv.slice(2)
const options = JSON.parse(given ?? '{}') as ServerOptions
const kept = openLmdbLog({ dir: dir!, partitions, topics: uplinkTopics })
const { log } = kept
say({ port: await (kind === 'aedes' ? listenAsAedes(log, options) : listenAsOurs(kept, options)) })

async function storedCount(): Promise<number> {
  const bounds = Array.from({ length: log.partitionsOf('telemetry') }, (_, partition) =>
    log.bounds('telemetry', partition),
  )
  return (await Promise.all(bounds)).reduce((sum, { end }) => sum + end, 0)
}

createInterface({ input: process.stdin })
  .on('line', () => void storedCount().then((stored) => say({ stored })))
  // Nobody is left to measure it once the program that started it has gone.
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
