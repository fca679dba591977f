// The simulator without MQTT and without a clock: the messages cars would have sent, in the order
// they would have left the cars, as fast as the machine makes them. Words of a car in a tunnel come
// when the tunnel is behind it.
import { createHash } from 'node:crypto'
import type { Message } from '../model/message.ts'
import type { UplinkStream } from '../model/topic.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { Car } from './car.ts'
import type { WorldSink } from './life.ts'
import type { Truth } from './truth.ts'
import { openWorld, type WorldOptions } from './world.ts'

export type OfflineOptions = WorldOptions & {
  readonly durationMs: number
  /** Default `demo`. */
  readonly tenant?: string
  /** Called with each truth as it becomes known, in order. */
  readonly onTruth?: (truth: Truth) => void
}

export type OfflineMessage = {
  readonly ref: VehicleRef
  readonly stream: UplinkStream
  readonly message: Message
  /** When it left the car, which is later than its own time when there was no network. */
  readonly sentAt: number
}

type Unit = {
  readonly ref: VehicleRef
  readonly boot: string
  readonly seqs: Map<UplinkStream, number>
  held: OfflineMessage[] | null
}

/** Lives through `durationMs` and gives every message. A generator: nothing happens before the
 *  first is asked for. */
export function* simulateOffline(options: OfflineOptions): Generator<OfflineMessage, void, undefined> {
  const { tenant = 'demo', startAt, durationMs, seed } = options
  const world = openWorld(options)
  const units = world.cars.map((car) => newUnit(tenant, car, seed))
  let ready: OfflineMessage[] = []
  let secondAt = startAt

  const sink: WorldSink = {
    uplink: (car, stream, utterance) => {
      const unit = units[car.index]!
      const seq = unit.seqs.get(stream) ?? 0
      unit.seqs.set(stream, seq + 1)
      const sentAt = 'event' in utterance ? utterance.at : utterance.samples[0].at
      ;(unit.held ?? ready).push({ ref: unit.ref, stream, message: { boot: unit.boot, seq, ...utterance }, sentAt })
    },
    truth: (truth) => options.onTruth?.(truth),
    network: (car, up) => {
      const unit = units[car.index]!
      if (!up) unit.held = []
      else if (unit.held !== null) {
        const at = secondAt + car.phaseMs
        for (const message of unit.held) ready.push({ ...message, sentAt: at })
        unit.held = null
      }
    },
  }

  const endAt = startAt + durationMs
  for (; secondAt < endAt; secondAt += 1000) {
    world.step(Math.min(secondAt + 1000, endAt), sink)
    yield* ready
    ready = []
  }
  world.finish(sink)
}

/** The boot of a car in this run: from the seed, so that a run can be repeated. */
function newUnit(tenant: string, car: Car, seed: number): Unit {
  const boot = createHash('sha256').update(`${seed}/${car.id}`).digest('hex').slice(0, 16)
  return { ref: { tenant, vehicle: car.id }, boot, seqs: new Map(), held: null }
}
