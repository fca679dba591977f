// All jobs on one partition, between two commits: records in, outputs and state changes out. It is deterministic: the same
// state, the same records in the same batches with the same watermarks give the same outputs, which is what lets a task
// recover by running its last batches again. A job that throws leaves the engine unusable; its task makes a new one.
import { parseVehicleKey, type VehicleRef } from '../model/vehicle-id.ts'
import type { LogTopic, StoredRecord } from '../eventlog/event-log.ts'
import { createStateCache, type KeyedParts } from './keyed-state.ts'
import type { StateChange } from '../eventlog/state-store.ts'
import { createTimers } from './timers.ts'
import type { AnyJob, Output, VehicleState } from './job.ts'
import { readInput } from './read-input.ts'

/** A bug in a job: what threw, on which vehicle, and on which record (none when it threw while emitting). */
export class JobFailure extends Error {
  override readonly name = 'JobFailure'
  readonly job: string
  readonly vehicle: string
  readonly record: StoredRecord | undefined

  constructor(job: string, vehicle: string, record: StoredRecord | undefined, cause: unknown) {
    super(`The job ${job} failed.`, { cause })
    this.job = job
    this.vehicle = vehicle
    this.record = record
  }
}

export type Applied = {
  /** Why the record was no message, `vehicle-id` when its key names no vehicle; null when all is well. */
  readonly refusal: string | null
  readonly ahead: boolean
}

/** An output with the append time of the oldest record it may come from, so that latencies are those of the whole way. */
export type TimedOutput = Output & { readonly receivedAt?: number | undefined }

export type Engine = {
  /** Runs the record through every job that reads its topic, but those `skips` names. Throws JobFailure. */
  apply(record: StoredRecord, skips?: ReadonlySet<string>): Applied
  /** What the vehicles touched since the last call, and those whose timers are due at `watermark`, have to say. Throws JobFailure. */
  settle(watermark: number): TimedOutput[]
  nextTimerAt(): number | undefined
  /** State and timers changed since the last call; parts not used since the last call but one leave memory. */
  takeChanges(): StateChange[]
  /** Parts in memory. */
  size(): number
}

/** Timers fired in one batch at most, so that a jump of the watermark does not stop the loop; the rest fire in the next. */
export const timersPerBatch = 500

const timerPrefix = 'timer/'

type Vehicle = {
  readonly ref: VehicleRef
  readonly key: string
  readonly states: (KeyedParts<object> & VehicleState<object>)[]
  touched: number
  /** Append time of the oldest record since the last `settle`; undefined when a timer alone touched it. */
  receivedAt: number | undefined
}

type Stored = {
  get(key: string): Uint8Array | undefined
  range(prefix: string): Iterable<readonly [key: string, value: Uint8Array]>
}

/** `quarantined` names job/tenant/vehicle that are left alone since the job failed to emit for them. */
export function createEngine(jobs: readonly AnyJob[], stored: Stored, quarantined: ReadonlySet<string> = new Set()): Engine {
  const cache = createStateCache(stored.get)
  const timers = createTimers()
  const changedTimers = new Set<string>()
  const vehicles = new Map<string, Vehicle>()
  const readers = new Map<LogTopic, number[]>()
  for (const [index, job] of jobs.entries()) for (const topic of job.reads) readers.set(topic, [...(readers.get(topic) ?? []), index])
  const indexOf = new Map(jobs.map((job, index) => [job.name, index]))
  /** Vehicle and job, in the order they were touched. */
  let touched: (readonly [Vehicle, number])[] = []
  let generation = 1

  for (const [key, value] of stored.range(timerPrefix))
    timers.ask(key.slice(timerPrefix.length), new DataView(value.buffer, value.byteOffset).getFloat64(0))

  const openVehicle = (key: string): Vehicle | undefined => {
    const parsed = parseVehicleKey(key)
    if (!parsed.ok) return undefined
    const states = jobs.map((job) => {
      const timerKey = `${job.name}/${key}`
      return Object.assign(cache.open(`part/${timerKey}`, job.codecs), {
        timer(at: number) {
          if (timers.ask(timerKey, at)) changedTimers.add(timerKey)
        },
      }) as KeyedParts<object> & VehicleState<object>
    })
    const vehicle: Vehicle = { ref: parsed.value, key, states, touched: 0, receivedAt: undefined }
    vehicles.set(key, vehicle)
    return vehicle
  }

  const touch = (vehicle: Vehicle, index: number): void => {
    const bit = 1 << index
    if ((vehicle.touched & bit) !== 0) return
    vehicle.touched |= bit
    touched.push([vehicle, index])
  }

  const fireTimers = (watermark: number): void => {
    for (const timerKey of timers.fire(watermark, timersPerBatch)) {
      changedTimers.add(timerKey)
      const slash = timerKey.indexOf('/')
      const index = indexOf.get(timerKey.slice(0, slash))
      const key = timerKey.slice(slash + 1)
      const vehicle = vehicles.get(key) ?? openVehicle(key)
      if (vehicle !== undefined && index !== undefined) touch(vehicle, index)
    }
  }

  return {
    apply(record, skips) {
      const vehicle = vehicles.get(record.key) ?? openVehicle(record.key)
      if (vehicle === undefined) return { refusal: 'vehicle-id', ahead: false }
      vehicle.receivedAt ??= record.appendedAt
      const { input, refusal, ahead } = readInput(record, vehicle.ref)
      for (const index of readers.get(input.record.topic) ?? []) {
        const job = jobs[index]!
        if (skips?.has(job.name) === true) continue
        if (quarantined.size > 0 && quarantined.has(`${job.name}/${vehicle.key}`)) continue
        try {
          job.apply(vehicle.states[index]!, input)
        } catch (cause) {
          throw new JobFailure(job.name, vehicle.key, record, cause)
        }
        touch(vehicle, index)
      }
      return { refusal, ahead }
    },
    settle(watermark) {
      fireTimers(watermark)
      const outputs: TimedOutput[] = []
      for (const [vehicle, index] of touched) {
        vehicle.touched &= ~(1 << index)
        const job = jobs[index]!
        if (quarantined.size > 0 && quarantined.has(`${job.name}/${vehicle.key}`)) continue
        try {
          for (const output of job.emit(vehicle.states[index]!, vehicle.ref, watermark))
            outputs.push(Object.assign(output, { receivedAt: vehicle.receivedAt }))
        } catch (cause) {
          throw new JobFailure(job.name, vehicle.key, undefined, cause)
        }
      }
      for (const [vehicle] of touched) vehicle.receivedAt = undefined
      touched = []
      return outputs
    },
    nextTimerAt: () => timers.nextAt(),
    takeChanges() {
      const changes = cache.takeChanges()
      for (const key of changedTimers) changes.push(timerChange(key, timers.dueAt(key)))
      changedTimers.clear()
      for (const vehicle of vehicles.values()) {
        let used = false
        for (const state of vehicle.states) used = state.evict(generation - 1) || used
        if (!used) vehicles.delete(vehicle.key)
      }
      generation += 1
      return changes
    },
    size: () => cache.size(),
  }
}

function timerChange(key: string, at: number | undefined): StateChange {
  if (at === undefined) return { key: timerPrefix + key }
  const value = new Uint8Array(8)
  new DataView(value.buffer).setFloat64(0, at)
  return { key: timerPrefix + key, value }
}
