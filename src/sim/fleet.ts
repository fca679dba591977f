// The units of the simulated cars: one SDK vehicle each, opened a few at a time so that a city does
// not knock at the gateway all at once. Words of a car before its unit is open wait here, in order.
import { silentLogger, type Logger } from '../base/logger.ts'
import type { UplinkStream } from '../model/topic.ts'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { openVehicle, type Vehicle, type VehicleStats } from '../vehicle/vehicle.ts'
import type { Utterance } from './life.ts'

export type FleetOptions = {
  readonly url: string
  readonly tenant: string
  readonly fleetKey: Uint8Array
  readonly folder: string | undefined
  readonly logger: Logger
}

export interface Fleet extends AsyncDisposable {
  /** Opens the units up to this many, in order of the cars. */
  open(count: number): void
  send(car: number, stream: UplinkStream, utterance: Utterance): void
  setNetwork(car: number, up: boolean): void
  /** Sums over all units. */
  stats(): VehicleStats & { readonly online: number }
  /** True when every message was acknowledged, false when that took longer. */
  flush(timeoutMs: number): Promise<boolean>
}

type Unit = { vehicle: Vehicle | undefined; early: [UplinkStream, Utterance][]; up: boolean }

/** Units are small: a dead spot of minutes or an outage of a quarter of an hour fits, a fleet of
 *  10,000 stays in memory. */
const limits = { messagesMax: 1000, bytesMax: 1024 * 1024 }
const closeAtOnce = 200

export function openFleet(cars: readonly { readonly id: string }[], options: FleetOptions): Fleet {
  const units: Unit[] = cars.map(() => ({ vehicle: undefined, early: [], up: true }))
  let opened = 0
  const vehicles = (): Vehicle[] => units.flatMap(({ vehicle }) => vehicle ?? [])

  const openUnit = (index: number): void => {
    const unit = units[index]!
    const ref = { tenant: options.tenant, vehicle: cars[index]!.id }
    const folder = options.folder === undefined ? {} : { folder: options.folder }
    unit.vehicle = openVehicle({
      url: options.url,
      ref,
      password: vehiclePassword(options.fleetKey, ref),
      // The first car speaks for all: an outage is one story, not ten thousand.
      logger: index === 0 ? options.logger : silentLogger,
      limits,
      ...folder,
    })
    if (!unit.up) unit.vehicle.setNetwork(false)
    for (const [stream, utterance] of unit.early) unit.vehicle.send(stream, utterance)
    unit.early = []
  }

  return {
    open: (count) => {
      for (; opened < Math.min(count, units.length); opened++) openUnit(opened)
    },
    send: (car, stream, utterance) => {
      const { vehicle, early } = units[car]!
      if (vehicle === undefined) early.push([stream, utterance])
      else vehicle.send(stream, utterance)
    },
    setNetwork: (car, up) => {
      units[car]!.up = up
      units[car]!.vehicle?.setNetwork(up)
    },
    stats: () => sumStats(units),
    flush: async (timeoutMs) => {
      const done = await Promise.all(vehicles().map((vehicle) => vehicle.flush(timeoutMs)))
      return done.every(Boolean)
    },
    [Symbol.asyncDispose]: async () => {
      const open = vehicles()
      for (let i = 0; i < open.length; i += closeAtOnce)
        await Promise.all(open.slice(i, i + closeAtOnce).map((vehicle) => vehicle[Symbol.asyncDispose]()))
    },
  }
}

function sumStats(units: readonly Unit[]): VehicleStats & { readonly online: number } {
  const sum = { online: 0, sent: 0, acknowledged: 0, refused: 0, dropped: 0, pending: 0, pendingBytes: 0, takenOver: 0 }
  for (const { vehicle } of units) {
    if (vehicle === undefined) continue
    const { stats } = vehicle
    if (vehicle.state === 'online') sum.online++
    for (const name of statNames) sum[name] += stats[name]
  }
  return sum
}

const statNames = ['sent', 'acknowledged', 'refused', 'dropped', 'pending', 'pendingBytes', 'takenOver'] as const
