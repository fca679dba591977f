// The translator's messages of a vehicle, as the vehicle's unit would: numbered messages of one
// boot. There is one boot for all publishers of a vehicle, as two boots at a time are two units,
// which is an anomaly, and the newer of two boots would have the last word on what the other
// measured later.
//
//   measured  10 11 12  5  13      12 is the newest when 5 comes
//   stream     t  t  t  s   t      t = telemetry, s = snapshot
//
// What was measured before the newest goes to the stream `snapshot`. Within `telemetry` numbers
// grow as time does, so a number whose instant is earlier is a clock that went back, and it would
// stand for the last value besides. Between two streams of a boot the instant decides, and trips
// and crashes read both alike. Late samples come in any order, so their records say that instants
// are their order, not numbers.
import { createHash } from 'node:crypto'
import type { NewRecord } from '../eventlog/event-log.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'
import { isAhead } from '../model/car-clock.ts'
import { isInstant } from '../model/instant.ts'
import type { Sample } from '../model/message.ts'
import { byInstant } from '../model/record-order.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import { splitMessages } from './split-messages.ts'

/** The next number of each stream, and the newest instant that is not marked; 0 before the
 *  first. */
type Line = { telemetry: number; snapshot: number; newestAt: number }
type LineStream = 'telemetry' | 'snapshot'

export type LinesOptions = {
  readonly state: Pick<StateStore, 'get'>
  readonly task: string
  readonly tenant: string
  /** Random, and kept with the state: a state that was lost begins other boots, or its numbers
   *  would be used twice. */
  readonly generation: string
  readonly clockAheadMs: number
}

const prefix = 'line/'

export class VehicleLines {
  readonly #options: LinesOptions
  /** As many as there are vehicles in the table, at most. */
  readonly #lines = new Map<string, Line>()
  readonly #changed = new Set<string>()

  constructor(options: LinesOptions) {
    this.#options = options
  }

  /** The records that say the samples of the vehicle; `receivedAt` is the receipt of the message
   *  that completed them. */
  say(
    vehicle: string,
    samples: readonly Sample[],
    receivedAt: number,
    tooLarge: (sample: Sample) => void,
  ): NewRecord[] {
    const line = this.#lineOf(vehicle)
    const inOrder = samples.toSorted((a, b) => instantOf(a) - instantOf(b))
    const late = inOrder.filter((sample) => instantOf(sample) < line.newestAt)
    const onTime = inOrder.slice(late.length)
    const records = [
      ...this.#records(vehicle, line, 'snapshot', late, { receivedAt, tooLarge }),
      ...this.#records(vehicle, line, 'telemetry', onTime, { receivedAt, tooLarge }),
    ]
    for (const { at } of onTime)
      if (isInstant(at) && !isAhead(at, receivedAt, this.#options.clockAheadMs))
        line.newestAt = Math.max(line.newestAt, at)
    this.#changed.add(vehicle)
    return records
  }

  takeChanges(): StateChange[] {
    const changes = [...this.#changed].map((vehicle) => ({
      key: prefix + vehicle,
      value: Buffer.from(JSON.stringify(this.#lines.get(vehicle))),
    }))
    this.#changed.clear()
    return changes
  }

  #records(
    vehicle: string,
    line: Line,
    stream: LineStream,
    samples: readonly Sample[],
    { receivedAt, tooLarge }: { readonly receivedAt: number; readonly tooLarge: (sample: Sample) => void },
  ): NewRecord[] {
    const { tenant, generation } = this.#options
    const key = vehicleKey({ tenant, vehicle })
    const boot = bootOf(generation, key)
    const next = { id: () => ({ boot, seq: line[stream] }), taken: () => void (line[stream] += 1) }
    return splitMessages(samples, next, tooLarge).map(({ value, samples: own }) => ({
      topic: stream,
      key,
      value,
      ...(stream === 'snapshot' && { headers: byInstant }),
      at: own.reduce((newest, { at }) => (isInstant(at) && at > newest ? at : newest), 0) || receivedAt,
      receivedAt,
    }))
  }

  #lineOf(vehicle: string): Line {
    let line = this.#lines.get(vehicle)
    if (line === undefined) {
      const stored = this.#options.state.get(this.#options.task, prefix + vehicle)
      line =
        stored === undefined
          ? { telemetry: 0, snapshot: 0, newestAt: 0 }
          : (JSON.parse(Buffer.from(stored).toString()) as Line)
      this.#lines.set(vehicle, line)
    }
    return line
  }
}

/** A value that is no instant is set aside by whoever reads the message; it makes nothing late. */
const instantOf = ({ at }: Sample): number => (isInstant(at) ? at : Infinity)

const bootOf = (generation: string, key: string): string =>
  createHash('sha256').update(`${generation} ${key}`).digest('hex').slice(0, 16)
