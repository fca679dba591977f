// The listener for trackers that speak Teltonika's protocol over TCP (codecs 8, 8 Extended and 16;
// "Teltonika Data Sending Protocols" of the maker's wiki). A tracker says its IMEI once, and is
// answered 01 or 00; each of its packets is stored as it came, and answered with the number of its
// records when it is durable. Records that are not answered so the tracker keeps and sends again.
import { openTimeLimit } from '../base/time-limit.ts'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { createRateLimit, defaultRates, type Rates } from '../tcp/rate-limit.ts'
import { lookEvery } from '../base/look-every.ts'
import { surviveAcceptErrors } from '../tcp/accept-errors.ts'
import { openKnownTrackers, type Tracker } from './known-trackers.ts'
import { PacketFiling } from './packet-filing.ts'
import { TrackerConnection, type TrackerHost } from './tracker-connection.ts'
import { trackerLimits, type TrackerLimits } from './tracker-limits.ts'
import { openTrackerMetrics } from './tracker-metrics.ts'

export type TrackersListenerOptions = {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** By IMEI. */
  readonly trackers: ReadonlyMap<string, Tracker>
  readonly tenant: string
  readonly log: Pick<EventLog, 'append' | 'now'>
  readonly limits?: Partial<TrackerLimits>
  /** How fast a tracker may send, and all of them together: the bounds of cars, which it keeps
   *  apart from those of cars. */
  readonly rates?: Partial<Rates>
  /** Of deadlines and rates. */
  readonly steady: Clock
  readonly logger: Logger
  readonly registry: Registry
}

/** Disposing takes nobody in, and waits, at most `drainTimeoutMs`, until packets that are on their
 *  way to the log are answered. */
export interface TrackersListener extends AsyncDisposable {
  readonly port: number
}

/** While the log takes nothing every tracker tries again. */
const outageLogMs = 10_000

/** Rejects with Outage ADDRESS_UNAVAILABLE. Throws RangeError for a network of `trackers` that is
 *  none. */
export async function openTrackersListener(options: TrackersListenerOptions): Promise<TrackersListener> {
  const { steady, logger, registry, trackers, listen } = options
  const limits: TrackerLimits = { ...trackerLimits, ...options.limits }
  const rates: Rates = { ...defaultRates, ...options.rates }
  const known = openKnownTrackers(trackers)
  /** Those whose socket is not gone. */
  const connections = new Set<TrackerConnection>()
  const byImei = new Map<string, TrackerConnection>()
  const metrics = openTrackerMetrics(registry, () => byImei.size)
  const rate = createRateLimit({ limits: rates, clock: steady, countHeld: metrics.countHeld })
  let strangers = 0

  const host: TrackerHost = {
    limits,
    refusedCost: rates.refusedMessageCost,
    log: options.log,
    steady,
    tenant: options.tenant,
    known,
    filing: new PacketFiling(options.log, options.tenant),
    rate,
    metrics,
    storing: new Set(),
    entered(connection, imei) {
      strangers -= 1
      // A tracker that has lost its network comes again long before its old connection is known to
      // be gone.
      byImei.get(imei)?.end('replaced')
      byImei.set(imei, connection)
    },
    left(connection, why) {
      metrics.countEnd(why)
      if (connection.tracker === undefined) strangers -= 1
      else byImei.delete(connection.tracker.imei)
    },
    noteOutage: outageNotes(logger, steady),
  }

  function takeIn(socket: Socket): void {
    // An error is followed by a close, which is heard where it is read.
    socket.on('error', () => undefined)
    if (!known.isExpectedFrom(socket.remoteAddress) || strangers >= limits.strangers) {
      metrics.countEnd(strangers >= limits.strangers ? 'too-many' : 'turned-away')
      socket.destroy()
      return
    }
    strangers += 1
    const connection = new TrackerConnection(socket, host)
    connections.add(connection)
    socket.once('close', () => {
      connection.end('closed')
      connections.delete(connection)
    })
    void connection.run()
  }

  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, takeIn)
  server.maxConnections = limits.connections
  server.on('drop', () => metrics.countEnd('too-many'))
  const port = await listenOn(server, listen)
  surviveAcceptErrors(server, { clock: steady, logger, countTurnedAway: metrics.countEnd })
  const looking = lookEvery(limits.lookMs, steady, () => {
    for (const connection of connections) connection.look()
  })

  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const connection of connections) connection.stop()
      using _limit = openTimeLimit(limits.drainTimeoutMs, () => {
        for (const connection of connections) connection.abandon()
      })
      await closed
      looking[Symbol.dispose]()
      rate[Symbol.dispose]()
    },
  }
}

async function listenOn(server: Server, { host, port }: TrackersListenerOptions['listen']): Promise<number> {
  server.listen({ host, port, backlog: 1_024 })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new Outage(
      'ADDRESS_UNAVAILABLE',
      `Cannot listen for trackers on ${host}:${port} (${(cause as NodeJS.ErrnoException).code}). Set ROADSTREAM_TELTONIKA to another host:port.`,
      { retryable: false, cause },
    )
  }
  return (server.address() as AddressInfo).port
}

/** Tells once in a while that nothing can be stored. */
function outageNotes(logger: Logger, steady: Clock): (code: string) => void {
  let quietUntil = Number.NEGATIVE_INFINITY
  return (code) => {
    if (steady.now() < quietUntil) return
    quietUntil = steady.now() + outageLogMs
    logger.warn({ code }, 'the log does not take the packets of trackers, which wait for their answers')
  }
}
