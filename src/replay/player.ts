// The pace and the cars of a replay: each sample goes to the lane of its car when it is due.
// Recordings may hold their cars one after another or mixed; a car is closed, all acknowledged,
// with its last sample.
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../base/clock.ts'
import { openLane, sendGathered, type ReplayLane } from './lane.ts'
import type { Boots } from './boots.ts'
import type { RecordedSample } from './recorded-sample.ts'
import type { ReplayOptions, ReplayProgress, ReplaySummary } from './replay.ts'
import type { SegmentSpan } from './survey.ts'

export type Player = AsyncDisposable & {
  /** Resolves when the sample was handed on, at its time. */
  play(sample: RecordedSample): Promise<void>
  /** Resolves when all is acknowledged, or the time for it is over. */
  drain(): Promise<void>
  totals(): Pick<ReplaySummary, 'vehicles' | 'samples' | 'messages' | 'acknowledged' | 'refused' | 'unacknowledged'>
}

/** Cars connected at once; for one more, the one longest silent is drained and closed. */
const lanesMax = 64
/** A pause on the wall longer than this sends first what was gathered. */
const gatherMaxMs = 1000
const samplesPerMessageMax = 60

const pauseFor = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {})
}

/** `spans` says what will be played; `boots` are known where it is played as before. Nothing is
 *  connected before the first sample. */
export function openPlayer(
  options: ReplayOptions,
  spans: ReadonlyMap<string, SegmentSpan>,
  boots: Boots | undefined,
): Player {
  const { speed, signal, clock = systemClock, pause = pauseFor, gapMaxMs = Infinity } = options
  const cars = carsOf(options, spans)
  const lanes = new Map<string, ReplayLane>()
  const openings = new Map<string, number>()
  const done = { samples: 0, messages: 0, acknowledged: 0, refused: 0, unacknowledged: 0 }
  const total = [...cars.values()].reduce((sum, { samples }) => sum + samples, 0)
  const progress: ReplayProgress = { total, samples: 0, messages: 0, acknowledged: 0, vehicle: '', at: 0 }
  // One message for each second on the wall, at the 1 Hz most recordings have.
  const samplesPerMessage =
    speed === 'max' ? samplesPerMessageMax : Math.min(samplesPerMessageMax, Math.max(1, Math.round(speed)))

  async function close(lane: ReplayLane): Promise<void> {
    // A message that an interruption cuts short would be another one under its number when it is
    // played again.
    if (boots === undefined || signal?.aborted !== true) await sendGathered(lane, signal)
    await lane.vehicle.flush(options.drainTimeoutMs ?? 30_000)
    lanes.delete(lane.id)
    const { acknowledged, refused, dropped, pending } = lane.vehicle.stats
    done.samples += lane.samples
    done.messages += lane.messages
    done.acknowledged += acknowledged
    done.refused += refused
    done.unacknowledged += dropped + pending
    await lane.vehicle[Symbol.asyncDispose]()
  }

  async function laneOf(segment: string): Promise<ReplayLane> {
    const id = vehicleIdOf(options, segment)
    const known = lanes.get(id)
    const lane = known ?? (await open(id))
    // Deleting and setting again keeps the map in the order of use.
    lanes.delete(id)
    lanes.set(id, lane)
    return lane
  }

  async function open(id: string): Promise<ReplayLane> {
    const [oldest] = lanes.values()
    if (oldest !== undefined && lanes.size >= lanesMax) await close(oldest)
    const ref = { tenant: options.tenant, vehicle: id }
    const car = cars.get(id)
    const now = clock.now()
    // Faster than real time, samples that began now would soon lie in the future.
    const anchorAt = speed !== 'max' && speed <= 1 ? car?.firstAt : car?.lastAt
    const shiftMs = car?.shiftMs ?? (options.toNow === true && anchorAt !== undefined ? now - anchorAt : 0)
    if (car !== undefined) car.shiftMs = shiftMs
    const opening = (openings.get(id) ?? 0) + 1
    openings.set(id, opening)
    return openLane({
      vehicle: {
        url: options.url,
        ref,
        password: options.passwordOf(ref),
        clock,
        ...(boots !== undefined && { boot: boots(id, opening) }),
        limits: { inFlightMax: 64, ...options.limits },
        ...(options.logger === undefined ? {} : { logger: options.logger }),
      },
      shiftMs,
      dueAt: now,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      signal,
    })
  }

  async function waitUntilDue(lane: ReplayLane, at: number, speed: number): Promise<void> {
    const gapMs = lane.lastAt === undefined ? 0 : Math.min(Math.max(0, at - lane.lastAt), gapMaxMs)
    lane.dueAt += gapMs / speed
    const waitMs = lane.dueAt - clock.now()
    if (waitMs > gatherMaxMs) for (const waiting of lanes.values()) await sendGathered(waiting, signal)
    if (waitMs > 0) await pause(waitMs, signal)
  }

  return {
    async play({ segment, at, signals, clock: whose }) {
      const lane = await laneOf(segment)
      if (speed !== 'max') await waitUntilDue(lane, at, speed)
      if (signal?.aborted === true) return
      lane.lastAt = at
      const playedAt = at + lane.shiftMs
      lane.gathered.push(whose === undefined ? { at: playedAt, signals } : { at: playedAt, signals, clock: whose })
      if (lane.gathered.length >= samplesPerMessage) await sendGathered(lane, signal)
      progress.samples++
      progress.messages = done.messages + lane.messages
      progress.acknowledged = done.acknowledged + lane.vehicle.stats.acknowledged
      progress.vehicle = lane.id
      progress.at = at
      options.onProgress?.(progress)
      const car = cars.get(lane.id)
      if (car !== undefined && --car.samples === 0) await close(lane)
    },
    async drain() {
      for (const lane of lanes.values()) await close(lane)
    },
    totals: () => ({ vehicles: [...cars.keys()], ...done }),
    async [Symbol.asyncDispose]() {
      for (const { vehicle } of lanes.values()) await vehicle[Symbol.asyncDispose]()
    },
  }
}

