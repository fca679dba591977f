// Faults thrown into what simulated cars send, as the units of real cars have them: clocks that
// jump, receivers that lose their fix, sensors that glitch, units that start anew, messages that
// never come. Each vehicle has chances of its own, from the seed.
import type { Message, Sample, SignalValue } from '../../src/model/message.ts'
import type { OfflineMessage } from '../../src/sim/offline.ts'
import { Random } from '../../src/sim/random.ts'

export const faultKinds = [
  'clock jump',
  'reboot',
  '(0, 0) fix',
  'fix far off',
  'sentinel',
  'hole',
  'glitch',
  'two glitches',
] as const
export type FaultKind = (typeof faultKinds)[number]
/** How often each kind happens to a car in an hour. */
export type FaultRates = Readonly<Record<FaultKind, number>>

export type Span = { readonly fromAt: number; readonly toAt: number }

export type ThrownFaults = {
  readonly counts: Record<FaultKind, number>
  /** Spans of which nothing came, from the last message before, by vehicle. */
  readonly holes: Map<string, Span[]>
  /** The messages with what happened to them, in the order they come. */
  messages(): Generator<OfflineMessage, void, undefined>
}

const hourMs = 3_600_000
const kmPerDegree = 111.2
const hole = { leastMs: 301_000, mostMs: 1_800_000 } as const
const restart = { leastMs: 10_000, mostMs: 40_000 } as const
const glitchMs2 = 16 * 9.80665
/** Values that units send where they know nothing (SAE J1939-71: all ones; a byte of km/h; −1 of
 *  many libraries). */
const sentinels: Readonly<Record<string, readonly number[]>> = {
  'Vehicle.Speed': [-1, 255, 511.97, 6553.5],
  'Vehicle.TraveledDistance': [0, 4_294_967_295],
  'Vehicle.Powertrain.CombustionEngine.EngineCoolant.Temperature': [-40, 215],
  'Vehicle.Exterior.AirTemperature': [-128],
}

type Unit = {
  readonly random: Random
  readonly dueAt: Map<FaultKind, number>
  /** Of this boot and of each stream how far its numbers are from those that were sent. */
  boot: string | undefined
  readonly numbers: Map<string, number>
  /** When its last message was sent that came. */
  heardAt: number
  silentUntilAt: number
  glitchesLeft: number
}

