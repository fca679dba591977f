// Tells Home Assistant, by the broker that we bridge from, what is known of vehicles: follows the
// topic `twin`, remembers the last values of each vehicle with its positions in the log, in one
// commit, and tells of those that changed at a bounded rate. Messages that a broker has not taken
// are told again; at a start, and when the broker was away, all is told once, as it may have lost
// it.
//
//   twin ──► remember, commit ──► changed ──every round, so many──► messages, kept by the broker
import { Counter, type Registry } from 'prom-client'
import { pulledMetrics } from '../base/pulled-metrics.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { onceAnOutage } from '../base/once-an-outage.ts'
import { orPause, pause } from '../base/wait-out.ts'
import type { EventLog, Gap, StoredRecord } from '../eventlog/event-log.ts'
import { openLogReader } from '../eventlog/log-reader.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'
import type { TwinPatch } from '../model/twin.ts'
import { parseVehicleKey } from '../model/vehicle-id.ts'
import { homeAssistantLimits, type HomeAssistantLimits } from './home-assistant-limits.ts'
import { addPatch, type KnownVehicle } from './known-vehicle.ts'
import { homeAssistantMessages, removalOf, speedUntil, type HomeAssistantMessage } from './messages.ts'

export type HomeAssistantOptions = {
  readonly derived: EventLog
  /** Where it remembers. One owner at a time. */
  readonly state: StateStore
  /** Whose vehicles are told of. */
  readonly tenant: string
  /** Gives a message to the broker, to be kept; resolves with what became of it. */
  readonly publish: (message: HomeAssistantMessage) => Promise<string>
  /** How often the broker was reached; 0 where it was not yet. */
  readonly reached: () => number
  readonly limits?: Partial<HomeAssistantLimits>
  readonly steady: Clock
  readonly logger: Logger
  readonly registry: Registry
}

export interface HomeAssistant {
  /** Reads one batch and remembers it. True when there is more at once. One call at a time; rejects
   *  with the log's Outage, and nothing is lost then. */
  read(): Promise<boolean>
  /** One round: tells of those that are due. Resolves when the broker has taken it, or not. */
  tell(): Promise<void>
  /** Both, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

const task = 'home-assistant@1'
const retryMs = 5_000
const refusedLogMs = 600_000

export async function openHomeAssistant(options: HomeAssistantOptions): Promise<HomeAssistant> {
  const { derived, state, tenant, steady, logger } = options
  const limits: HomeAssistantLimits = { ...homeAssistantLimits, ...options.limits }
  const known = new Map<string, KnownVehicle>()
  for (const [vehicle, bytes] of state.range(task, ''))
    known.set(vehicle, JSON.parse(Buffer.from(bytes).toString()) as KnownVehicle)
  /** In the order in which they changed; those that are gone have nothing known. */
  const changed = new Set(known.keys())
  const toldAt = new Map<string, number>()
  /** Until when the speed told of a vehicle is one of now, by the log's clock. */
  const movingUntil = new Map<string, number>()
  const toldConfig = new Map<string, string>()
  const counts = openCounts(options.registry, { vehicles: () => known.size, waiting: () => changed.size })
  let quietUntil = Number.NEGATIVE_INFINITY
  let reachedBefore = options.reached()
  let reader = openLogReader(derived, { topics: ['twin'], order: 'fair' }, state.positions(task))

  function take(record: StoredRecord, changes: Map<string, KnownVehicle | undefined>): void {
    const ref = parseVehicleKey(record.key)
    if (!ref.ok || ref.value.tenant !== tenant) return
    const { vehicle } = ref.value
    if (record.value.byteLength === 0) return void changes.set(vehicle, undefined)
    const before = changes.has(vehicle) ? changes.get(vehicle) : known.get(vehicle)
    const after = addPatch(before ?? {}, patchOf(record))
    if (after === undefined) return
    if (before === undefined && sizeWith(changes) >= limits.vehicles) return counts.leftOut()
    changes.set(vehicle, after)
  }

  function sizeWith(changes: ReadonlyMap<string, KnownVehicle | undefined>): number {
    let size = known.size
    for (const vehicle of changes.keys()) if (!known.has(vehicle)) size += 1
    return size
  }

  async function read(): Promise<boolean> {
    const batch = await reader.poll({ records: limits.batchRecords, bytes: limits.batchBytes })
    if (!batch.isNews) return false
    for (const gap of batch.gaps) noteLost(gap)
    const changes = new Map<string, KnownVehicle | undefined>()
    for (const record of batch.records) take(record, changes)
    const stored = [...changes].map(([key, value]): StateChange =>
      value === undefined ? { key } : { key, value: Buffer.from(JSON.stringify(value)) },
    )
    try {
      await state.commit([{ task, positions: batch.to, state: stored }], [])
    } catch (error) {
      // Records that are not remembered are read again.
      reader = openLogReader(derived, { topics: ['twin'], order: 'fair' }, state.positions(task))
      throw error
    }
    for (const [vehicle, value] of changes) {
      if (value === undefined) known.delete(vehicle)
      else known.set(vehicle, value)
      changed.add(vehicle)
    }
    return batch.behind.length > 0
  }

