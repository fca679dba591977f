// What the twin remembers of each signal: which sample its value came from. The values themselves are in the outputs.
import type { TwinValue } from '../../model/read-models.ts'
import type { PartCodec } from '../../engine/part-codec.ts'

/** Orders the samples of a vehicle: by the car's clock, then by message, then by place in the message. */
export type Stamp = { readonly at: number; readonly boot: string; readonly seq: number; readonly index: number }

export type TwinSignals = {
  readonly stamps: Map<string, Stamp>
  /** What advanced in the batch under way; empty between batches, so it is not stored. */
  news: Record<string, TwinValue> | null
  newsAt: number
}

export const newerStamp = (a: Stamp, b: Stamp): boolean => {
  if (a.at !== b.at) return a.at > b.at
  if (a.boot !== b.boot) return a.boot > b.boot
  return a.seq === b.seq ? a.index > b.index : a.seq > b.seq
}

type Stored = readonly (readonly [at: number, boot: string, seq: number, index: number, ...paths: string[]])[]

/** Signals of one sample share their stamp: a vehicle has a few stamps, not one for each signal. */
export const twinCodec: PartCodec<TwinSignals> = {
  encode({ stamps }) {
    const paths = new Map<Stamp, [number, string, number, number, ...string[]]>()
    for (const [path, stamp] of stamps) {
      const group = paths.get(stamp)
      if (group === undefined) paths.set(stamp, [stamp.at, stamp.boot, stamp.seq, stamp.index, path])
      else group.push(path)
    }
    return Buffer.from(JSON.stringify([...paths.values()] satisfies Stored))
  },
  decode(bytes) {
    const stamps = new Map<string, Stamp>()
    for (const [at, boot, seq, index, ...paths] of JSON.parse(Buffer.from(bytes).toString()) as Stored) {
      const stamp: Stamp = { at, boot, seq, index }
      for (const path of paths) stamps.set(path, stamp)
    }
    return { stamps, news: null, newsAt: 0 }
  },
}