export function throwFaults(messages: Iterable<OfflineMessage>, rates: FaultRates, seed: number): ThrownFaults {
  const counts = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>
  const holes = new Map<string, Span[]>()
  const units = new Map<string, Unit>()

  function unitOf({ ref: { vehicle }, sentAt }: OfflineMessage): Unit {
    const known = units.get(vehicle)
    if (known !== undefined) return known
    const random = new Random(seed, units.size, 4711)
    const dueAt = new Map(faultKinds.map((kind) => [kind, sentAt + nextMs(random, rates[kind])]))
    const unit: Unit = {
      random,
      dueAt,
      boot: undefined,
      numbers: new Map(),
      heardAt: sentAt,
      silentUntilAt: 0,
      glitchesLeft: 0,
    }
    units.set(vehicle, unit)
    return unit
  }

  /** Whether one is due; if so it is counted and the next one drawn. */
  function falls(kind: FaultKind, unit: Unit, at: number): boolean {
    if (at < unit.dueAt.get(kind)!) return false
    unit.dueAt.set(kind, at + nextMs(unit.random, rates[kind]))
    counts[kind] += 1
    return true
  }

  function silence(
    unit: Unit,
    { ref: { vehicle }, sentAt }: OfflineMessage,
    { leastMs, mostMs }: typeof hole | typeof restart,
  ): void {
    unit.silentUntilAt = sentAt + unit.random.between(leastMs, mostMs)
    holes.set(vehicle, [...(holes.get(vehicle) ?? []), { fromAt: unit.heardAt, toAt: unit.silentUntilAt }])
  }

  function falsify(sample: Sample, unit: Unit, at: number): Sample {
    const signals: Record<string, SignalValue> = { ...sample.signals }
    const { random } = unit
    const lat = signals['Vehicle.CurrentLocation.Latitude']
    const lon = signals['Vehicle.CurrentLocation.Longitude']
    if (typeof lat === 'number' && typeof lon === 'number') {
      const place = falls('(0, 0) fix', unit, at)
        ? [0, 0]
        : falls('fix far off', unit, at)
          ? farFrom(lat, lon, random)
          : [lat, lon]
      signals['Vehicle.CurrentLocation.Latitude'] = place[0]!
      signals['Vehicle.CurrentLocation.Longitude'] = place[1]!
    }
    const paths = Object.keys(signals).filter((path) => path in sentinels && typeof signals[path] === 'number')
    if (paths.length > 0 && falls('sentinel', unit, at)) {
      const path = random.pick(paths)
      signals[path] = random.pick(sentinels[path]!)
    }
    if (typeof signals['Vehicle.Acceleration.Longitudinal'] === 'number') {
      if (unit.glitchesLeft === 0 && falls('two glitches', unit, at)) unit.glitchesLeft = 2
      else if (unit.glitchesLeft === 0 && falls('glitch', unit, at)) unit.glitchesLeft = 1
      if (unit.glitchesLeft > 0) {
        unit.glitchesLeft -= 1
        signals['Vehicle.Acceleration.Longitudinal'] = random.chance(0.5) ? glitchMs2 : -glitchMs2
      }
    }
    return { at: sample.at, signals }
  }

  function numbered(sent: OfflineMessage, unit: Unit): Message {
    const { message, stream } = sent
    if (unit.boot === undefined) return message
    const first = unit.numbers.get(stream) ?? message.seq
    unit.numbers.set(stream, first)
    return { ...message, boot: unit.boot, seq: message.seq - first }
  }

  return {
    counts,
    holes,
    *messages() {
      for (const sent of messages) {
        const unit = unitOf(sent)
        const { sentAt } = sent
        if (sentAt < unit.silentUntilAt) continue
        if (falls('hole', unit, sentAt)) {
          silence(unit, sent, hole)
          continue
        }
        if (falls('reboot', unit, sentAt)) {
          unit.boot = bootOf(unit.random)
          unit.numbers.clear()
          silence(unit, sent, restart)
          continue
        }
        unit.heardAt = sentAt
        const message = numbered(sent, unit)
        const jumpMs = falls('clock jump', unit, sentAt) ? jumpOf(unit.random, sentAt) : 0
        if ('event' in message) yield { ...sent, message: { ...message, at: message.at + jumpMs } }
        else {
          const samples = message.samples.map((sample) => falsify({ ...sample, at: sample.at + jumpMs }, unit, sentAt))
          yield { ...sent, message: { ...message, samples } }
        }
      }
    },
  }
}

const nextMs = (random: Random, perHour: number): number =>
  perHour > 0 ? random.exponential(hourMs / perHour) : Infinity

/** One message whose clock is hours ahead or behind, was never set, or lost 1,024 weeks. */
const jumpOf = (random: Random, at: number): number =>
  random.pick([
    random.between(60_000, 20 * hourMs),
    -random.between(60_000, 20 * hourMs),
    946_684_800_000 - at,
    -1024 * 7 * 24 * hourMs,
  ])

/** 1 to 110 km off, in any direction. */
function farFrom(lat: number, lon: number, random: Random): readonly [number, number] {
  const degrees = random.between(1, 110) / kmPerDegree
  const angle = random.between(0, 2 * Math.PI)
  return [lat + degrees * Math.cos(angle), lon + (degrees * Math.sin(angle)) / Math.cos((lat * Math.PI) / 180)]
}

const bootOf = (random: Random): string =>
  Array.from({ length: 4 }, () => random.below(65_536).toString(16).padStart(4, '0')).join('')
