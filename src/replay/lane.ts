// One car of a replay: its vehicle, the samples gathered for its next message, and when its next
// sample is due. Invariant: the buffer of the vehicle never overflows, because a lane waits for
// acknowledgements before it adds more.
import { setTimeout as sleep } from 'node:timers/promises'
import { Outage } from '../base/errors.ts'
import type { Sample } from '../model/message.ts'
import { openVehicle, type CloseReason, type Vehicle, type VehicleOptions } from '../vehicle/vehicle.ts'

/** Messages a vehicle may have unacknowledged before its lane waits: a fraction of the vehicle's
 *  own buffer. */
const pendingMax = 500
const bytesMax = 4 * 1024 * 1024

export type ReplayLane = {
  readonly id: string
  readonly vehicle: Vehicle
  readonly shiftMs: number
  gathered: Sample[]
  /** By the recording, and by the clock on the wall. */
  lastAt: number | undefined
  dueAt: number
  samples: number
  messages: number
}

export type ReplayLaneOptions = {
  readonly vehicle: Omit<VehicleOptions, 'onState' | 'onDown'>
  readonly shiftMs: number
  readonly dueAt: number
  readonly connectTimeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** Opens a car and waits until it is connected. Rejects with Outage REPLAY_UNREACHABLE, which says
 *  why and what to look at, when it is not within `connectTimeoutMs`. */
export async function openLane({
  vehicle: options,
  shiftMs,
  dueAt,
  connectTimeoutMs,
  signal,
}: ReplayLaneOptions): Promise<ReplayLane> {
  const stop = new AbortController()
  const given = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const waiting = sleep(connectTimeoutMs, undefined, { signal: given }).catch(() => {})
  const vehicle = openVehicle({
    ...options,
    onState: (state) => {
      if (state === 'online') stop.abort()
    },
  })
  await waiting
  if (!stop.signal.aborted && signal?.aborted !== true) {
    const { trouble } = vehicle
    await vehicle[Symbol.asyncDispose]()
    const why = trouble === undefined ? 'it does not answer.' : describeTrouble(trouble)
    throw new Outage(
      'REPLAY_UNREACHABLE',
      `${options.ref.tenant}/${options.ref.vehicle} cannot reach ${options.url}: ${why}`,
      {
        retryable: true,
        cause: trouble?.cause,
      },
    )
  }
  return { id: options.ref.vehicle, vehicle, shiftMs, gathered: [], lastAt: undefined, dueAt, samples: 0, messages: 0 }
}

/** Sends what was gathered as one message, when the vehicle has room; waits for room for as long as
 *  `signal` lets it. */
export async function sendGathered(lane: ReplayLane, signal: AbortSignal | undefined): Promise<void> {
  if (lane.gathered.length === 0) return
  for (;;) {
    const { pending, pendingBytes } = lane.vehicle.stats
    if (pending < pendingMax && pendingBytes < bytesMax) break
    if (signal?.aborted === true) return
    await lane.vehicle.flush(1000)
  }
  lane.vehicle.send('telemetry', { samples: lane.gathered })
  lane.messages++
  lane.samples += lane.gathered.length
  lane.gathered = []
}

function describeTrouble({ code, mqttReason, cause }: CloseReason): string {
  const reason = mqttReason === undefined ? '' : ` (MQTT reason 0x${mqttReason.toString(16)})`
  const texts: Record<CloseReason['code'], string> = {
    unreachable: `nothing answers there (${cause?.message ?? 'no connection'}). Is the gateway running, and is the address right?`,
    refused: `it refused the connection${reason}. Is the password the one of this tenant and vehicle?`,
    timeout: 'it takes connections but does not answer. Is it an MQTT server?',
    protocol: 'what it answers is not MQTT 5. Is it an MQTT server, and does it speak version 5?',
    server: `it ended the connection${reason}.`,
    lost: 'it closed the connection without a word. Does it speak MQTT 5?',
    closed: 'the connection was closed.',
  }
  return texts[code]
}
