// The trips and crashes that the jobs find in a simulated city, against what happened in it.
import type { City } from '../../src/city/city.ts'
import type { StoredRecord } from '../../src/eventlog/event-log.ts'
import { crash } from '../../src/jobs/crash/crash.ts'
import { driveJobs } from '../../src/engine/job-driver.ts'
import type { Output } from '../../src/engine/job.ts'
import { tripDistanceM } from '../../src/jobs/trips/trip-rules.ts'
import { trips } from '../../src/jobs/trips/trips.ts'
import { messageAt } from '../../src/model/message-check.ts'
import { encodeMessage } from '../../src/model/message-codec.ts'
import type { Anomaly } from '../../src/read-models/anomalies/anomalies.ts'
import type { Alert } from '../../src/read-models/alerts/alerts.ts'
import type { Trip } from '../../src/read-models/trips/trips.ts'
import { vehicleKey } from '../../src/model/vehicle-id.ts'
import { usualRates } from '../../src/sim/incidents.ts'
import { simulateOffline, type OfflineMessage } from '../../src/sim/offline.ts'
import type { TripTruth, Truth } from '../../src/sim/truth.ts'

export type SimulationScore = {
  readonly carHours: number
  readonly messages: number
  readonly crashes: {
    readonly injected: number
    readonly missed: readonly Truth[]
    readonly falseOnes: readonly Alert[]
  }
  readonly lookalikes: number
  readonly trips: {
    readonly driven: number
    readonly missed: readonly TripTruth[]
    readonly falseOnes: readonly Trip[]
  }
  /** Doubts of what the cars told, which was all true. */
  readonly doubted: readonly Anomaly[]
  /** Greatest differences of the trips found. */
  readonly worst: { readonly endMs: number; readonly distancePercent: number; readonly idleMs: number }
}

type CrashTruth = Extract<Truth, { readonly kind: 'crash' }>

export type SimulationToScore = {
  readonly cars: number
  readonly hours: number
  readonly seed: number
  /** Of each kind of crash, in an hour of driving: far more than chance has it, so that there are
   *  some. */
  readonly crashesPerHour: number
}

export const startAt = 1_767_877_200_000
const nearMs = 1_500
/** Seconds of messages after which all state is stored and read anew: five minutes. */
const savedEvery = 300
/** In shorter trips a difference of a metre is a large share. */
const shortM = 300

export function scoreSimulation(city: City, options: SimulationToScore): SimulationScore {
  const truths: Truth[] = []
  const jobs = openJobs()
  const durationMs = options.hours * 3_600_000
  const rates = { ...usualRates, crash: options.crashesPerHour, 'minor-crash': options.crashesPerHour }
  const messages = jobs.feedAll(
    simulateOffline({ city, ...options, startAt, durationMs, rates, onTruth: (truth) => truths.push(truth) }),
  )
  const lookalikes = truths.filter(({ kind }) => kind === 'pothole' || kind === 'kerb' || kind === 'door-slam').length
  const endAt = startAt + durationMs
  return {
    carHours: options.cars * options.hours,
    messages,
    lookalikes,
    crashes: scoreCrashes(truths, jobs.alerts, endAt),
    ...scoreTrips(truths, jobs.trips),
    doubted: [...jobs.doubted.values()],
  }
}

/** The jobs that find trips and crashes, and what they found, and doubted. */
export function openJobs() {
  const found = {
    trips: new Map<string, Trip>(),
    alerts: new Map<string, Alert>(),
    doubted: new Map<string, Anomaly>(),
  }
  const driver = driveJobs([crash, trips])
  const byTopic: Readonly<Record<string, Map<string, object>>> = {
    trip: found.trips,
    alert: found.alerts,
    anomaly: found.doubted,
  }
  const keep = ({ topic, id, value }: Output): void => {
    const rows = byTopic[topic]
    if (value === null) rows?.delete(id)
    else rows?.set(id, value)
  }
  let batches = 0
  const feed = (records: readonly StoredRecord[], logAt: number): void => {
    driver.feed(records).forEach(keep)
    driver.pass(logAt).forEach(keep)
    if (++batches % savedEvery === 0) driver.save()
  }
  return {
    ...found,
    /** Takes in all messages, a second of them at a time, and gives how many they were. */
    feedAll(messages: Iterable<OfflineMessage>): number {
      let count = 0
      let second: StoredRecord[] = []
      let secondAt = 0
      for (const sent of messages) {
        if (sent.sentAt > secondAt + 1000) {
          feed(second, secondAt)
          second = []
          secondAt = sent.sentAt
        }
        second.push(recordOf(sent, (count += 1)))
      }
      feed(second, secondAt)
      feed([], Number.MAX_SAFE_INTEGER)
      return count
    },
  }
}

const recordOf = ({ stream, ref, message, sentAt }: OfflineMessage, offset: number): StoredRecord => ({
  topic: stream,
  key: vehicleKey(ref),
  value: encodeMessage(message),
  at: messageAt(message),
  partition: 0,
  offset,
  appendedAt: sentAt,
  receivedAt: sentAt,
})

function scoreCrashes(
  truths: readonly Truth[],
  alerts: ReadonlyMap<string, Alert>,
  endAt: number,
): SimulationScore['crashes'] {
  const injected = truths.filter((truth): truth is CrashTruth => truth.kind === 'crash')
  const left = new Set(alerts.values())
  const missed = injected.filter((truth) => {
    const alert = [...left].find(({ vehicle, at }) => vehicle === truth.vehicle && Math.abs(at - truth.at) <= nearMs)
    if (alert !== undefined) left.delete(alert)
    // After a crash of the last minutes the car may not have been seen standing yet.
    else if (!truth.airbag && truth.at > endAt - 120_000) return false
    return alert === undefined || (alert.severity === 'critical') !== truth.airbag
  })
  return { injected: injected.length, missed, falseOnes: [...left] }
}

function scoreTrips(
  truths: readonly Truth[],
  found: ReadonlyMap<string, Trip>,
): Pick<SimulationScore, 'trips' | 'worst'> {
  const driven = truths.filter((truth): truth is TripTruth => truth.kind === 'trip')
  const left = new Map([...found.values()].map((trip) => [`${trip.vehicle} ${trip.startAt}`, trip]))
  const worst = { endMs: 0, distancePercent: 0, idleMs: 0 }
  const missed = driven.filter((truth) => {
    const key = `${truth.vehicle} ${truth.startAt}`
    const trip = left.get(key)
    left.delete(key)
    // A trip that was begun in the last seconds may not have come far enough to be a trip.
    if (truth.endAt === null)
      return trip === undefined ? truth.distanceM >= 2 * tripDistanceM : trip.endedBy === 'ignition'
    if (trip === undefined) return true
    worst.endMs = Math.max(worst.endMs, Math.abs(trip.endAt - truth.endAt))
    worst.idleMs = Math.max(worst.idleMs, Math.abs((trip.idleMs ?? Infinity) - truth.idleMs))
    if (truth.distanceM >= shortM)
      worst.distancePercent = Math.max(worst.distancePercent, Math.abs(trip.distanceM / truth.distanceM - 1) * 100)
    return trip.endAt !== truth.endAt
  })
  return { trips: { driven: driven.length, missed, falseOnes: [...left.values()] }, worst }
}
