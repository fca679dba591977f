// What the twin remembers of a vehicle: of each signal, which sample its value came from; its times; and what its clock is off
// by, by boot. The values themselves are in the outputs.
import { clockState, isAhead, type CarClock } from '../../model/car-clock.ts'
import type { TwinValue } from '../../model/read-models.ts'
import type { TextCodec } from '../../engine/part-codec.ts'

/** Orders the samples of a vehicle: by the car's clock, then by message, then by place in the message. */
export type Stamp = { readonly at: number; readonly boot: string; readonly seq: number; readonly index: number }

/** What was heard of one boot. */
export type BootClock = { offsetMs: number; newestAt: number; receivedAt: number }

/** Boots whose offset is remembered; a message of one that was heard before the last eight begins it anew. */
export const bootClocksMax = 8

export type TwinSignals = {
  readonly stamps: Map<string, Stamp>
  readonly boots: Map<string, BootClock>
  /** The newest instant that is not marked, and the newest marked one; 0 before the first. */
  at: number
  markedAt: number
  receivedAt: number
  /** What was last said, signals apart. */
  said: string
  /** What advanced in the batch under way; empty between batches, so it is not stored. */
  news: Record<string, TwinValue>
}

export const newTwin = (): TwinSignals => ({
  stamps: new Map(),
  boots: new Map(),
  at: 0,
  markedAt: 0,
  receivedAt: 0,
  said: '',
  news: {},
})

export const newerStamp = (a: Stamp, b: Stamp): boolean => {
  if (a.at !== b.at) return a.at > b.at
  if (a.boot !== b.boot) return a.boot > b.boot
  return a.seq === b.seq ? a.index > b.index : a.seq > b.seq
}

/** Takes in that the car said `at`, heard at `receivedAt`. */
export function takeInstant(known: TwinSignals, boot: string, at: number, receivedAt: number): void {
  if (isAhead(at, receivedAt)) known.markedAt = Math.max(known.markedAt, at)
  else known.at = Math.max(known.at, at)
  known.receivedAt = Math.max(known.receivedAt, receivedAt)
  const { boots } = known
  const before = boots.get(boot)
  boots.set(boot, {
    offsetMs: Math.max(before?.offsetMs ?? -Infinity, at - receivedAt),
    newestAt: Math.max(before?.newestAt ?? -Infinity, at),
    receivedAt: Math.max(before?.receivedAt ?? -Infinity, receivedAt),
  })
  if (boots.size > bootClocksMax) boots.delete([...boots].reduce((a, b) => (heardAfter(b, a) ? a : b))[0])
}

/** The clock of the boot heard last. */
export function clockOf({ boots }: TwinSignals): CarClock | null {
  if (boots.size === 0) return null
  const [boot, { offsetMs, newestAt }] = [...boots].reduce((a, b) => (heardAfter(b, a) ? b : a))
  return { boot, offsetMs, state: clockState(offsetMs, newestAt) }
}

type BootEntry = readonly [boot: string, clock: BootClock]

const heardAfter = ([bootA, a]: BootEntry, [bootB, b]: BootEntry): boolean =>
  a.receivedAt === b.receivedAt ? bootA > bootB : a.receivedAt > b.receivedAt

type Stored = Pick<TwinSignals, 'at' | 'markedAt' | 'receivedAt' | 'said'> & {
  readonly boots: readonly BootEntry[]
  readonly stamps: readonly (readonly [at: number, boot: string, seq: number, index: number, ...paths: string[]])[]
}

/** Signals of one sample share their stamp: a vehicle has a few stamps, not one for each signal. */
export const twinCodec: TextCodec<TwinSignals> = {
  form: 'text',
  encode({ stamps, boots, at, markedAt, receivedAt, said }) {
    const paths = new Map<Stamp, [number, string, number, number, ...string[]]>()
    for (const [path, stamp] of stamps) {
      const group = paths.get(stamp)
      if (group === undefined) paths.set(stamp, [stamp.at, stamp.boot, stamp.seq, stamp.index, path])
      else group.push(path)
    }
    const stored: Stored = { at, markedAt, receivedAt, said, boots: [...boots], stamps: [...paths.values()] }
    return JSON.stringify(stored)
  },
  decode(text) {
    const { boots, stamps: groups, ...known } = JSON.parse(text) as Stored
    const stamps = new Map<string, Stamp>()
    for (const [at, boot, seq, index, ...paths] of groups) {
      const stamp: Stamp = { at, boot, seq, index }
      for (const path of paths) stamps.set(path, stamp)
    }
    return { ...known, stamps, boots: new Map(boots), news: {} }
  },
}
