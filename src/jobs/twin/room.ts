// The room of a vehicle's signals beyond the catalogue. Those of the catalogue are a known number;
// names that a unit makes up have no end. So they share a room of so many characters, in which
// those are kept that come first by name, as far as they fit:
//
//   a  b  c  d │ e  f …        `end` is e: it and all after it are left out
//
// What is kept is a function of the set of messages: the cost of a signal only grows with what is
// heard of it, so `end` only goes down, and a signal before it was never left out.
import type { Output } from '../../engine/job.ts'
import { lowerBoundBy } from '../../engine/lower-bound.ts'
import type { Anomaly } from '../../read-models/anomalies/anomalies.ts'
import type { SignalValue } from '../../model/message.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { nextTick } from '../../engine/pace.ts'

/** Characters that signals beyond the catalogue may take in the twin of a vehicle, and in the
 *  memory of each of its boots: some hundreds of numbers, or some dozens of long texts. A unit with
 *  more has an overlay, by which its signals are of the catalogue. */
export const twinRoomChars = 65_536

/** Characters of a signal beside its path and its value: its instants and marks. */
const entryChars = 40
const numberChars = 24

/** The exceeded bound is told of a vehicle at most so often. */
export const excessEveryMs = 10_000

/** A signal, the greatest length of a value of it as JSON, and in how many streams of one boot it
 *  was told. */
type RoomEntry = [path: string, chars: number, streams: number]

export type TwinRoom = {
  /** By path. */
  readonly entries: RoomEntry[]
  cost: number
  /** The first signal that is left out, as are all after it; null where all fit. */
  end: string | null
  /** The newest receipt of a message with a signal beyond the catalogue. */
  receivedAt: number
  /** The `end` and the receipt told last, and the log time when others are told at the earliest; −1
   *  = at once. */
  told: { readonly end: string; readonly receivedAt: number } | null
  dueAt: number
}

export const newRoom = (): TwinRoom => ({ entries: [], cost: 0, end: null, receivedAt: 0, told: null, dueAt: -1 })

export const hasRoom = ({ end }: TwinRoom, path: string): boolean => end === null || path < end

/** Takes in a value of a signal that has room, told in so many streams of its boot. */
export function hearInRoom(room: TwinRoom, path: string, value: SignalValue, streams: number): void {
  const { entries } = room
  const place = lowerBoundBy(entries, ([known]) => known < path)
  let entry = entries[place]
  if (entry?.[0] !== path) {
    entry = [path, 0, 0]
    entries.splice(place, 0, entry)
  }
  const before = costOf(entry)
  entry[1] = Math.max(entry[1], charsOf(value))
  entry[2] = Math.max(entry[2], streams)
  room.cost += costOf(entry) - before
}

/** Leaves out the last signals until the others fit; gives those. */
export function fitRoom(room: TwinRoom): readonly string[] {
  const gone: string[] = []
  while (room.cost > twinRoomChars) {
    const entry = room.entries.pop()!
    room.cost -= costOf(entry)
    room.end = entry[0]
    gone.push(entry[0])
  }
  return gone
}

const costOf = ([path, chars, streams]: RoomEntry): number => streams * (path.length + chars + entryChars)

const charsOf = (value: SignalValue): number =>
  typeof value === 'string' || (typeof value === 'object' && value !== null)
    ? JSON.stringify(value).length
    : numberChars

/** The anomaly, where it is another than the one told last; undefined where nothing is left out.
 *  `wait` is told when it is due where that is later. */
export function excessOutput(
  room: TwinRoom,
  ref: VehicleRef,
  logAt: number,
  wait: (dueAt: number) => void,
): Output | undefined {
  if (room.end === null) return undefined
  const { end, receivedAt, told, dueAt } = room
  if (told?.end === end && told.receivedAt === receivedAt) return undefined
  if (dueAt >= 0 && logAt < dueAt) {
    wait(dueAt)
    return undefined
  }
  room.told = { end, receivedAt }
  room.dueAt = nextTick(Math.max(0, logAt), excessEveryMs, ref.vehicle)
  const key = vehicleKey(ref)
  const parts = [{ subject: end, reason: 'twin-room', count: 1 }]
  const { tenant, vehicle } = ref
  const value: Anomaly = { tenant, vehicle, kind: 'excess', count: 1, parts, lastReceivedAt: receivedAt }
  return { topic: 'anomaly', id: `${key}/excess`, key, at: receivedAt, value }
}