  /** Vehicles whose news was in it are told of with their next. */
  function noteLost({ topic, partition, from, to, why }: Gap): void {
    counts.lost(why, to - from)
    logger.error(
      { topic, partition, from, to, why },
      'Home Assistant is not told what the log dropped before it was read, or has damaged',
    )
  }

  /** Whether the broker has all of it. */
  async function tellOf(vehicle: string): Promise<boolean> {
    const now = known.get(vehicle)
    const [config, ...more] =
      now === undefined ? removalOf(vehicle) : homeAssistantMessages(vehicle, now, derived.now())
    const isNew = toldConfig.get(vehicle) !== config!.payload
    const outcomes = await Promise.all(
      [...(isNew ? [config!] : []), ...more].map((message) => options.publish(message)),
    )
    for (const outcome of outcomes) counts.published(outcome)
    if (outcomes.includes('refused')) noteRefused()
    if (outcomes.some((outcome) => outcome !== 'taken')) return false
    if (now === undefined) toldConfig.delete(vehicle)
    else toldConfig.set(vehicle, config!.payload)
    const at = now === undefined ? undefined : speedUntil(now, derived.now())
    if (at === undefined) movingUntil.delete(vehicle)
    else movingUntil.set(vehicle, at)
    return true
  }

  function noteRefused(): void {
    if (steady.now() < quietUntil) return
    quietUntil = steady.now() + refusedLogMs
    logger.warn(
      'The broker does not let the bridge tell Home Assistant: allow its user to publish to homeassistant/# and roadstream/ha/#, and to keep messages there.',
    )
  }

  /** A broker that was away may have lost what it kept, and does not say so. Before it was reached
   *  at all it had taken nothing. */
  function noteReached(): void {
    const reached = options.reached()
    if (reached === reachedBefore) return
    if (reachedBefore > 0) {
      toldConfig.clear()
      for (const vehicle of known.keys()) changed.add(vehicle)
    }
    reachedBefore = reached
  }

  async function tell(): Promise<void> {
    noteReached()
    const now = steady.now()
    // Nothing says that a speed is over but its age.
    for (const [vehicle, until] of movingUntil) if (until <= derived.now()) changed.add(vehicle)
    const due: string[] = []
    for (const vehicle of changed) {
      if (due.length >= limits.roundVehicles) break
      if (now - (toldAt.get(vehicle) ?? Number.NEGATIVE_INFINITY) >= limits.vehicleEveryMs) due.push(vehicle)
    }
    await Promise.all(
      due.map(async (vehicle) => {
        // It may change again while it is told.
        changed.delete(vehicle)
        toldAt.set(vehicle, now)
        if (!(await tellOf(vehicle))) changed.add(vehicle)
        else if (!known.has(vehicle)) toldAt.delete(vehicle)
      }),
    )
  }

  async function run(signal: AbortSignal): Promise<void> {
    const round = async (): Promise<void> => {
      while ((await read()) && !signal.aborted);
      await tell()
      await pause(limits.roundMs, signal)
    }
    const failed = onceAnOutage(
      ({ code }) =>
        logger.warn({ code }, 'what Home Assistant is told cannot be read or remembered, and is tried again'),
      steady,
    )
    while (!signal.aborted) await orPause(round, retryMs, signal, failed)
  }

  return { read, tell, run }
}

/** A patch that cannot be read says nothing: the twin's next patch stands for itself. */
function patchOf({ value }: StoredRecord): Pick<TwinPatch, 'signals'> {
  try {
    const { signals = {} } = JSON.parse(Buffer.from(value).toString()) as Partial<TwinPatch>
    return { signals }
  } catch {
    return { signals: {} }
  }
}

function openCounts(registry: Registry, now: { readonly vehicles: () => number; readonly waiting: () => number }) {
  const prefix = 'roadstream_home_assistant_'
  let leftOut = 0
  const { gauge, total } = pulledMetrics(registry, prefix)
  gauge('vehicles', 'Vehicles that Home Assistant is told of.', now.vehicles)
  gauge('waiting_vehicles', 'Of them, those that changed and are not told of yet.', now.waiting)
  total('left_out_total', 'Patches of vehicles beyond the most that are told of.', () => leftOut)
  const published = new Counter({
    name: `${prefix}published_total`,
    help: 'Messages for Home Assistant, by what became of them.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const lost = new Counter({
    name: `${prefix}lost_total`,
    help: 'Changes of vehicles that were never read, as the log dropped or damaged them before, by why.',
    labelNames: ['why'],
    registers: [registry],
  })
  return {
    leftOut: () => void (leftOut += 1),
    published: (outcome: string) => published.inc({ outcome }),
    lost: (why: Gap['why'], changes: number) => lost.inc({ why }, changes),
  }
}
