// The memory of the twin of a vehicle: its times, its boots in the order in which they ran, and of
// each boot the last value of each signal and what its clock is off by.
import type { Jumps } from '../../engine/lone-jumps.ts'
import { jsonCodec, type PartCodecs, type TextCodec } from '../../engine/part-codec.ts'
import type { SampleClock, SignalValue } from '../../model/message.ts'
import type { TwinPatch, TwinValue } from '../../model/twin.ts'
import type { DoubtReason } from '../../model/value-doubt.ts'
import type { TwinRoom } from './room.ts'

/** Boots that are told apart, the last ones. A boot that ran before them changes no signal. */
export const twinBootsMax = 64

/** `rank` is the newest instant that is believed of the boot, so boots are in the order of their
 *  ends, whatever their clocks. */
export type RankedBoot = { readonly boot: string; rank: number; receivedAt: number }

export type Times = Pick<TwinPatch, 'at' | 'receivedAt' | 'carClock'>

export type KnownTwin = {
  /** The last first. */
  boots: RankedBoot[]
  /** The greatest rank of a boot that is no longer told apart; −1 before the first. */
  forgottenRank: number
  /** The newest instant that is not marked, and the newest marked one; 0 before the first. */
  at: number
  markedAt: number
  receivedAt: number
  /** The times last said, signals apart; null before. */
  said: { -readonly [Field in keyof Times]: Times[Field] } | null
  /** Changes in the batch under way: values that are certain to be the last ones of their signals,
   *  and signals whose last value is to be found, `all` where boots changed places. Empty between
   *  batches, so none is stored. */
  news: Record<string, TwinValue> | null
  /** Signals of which a value that was said has been replaced. */
  replaced: Set<string>
  dirty: Set<string> | 'all'
  /** Signals that have no room any more. */
  gone: Set<string>
}

/** Where a value stands within its boot. `seq` counts within a stream. */
export type Stamp = {
  readonly stream: string
  readonly seq: number
  readonly index: number
  readonly at: number
  readonly marked: boolean
  /** Whose clock `at` is of; undefined where the car measured it. JSON leaves it out then. */
  readonly clock: SampleClock | undefined
}

export type Value = { -readonly [Field in keyof Stamp]: Stamp[Field] } & {
  value: SignalValue
  doubt: DoubtReason | undefined
  /** Whether it is what was said last. */ said: boolean
}

/** A value, said before or not. Later ones of its stream are put into it, number by number: a stamp
 *  for each sample would be new garbage among old objects with every message. */
export const valueOf = (
  { stream, seq, index, at, marked, clock }: Stamp,
  value: SignalValue,
  doubt: DoubtReason | undefined,
  said: boolean,
): Value => ({ stream, seq, index, at, marked, clock, value, doubt, said })

/** The word of a marked message on its clock. */
export type MarkedInstant = { readonly offsetMs: number; readonly at: number }

export type BootState = {
  /** The last value by signal, of each stream that names it. */
  readonly values: Map<string, Value[]>
  readonly streams: Record<string, Jumps<MarkedInstant>>
  /** Over the instants that count for good: the greatest `at` − `receivedAt` and the newest; null
   *  before the first. */
  offsetMs: number | null
  newestAt: number | null
  /** Instants put aside for good. */
  jumped: number
}

export type TwinParts = { known: KnownTwin; boot: BootState; room: TwinRoom }

export const newKnown = (): KnownTwin => ({
  boots: [],
  forgottenRank: -1,
  at: 0,
  markedAt: 0,
  receivedAt: 0,
  said: null,
  news: null,
  replaced: new Set(),
  dirty: new Set(),
  gone: new Set(),
})

export const newBoot = (): BootState => ({ values: new Map(), streams: {}, offsetMs: null, newestAt: null, jumped: 0 })

const knownCodec: TextCodec<KnownTwin> = {
  form: 'text',
  encode: (known) =>
    JSON.stringify({ ...known, news: undefined, replaced: undefined, dirty: undefined, gone: undefined }),
  decode: (text) => ({
    ...(JSON.parse(text) as Omit<KnownTwin, 'news' | 'replaced' | 'dirty' | 'gone'>),
    news: null,
    replaced: new Set(),
    dirty: new Set(),
    gone: new Set(),
  }),
}

type StoredBoot = Omit<BootState, 'values'> & {
  /** By stamp, as signals of one sample share theirs: a vehicle has a few, not one for each
   *  signal. */
  readonly values: readonly (readonly [stamp: Stamp, ...values: StoredValue[]])[]
}

type StoredValue = readonly [path: string, value: SignalValue, said: 0 | 1, doubt?: DoubtReason]

const isSameStamp = (a: Stamp, b: Stamp): boolean =>
  a.seq === b.seq &&
  a.index === b.index &&
  a.at === b.at &&
  a.marked === b.marked &&
  a.clock === b.clock &&
  a.stream === b.stream

const bootCodec: TextCodec<BootState> = {
  form: 'text',
  encode({ values, ...boot }) {
    const groups = new Map<string, [Stamp, ...StoredValue[]]>()
    let group: [Stamp, ...StoredValue[]] | undefined
    for (const [path, ofStreams] of values)
      for (const known of ofStreams) {
        const { value, doubt, said } = known
        if (group === undefined || !isSameStamp(group[0], known)) {
          const { stream, seq, index, at, marked, clock } = known
          const name = `${seq} ${index} ${at} ${marked} ${clock} ${stream}`
          group = groups.get(name) ?? [{ stream, seq, index, at, marked, clock }]
          groups.set(name, group)
        }
        group.push(doubt === undefined ? [path, value, said ? 1 : 0] : [path, value, said ? 1 : 0, doubt])
      }
    const stored: StoredBoot = { ...boot, values: [...groups.values()] }
    return JSON.stringify(stored)
  },
  decode(text) {
    const { values: groups, ...boot } = JSON.parse(text) as StoredBoot
    const values = new Map<string, Value[]>()
    for (const [stamp, ...entries] of groups)
      for (const [path, value, said, doubt] of entries) {
        const ofStreams = values.get(path) ?? []
        ofStreams.push(valueOf(stamp, value, doubt, said === 1))
        values.set(path, ofStreams)
      }
    return { ...boot, values }
  },
}

export const twinCodecs: PartCodecs<TwinParts> = { known: knownCodec, boot: bootCodec, room: jsonCodec() }