/** Plays to nobody: for a look at what would be sent. */
export function rehearse(options: ReplayOptions, spans: ReadonlyMap<string, SegmentSpan>): Player {
  let samples = 0
  const nothing = { messages: 0, acknowledged: 0, refused: 0, unacknowledged: 0 }
  return {
    async play() {
      samples += 1
    },
    async drain() {},
    totals: () => ({ vehicles: [...carsOf(options, spans).keys()], samples, ...nothing }),
    async [Symbol.asyncDispose]() {},
  }
}

/** From the first instant of a car to its last. */
export type CarSpan = { readonly firstAt: number; readonly lastAt: number }

/** The drives each car will play, by vehicle id; `shiftMs` once it was decided. */
export function carsOf(
  options: ReplayOptions,
  spans: ReadonlyMap<string, SegmentSpan>,
): Map<string, CarSpan & { samples: number; shiftMs?: number }> {
  const cars = new Map<string, CarSpan & { samples: number }>()
  for (const [segment, { samples, firstAt, lastAt }] of spans) {
    const id = vehicleIdOf(options, segment)
    const car = cars.get(id) ?? { samples: 0, firstAt: Infinity, lastAt: -Infinity }
    cars.set(id, {
      samples: car.samples + samples,
      firstAt: Math.min(car.firstAt, firstAt),
      lastAt: Math.max(car.lastAt, lastAt),
    })
  }
  return cars
}

/** Which car plays a segment. */
export function vehicleIdOf(
  options: Pick<ReplayOptions, 'files' | 'mapping' | 'vehicle' | 'vehicles' | 'asOne'>,
  segment: string,
): string {
  const { mapping, asOne, vehicles } = options
  if (vehicles !== undefined) return vehicles.get(segment)!
  const name = carName(options)
  if (asOne === true || mapping.segments === undefined) return name
  return idOf(`${name}-${segment}`)
}

/** The id of a car, or what the ids of a recording's cars begin with. */
export function carName({ files, mapping, vehicle }: Pick<ReplayOptions, 'files' | 'mapping' | 'vehicle'>): string {
  if (vehicle !== undefined) return vehicle
  const file = basename(files[0] ?? '').split('.')[0] ?? ''
  return mapping.segments === undefined && /[A-Za-z0-9]/.test(file) ? idOf(file) : mapping.name
}

/** A character that a vehicle id may not hold becomes a hyphen. */
const idOf = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
