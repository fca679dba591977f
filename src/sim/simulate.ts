// The city, live: the world's time is tied to the clock, and what cars say goes out through their
// units over MQTT.
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { loadCity, type City } from '../city/city.ts'
import { carId } from './car.ts'
import { openFleet, type Fleet } from './fleet.ts'
import type { IncidentRates, PlannedIncident } from './incidents.ts'
import type { WorldSink } from './life.ts'
import { newPace, newTicks } from './pace.ts'
import type { Activity } from './trip-plan.ts'
import { openTruthFile } from './truth-file.ts'
import type { UnitKind } from './unit.ts'
import { openWorld } from './world.ts'

export type SimulateOptions = {
  /** mqtt://host:port of the gateway. */
  readonly url: string
  readonly tenant: string
  /** The tenant's secret: each car's password is derived from it. */
  readonly fleetKey: Uint8Array
  readonly cars: number
  /** The cars are `PREFIX-00001` and so on; `car` by default, which are the demonstration's. */
  readonly prefix?: string
  readonly seed: number
  /** Montevideo by default, read from its file. */
  readonly city?: City
  readonly signal: AbortSignal
  readonly logger: Logger
  /** Seconds of simulation in one second; 1 by default. */
  readonly speed?: number
  /** Of simulated time; without end by default. */
  readonly durationMs?: number
  /** First instant of the simulation; see `newPace` for the default. */
  readonly startAt?: number
  /** The units of the cars, in turn; all of them `full` by default. */
  readonly units?: readonly UnitKind[]
  readonly activity?: Activity
  readonly rates?: IncidentRates
  readonly incidents?: readonly PlannedIncident[]
  /** JSON lines of what really happened. */
  readonly truthFile?: string
  /** Where units keep what is not acknowledged, across restarts. */
  readonly folder?: string
  /** Cars that connect in a second; 250 by default. */
  readonly connectsPerSecond?: number
  readonly clock?: Clock
}

export type SimulationSummary = {
  readonly cars: number
  readonly simulatedMs: number
  readonly sent: number
  readonly acknowledged: number
  readonly refused: number
  readonly dropped: number
  readonly pending: number
  /** How often other clients signed in with the ids of these cars. */
  readonly takenOver: number
  readonly trips: number
  readonly crashes: number
}

/** The most simulation in one go, more than a tick, so that the sockets get their turn when it has
 *  fallen behind. */
const sliceMs = 250
const reportMs = 10_000
const behindMs = 5000
const flushMs = 10_000
/** Who stops the simulation does not want to wait long for a gateway that may be gone. */
const abortedFlushMs = 3000
/** Faster than real time, the simulation waits while its units hold more than this many messages
 *  each. */
const pendingPerCarMax = 50

/**
 * Runs until `durationMs` is over or `signal` aborts, then waits up to 10 s (3 s when aborted) for
 * what is not acknowledged yet. In real time a slow gateway makes units buffer and in the end drop,
 * as cars would; faster than real time it slows the simulation down. Throws a RangeError or
 * TypeError for a wrong option, an `Outage` for the city or the truth file.
 */
export async function simulate(options: SimulateOptions): Promise<SimulationSummary> {
  const { clock = systemClock, speed = 1, connectsPerSecond = 250, signal, logger } = options
  if (!(speed > 0 && speed <= 1000)) throw new RangeError(`"speed" is a number above 0 and at most 1000, not ${speed}.`)
  const city = options.city ?? (await loadCity())
  await using truthFile = options.truthFile === undefined ? undefined : await openTruthFile(options.truthFile)
  const openedAt = clock.now()
  const untilTick = newTicks(openedAt, options.cars)
  const pace = newPace({ wallAt: openedAt, speed, durationMs: options.durationMs, startAt: options.startAt })
  const world = openWorld({ ...options, city, startAt: pace.startAt })
  await using fleet = openFleet(world.cars, { ...options, folder: options.folder })

  let trips = 0
  let crashes = 0
  const sink: WorldSink = {
    uplink: (car, stream, utterance) => fleet.send(car.index, stream, utterance),
    network: (car, up) => fleet.setNetwork(car.index, up),
    truth: (truth) => {
      if (truth.kind === 'trip' && truth.endAt !== null) trips++
      if (truth.kind === 'crash') crashes++
      truthFile?.write(truth)
    },
  }

  const endAt = pace.startAt + (options.durationMs ?? Infinity)
  const watch = watcher(fleet, options, logger)
  let at = pace.startAt
  while (at < endAt && !signal.aborted) {
    const now = clock.now()
    fleet.open(Math.ceil(((now - openedAt) / 1000) * connectsPerSecond) + 1)
    const wanted = Math.min(pace.simulatedAt(now), endAt)
    const mayRun = speed <= 1 || watch.pending(now) < options.cars * pendingPerCarMax
    const to = mayRun ? Math.min(wanted, at + sliceMs * Math.max(1, speed)) : at
    world.step(to, sink)
    at = to
    watch.report(now, wanted - at)
    await wait(at < wanted && mayRun ? 0 : untilTick(now), undefined, { signal }).catch(() => {})
  }
  world.finish(sink)
  fleet.open(options.cars)
  // Cars still in a tunnel come out of it for their last words.
  for (const car of world.cars) fleet.setNetwork(car.index, true)
  if (!(await fleet.flush(signal.aborted ? abortedFlushMs : flushMs)))
    logger.warn({ pending: fleet.stats().pending }, 'the simulation ended before all was acknowledged')
  const { sent, acknowledged, refused, dropped, pending, takenOver } = fleet.stats()
  return {
    cars: options.cars,
    simulatedMs: at - pace.startAt,
    sent,
    acknowledged,
    refused,
    dropped,
    pending,
    takenOver,
    trips,
    crashes,
  }
}

/** Says now and then how it goes, and when it cannot keep up. Sums over the fleet are taken at most
 *  four times a second. */
function watcher(fleet: Fleet, { cars, prefix, tenant }: SimulateOptions, logger: Logger) {
  let reportedAt = 0
  let countedAt = 0
  let pending = 0
  let takenOver = 0
  return {
    pending: (now: number): number => {
      if (now - countedAt >= 250) {
        countedAt = now
        pending = fleet.stats().pending
      }
      return pending
    },
    report: (now: number, lagMs: number): void => {
      if (reportedAt === 0) reportedAt = now
      if (now - reportedAt < reportMs) return
      reportedAt = now
      const { online, sent, acknowledged, dropped, pending, takenOver: soFar } = fleet.stats()
      logger.info({ cars, online, sent, acknowledged, dropped, pending }, 'simulated cars are driving')
      if (soFar > takenOver)
        logger.warn(
          { takenOver: soFar - takenOver, firstCar: carId(0, prefix), tenant },
          'other clients sign in with the ids of these cars, and each ends the connection of the other: give one side ids of its own (`simulate --prefix NAME`)',
        )
      takenOver = soFar
      if (lagMs > behindMs)
        logger.warn({ lagMs: Math.round(lagMs) }, 'the simulation falls behind: fewer cars or a lower speed')
    },
  }
}
