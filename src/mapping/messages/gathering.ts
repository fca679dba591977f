// Messages of one sender that come one by one, joined. The first opens a window; it closes when its
// time has passed, when the field that ends it has come, or when a field comes again with another
// value. The values told of each part then are one sample, in the light of what is remembered of
// those before.
//
//   pass ──► past dueAt? close
//   add  ──► another value of a field? close ──► put in ──► ended by it? close
import type { Memory } from '../foreign.ts'
import type { Fields, Told } from './fields.ts'
import { messageMappingLimits } from './limits.ts'
import type { Gather } from './message-mapping.ts'
import type { MappingRefusal } from './refusal.ts'
import { differs, keyOf, putBack, rememberedIn, valuesOf, type Part, type Remembered } from './remembered.ts'

export type Gathered = {
  readonly part: string | undefined
  readonly now: unknown[]
  readonly receivedAt: number
  readonly isOld: boolean
}

/** Called for each part of a window that closes. `receivedAt` is NaN where it says nothing. */
export type Close = (told: Told, receivedAt: number) => void

export type MessageGathering = {
  /** Windows that were due before it must have passed. */
  add(memory: Memory, told: Gathered, close: Close): MappingRefusal | undefined
  /** Remembers what counts until it is told anew, without telling anything. */
  remember(memory: Memory, told: Pick<Gathered, 'part' | 'now'>): MappingRefusal | undefined
  dueAt(memory: Memory): number
  pass(memory: Memory, at: number, close: Close): void
}

/** Registers the field that ends a window. All other fields must be known when messages come. */
export function openMessageGathering(gather: Gather, fields: Fields): MessageGathering {
  const { withinMs, until, each } = gather
  const end = until === undefined ? undefined : fields.place(until)
  const shared = keyOf(undefined)

  function close(memory: Remembered, say: Close): void {
    const { open } = memory
    if (open === undefined) return
    delete memory.open
    const remembered = fields.all.filter(({ place }) => fields.remembered.has(place))
    for (const [key, part] of Object.entries(open.parts)) {
      // Values of all parts say something together with one of them.
      if (each !== undefined && key === shared) continue
      const now: unknown[] = []
      const kept: unknown[] = []
      putBack(remembered, memory.kept?.[shared], kept)
      putBack(remembered, memory.kept?.[key], kept)
      putBack(fields.all, open.parts[shared]?.values, now)
      putBack(fields.all, part.values, now)
      say({ now, kept }, part.isOld ? Number.NaN : part.receivedAt)
    }
    for (const [key, { values }] of Object.entries(open.parts)) keep(memory, key, values)
  }

  function keep(memory: Remembered, key: string, values: Part['values']): void {
    for (const { ref, place } of fields.all) {
      if (!fields.remembered.has(place) || !Object.hasOwn(values, ref)) continue
      memory.kept ??= {}
      memory.kept[key] ??= {}
      memory.kept[key][ref] = values[ref]
    }
  }

  /** A part more than there may be is refused, rather than another forgotten. */
  function refusalOf({ open, kept }: Remembered, key: string): MappingRefusal | undefined {
    if (open?.parts[key] !== undefined || kept?.[key] !== undefined) return undefined
    const count = new Set([...Object.keys(open?.parts ?? {}), ...Object.keys(kept ?? {})]).size
    return count < messageMappingLimits.parts
      ? undefined
      : { reason: 'too-many', detail: `A sender has at most ${messageMappingLimits.parts} parts (${each}).` }
  }

  return {
    add(memory, { part, now, receivedAt, isOld }, say) {
      const remembered = rememberedIn(memory)
      const key = keyOf(part)
      const refusal = refusalOf(remembered, key)
      if (refusal !== undefined) return refusal
      const values = valuesOf(fields.all, now)
      const before = remembered.open?.parts[key]
      if (before !== undefined && differs(before.values, values)) close(remembered, say)
      remembered.open ??= { dueAt: receivedAt + withinMs, parts: {} }
      const own = (remembered.open.parts[key] ??= { values: {}, receivedAt, isOld })
      Object.assign(own.values, values)
      own.receivedAt = Math.max(own.receivedAt, receivedAt)
      own.isOld ||= isOld
      if (end !== undefined && now[end] !== undefined) close(remembered, say)
      return undefined
    },
    remember(memory, { part, now }) {
      const remembered = rememberedIn(memory)
      const key = keyOf(part)
      const refusal = refusalOf(remembered, key)
      if (refusal === undefined) keep(remembered, key, valuesOf(fields.all, now))
      return refusal
    },
    dueAt: (memory) => rememberedIn(memory).open?.dueAt ?? Number.POSITIVE_INFINITY,
    pass(memory, at, say) {
      const remembered = rememberedIn(memory)
      if (remembered.open !== undefined && at >= remembered.open.dueAt) close(remembered, say)
    },
  }
}
